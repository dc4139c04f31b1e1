"""Records with revisions: hits, page, facets, one record, its history. Pure: a query in, a SELECT out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, null, or_, select, true
from sqlalchemy.orm import Mapped
from sqlmodel import col

from app.models import FOREVER, Document, FacetSet, Kind, Registry, Revision, RevisionTerm, Term, Write
from app.queries.asked import RecordsQuery
from app.queries.spatial import distance, in_area, in_box, in_circle
from app.queries.statements import AnySelect
from app.queries.text import text_match, words
from app.queries.vocabulary import Meaning

Clause = ColumnElement[bool]
Form = Mapped[bytes]  # a column of Document


@dataclass(frozen=True, slots=True)
class Condition:
    """What a record must meet; `possible` also admits those of which the registry does not know."""

    certain: Clause
    possible: Clause


def conditions(
    query: RecordsQuery, meanings: Sequence[Meaning], cut: int, without: str | None = None
) -> list[Condition]:
    """Return the conditions of a query at a cut, leaving out the filter of one facet."""
    asked = _Asked(query, [meaning for meaning in meanings if meaning.filter != without], cut, without)
    return [condition for rule in _RULES for condition in rule(asked)]


def select_page(query: RecordsQuery, found: Sequence[Condition]) -> AnySelect:
    """Return rows (total, undetermined, revision id, metres); at least one row, its id empty when the page is."""
    shown = (Revision.id, Revision.name_sort, Revision.record_id, Revision.year_sort)
    metres: ColumnElement[Any] = null()
    if query.circle:
        metres = distance(col(Revision.longitude), col(Revision.latitude), query.circle)
    columns = (*map(col, shown), metres.label("metres"))
    hits = select(*columns).where(*(condition.certain for condition in found)).cte("hits")
    order = _order(query.order, hits.c)
    rank = func.row_number().over(order_by=order).label("rank")
    ranked = select(hits.c.id, hits.c.metres, rank).order_by(*order)
    page = ranked.limit(query.limit).offset(query.offset).subquery("page")
    total = select(func.count().label("total")).select_from(hits).subquery("total")
    return (
        select(total.c.total, _undetermined(found, total.c.total), page.c.id, page.c.metres)
        .select_from(total.outerjoin(page, true()))
        .order_by(page.c.rank)
    )


def select_facet(found: Sequence[Condition]) -> Select[str, int]:
    """Return rows (facet set, number of records); see `facets.expand`."""
    return (
        select(col(FacetSet.content), func.count())
        .select_from(Revision)
        .join(FacetSet)
        .where(*(condition.certain for condition in found))
        .group_by(col(FacetSet.id), col(FacetSet.content))
    )


def select_documents(ids: Sequence[int], column: Form) -> Select[int, bytes]:
    return select(col(Document.revision), column).where(col(Document.revision).in_(ids))


_POINT = (col(Revision.id), col(Revision.longitude), col(Revision.latitude))
_REVISION = (Revision.id, Revision.serial, Revision.action, Revision.successor)
_WRITE = (Write.recorded_at, Write.editor, Write.reason, Write.source)


def _published(form: Form) -> AnySelect:
    """Return revisions with their write and one stored form of their document, as plain columns."""
    return (
        select(*map(col, _REVISION), *map(col, _WRITE), form.label("piece"))
        .select_from(Revision)
        .join(Write, col(Write.serial) == col(Revision.serial))
        .join(Document, col(Document.revision) == col(Revision.id))
    )


def select_record(kind: Kind, record_id: str, cut: int | None, form: Form) -> AnySelect:
    """Return one record now, or at a cut, with the epoch of the registry."""
    revision_id, until = col(Revision.id), col(Revision.until)
    at = (until == FOREVER,) if cut is None else (revision_id <= cut, until > cut)
    record = (col(Revision.kind) == kind, col(Revision.record_id) == record_id)
    return _published(form).add_columns(col(Registry.epoch)).join(Registry, true()).where(*record, *at)


def select_history(kind: Kind, record_id: str, cut: int) -> AnySelect:
    """Return every revision of a record up to a cut, oldest first."""
    record = (col(Revision.kind) == kind, col(Revision.record_id) == record_id, col(Revision.id) <= cut)
    return _published(col(Document.body)).where(*record).order_by(col(Revision.id))


def select_record_ids(kind: Kind) -> Select[str]:
    return (
        select(col(Revision.record_id))
        .where(col(Revision.kind) == kind, col(Revision.until) == FOREVER)
        .order_by(col(Revision.record_id))
        .limit(100_000)
    )


def _order(sort: str, columns: Any) -> list[ColumnElement[Any]]:
    down = sort.startswith("-")
    if sort.endswith("updated"):
        return [columns.id.desc() if down else columns.id.asc()]
    if sort == "distance":
        return [columns.metres, columns.name_sort, columns.record_id]
    if sort.endswith("founded"):
        year = columns.year_sort.desc() if down else columns.year_sort.asc()
        return [year.nulls_last(), columns.name_sort, columns.record_id]
    return [column.desc() if down else column.asc() for column in (columns.name_sort, columns.record_id)]


def _undetermined(found: Sequence[Condition], total: ColumnElement[int]) -> ColumnElement[int]:
    if all(condition.certain is condition.possible for condition in found):
        return literal(0)
    possible = select(func.count()).select_from(Revision).where(*(condition.possible for condition in found))
    return possible.scalar_subquery() - total


@dataclass(frozen=True, slots=True)
class _Asked:
    query: RecordsQuery
    meanings: list[Meaning]
    cut: int
    without: str | None

    def values(self, name: str) -> list[str]:
        return [] if name == self.without else list(dict.fromkeys(getattr(self.query, name, ())))

    def carries(self, terms: Sequence[tuple[str, str]]) -> Clause:
        """Return whether a revision carries one of these terms (name, value)."""
        by_name: dict[str, list[str]] = {}
        for name, value in dict.fromkeys(terms):
            by_name.setdefault(name, []).append(value)
        chosen = (and_(col(Term.name) == name, col(Term.value).in_(values)) for name, values in by_name.items())
        ids = select(col(Term.id)).where(col(Term.kind) == self.query.kind, or_(*chosen))
        carried = select(col(RevisionTerm.revision)).where(
            col(RevisionTerm.term).in_(ids), col(RevisionTerm.until) > self.cut, col(RevisionTerm.revision) <= self.cut
        )
        return col(Revision.id).in_(carried)


def _sure(*clauses: Clause) -> list[Condition]:
    return [Condition(clause, clause) for clause in clauses]


def _standing(asked: _Asked) -> list[Condition]:
    return _sure(
        col(Revision.kind) == asked.query.kind,
        col(Revision.id) <= asked.cut,
        col(Revision.until) > asked.cut,
        col(Revision.facet_set).is_not(None),
    )


def _named(asked: _Asked) -> list[Condition]:
    by_filter: dict[str, list[tuple[str, str]]] = {}
    for meaning in asked.meanings:
        if meaning.filter not in {"territory", "wave"}:
            by_filter.setdefault(meaning.filter, []).append((meaning.term, meaning.value))
    return _sure(*(asked.carries(terms) for terms in by_filter.values()))


def _awards(asked: _Asked) -> list[Condition]:
    """Filter on wave and outcome together: they must hold of the same label."""
    waves = [meaning.value for meaning in asked.meanings if meaning.filter == "wave"]
    outcomes = asked.values("outcome")
    if waves and outcomes:
        return _sure(asked.carries([("award", f"{wave}/{outcome}") for wave in waves for outcome in outcomes]))
    terms = [("wave", wave) for wave in waves] or [("outcome", outcome) for outcome in outcomes]
    return _sure(asked.carries(terms)) if terms else []


def _coded(asked: _Asked) -> list[Condition]:
    fields = {"status": "status", "role": "role", "organisation_kind": "kind", "wave_kind": "kind"}
    return _sure(
        *(
            asked.carries([(term, value) for value in values])
            for field, term in fields.items()
            if term != asked.without and (values := asked.values(field))
        )
    )


def _territory(asked: _Asked) -> list[Condition]:
    meant = [meaning for meaning in asked.meanings if meaning.filter == "territory"]
    if not meant:
        return []
    known = [(meaning.term, meaning.value) for meaning in meant if meaning.term != "territory_unknown"]
    return [Condition(asked.carries(known), asked.carries([(meaning.term, meaning.value) for meaning in meant]))]


def _covers(asked: _Asked) -> list[Condition]:
    spot = getattr(asked.query, "covers", None)
    return [Condition(asked.carries(spot.certain), asked.carries(spot.possible))] if spot else []


def _active_on(asked: _Asked) -> list[Condition]:
    day = getattr(asked.query, "active_on", None)
    if day is None:
        return []
    begun, end = col(Revision.active_from), col(Revision.active_until)
    not_ended = or_(end.is_(None), end >= day.isoformat())
    return [
        Condition(
            and_(begun <= day.isoformat(), not_ended), and_(or_(begun.is_(None), begun <= day.isoformat()), not_ended)
        )
    ]


def _text(asked: _Asked) -> list[Condition]:
    prefixes = words(asked.query.q) if asked.query.q else []
    return _sure(text_match(col(Revision.id), prefixes)) if prefixes else []


def _updated_since(asked: _Asked) -> list[Condition]:
    since = asked.query.updated_since
    if since is None:
        return []
    before = select(func.coalesce(func.max(col(Write.last_revision)), 0)).where(col(Write.recorded_at) < since)
    return _sure(col(Revision.id) > before.scalar_subquery())


def _bbox(asked: _Asked) -> list[Condition]:
    box = getattr(asked.query, "bbox", None)
    if box is None:
        return []
    return _sure(in_box(*_POINT, box))


def _circle(asked: _Asked) -> list[Condition]:
    return _sure(in_circle(*_POINT, asked.query.circle)) if asked.query.circle else []


def _area(asked: _Asked) -> list[Condition]:
    return _sure(in_area(*_POINT, asked.query.area)) if asked.query.area else []


_RULES = (_standing, _named, _awards, _coded, _territory, _covers, _active_on, _text, _updated_since, _bbox, _circle, _area)
