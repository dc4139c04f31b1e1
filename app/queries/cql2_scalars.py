"""The values that CQL2 compares: properties, texts, numbers, moments, and what folds their case and accents."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, Protocol

from sqlalchemy import ColumnElement, literal

from app import forms, wording
from app.errors import Invalid
from app.queries.cql2 import refusal
from app.queries.cql2_columns import CaseFolded, WithoutAccents, case_folded, without_accents
from app.queries.cql2_shapes import Shape
from app.queries.ogc import Queryable
from app.queries.ogc_crs import Crs

Clause = ColumnElement[bool]
Json = Any
_FRENCH: Final = {
    "text": "un texte entre apostrophes, comme '84'",
    "integer": "un nombre",
    "number": "un nombre",
    "list": "un texte entre apostrophes, que la liste contient ou non",
    "instant": "un instant, comme TIMESTAMP('2026-11-24T08:00:00Z')",
    "geometry": "une géométrie, avec S_INTERSECTS",
}
_FOLDS: Final = {"casei": (CaseFolded, case_folded), "accenti": (WithoutAccents, without_accents)}
COMPARISONS: Final = ("=", "<>", "<", "<=", ">", ">=")
OPERATORS: Final = (
    "and", "or", "not", *COMPARISONS, "isNull", "like", "between", "in", "s_intersects", *_FOLDS
)  # fmt: skip


class Subject(Protocol):
    """What a filter is about: how its properties and its geometry are reached in SQL."""

    @property
    def queryables(self) -> Mapping[str, Queryable]: ...

    def column(self, name: str) -> Any: ...

    def any_of(self, name: str, test: Callable[[Any], Clause]) -> Clause:
        """Return whether a value of a list meets a test."""
        ...

    def touches(self, shape: Shape) -> Clause:
        """Return whether the geometry touches a shape; NULL where there is none."""
        ...

    def has_geometry(self) -> Clause: ...


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value or a property, and what it is folded by."""

    type: str
    sql: Any
    name: str | None = None
    folds: tuple[str, ...] = ()

    def folded(self, sql: Any) -> Any:
        for fold in self.folds:
            sql = _FOLDS[fold][0](sql)
        return sql


class Scalars:
    """The values of one filter. Raises Invalid, with the name of what is wrong."""

    def __init__(self, text: str, subject: Subject, crs: Crs) -> None:
        self.text = text
        self.subject = subject
        self.crs = crs

    def matching(self, one: Scalar, other: Scalar) -> Scalar:
        """Return the other side, if it may be compared with this one."""
        kinds = {"integer": "number", "list": "text"}
        mine, theirs = (kinds.get(side.type, side.type) for side in (one, other))
        if mine == "text" and theirs == "day":  # dates of facts are texts: 2021, 2021-05, 2021-05-12
            return replace(other, sql=literal(other.sql.value.isoformat()), type="text")
        if mine == "instant" and theirs == "text" and other.name is None:
            return self._moment({"timestamp": other.sql.value})
        if mine != theirs:
            raise refusal(self.text, f"pour « {one.name or one.type} », {_FRENCH.get(one.type, one.type)}")
        return other

    def _like_typed(self, scalar: Scalar, other: Scalar) -> Scalar:
        self.matching(scalar, other)
        return scalar

    def scalar(self, node: Json, folds: tuple[str, ...] = ()) -> Scalar:
        if isinstance(node, str):
            return Scalar("text", literal(self._text(node)))
        if isinstance(node, int | float) and not isinstance(node, bool) and math.isfinite(node) and abs(node) < 1e300:  # noqa: PLR2004
            return Scalar("number", literal(float(node)))
        if isinstance(node, dict) and isinstance(node.get("property"), str):
            return self._property(node["property"], folds)
        if isinstance(node, dict) and node.get("op") in _FOLDS:
            return self._folded(node)
        if isinstance(node, dict) and ("date" in node or "timestamp" in node):
            return self._moment(node)
        if isinstance(node, dict) and "op" in node:
            raise self.unknown_operator(node["op"])
        raise refusal(self.text, "une propriété, un texte entre apostrophes, un nombre, DATE('…') ou TIMESTAMP('…')")

    def _property(self, name: str, folds: tuple[str, ...]) -> Scalar:
        queryable = self.subject.queryables.get(name)
        if queryable is None:
            known = list(self.subject.queryables)
            hint = wording.suggestion(name, known)
            raise refusal(self.text, f"une propriété connue, pas « {name[:100]} » : " + ", ".join(known), hint)
        if queryable.type == "geometry":
            raise refusal(self.text, f"pour « {name} », {_FRENCH['geometry']}")
        sql = None if queryable.type == "list" else self.subject.column(name)
        return Scalar(queryable.type, sql, name, folds)

    def _folded(self, node: Json) -> Scalar:
        arguments = node.get("args")
        if not isinstance(arguments, list) or len(arguments) != 1:
            raise refusal(self.text, f"un seul argument pour {node['op'].upper()}")
        inner = self.scalar(arguments[0])
        if inner.type not in {"text", "list"}:
            raise refusal(self.text, f"un texte dans {node['op'].upper()}")
        if inner.name is None:
            return Scalar("text", literal(_FOLDS[node["op"]][1](inner.sql.value)))
        return replace(inner, folds=(*inner.folds, node["op"]))

    def _moment(self, node: Json) -> Scalar:
        kind = "date" if "date" in node else "timestamp"
        try:
            if kind == "date":
                return Scalar("day", literal(date.fromisoformat(node["date"])))
            moment = datetime.fromisoformat(node["timestamp"])
            if moment.tzinfo is not None:
                return Scalar("instant", literal(moment))
        except (ValueError, TypeError):
            pass
        raise refusal(
            self.text, "une date DATE('2021-05-12') ou un instant TIMESTAMP('2021-05-12T00:00:00Z') qui existe"
        )

    def _text(self, text: str) -> str:
        if any(character == "\0" or "\ud800" <= character <= "\udfff" for character in text):  # no text of PostgreSQL
            raise refusal(self.text, forms.EXPECTED[forms.TEXT])
        return text

    def unknown_operator(self, operator: object) -> Invalid:
        hint = wording.suggestion(str(operator), list(OPERATORS))
        return refusal(self.text, f"un opérateur connu, pas « {str(operator)[:100]} » : " + ", ".join(OPERATORS), hint)
