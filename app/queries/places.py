"""Where lists of places and sectors are read: rows and their total."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from app.models import CitedKind, CodeName, Departement, Region, Sector, Wave
from app.queries import reference
from app.queries.asked import AskedList
from app.queries.asked_places import ReferenceQuery
from app.queries.sources import Sources, read_sources
from app.queries.state import State
from app.queries.statements import AnySelect
from app.queries.vocabulary import Meaning

Rows = tuple[Sequence[Any], int]


def read_rows(session: Session, statement: AnySelect, query: AskedList) -> Rows:
    """Return one page of rows and the total number."""
    total = session.scalar(select(func.count()).select_from(statement.order_by(None).subquery()))
    return session.execute(statement.limit(query.limit).offset(query.offset)).all(), total or 0


def read_regions(
    session: Session, query: ReferenceQuery, meanings: Sequence[Meaning], state: State
) -> tuple[Rows, Sources]:
    rows, total = read_rows(session, reference.select_regions(query, meanings, state.cut), query)
    return (rows, total), read_sources(session, {CitedKind.CRESS: [row.code for row in rows]}, state.serial)


def read_region_names(session: Session) -> dict[str, str]:
    return dict(session.execute(select(col(Region.code), col(Region.name))).all())


def read_departement_names(session: Session, region: str) -> dict[str, str]:
    chosen = select(col(Departement.code), col(Departement.name)).where(col(Departement.region) == region)
    return dict(session.execute(chosen).all())


def read_filter_names(session: Session) -> dict[str, dict[str, str]]:
    """Return the names of the values of each filter that has codes."""
    named = {"region": (Region.code, Region.name), "departement": (Departement.code, Departement.name)}
    named |= {"sector": (Sector.code, Sector.name), "wave": (Wave.id, Wave.name)}
    return {name: dict(session.execute(select(*map(col, columns))).all()) for name, columns in named.items()}


def read_departements(session: Session, query: ReferenceQuery, meanings: Sequence[Meaning], state: State) -> Rows:
    return read_rows(session, reference.select_departements(query, meanings, state.cut), query)


def read_epcis(
    session: Session, query: ReferenceQuery, meanings: Sequence[Meaning], state: State
) -> tuple[Rows, dict[str, list[CodeName]]]:
    rows, total = read_rows(session, reference.select_epcis(query, meanings, state.cut), query)
    departements: dict[str, list[CodeName]] = defaultdict(list)
    for epci, code, name in session.execute(reference.select_epci_departements([row.code for row in rows])):
        departements[epci].append(CodeName(code=code, name=name))
    return (rows, total), departements


def read_communes(
    session: Session, query: ReferenceQuery, meanings: Sequence[Meaning], state: State
) -> tuple[Rows, dict[str, list[str]]]:
    rows, total = read_rows(session, reference.select_communes(query, meanings, state.cut), query)
    postcodes: dict[str, list[str]] = defaultdict(list)
    for commune, postcode in session.execute(reference.select_postcodes([row.code for row in rows])):
        postcodes[commune].append(postcode)
    return (rows, total), postcodes


def read_sectors(session: Session, query: ReferenceQuery, meanings: Sequence[Meaning], state: State) -> Rows:
    return read_rows(session, reference.select_sectors(query, meanings, state.cut), query)
