"""What a record must meet: each filter of a query becomes a condition on the index of the revision log."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlmodel import col

from app.models import Revision, RevisionTerm, Term, Write
from app.queries.asked import RecordsQuery
from app.queries.spatial import between, in_area, in_circle, is_wide
from app.queries.statements import Unsought
from app.queries.text import text_match, words
from app.queries.vocabulary import Meaning

Clause = ColumnElement[bool]
Index = Literal["ids", "place"]
_POINT = (col(Revision.id), col(Revision.longitude), col(Revision.latitude))


@dataclass(frozen=True, slots=True)
class Condition:
    """What a record must meet; `possible` also admits those of which the registry does not know.

    `narrows`: which index has the revisions that meet it, few beside all: lists of ids, or places.
    """

    certain: Clause
    possible: Clause
    narrows: Index | None = None


def conditions(
    query: RecordsQuery, meanings: Sequence[Meaning], cut: int, without: str | None = None
) -> list[Condition]:
    """Return the conditions of a query at a cut, leaving out the filter of one facet."""
    asked = _Asked(query, [meaning for meaning in meanings if meaning.filter != without], cut, without)
    found = [condition for rule in _RULES for condition in rule(asked)]
    return [*_standing(asked, listed=any(condition.narrows == "ids" for condition in found)), *found]


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


def _sure(*clauses: Clause, narrows: Index | None = None) -> list[Condition]:
    return [Condition(clause, clause, narrows) for clause in clauses]


def _standing(asked: _Asked, *, listed: bool) -> list[Condition]:
    kind: Any = col(Revision.kind)
    return _sure(
        (Unsought(kind) if listed else kind) == asked.query.kind,
        col(Revision.id) <= asked.cut,
        col(Revision.until) > asked.cut,
        col(Revision.facet_set).is_not(None),
    )


def _named(asked: _Asked) -> list[Condition]:
    by_filter: dict[str, list[tuple[str, str]]] = {}
    for meaning in asked.meanings:
        if meaning.filter not in {"territory", "wave"}:
            by_filter.setdefault(meaning.filter, []).append((meaning.term, meaning.value))
    return _sure(*(asked.carries(terms) for terms in by_filter.values()), narrows="ids")


def _awards(asked: _Asked) -> list[Condition]:
    """Filter on wave and outcome together: they must hold of the same label."""
    waves = [meaning.value for meaning in asked.meanings if meaning.filter == "wave"]
    outcomes = asked.values("outcome")
    if waves and outcomes:
        return _sure(
            asked.carries([("award", f"{wave}/{outcome}") for wave in waves for outcome in outcomes]), narrows="ids"
        )
    terms = [("wave", wave) for wave in waves] or [("outcome", outcome) for outcome in outcomes]
    return _sure(asked.carries(terms), narrows="ids") if terms else []


def _coded(asked: _Asked) -> list[Condition]:
    fields = {"status": "status", "role": "role", "organisation_kind": "kind", "wave_kind": "kind"}
    return _sure(
        *(
            asked.carries([(term, value) for value in values])
            for field, term in fields.items()
            if term != asked.without and (values := asked.values(field))
        ),
        narrows="ids",
    )


def _territory(asked: _Asked) -> list[Condition]:
    meant = [meaning for meaning in asked.meanings if meaning.filter == "territory"]
    if not meant:
        return []
    known = [(meaning.term, meaning.value) for meaning in meant if meaning.term != "territory_unknown"]
    possible = [(meaning.term, meaning.value) for meaning in meant]
    return [Condition(asked.carries(known), asked.carries(possible), narrows="ids")]


def _covers(asked: _Asked) -> list[Condition]:
    spot = getattr(asked.query, "covers", None)
    return [Condition(asked.carries(spot.certain), asked.carries(spot.possible), narrows="ids")] if spot else []


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
    return _sure(text_match(col(Revision.id), prefixes), narrows="ids") if prefixes else []


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
    return _sure(between(*_POINT[1:], box), narrows=None if is_wide(box) else "place")


def _circle(asked: _Asked) -> list[Condition]:
    circle = asked.query.circle
    return _sure(in_circle(*_POINT[1:], circle), narrows="place") if circle else []


def _area(asked: _Asked) -> list[Condition]:
    return _sure(in_area(*_POINT, asked.query.area), narrows="ids") if asked.query.area else []


_RULES = (
    _named,
    _awards,
    _coded,
    _territory,
    _covers,
    _active_on,
    _text,
    _updated_since,
    _bbox,
    _circle,
    _area,
)
