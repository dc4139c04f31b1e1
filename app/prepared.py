"""Statements made once for each database and run by its driver: SQLAlchemy's own way costs more than the reading."""

import logging
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import ClauseElement, Connection, Dialect, Engine, Enum, Float, Integer, LargeBinary, Select, String
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.sql.compiler import SQLCompiler
from sqlmodel import Session

log = logging.getLogger(__name__)
Rows = list[tuple[Any, ...]]
Values = Mapping[str, Any]
_AS_THEY_COME: Final = (Integer, Float, String, LargeBinary)  # from both drivers
_Process = Callable[[Any], Any]
_CANCELED: Final = "57014"  # PostgreSQL's own name of it: who reads SQLite needs no psycopg


class Prepared:
    """A statement whose values have names; each database is told it in its own words, found once.

    `columns` are those that an INSERT or an UPDATE is given values for, where it does not say so itself.
    """

    def __init__(self, statement: ClauseElement, columns: Collection[str] = ()) -> None:
        self._statement = statement
        self._columns = list(columns) or None
        self._said: dict[str, _Said] = {}

    def said(self, dialect: Dialect) -> "_Said":
        known = self._said.get(dialect.name)
        if known is None:
            known = self._said[dialect.name] = _Said(self._statement, self._columns, dialect)
        return known


class _Said:
    """A statement in the words of one database, with what turns values and rows into the driver's and back."""

    def __init__(self, statement: ClauseElement, columns: list[str] | None, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect, column_keys=columns)
        if not isinstance(compiled, SQLCompiler):
            raise TypeError(f"{statement} is no statement that reads or writes rows")
        self.sql = str(compiled)
        # As text, every byte of a document is two characters, which PostgreSQL writes and psycopg reads.
        self.how = {} if dialect.name == "sqlite" else {"binary": True}
        self._order = compiled.positiontup
        binds = {name: bind for bind, name in compiled.bind_names.items()}
        self._own = {name: bind.value for name, bind in binds.items() if not bind.required}
        self._written: list[tuple[str, _Process]] = []
        for name, bind in binds.items():
            written = bind.type.dialect_impl(dialect).bind_processor(dialect)
            if written is not None:
                self._written.append((name, written))
        self._read: list[tuple[int, _Process]] = []
        for position, column in enumerate(statement.selected_columns if isinstance(statement, Select) else ()):
            if isinstance(column.type, Enum) or not isinstance(column.type, _AS_THEY_COME):
                read = column.type.dialect_impl(dialect).result_processor(dialect, None)
                self._read += [(position, read)] if read else []

    def values(self, given: Values) -> Any:
        known = {**self._own, **given}
        for name, written in self._written:
            known[name] = written(known[name])
        return known if self._order is None else tuple(known[name] for name in self._order)

    def rows(self, found: Rows) -> Rows:
        return [self._row(row) for row in found] if self._read else found

    def _row(self, row: tuple[Any, ...]) -> tuple[Any, ...]:
        values = list(row)
        for position, read in self._read:
            values[position] = read(values[position])
        return tuple(values)


class Reading(Session):
    """A session that reads; what is prepared goes past SQLAlchemy, on the connection that all else uses too."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine, expire_on_commit=False, autoflush=False)
        self.engine = engine
        self._taken: PoolProxiedConnection | None = None
        self._wrapped: Connection | None = None

    @property
    def driver(self) -> Any:
        """The driver's own connection. Raises what SQLAlchemy raises when none is to be had."""
        if self._taken is None:
            if self.in_transaction():
                return self.connection().connection.driver_connection
            driver = self.engine.dialect.loaded_dbapi.Error
            try:
                self._taken = self.engine.raw_connection()
            except driver as error:  # which SQLAlchemy leaves as it is here
                raise DBAPIError.instance(None, None, error, driver, dialect=self.engine.dialect) from error
        return self._taken.driver_connection

    def get_bind(self, *args: Any, **kwargs: Any) -> Engine | Connection:
        if self._taken is None:
            return super().get_bind(*args, **kwargs)
        if self._wrapped is None:
            self._wrapped = Connection(self.engine, self._taken)
        return self._wrapped

    def close(self) -> None:
        if self.in_transaction() or self.identity_map:
            super().close()
        if self._taken is not None:
            self._taken.close()
            self._taken = self._wrapped = None


def rows(session: Session, prepared: Prepared, values: Values) -> Rows:
    """Return what a statement finds. Raises DBAPIError, as SQLAlchemy would."""
    if isinstance(session, Reading):
        driver, dialect = session.driver, session.engine.dialect
    else:
        connection = session.connection()
        driver, dialect = connection.connection.driver_connection, connection.dialect
    said = prepared.said(dialect)
    told = said.values(values)
    if log.isEnabledFor(logging.DEBUG):
        log.debug("%s", said.sql)  # without its values, which may be what people look for
    try:
        found = driver.execute(said.sql, told, **said.how).fetchall()
    except dialect.loaded_dbapi.Error as error:
        if took_too_long(error):
            raise OperationalError(said.sql, None, error, hide_parameters=True) from error
        # SQLAlchemy's own way says what is wrong to all who listen, and forgets the connections to a server that went.
        found = [tuple(row) for row in session.connection().exec_driver_sql(said.sql, told)]
    return said.rows(found)


def write(session: Session, prepared: Prepared, values: Sequence[Values]) -> int:
    """Write with each of these values; return how many rows that touched.

    By SQLAlchemy's way to the driver, which tells all who listen what went wrong: a write that failed cannot be sent
    again to find out, for SQLite may have ended the transaction that it was part of.
    """
    connection = session.connection()
    said = prepared.said(connection.dialect)
    told = [said.values(one) for one in values]
    return connection.exec_driver_sql(said.sql, told if len(told) > 1 else told[0]).rowcount


def took_too_long(error: BaseException | None) -> bool:
    """Return whether the database itself gave up a statement that took longer than QUERY_SECONDS."""
    if getattr(error, "sqlstate", None) == _CANCELED:
        return True
    return getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_INTERRUPT
