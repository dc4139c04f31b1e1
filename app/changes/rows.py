"""Rows of facts: what a record should be compared with what it is, and the differences written."""

from collections import defaultdict, namedtuple
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, TypeVar, cast

from sqlalchemy import BindParameter, Integer, Table, bindparam, delete, event, insert, select, update
from sqlalchemy.sql.schema import ScalarElementColumnDefault
from sqlmodel import Session, SQLModel

from app.prepared import Prepared, Reading, rows, write
from app.queries.statements import Among, AmongTexts, listed

T = TypeVar("T")
RowT = TypeVar("RowT", bound=SQLModel)
Key = tuple[Any, ...]
Current = Mapping[type[SQLModel], Mapping[Key, dict[str, Any]]]
Progress = Callable[[str, int, int], None]  # what, done, total
_PORTION = 5000
_MEMORY = "rows"  # of a session, what it has read
_REMEMBERED = 20  # values asked for at once: an import of thousands of records asks for other ones each time


class Wanted(NamedTuple):
    """A row that a table should hold: plain values, since 85,000 table objects cost ten seconds."""

    table: type[SQLModel]
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Difference:
    """One row to add, to change (`before` and `after` of what differs) or to take away."""

    table: type[SQLModel]
    key: Key
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    def __str__(self) -> str:
        name = f"{self.table.__tablename__} {'@'.join(map(str, self.key))}"
        if self.before is None:
            return f"+ {name}"
        if self.after is None:
            return f"- {name}"
        changes = (f"{column} : {self.before[column]!r} → {value!r}" for column, value in self.after.items())
        return f"~ {name} ({', '.join(changes)})"


def quietly(_what: str, _done: int, _total: int) -> None:
    """Report no progress."""


def key_of(row: Wanted) -> Key:
    return tuple(row.values[column.key] for column in table_of(row.table).primary_key)


def table_of(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]  # every table model has one
    return table


def rows_where(session: Session, table: type[RowT], column: str, values: Iterable[Any]) -> list[RowT]:
    """Return the rows that have one of these values in a column: plain, with the attributes of the table.

    An object of the ORM costs ten times as much, and a statement that SQLAlchemy runs six times.
    """
    return cast("list[RowT]", _found(session, table, column, values))


def row_where(session: Session, table: type[RowT], column: str, value: Any) -> RowT | None:
    """Return the one row that has a value in a column, plain; None without it."""
    return next(iter(rows_where(session, table, column, [value])), None)


def values_where(session: Session, table: type[SQLModel], column: str, value: Any) -> list[dict[str, Any]]:
    """Return the rows that have a value in a column, to compare and to write."""
    return [row._asdict() for row in _found(session, table, column, [value])]


def _found(session: Session, table: type[SQLModel], column: str, values: Iterable[Any]) -> list[Any]:
    some = sorted({value for value in values if value is not None})
    if not some:
        return []
    one = len(some) == 1  # a list costs a third more

    def read() -> list[Any]:
        found = rows(session, _select_where(table, column, one=one), {"told": some[0] if one else listed(some)})
        return [plain(table, row) for row in found]

    return remembered(session, table, (column, *some), read)


@cache
def _select_where(model: type[SQLModel], column: str, *, one: bool) -> Prepared:
    table = table_of(model)
    told: BindParameter[Any] = bindparam("told")
    among = Among if isinstance(table.c[column].type, Integer) else AmongTexts
    return Prepared(select(table).where(table.c[column] == told if one else among(table.c[column], told)))


def remembered(session: Session, table: type[SQLModel], asked: Key, read: Callable[[], T]) -> T:
    """Return what a write has read of a table, or read it: until it writes there itself, nobody else does."""
    if isinstance(session, Reading) or len(asked) > _REMEMBERED:
        return read()
    session.flush()  # what the ORM is about to write is not what was read
    known = session.info.setdefault(_MEMORY, {}).setdefault(table, {})
    if asked not in known:
        known[asked] = read()
    found: T = known[asked]
    return found


def forget(session: Session, table: type[SQLModel]) -> None:
    """Read a table again: its rows have changed."""
    session.info.get(_MEMORY, {}).pop(table, None)


def _forget_all(session: Session, *_others: object) -> None:
    session.info.pop(_MEMORY, None)


# Nobody is told which tables the ORM has written, nor which rows a trial took back.
event.listen(Session, "after_flush", _forget_all)
event.listen(Session, "after_soft_rollback", _forget_all)


def plain(table: type[RowT], values: Iterable[Any]) -> RowT:
    """Return the values of all columns of a table with its attributes."""
    return cast("RowT", _plain(table)._make(values))


def row_of(table: type[RowT], values: Mapping[str, Any]) -> RowT:
    """Return a row that is not stored yet, plain; what is not said is as in a new one."""
    whole = {**_defaults(table), **values}
    return plain(table, (whole.get(name) for name in _plain(table)._fields))


@cache
def _plain(model: type[SQLModel]) -> Any:
    return namedtuple(model.__name__, [column.key for column in table_of(model).c])  # noqa: PYI024  made of a table


def differences(wanted: Iterable[Wanted], current: Current) -> list[Difference]:
    found: list[Difference] = []
    for row in wanted:
        key = key_of(row)
        known = current[row.table].get(key)
        if known is None:
            found.append(Difference(row.table, key, None, row.values))
            continue
        changed = {name: value for name, value in row.values.items() if known[name] != value}
        if changed:
            found.append(Difference(row.table, key, {name: known[name] for name in changed}, changed))
    return found


def apply(session: Session, differences: Sequence[Difference], progress: Progress = quietly) -> None:
    """Write the rows: additions and changes parents first, then removals children first."""
    by_table: dict[str, list[Difference]] = defaultdict(list)
    for difference in differences:
        by_table[str(difference.table.__tablename__)].append(difference)
    done, total = 0, len(differences)
    order = [name for name in _parents_first() if name in by_table]
    for name in order:
        added = [row.after for row in by_table[name] if row.before is None and row.after is not None]
        for start in range(0, len(added), _PORTION):
            insert_rows(session, by_table[name][0].table, added[start : start + _PORTION])
            done += len(added[start : start + _PORTION])
            progress(f"Écriture de {name}", done, total)
        for row in by_table[name]:
            if row.before is not None and row.after:
                _one(session, _update(row.table, tuple(row.after)), row, row.after)
                done += 1
    for name in reversed(order):
        for row in by_table[name]:
            if row.after is None:
                _one(session, _delete(row.table), row, {})
                done += 1
    progress("Écriture", total, total)


def insert_rows(session: Session, model: type[SQLModel], values: Sequence[dict[str, Any]]) -> None:
    """Insert plain rows in bulk, past the ORM: ten times faster for a large write."""
    if values:
        whole = [_defaults(model) | one for one in values]
        write(session, _insert(model, tuple(whole[0])), whole)
        forget(session, model)


@cache  # sorted anew each time it is asked
def _parents_first() -> list[str]:
    return [table.name for table in SQLModel.metadata.sorted_tables]


@cache
def _defaults(model: type[SQLModel]) -> dict[str, Any]:
    """Return what stands in the columns of a new row that does not say so."""
    return {
        column.key: column.default.arg
        for column in table_of(model).c
        if isinstance(column.default, ScalarElementColumnDefault)
    }


@cache
def _insert(model: type[SQLModel], columns: tuple[str, ...]) -> Prepared:
    return Prepared(insert(table_of(model)).inline(), columns)  # inline: no id is asked back


@cache
def _update(model: type[SQLModel], columns: tuple[str, ...]) -> Prepared:
    return Prepared(update(table_of(model)).where(*_key(model)), columns)


@cache
def _delete(model: type[SQLModel]) -> Prepared:
    return Prepared(delete(table_of(model)).where(*_key(model)))


def _key(model: type[SQLModel]) -> list[Any]:
    # Not by the names of the columns: those are of the new values.
    return [column == bindparam(f"key_{column.key}") for column in table_of(model).primary_key]


def _one(session: Session, statement: Prepared, row: Difference, values: dict[str, Any]) -> None:
    """Make sure that a row was there to change: a write that touches nothing is a mistake of ours, and is not kept."""
    names = [column.key for column in table_of(row.table).primary_key]
    key = {f"key_{name}": value for name, value in zip(names, row.key, strict=True)}
    changed = write(session, statement, [values | key])
    forget(session, row.table)
    if changed != 1:
        raise RuntimeError(f"{changed} rows changed for {row}")
