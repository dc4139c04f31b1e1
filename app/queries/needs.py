"""What each filter of a query asks of a record, as plain values; SQL and memory answer them, each in its own way."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from app.queries.asked import RecordsQuery
from app.queries.spatial import Area, Box, Circle
from app.queries.text import words
from app.queries.vocabulary import Meaning

Term = tuple[str, str]  # name and value, as the index has them


class Carries(NamedTuple):
    """The record carries one of these terms; `possible` are those that it may carry for all that is known."""

    terms: tuple[Term, ...]
    possible: tuple[Term, ...] | None = None


class Existed(NamedTuple):
    """The pole is known to have existed that day, `YYYY-MM-DD`."""

    day: str


class HasWords(NamedTuple):
    """The record's text has all these words, each as a beginning."""

    prefixes: tuple[str, ...]


class Updated(NamedTuple):
    """The revision is of a write at that instant or later."""

    since: datetime


Need = Carries | Existed | HasWords | Updated | Box | Circle | Area


def needs(query: RecordsQuery, meanings: Sequence[Meaning], without: str | None = None) -> list[Need]:
    """Return all that a query asks of a record, leaving out the filter of one facet."""
    asked = _Asked(query, [meaning for meaning in meanings if meaning.filter != without], without)
    return [need for rule in _RULES for need in rule(asked)]


@dataclass(frozen=True, slots=True)
class _Asked:
    query: RecordsQuery
    meanings: list[Meaning]
    without: str | None

    def values(self, name: str) -> list[str]:
        if name == self.without:
            return []
        return list(dict.fromkeys(str(value) for value in getattr(self.query, name, ())))


def _carries(terms: Iterable[Term]) -> Carries:
    return Carries(tuple(dict.fromkeys(terms)))


def _named(asked: _Asked) -> Iterable[Need]:
    by_filter: dict[str, list[Term]] = {}
    for meaning in asked.meanings:
        if meaning.filter not in {"territory", "wave"}:
            by_filter.setdefault(meaning.filter, []).append((meaning.term, meaning.value))
    return map(_carries, by_filter.values())


def _awards(asked: _Asked) -> Iterable[Need]:
    """Filter on wave and outcome together: they must hold of the same label."""
    waves = [meaning.value for meaning in asked.meanings if meaning.filter == "wave"]
    outcomes = asked.values("outcome")
    if waves and outcomes:
        yield _carries(("award", f"{wave}/{outcome}") for wave in waves for outcome in outcomes)
    elif waves or outcomes:
        yield _carries([("wave", wave) for wave in waves] or [("outcome", outcome) for outcome in outcomes])


def _coded(asked: _Asked) -> Iterable[Need]:
    fields = {"status": "status", "role": "role", "organisation_kind": "kind", "wave_kind": "kind"}
    for field, term in fields.items():
        if term != asked.without and (values := asked.values(field)):
            yield _carries((term, value) for value in values)


def _territory(asked: _Asked) -> Iterable[Need]:
    possible = [(meaning.term, meaning.value) for meaning in asked.meanings if meaning.filter == "territory"]
    if possible:
        known = (term for term in possible if term[0] != "territory_unknown")
        yield Carries(tuple(dict.fromkeys(known)), tuple(dict.fromkeys(possible)))


def _covers(asked: _Asked) -> Iterable[Need]:
    spot = getattr(asked.query, "covers", None)
    return [Carries(tuple(spot.certain), tuple(spot.possible))] if spot else []


def _active_on(asked: _Asked) -> Iterable[Need]:
    day = getattr(asked.query, "active_on", None)
    return [Existed(day.isoformat())] if day else []


def _text(asked: _Asked) -> Iterable[Need]:
    prefixes = words(asked.query.q) if asked.query.q else []
    return [HasWords(tuple(dict.fromkeys(prefixes)))] if prefixes else []


def _updated_since(asked: _Asked) -> Iterable[Need]:
    return [Updated(asked.query.updated_since)] if asked.query.updated_since else []


def _space(asked: _Asked) -> Iterable[Need]:
    found: tuple[Need | None, ...] = (getattr(asked.query, "bbox", None), asked.query.circle, asked.query.area)
    return [need for need in found if need]


_RULES: tuple[Callable[[_Asked], Iterable[Need]], ...] = (
    _named,
    _awards,
    _coded,
    _territory,
    _covers,
    _active_on,
    _text,
    _updated_since,
    _space,
)
