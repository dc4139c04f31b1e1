"""The database: names of constraints, sessions that read, transactions that write. The only place that commits."""

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Concatenate, Final, ParamSpec, TypeVar

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from sqlalchemy import Engine, ExceptionContext, event, text
from sqlalchemy.exc import DatabaseError, DBAPIError
from sqlmodel import Session, SQLModel
from starlette.concurrency import run_in_threadpool

from app.commits import CHANNEL, Notified, Polled
from app.connections import Limits, reading_engine, writing_engine
from app.damage import first_fault, is_damage
from app.pauses import Pauses
from app.prepared import Reading

log = logging.getLogger(__name__)
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
# Whoever listens is called when the transaction commits, and not if it is rolled back.
_BEGIN_WRITE = text("SELECT pg_advisory_xact_lock(:lock), pg_notify(:channel, :process)")
COMMAND_LINE: Final = Limits()
_QUICK: Final = 50_000_000  # bytes


class Database:
    """One database; sessions that read, and one at a time that writes."""

    def __init__(self, url: str, limits: Limits = COMMAND_LINE) -> None:
        self.url = url
        self.engine: Engine = writing_engine(url, limits)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self._readers = self.engine if self.is_sqlite else reading_engine(url, limits)
        self._commits: Polled | Notified = Polled(url) if self.is_sqlite else Notified(url, limits)
        self._one_writer = CapacityLimiter(1)
        self._pauses = Pauses()
        self.damage: BaseException | None = None  # what SQLite found in its file, as it was read
        if self.is_sqlite:
            event.listen(self.engine, "handle_error", self._note)

    @contextmanager
    def reading(self) -> Iterator[Reading]:
        with Reading(self._readers) as session:
            yield session

    @contextmanager
    def writing(self, *, keep: bool = True) -> Iterator[Session]:
        """Give the one session that may write; commit when the block ends well, roll back if not, or without `keep`."""
        if self.damage:
            raise DatabaseError("BEGIN", None, self.damage)  # more of it would be lost
        engine = self.engine.execution_options(writer=True)
        with Session(engine, expire_on_commit=False) as session:
            with session.begin() as transaction:
                if not self.is_sqlite:
                    told = {"lock": WRITER_LOCK, "channel": CHANNEL, "process": self._commits.name}
                    session.execute(_BEGIN_WRITE, told)
                yield session
                if not keep:
                    transaction.rollback()
            if keep:
                self._commits.mine(session.info.get("serial"))

    async def read(self, answer: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a short reading function: inline on SQLite (cheaper than a thread), in the pool on PostgreSQL."""

        def in_session() -> T:
            with Reading(self._readers) as session:
                return answer(session, *args, **kwargs)

        def in_spite_of_a_lost_connection() -> T:
            try:
                return in_session()
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                return in_session()  # the pool has forgotten all that it had open to the server that went

        if not self.is_sqlite:
            return await run_in_threadpool(in_spite_of_a_lost_connection)
        await self._pauses.between_reads()
        return in_session()

    async def read_apart(self, answer: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a reading function that may take long where nobody waits for it: in the pool on SQLite too."""
        if not self.is_sqlite:
            return await self.read(answer, *args, **kwargs)

        def in_session() -> T:
            with self.reading() as session:
                return answer(session, *args, **kwargs)

        return await run_in_threadpool(in_session)

    async def write(
        self, change: Callable[Concatenate[Session, P], T], keep: bool, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run a writing function in its transaction; the writers of a process wait in line without holding a thread."""

        def in_session() -> T:
            with self.writing(keep=keep) as session:
                return change(session, *args, **kwargs)

        return await run_sync(in_session, limiter=self._one_writer)

    def fault(self, *, thorough: bool = True, larger: bool = True) -> str | None:
        """Return the first thing wrong with SQLite's file; PostgreSQL looks after its own.

        Not to be `thorough` is to believe the indexes; not to look at `larger` files, to be done in tenths of a second.
        """
        if not self.is_sqlite:
            return None
        with self.engine.connect() as connection:
            raw: Any = connection.connection.driver_connection
            (size,) = raw.execute("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size").fetchone()
            return first_fault(raw, thorough=thorough) if larger or size < _QUICK else None

    def _note(self, met: ExceptionContext) -> None:
        if self.damage is None and is_damage(met.original_exception):
            self.damage = met.original_exception
            log.error("the database is damaged, no more is written: stop, then `ptce restore FILE --replace`")

    @property
    def serial(self) -> int:
        """The latest serial that this process has heard of, 0 where it listens to none."""
        return self._commits.serial

    def version(self) -> int | None:
        """Return a number that changes with every commit of anyone, None while that is not known; microseconds."""
        return self._commits.version()

    async def listen(self) -> None:
        """Keep `version` true, for as long as the service runs."""
        await self._commits.listen()

    def dispose(self) -> None:
        self._commits.close()
        self._readers.dispose()
        self.engine.dispose()
