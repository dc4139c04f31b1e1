"""What a query wants of a collection, as SQL: its box, its time, equal values, its filter, its order."""

import re
from datetime import datetime
from typing import Any, Protocol

from app import wording
from app.errors import Invalid, invalid_parameter
from app.queries import cql2
from app.queries.cql2_expressions import Translation
from app.queries.cql2_scalars import Clause, Subject
from app.queries.cql2_shapes import Shape
from app.queries.ogc import Interval, ItemsQuery, Queryable, equalities

_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,15})?")


class Collected(Subject, Protocol):
    """A collection that can be asked: filters of CQL2, and those that have parameters of their own."""

    def equals(self, queryable: Queryable, value: str | float | datetime) -> Clause: ...

    def within(self, shape: Shape) -> Clause: ...

    def during(self, interval: Interval) -> Clause: ...


def clauses(subject: Collected, query: ItemsQuery) -> list[Clause]:
    """Return what a record must meet. Raises Invalid."""
    made = [
        subject.equals(queryable, _value(queryable, value))
        for queryable, value in equalities(query, list(subject.queryables.values()))
    ]
    if query.box is not None:
        made.append(subject.within([query.box]))
    if query.datetime is not None:
        made.append(subject.during(query.datetime))
    if query.filter:
        translation = Translation(query.filter, subject, query.filter_crs)
        made.append(translation.clause(cql2.read(query.filter, query.filter_lang)))
    return made


def keys(subject: Subject, query: ItemsQuery) -> list[tuple[str, bool]]:
    """Return the properties of an order, each with whether it goes downwards. Raises Invalid."""
    made = []
    known = [queryable.name for queryable in subject.queryables.values() if queryable.is_sortable]
    for written in query.sortby:
        name = written.removeprefix("-").removeprefix("+").strip()  # a bare `+` of an address is read as a blank
        if name not in known:
            raise invalid_parameter(
                "sortby", written, "une propriété parmi " + ", ".join(known), wording.suggestion(name, known)
            )
        made.append((name, written.startswith("-")))
    return made


def _value(queryable: Queryable, text: str) -> Any:
    if queryable.type in {"text", "list"}:
        return text
    if queryable.type == "instant":
        try:
            moment = datetime.fromisoformat(text.replace(" ", "+"))
        except ValueError:
            raise _refusal(queryable, text, "un instant comme 2026-11-24T08:00:00Z") from None
        if moment.tzinfo is None:
            raise _refusal(queryable, text, "un instant avec son décalage, comme 2026-11-24T08:00:00Z")
        return moment
    if not _NUMBER.fullmatch(text):
        raise _refusal(queryable, text, "un nombre")
    return float(text)


def _refusal(queryable: Queryable, text: str, expected: str) -> Invalid:
    return invalid_parameter(queryable.name, text, expected)
