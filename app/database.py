"""The database: engine, names of constraints, transactions. The only place that commits."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Concatenate, ParamSpec, TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlmodel import Session, SQLModel
from starlette.concurrency import run_in_threadpool

P = ParamSpec("P")
T = TypeVar("T")

# Set before any table is declared: Alembic can only alter constraints that have names.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# Any number, the same in every process: one writer at a time, so that serials become visible in order.
WRITER_LOCK = 7_420_140


class Database:
    """One database; sessions that read, and one at a time that writes."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine: Engine = create_engine(url, **_options(url))
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._one_writer = CapacityLimiter(1)
        if self.is_sqlite:
            event.listen(self.engine, "connect", _prepare_sqlite)
            event.listen(self.engine, "begin", _begin_sqlite)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        with Session(self.engine, expire_on_commit=False, autoflush=False) as session:
            yield session

    @contextmanager
    def writing(self, *, keep: bool = True) -> Iterator[Session]:
        """Give the one session that may write; commit when the block ends well, roll back if not, or without `keep`."""
        engine = self.engine.execution_options(writer=True)
        with Session(engine, expire_on_commit=False) as session, session.begin() as transaction:
            if not self.is_sqlite:
                session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WRITER_LOCK})
            yield session
            if not keep:
                transaction.rollback()

    async def read(self, answer: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a short reading function: inline on SQLite (cheaper than a thread), in the pool on PostgreSQL."""

        def in_session() -> T:
            with self.reading() as session:
                return answer(session, *args, **kwargs)

        return in_session() if self.is_sqlite else await run_in_threadpool(in_session)

    async def write(
        self, change: Callable[Concatenate[Session, P], T], keep: bool, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a writing function in its transaction; the writers of a process wait in line without holding a thread."""

        def in_session() -> T:
            with self.writing(keep=keep) as session:
                return change(session, *args, **kwargs)

        return await run_sync(in_session, limiter=self._one_writer)

    def dispose(self) -> None:
        self.engine.dispose()


def _options(url: str) -> dict[str, Any]:
    # Errors are logged without their parameters, which may be hashes of keys.
    # pre-ping: a PostgreSQL that restarted must not cost a reader an error.
    return {"hide_parameters": True} | ({} if url.startswith("sqlite") else {"pool_pre_ping": True})


def _prepare_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy says BEGIN itself, see below
    for pragma in ("journal_mode = WAL", "foreign_keys = ON", "busy_timeout = 10000"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: a read that turns into a write could meet SQLITE_BUSY half-way.
    writer = connection.get_execution_options().get("writer", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")
