"""Communes by the name that people write, to be near of."""

import re
from typing import Final

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.models import Commune, Departement
from app.queries.text import fold

_IN: Final = re.compile(r"(?P<name>[^()]+)\((?P<departement>[^()]+)\)")  # as it is suggested: Saint-Denis (La Réunion)


def read_commune(session: Session, written: str) -> Commune | None:
    """Return the commune of that name, else the most populated one whose name begins so, that has a place."""
    told = _IN.fullmatch(written)
    name = fold(told["name"] if told else written)
    begins = col(Commune.name_folded).startswith(name, autoescape=True)
    exactly = (col(Commune.name_folded) == name).desc()
    chosen = select(Commune).where(begins, col(Commune.longitude).is_not(None))
    if told:
        chosen = chosen.where(col(Commune.departement).in_(_departements(session, told["departement"])))
    return session.scalars(chosen.order_by(exactly, func.coalesce(col(Commune.population), 0).desc()).limit(1)).first()


def _departements(session: Session, written: str) -> list[str]:
    """Return the codes of the départements of that name or code."""
    wanted = fold(written)
    names = session.execute(select(col(Departement.code), col(Departement.name))).all()
    return [code for code, name in names if wanted in {fold(code), fold(name)}]
