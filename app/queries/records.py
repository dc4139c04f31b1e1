"""Records with revisions: hits, page, facets, one record, its history. Pure: a query in, a SELECT out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Select, bindparam, func, literal, null, select, true
from sqlalchemy.orm import Mapped
from sqlmodel import col

from app.models import FOREVER, Action, Document, FacetSet, Kind, Registry, Revision, Write
from app.prepared import Prepared
from app.queries.asked import RecordsQuery
from app.queries.conditions import Condition
from app.queries.spatial import distance
from app.queries.statements import Among, AnySelect

Form = Mapped[bytes]  # a column of Document


def select_page(query: RecordsQuery, found: Sequence[Condition]) -> AnySelect:
    """Return rows (total, undetermined, revision id, metres); at least one row, its id empty when the page is.

    What an index narrows is found once, counted and sorted. What is broad is counted, and walked in the order of names
    until the page is full.
    """
    shown = (Revision.id, Revision.name_sort, Revision.record_id, Revision.year_sort)
    metres: ColumnElement[Any] = null()
    if query.circle:
        metres = distance(col(Revision.longitude), col(Revision.latitude), query.circle)
    certain = [condition.certain for condition in found]
    hits = select(*map(col, shown), metres.label("metres")).where(*certain)
    counted: Any = Revision
    if query.order.lstrip("-") != "name" or any(condition.narrows for condition in found):
        counted = hits.cte("hits")
        order, page = _order(query.order, counted.c), select(counted.c.id, counted.c.metres)
        total = select(func.count().label("total")).select_from(counted).subquery("total")
    else:
        order, page = _order(query.order, Revision), hits.with_only_columns(col(Revision.id), metres.label("metres"))
        total = select(func.count().label("total")).select_from(Revision).where(*certain).subquery("total")
    rank = func.row_number().over(order_by=order).label("rank")
    shown_page = page.add_columns(rank).order_by(*order).limit(query.limit).offset(query.offset).subquery("page")
    return (
        select(total.c.total, _undetermined(found, total.c.total), shown_page.c.id, shown_page.c.metres)
        .select_from(total.outerjoin(shown_page, true()))
        .order_by(shown_page.c.rank)
    )


def select_all(query: RecordsQuery, found: Sequence[Condition]) -> AnySelect:
    """Return rows (revision id, metres), every one, in the order of the pages."""
    metres: ColumnElement[Any] = null()
    if query.circle:
        metres = distance(col(Revision.longitude), col(Revision.latitude), query.circle)
    shown = (Revision.id, Revision.name_sort, Revision.record_id, Revision.year_sort)
    hits = select(*map(col, shown), metres.label("metres")).where(*(condition.certain for condition in found))
    if query.order.lstrip("-") == "name":  # an index may have that order
        return hits.with_only_columns(col(Revision.id), metres.label("metres")).order_by(*_order(query.order, Revision))
    every = hits.subquery("hits")
    return select(every.c.id, every.c.metres).order_by(*_order(query.order, every.c))


def select_facet(found: Sequence[Condition]) -> Select[str, int]:
    """Return rows (facet set, number of records); see `facets.expand`."""
    return (
        select(col(FacetSet.content), func.count())
        .select_from(Revision)
        .join(FacetSet)
        .where(*(condition.certain for condition in found))
        .group_by(col(FacetSet.id), col(FacetSet.content))
    )


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


class Standing(NamedTuple):
    """A record as a revision published it, with the write that did, and the epoch of the registry."""

    id: int
    serial: int
    action: Action
    successor: str | None
    recorded_at: datetime
    editor: str
    reason: str
    source: str | None
    piece: bytes
    epoch: str


def select_record(form: Form, *, now: bool) -> AnySelect:
    """Return one record (`kind`, `record_id`) now, or at a `cut`: columns of Standing."""
    revision_id, until = col(Revision.id), col(Revision.until)
    cut: ColumnElement[int] = bindparam("cut")
    at = (until == FOREVER,) if now else (revision_id <= cut, until > cut)
    record = (col(Revision.kind) == bindparam("kind"), col(Revision.record_id) == bindparam("record_id"))
    return _published(form).add_columns(col(Registry.epoch)).join(Registry, true()).where(*record, *at)


_FORMS: Final = {"body": col(Document.body), "feature": col(Document.feature), "row": col(Document.row)}
RECORD: Final = {
    (name, now): Prepared(select_record(form, now=now)) for name, form in _FORMS.items() for now in (True, False)
}
# The revisions are told as a text, see `statements.listed`.
DOCUMENTS: Final = {
    name: Prepared(select(col(Document.revision), form).where(Among(col(Document.revision), bindparam("ids"))))
    for name, form in _FORMS.items()
}
FACET_SETS: Final = Prepared(
    select(col(FacetSet.id), col(FacetSet.content)).where(Among(col(FacetSet.id), bindparam("ids")))
)


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
