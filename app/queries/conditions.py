"""What a record must meet, in SQL: each need of a query becomes a condition on the index of the revision log."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import singledispatch
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlmodel import col

from app.models import Kind, Revision, RevisionTerm, Term, Write
from app.queries import needs as asked
from app.queries.asked import RecordsQuery
from app.queries.spatial import Area, Box, Circle, between, in_area, in_circle, is_wide
from app.queries.statements import Unsought
from app.queries.text import text_match
from app.queries.vocabulary import Meaning

Clause = ColumnElement[bool]
Index = Literal["ids", "place"]
_POINT: Final = (col(Revision.id), col(Revision.longitude), col(Revision.latitude))


@dataclass(frozen=True, slots=True)
class Condition:
    """What a record must meet; `possible` also admits those of which the registry does not know.

    `narrows`: which index has the revisions that meet it, few beside all: lists of ids, or places.
    """

    certain: Clause
    possible: Clause
    narrows: Index | None = None


@dataclass(frozen=True, slots=True)
class _Log:
    """The revisions of one kind, as they stood at a cut."""

    kind: Kind
    cut: int

    def carries(self, terms: Sequence[asked.Term]) -> Clause:
        """Return whether a revision carries one of these terms."""
        by_name: dict[str, list[str]] = {}
        for name, value in terms:
            by_name.setdefault(name, []).append(value)
        chosen = (and_(col(Term.name) == name, col(Term.value).in_(values)) for name, values in by_name.items())
        ids = select(col(Term.id)).where(col(Term.kind) == self.kind, or_(*chosen))
        carried = select(col(RevisionTerm.revision)).where(
            col(RevisionTerm.term).in_(ids), col(RevisionTerm.until) > self.cut, col(RevisionTerm.revision) <= self.cut
        )
        return col(Revision.id).in_(carried)


def conditions(
    query: RecordsQuery, meanings: Sequence[Meaning], cut: int, without: str | None = None
) -> list[Condition]:
    """Return the conditions of a query at a cut, leaving out the filter of one facet."""
    log = _Log(query.kind, cut)
    found = [_condition(need, log) for need in asked.needs(query, meanings, without)]
    kind: Any = col(Revision.kind)
    standing = (
        (Unsought(kind) if any(condition.narrows == "ids" for condition in found) else kind) == query.kind,
        col(Revision.id) <= cut,
        col(Revision.until) > cut,
        col(Revision.facet_set).is_not(None),
    )
    return [*map(_sure, standing), *found]


def _sure(clause: Clause, narrows: Index | None = None) -> Condition:
    return Condition(clause, clause, narrows)


@singledispatch
def _condition(need: Any, _log: _Log) -> Condition:
    raise TypeError(f"no condition says {need!r}")


@_condition.register
def _carries(need: asked.Carries, log: _Log) -> Condition:
    certain = log.carries(need.terms)
    return Condition(certain, certain if need.possible is None else log.carries(need.possible), narrows="ids")


@_condition.register
def _existed(need: asked.Existed, _log: _Log) -> Condition:
    begun, ended = col(Revision.active_from), col(Revision.active_until)
    not_ended = or_(ended.is_(None), ended >= need.day)
    return Condition(and_(begun <= need.day, not_ended), and_(or_(begun.is_(None), begun <= need.day), not_ended))


@_condition.register
def _has_words(need: asked.HasWords, _log: _Log) -> Condition:
    return _sure(text_match(col(Revision.id), need.prefixes), narrows="ids")


@_condition.register
def _updated(need: asked.Updated, _log: _Log) -> Condition:
    before = select(func.coalesce(func.max(col(Write.last_revision)), 0)).where(col(Write.recorded_at) < need.since)
    return _sure(col(Revision.id) > before.scalar_subquery())


@_condition.register
def _in_box(need: Box, _log: _Log) -> Condition:
    return _sure(between(*_POINT[1:], need), narrows=None if is_wide(need) else "place")


@_condition.register
def _in_circle(need: Circle, _log: _Log) -> Condition:
    return _sure(in_circle(*_POINT[1:], need), narrows="place")


@_condition.register
def _in_area(need: Area, _log: _Log) -> Condition:
    return _sure(in_area(*_POINT, need), narrows="ids")
