"""What this process knows of the commits of all: a number that changes with each of them, and the latest serial."""

import logging
import sqlite3
from asyncio import wrap_future
from itertools import count
from math import inf
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from anyio import fail_after, sleep
from anyio.from_thread import start_blocking_portal

from app.connections import Limits, address, arguments
from app.damage import must_have_a_sound_journal

if TYPE_CHECKING:
    import psycopg

log = logging.getLogger(__name__)
CHANNEL: Final = "ptce"
_LOOK: Final = 0.3  # seconds between two looks: a connection may be dead and say nothing
_TRUSTED: Final = 1.0  # seconds that what was heard holds without a word
_AGAIN: Final = 0.5  # seconds before another try


class Polled:
    """SQLite says by itself whether another connection has committed."""

    name, serial = "", 0

    def __init__(self, url: str) -> None:
        self._place, self._options = address(url)
        self._connection: sqlite3.Connection | None = None

    def version(self) -> int | None:
        """Return a number that changes with every commit, None if the database does not answer."""
        try:
            if self._connection is None:
                must_have_a_sound_journal(Path(self._place[0]))
                self._connection = sqlite3.connect(*self._place, **self._options)
            found: int = self._connection.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error:
            return None
        return found

    def mine(self, serial: int | None) -> None:
        """Hear of a commit of this process."""

    async def listen(self) -> None:
        """Return at once: nobody calls."""

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


class Notified:
    """PostgreSQL calls whoever listens; what this process commits is known at once."""

    def __init__(self, url: str, limits: Limits) -> None:
        self.serial = 0  # the latest that is known
        self.name = uuid4().hex  # of this process, which is not called for what it did itself
        self._arguments = address(url)[1] | arguments(url, limits)
        self._patience = limits.connect_seconds
        self._numbers = count(1)
        self._version = 0
        self._sure_at = -inf
        self._one_at_a_time = Lock()  # who listens and who writes are threads

    def version(self) -> int | None:
        """Return a number that changes with every commit; None while those of other processes may go unheard."""
        return self._version if monotonic() - self._sure_at < _TRUSTED else None

    def mine(self, serial: int | None) -> None:
        """Hear of a commit of this process."""
        with self._one_at_a_time:
            self.serial = max(self.serial, serial or 0)
            self._version = next(self._numbers)

    async def listen(self) -> None:
        """Hear of the commits of all, for as long as the service runs.

        In a thread with a loop of its own: a crowd on the loop that answers must not make the process deaf, which would
        cost it the answers it keeps just when they help most.
        """
        with start_blocking_portal() as apart:
            await wrap_future(apart.start_task_soon(self._listen))

    async def _listen(self) -> None:
        """Open a connection, follow it, open it again when it is lost."""
        import psycopg

        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**self._arguments, autocommit=True) as connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    log.info("listening to the commits of all")
                    await self._follow(connection)
            except (psycopg.Error, OSError) as error:
                self._sure_at = -inf
                log.warning("commits go unheard: %s", str(error).partition("\n")[0])
            await sleep(_AGAIN)

    async def _follow(self, connection: "psycopg.AsyncConnection[Any]") -> None:
        called = True  # whatever was committed while nobody listened
        while True:
            at, before = monotonic(), self._version
            with fail_after(self._patience):
                row = await (await connection.execute("SELECT coalesce(max(serial), 0) FROM write")).fetchone()
            serial = row[0] if row else 0
            with self._one_at_a_time:
                if self._version != before:  # this process wrote meanwhile, and knows better
                    serial = max(serial, self.serial)
                if called or serial != self.serial:
                    self.serial = serial  # not the greater: a server that took over may have lost some
                    self._version = next(self._numbers)
            self._sure_at = at
            notes = [note.payload async for note in connection.notifies(timeout=_LOOK, stop_after=1)]
            called = notes not in ([], [self.name])

    def close(self) -> None:
        self._sure_at = -inf
