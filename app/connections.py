"""How connections are opened: what each database needs, and how long a PostgreSQL that is away is waited for."""

import sqlite3
from dataclasses import dataclass
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection

from app.damage import must_have_a_sound_journal

# A process that stopped in the middle of a write must not keep all others from writing; the command line renders
# thousands of records between two statements.
_IDLE_WRITER: Final = 60_000  # ms
_IDLE_COMMAND: Final = 900_000  # ms
# A server that vanished without a word (its machine, its network) is noticed within these.
_ALIVE: Final = {"keepalives_idle": 10, "keepalives_interval": 3, "keepalives_count": 3, "tcp_user_timeout": 10_000}

_MAPPED: Final = 256 * 2**20  # bytes of a file of SQLite, which the machine takes back when it needs them
_STEPS: Final = 10_000  # of SQLite's machine between two looks at the clock: some tenths of a millisecond


@dataclass(frozen=True, slots=True)
class Limits:
    """What a process takes of a PostgreSQL server, and how long it waits for it."""

    connections: int = 10  # that read at once; one more writes, and one listens
    connect_seconds: int = 3  # to open a connection, or to get one that is free
    query_seconds: float | None = None  # the command line takes its time


def writing_engine(url: str, limits: Limits) -> Engine:
    """Return the engine of those who write, one at a time; on SQLite, where readers wait for nobody, of all."""
    if url.startswith("sqlite"):
        engine = _engine(url)
        event.listen(engine, "do_connect", _look_at_the_journal)
        event.listen(engine, "connect", _prepare_sqlite)
        if limits.query_seconds:
            _bound(engine, limits.query_seconds)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    # pre-ping: a write is not sent again by itself, so it must not begin on a connection that was lost meanwhile.
    return _engine(url, connect_args=arguments(url, limits), pool_size=1, pool_pre_ping=True)


def reading_engine(url: str, limits: Limits) -> Engine:
    """Return the engine of those who read PostgreSQL: it writes nothing, and says neither BEGIN nor ROLLBACK."""
    engine = _engine(
        url,
        connect_args=arguments(url, limits),
        isolation_level="AUTOCOMMIT",  # each statement sees what is committed, as it would in a transaction
        pool_size=limits.connections,
        max_overflow=0,
        pool_timeout=limits.connect_seconds,
        pool_use_lifo=True,  # what a peak opened is not kept busy by turns
    )
    event.listen(engine, "connect", _prepare_reader)
    return engine


def arguments(url: str, limits: Limits) -> dict[str, Any]:
    """Return what psycopg is told beside the address; what the address itself says has the last word."""
    settings = {"idle_in_transaction_session_timeout": _IDLE_WRITER if limits.query_seconds else _IDLE_COMMAND}
    if limits.query_seconds:
        settings["statement_timeout"] = max(1, round(limits.query_seconds * 1000))  # 0 is no limit
    told: dict[str, Any] = {"application_name": "ptce", "connect_timeout": limits.connect_seconds, **_ALIVE}
    said = make_url(url).query
    options = [*(f"-c {name}={value}" for name, value in settings.items()), *_written(said.get("options", ""))]
    return {name: value for name, value in told.items() if name not in said} | {"options": " ".join(options)}


def address(url: str) -> tuple[list[Any], dict[str, Any]]:
    """Return what a driver needs to connect by itself."""
    parsed: URL = make_url(url)
    place, options = parsed.get_dialect()().create_connect_args(parsed)
    return list(place), dict(options)


def _written(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return value if isinstance(value, tuple) else (value,)


def _engine(url: str, **options: Any) -> Engine:
    # Errors are logged without their parameters, which may be hashes of keys.
    return create_engine(url, hide_parameters=True, **options)


def _prepare_reader(connection: DBAPIConnection, _record: object) -> None:
    # Not when connecting: `target_session_attrs=read-write` would take the primary for a standby.
    connection.cursor().execute("SET default_transaction_read_only = on")


class _Deadline:
    """When SQLite gives up what it is reading."""

    at = inf

    def is_over(self) -> bool:
        return monotonic() > self.at


def _bound(engine: Engine, seconds: float) -> None:
    """Interrupt a read of SQLite that takes longer; a write takes its time, for it would be lost."""

    def connected(connection: sqlite3.Connection, record: Any) -> None:
        deadline = record.info["deadline"] = _Deadline()
        connection.set_progress_handler(deadline.is_over, _STEPS)

    def taken(_connection: DBAPIConnection, record: Any, _proxy: object) -> None:
        record.info["deadline"].at = monotonic() + seconds

    def begun(connection: Connection) -> None:
        if connection.get_execution_options().get("writer", False):
            connection.info["deadline"].at = inf

    event.listen(engine, "connect", connected)
    event.listen(engine, "checkout", taken)
    event.listen(engine, "begin", begun)


def _look_at_the_journal(_dialect: object, _record: object, place: list[Any], _options: dict[str, Any]) -> None:
    must_have_a_sound_journal(Path(place[0]))


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy says BEGIN itself, see below
    # A page holds a document in all its forms; only a new file takes a size. What is mapped is read without a call.
    for pragma in (
        "page_size = 8192",
        "journal_mode = WAL",
        "foreign_keys = ON",
        "busy_timeout = 10000",
        f"mmap_size = {_MAPPED}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: a read that turns into a write could meet SQLITE_BUSY half-way.
    writer = connection.get_execution_options().get("writer", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")
