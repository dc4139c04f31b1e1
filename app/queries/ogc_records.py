"""Poles and organisations as collections: filters and orders on what was published, in one SELECT."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, null, or_, select, true
from sqlmodel import Session, col

from app.models import Document, Kind, Revision, RevisionTerm, Term, Write
from app.queries.asked import PoleQuery
from app.queries.asked_organisations import OrganisationQuery
from app.queries.conditions import conditions
from app.queries.cql2_columns import Elements, Number, Text
from app.queries.cql2_scalars import Clause
from app.queries.cql2_shapes import Shape
from app.queries.ogc import Interval, ItemsQuery, Queryable
from app.queries.run import read_pieces
from app.queries.spatial import Box, in_area, in_box
from app.queries.statements import AnySelect

_POINT: Final = (col(Revision.id), col(Revision.longitude), col(Revision.latitude))
# Properties that are terms of the index under another name.
TERMS: Final[Mapping[Kind, Mapping[str, str]]] = {
    Kind.POLE: {
        **{name: name for name in ("region", "departement", "commune", "epci", "status")},
        "sectors": "sector",
        "waves": "wave",
        "members": "member",
    },
    Kind.ORGANISATION: {
        **{name: name for name in ("region", "departement", "commune", "epci", "kind", "siren")},
        "poles": "pole",
    },
}
_ASKED: Final = {Kind.POLE: PoleQuery, Kind.ORGANISATION: OrganisationQuery}


@dataclass(frozen=True, slots=True)
class Extent:
    """Where and since when the records of a collection are."""

    box: Box | None
    begin: str | None = None


class Records:
    """The records of one kind at a cut: what filters and orders stand on."""

    def __init__(self, kind: Kind, queryables: Sequence[Queryable], cut: int) -> None:
        self.kind = kind
        self.queryables = {queryable.name: queryable for queryable in queryables}
        self.cut = cut

    def standing(self) -> list[Clause]:
        return [condition.certain for condition in conditions(_ASKED[self.kind](), [], self.cut)]

    def column(self, name: str) -> Any:
        if name == "id":
            return col(Revision.record_id)
        if name == "recorded_at":
            written = select(col(Write.recorded_at)).where(col(Write.serial) == col(Revision.serial))
            return written.scalar_subquery()
        made = Text if self.queryables[name].type == "text" else Number
        return made(col(Document.feature), literal(name))

    def any_of(self, name: str, test: Callable[[Any], Clause]) -> Clause:
        values = Elements(col(Document.feature), literal(name)).table_valued("value")
        return exists(select(literal(1)).select_from(values).where(test(values.c.value)).correlate(Document))

    def equals(self, queryable: Queryable, value: str | float | datetime) -> Clause:
        """Return whether a property equals a value, on the index where it has that term."""
        name = TERMS[self.kind].get(queryable.name)
        if name is not None:
            ids = select(col(Term.id)).where(
                col(Term.kind) == self.kind, col(Term.name) == name, col(Term.value) == value
            )
            carried = select(col(RevisionTerm.revision)).where(
                col(RevisionTerm.term).in_(ids),
                col(RevisionTerm.until) > self.cut,
                col(RevisionTerm.revision) <= self.cut,
            )
            return col(Revision.id).in_(carried)
        if queryable.type == "list":
            return self.any_of(queryable.name, lambda one: one == value)
        clause: Clause = self.column(queryable.name) == value
        return clause

    def within(self, shape: Shape) -> Clause:
        """Return whether the point lies in a shape, on the index; what has no point lies in none."""
        return or_(*(in_box(*_POINT, part) if isinstance(part, Box) else in_area(*_POINT, part) for part in shape))

    def touches(self, shape: Shape) -> Clause:
        return case((col(Revision.longitude).is_(None), null()), else_=self.within(shape))

    def has_geometry(self) -> Clause:
        return col(Revision.longitude).is_not(None)

    def during(self, interval: Interval) -> Clause:
        """Return whether a record may have existed then: what has no dates always may."""
        begun, ended = col(Revision.active_from), col(Revision.active_until)
        clauses: list[Clause] = []
        if interval.end:
            clauses.append(or_(begun.is_(None), begun <= interval.end.isoformat()))
        if interval.begin:
            clauses.append(or_(ended.is_(None), ended >= interval.begin.isoformat()))
        return and_(true(), *clauses)

    def order(self, keys: Sequence[tuple[str, bool]]) -> list[ColumnElement[Any]]:
        """Return an order (property, is it downwards); empty values last, then by name."""
        # Names are put in the order of the alphabet, as they are without asking.
        columns: list[tuple[Any, bool]] = [
            (col(Revision.name_sort) if name == "name" else self.column(name), down) for name, down in keys
        ]
        columns += [(col(Revision.name_sort), False), (col(Revision.record_id), False)]
        return [(column.desc() if down else column.asc()).nulls_last() for column, down in columns]

    def read_page(
        self, session: Session, clauses: Sequence[Clause], order: Sequence[ColumnElement[Any]], page: ItemsQuery
    ) -> tuple[list[bytes], int]:
        """Return the stored features of a page, and how many there are in all."""
        rows = session.execute(select_page([*self.standing(), *clauses], order, page)).all()
        ids = [row.id for row in rows if row.id is not None]
        return read_pieces(session, ids, "feature"), rows[0].total

    def read_extent(self, session: Session) -> Extent:
        x, y = col(Revision.longitude), col(Revision.latitude)
        bounds = (func.min(x), func.min(y), func.max(x), func.max(y), func.min(col(Revision.active_from)))
        *box, begin = session.execute(select(*bounds).where(*self.standing())).one()
        return Extent(None if box[0] is None else Box(*box), begin)


def select_page(clauses: Sequence[Clause], order: Sequence[ColumnElement[Any]], page: ItemsQuery) -> AnySelect:
    """Return rows (total, revision id); at least one row, its id empty when the page is."""
    rank = func.row_number().over(order_by=order).label("rank")
    hits = (
        select(col(Revision.id), rank)
        .select_from(Revision)
        .join(Document, col(Document.revision) == col(Revision.id))
        .where(*clauses)
        .cte("hits")
    )
    shown = select(hits).order_by(hits.c.rank).limit(page.limit).offset(page.offset).subquery("page")
    total = select(func.count().label("total")).select_from(hits).subquery("total")
    return select(total.c.total, shown.c.id).select_from(total.outerjoin(shown, true())).order_by(shown.c.rank)
