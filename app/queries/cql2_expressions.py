"""CQL2 in its JSON form becomes one SQL expression, by a list of what is allowed; the rest is refused by name."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import and_, false, not_, or_, true

from app.queries.cql2 import refusal
from app.queries.cql2_columns import like
from app.queries.cql2_scalars import Clause, Json, Scalar, Scalars, Subject
from app.queries.cql2_shapes import read_shape
from app.queries.ogc_crs import Crs

MAX_TERMS: Final = 200  # SQLite's expressions are 1000 deep at most
MAX_VALUES: Final = 1000
_COMPARE: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "=": lambda one, other: one == other,
    "<>": lambda one, other: one != other,
    "<": lambda one, other: one < other,
    "<=": lambda one, other: one <= other,
    ">": lambda one, other: one > other,
    ">=": lambda one, other: one >= other,
}
_MIRRORED: Final = {"<": ">", ">": "<", "<=": ">=", ">=": "<="}


class Translation(Scalars):
    """One filter, on its way to SQL. Raises Invalid, with the name of what is wrong."""

    def __init__(self, text: str, subject: Subject, crs: Crs) -> None:
        super().__init__(text, subject, crs)
        self.terms = 0

    def clause(self, node: Json) -> Clause:
        self.terms += 1
        if self.terms > MAX_TERMS:
            raise refusal(self.text, f"{MAX_TERMS} conditions au plus")
        if isinstance(node, bool):
            return true() if node else false()
        if not isinstance(node, dict) or "op" not in node:
            raise refusal(self.text, "une condition : une comparaison, LIKE, IN, BETWEEN, IS NULL, S_INTERSECTS")
        operator, arguments = node["op"], node.get("args")
        if not isinstance(arguments, list):
            raise refusal(self.text, "un opérateur et ses arguments, dans une liste")
        if operator in {"and", "or"}:
            joined = and_ if operator == "and" else or_
            return joined(*(self.clause(one) for one in self._counted(operator, arguments, 2, MAX_TERMS))).self_group()
        if operator == "not":
            return not_(self.clause(*self._counted(operator, arguments, 1)).self_group())
        if operator in _COMPARE:
            return self._comparison(operator, *map(self.scalar, self._counted(operator, arguments, 2)))
        known: Mapping[str, tuple[Callable[..., Clause], int]] = {
            "isNull": (self._null, 1),
            "like": (self._like, 2),
            "between": (self._between, 3),
            "in": (self._in, 2),
            "s_intersects": (self._intersects, 2),
        }
        if operator not in known:
            raise self.unknown_operator(operator)
        translate, count = known[operator]
        return translate(*self._counted(operator, arguments, count))

    def _comparison(self, operator: str, one: Scalar, other: Scalar) -> Clause:
        if one.name is None and other.name is not None:
            one, other, operator = other, one, _MIRRORED.get(operator, operator)
        if other.type == "list":
            raise refusal(self.text, f"autre chose que « {other.name} » à droite : c’est une liste")
        if one.type == "list":
            if operator not in {"=", "<>"}:
                raise refusal(self.text, f"=, <>, IN ou LIKE pour « {one.name} » : c’est une liste")
            found = self._test(self._like_typed(one, other), lambda value: value == other.folded(other.sql))
            return found if operator == "=" else not_(found)
        other = self.matching(one, other)
        clause: Clause = _COMPARE[operator](one.folded(one.sql), other.folded(other.sql))
        return clause

    def _null(self, node: Json) -> Clause:
        if isinstance(node, dict) and node.get("property") == "geometry":
            return not_(self.subject.has_geometry())
        scalar = self.scalar(node)
        if scalar.type == "list":
            return not_(self.subject.any_of(scalar.name or "", lambda _value: true()))
        clause: Clause = scalar.sql.is_(None)
        return clause

    def _like(self, node: Json, pattern_node: Json) -> Clause:
        scalar, pattern = self.scalar(node), self.scalar(pattern_node)
        if scalar.type not in {"text", "list"} or scalar.name is None:
            raise refusal(self.text, f"un texte devant LIKE, pas « {scalar.name or scalar.type} »")
        if pattern.type != "text" or pattern.name is not None:
            raise refusal(self.text, "un motif entre apostrophes après LIKE, comme 'P%'")
        return self._test(scalar, lambda value: like(value, pattern.sql.value))

    def _between(self, node: Json, low: Json, high: Json) -> Clause:
        scalar = self.scalar(node)
        if scalar.type not in {"integer", "number"}:
            raise refusal(self.text, f"un nombre devant BETWEEN, pas « {scalar.name or scalar.type} »")
        bounds = [self.matching(scalar, self.scalar(bound)) for bound in (low, high)]
        clause: Clause = scalar.sql.between(*(bound.sql for bound in bounds))
        return clause

    def _in(self, node: Json, values: Json) -> Clause:
        if not isinstance(values, list) or not 0 < len(values) <= MAX_VALUES:
            raise refusal(self.text, f"de 1 à {MAX_VALUES} valeurs après IN")
        scalar = self.scalar(node)
        given = [self.scalar(value) for value in values]
        if any(one.type == "list" for one in given):
            raise refusal(self.text, "des valeurs après IN, pas une liste")
        wanted = [self.matching(self._like_typed(scalar, one), one) for one in given]
        return self._test(scalar, lambda value: value.in_([one.folded(one.sql) for one in wanted]))

    def _intersects(self, one: Json, other: Json) -> Clause:
        if isinstance(other, dict) and "property" in other:
            one, other = other, one
        if not isinstance(one, dict) or one.get("property") != "geometry":
            raise refusal(self.text, "la propriété geometry dans S_INTERSECTS")
        try:
            shape = read_shape(other, self.crs)
        except ValueError as error:
            raise refusal(self.text, f"dans S_INTERSECTS, {error}") from None
        return self.subject.touches(shape)

    def _test(self, scalar: Scalar, test: Callable[[Any], Clause]) -> Clause:
        if scalar.type != "list":
            return test(scalar.folded(scalar.sql))
        return self.subject.any_of(scalar.name or "", lambda value: test(scalar.folded(value)))

    def _counted(self, operator: str, arguments: list[Json], least: int, most: int | None = None) -> list[Json]:
        if not least <= len(arguments) <= (most or least):
            raise refusal(self.text, f"{least} arguments pour « {operator} »")
        return arguments
