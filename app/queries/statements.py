"""What statements share: the type of one with any columns, matches on an index, long lists of values cut."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select, String
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

AnySelect = Select[*tuple[Any, ...]]

PORTION = 500  # values in one statement: both databases bound the number of parameters


def portions(values: Iterable[Any]) -> Iterable[list[Any]]:
    """Cut values into parts that fit a statement; sorted, without doubles or None."""
    wanted = sorted({value for value in values if value is not None})
    return (wanted[start : start + PORTION] for start in range(0, len(wanted), PORTION))


class Match(FunctionElement[bool]):
    """A condition on an index of the database's own: `… IN (SELECT …)`."""

    inherit_cache = True
    type = Boolean()

    def self_group(self, against: Any = None) -> Any:  # noqa: ARG002  SQLAlchemy's signature
        return self  # SQLite has no booleans: it would be written `… = 1`, which hides the index from the planner


class Among(Match):
    """A number is one of a list that is told as JSON: one statement for lists of any length."""

    inherit_cache = True


class AmongTexts(Match):
    """A text is one of a list that is told as JSON."""

    inherit_cache = True


def listed(values: Sequence[int] | Sequence[str]) -> str:
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


@compiles(Among, "sqlite")
@compiles(AmongTexts, "sqlite")
def _among_sqlite(element: Match, compiler: SQLCompiler, **kwargs: Any) -> str:
    value, told = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return f"{value} IN (SELECT value FROM json_each({told}))"  # noqa: S608  compiled fragments, values bound


@compiles(Among, "postgresql")
def _among_postgresql(element: Among, compiler: SQLCompiler, **kwargs: Any) -> str:
    number, told = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return f"{number} = ANY (CAST(translate({told}, '[]', '{{}}') AS bigint[]))"


@compiles(AmongTexts, "postgresql")
def _among_texts_postgresql(element: AmongTexts, compiler: SQLCompiler, **kwargs: Any) -> str:
    value, told = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return f"{value} = ANY (ARRAY(SELECT jsonb_array_elements_text(CAST({told} AS jsonb))))"


class Gathered(FunctionElement[str]):
    """The numbers of a group as one text, `7,12`: a third of the cost of as many rows."""

    inherit_cache = True
    type = String()


@compiles(Gathered, "sqlite")
def _gathered_sqlite(element: Gathered, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"group_concat({_as_it_is(element, compiler, **kwargs)})"


@compiles(Gathered, "postgresql")
def _gathered_postgresql(element: Gathered, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"string_agg(CAST({_as_it_is(element, compiler, **kwargs)} AS text), ',')"


class Unsought(FunctionElement[Any]):
    """A column to compare rows with, and not to find them by: SQLite takes the index of it for better than it is."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(Unsought)
def _as_it_is(element: FunctionElement[Any], compiler: SQLCompiler, **kwargs: Any) -> str:
    return compiler.process(next(iter(element.clauses)), **kwargs)


@compiles(Unsought, "sqlite")
def _unsought_sqlite(element: Unsought, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"+{_as_it_is(element, compiler, **kwargs)}"
