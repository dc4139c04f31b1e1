"""Communes by the name that people write, to be near of."""

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.models import Commune
from app.queries.text import fold


def read_commune(session: Session, written: str) -> Commune | None:
    """Return the commune of that name, else the most populated one whose name begins so, that has a place."""
    name = fold(written)
    begins = col(Commune.name_folded).startswith(name, autoescape=True)
    exactly = (col(Commune.name_folded) == name).desc()
    chosen = select(Commune).where(begins, col(Commune.longitude).is_not(None))
    return session.scalars(chosen.order_by(exactly, func.coalesce(col(Commune.population), 0).desc()).limit(1)).first()
