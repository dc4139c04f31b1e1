"""What statements share: the type of one with any columns, matches on an index, long lists of values cut."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Select
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


class Unsought(FunctionElement[Any]):
    """A column to compare rows with, and not to find them by: SQLite takes the index of it for better than it is."""

    inherit_cache = True

    def __init__(self, column: ColumnElement[Any]) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(Unsought)
def _as_it_is(element: Unsought, compiler: SQLCompiler, **kwargs: Any) -> str:
    return compiler.process(next(iter(element.clauses)), **kwargs)


@compiles(Unsought, "sqlite")
def _unsought_sqlite(element: Unsought, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"+{_as_it_is(element, compiler, **kwargs)}"
