"""Official geography and vocabularies, with the number of poles of each at a cut."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Subquery, case, func, literal, or_, select
from sqlalchemy.orm import Mapped
from sqlmodel import col

from app.models import (
    Commune,
    CommunePostcode,
    Cress,
    Departement,
    Epci,
    EpciDepartement,
    FormerCommune,
    Kind,
    Region,
    RevisionTerm,
    Sector,
    Spelling,
    Term,
)
from app.queries.asked_places import ReferenceQuery
from app.queries.statements import AnySelect
from app.queries.text import fold
from app.queries.vocabulary import Meaning

_ABBREVIATED = {"st": "saint", "ste": "sainte"}


def select_pole_counts(name: str, cut: int) -> Subquery:
    """Return (code, poles): the number of poles at a cut that carry each value of this term."""
    return (
        select(col(Term.value).label("code"), func.count().label("poles"))
        .join(RevisionTerm, col(RevisionTerm.term) == col(Term.id))
        .where(
            col(Term.kind) == Kind.POLE,
            col(Term.name) == name,
            col(RevisionTerm.until) > cut,
            col(RevisionTerm.revision) <= cut,
        )
        .group_by(col(Term.value))
        .subquery(f"poles_by_{name}")
    )


def _place(table: type[Region | Departement | Epci | Commune]) -> list[Any]:
    return [getattr(table, name) for name in ("code", "name", "population", "longitude", "latitude")]


def _named(name: str, table: type[Region | Departement | Epci]) -> list[Any]:
    return [col(table.code).label(name), col(table.name).label(f"{name}_name")]


def _poles(counts: Subquery) -> ColumnElement[int]:
    return func.coalesce(counts.c.poles, 0).label("poles")


def select_regions(query: ReferenceQuery, _meanings: Sequence[Meaning], cut: int) -> AnySelect:
    counts = select_pole_counts("region", cut)
    return (
        select(
            *_place(Region), _poles(counts), col(Cress.name).label("cress"), col(Cress.website).label("cress_website")
        )
        .select_from(Region)
        .outerjoin(counts, counts.c.code == col(Region.code))
        .outerjoin(Cress, col(Cress.region) == col(Region.code))
        .where(*_spelled(query, "region", col(Region.code)))
        .order_by(col(Region.code))
    )


def select_departements(query: ReferenceQuery, meanings: Sequence[Meaning], cut: int) -> AnySelect:
    counts = select_pole_counts("departement", cut)
    return (
        select(*_place(Departement), _poles(counts), *_named("region", Region))
        .select_from(Departement)
        .join(Region, col(Region.code) == col(Departement.region))
        .outerjoin(counts, counts.c.code == col(Departement.code))
        .where(*_spelled(query, "departement", col(Departement.code)), *_inside(meanings))
        .order_by(col(Departement.code))
    )


def select_epcis(query: ReferenceQuery, meanings: Sequence[Meaning], cut: int) -> AnySelect:
    counts = select_pole_counts("epci", cut)
    there = select(col(EpciDepartement.epci)).join(Departement).where(*_inside(meanings))
    inside = [col(Epci.code).in_(there)] if meanings else []
    return (
        select(*_place(Epci), col(Epci.nature), _poles(counts))
        .select_from(Epci)
        .outerjoin(counts, counts.c.code == col(Epci.code))
        .where(*_spelled(query, "epci", col(Epci.code)), *inside)
        .order_by(col(Epci.code))
    )


def select_epci_departements(epcis: Sequence[str]) -> AnySelect:
    return (
        select(col(EpciDepartement.epci), col(Departement.code), col(Departement.name))
        .join(Departement)
        .where(col(EpciDepartement.epci).in_(epcis))
        .order_by(col(Departement.code))
    )


def select_communes(query: ReferenceQuery, meanings: Sequence[Meaning], cut: int) -> AnySelect:
    """Return communes; with words, the best matches first: the whole name, its beginning, then the most populous."""
    counts = select_pole_counts("commune", cut)
    statement = (
        select(
            *_place(Commune),
            _poles(counts),
            *_named("departement", Departement),
            *_named("region", Region),
            *_named("epci", Epci),
        )
        .select_from(Commune)
        .join(Departement, col(Departement.code) == col(Commune.departement))
        .join(Region, col(Region.code) == col(Departement.region))
        .outerjoin(Epci, col(Epci.code) == col(Commune.epci))
        .outerjoin(counts, counts.c.code == col(Commune.code))
        .where(*_inside(meanings))
    )
    if query.q is None:
        return statement.order_by(col(Commune.code))
    typed = " ".join(_ABBREVIATED.get(word, word) for word in fold(query.q).split())
    name, code = col(Commune.name_folded), typed.upper()
    coded: ColumnElement[bool] = literal(value=False)
    if typed[:1].isdigit():
        postcodes = select(col(CommunePostcode.commune)).where(col(CommunePostcode.postcode).startswith(code))
        former = select(col(FormerCommune.commune)).where(col(FormerCommune.code) == code)
        coded = or_(col(Commune.code).startswith(code), col(Commune.code).in_(postcodes), col(Commune.code).in_(former))
    rank = case((name == typed, 0), (or_(name.startswith(typed + " "), coded), 1), (name.startswith(typed), 2), else_=3)
    found = or_(name.startswith(typed), name.contains(" " + typed), coded)
    population = col(Commune.population).desc().nulls_last()
    return statement.where(found).order_by(rank, population, col(Commune.code))


def select_postcodes(communes: Sequence[str]) -> AnySelect:
    return (
        select(col(CommunePostcode.commune), col(CommunePostcode.postcode))
        .where(col(CommunePostcode.commune).in_(communes))
        .order_by(col(CommunePostcode.postcode))
    )


def select_sectors(query: ReferenceQuery, _meanings: Sequence[Meaning], cut: int) -> AnySelect:
    counts = select_pole_counts("sector", cut)
    return (
        select(col(Sector.code), col(Sector.name), col(Sector.name_en), _poles(counts))
        .select_from(Sector)
        .outerjoin(counts, counts.c.code == col(Sector.code))
        .where(*_spelled(query, "sector", col(Sector.code)))
        .order_by(col(Sector.position))
    )


def _spelled(query: ReferenceQuery, name: str, code: Mapped[str]) -> list[ColumnElement[bool]]:
    """Match the beginning of any word of any spelling."""
    if query.q is None:
        return []
    typed, spelling = fold(query.q), col(Spelling.spelling)
    spelled = select(col(Spelling.value)).where(
        col(Spelling.filter) == name,
        col(Spelling.term) == name,
        or_(spelling.startswith(typed), spelling.contains(" " + typed)),
    )
    return [code.in_(spelled)]


def _inside(meanings: Sequence[Meaning]) -> list[ColumnElement[bool]]:
    """Return what a commune or a département must meet to lie in the places named: any of each kind, all kinds."""
    columns = {
        "region": col(Departement.region),
        "departement": col(Departement.code),
        "epci": col(Commune.epci),
    }
    by_filter: dict[str, list[ColumnElement[bool]]] = {}
    for meaning in meanings:
        by_filter.setdefault(meaning.filter, []).append(columns[meaning.term] == meaning.value)
    return [or_(*clauses) for clauses in by_filter.values()]
