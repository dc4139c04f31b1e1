"""Where a read is answered: on a replica, a moment behind at most, where nobody can notice; else on the primary."""

import logging
from collections.abc import Callable
from time import monotonic
from typing import Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from app.connections import Limits, reading_engine
from app.database import Database
from app.errors import RegistryError
from app.prepared import Reading, took_too_long

P = ParamSpec("P")
T = TypeVar("T")
log = logging.getLogger(__name__)
_LET_BE: Final = 5.0  # seconds that a replica which does not answer is not asked again
_LATEST: Final = text("SELECT coalesce(max(serial), 0) FROM write")


class Behind(Exception):
    """The replica has not yet received what this process knows of."""


class Replica:
    """Answers readers from a copy of the registry, and leaves to the primary what the copy may not have yet."""

    def __init__(self, primary: Database, url: str, limits: Limits) -> None:
        self._primary = primary
        self._engine = reading_engine(url, limits)
        self._asked_again_at = 0.0

    async def read(self, answer: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a reading function on the replica if it has every write that is known here, else on the primary.

        A refusal is never the replica's to give: the record, or the serial of a link, may not have reached it yet.
        """

        def in_session() -> T:
            with Reading(self._engine) as session:
                if not _has(session, self._primary.serial):
                    raise Behind
                return answer(session, *args, **kwargs)

        if monotonic() >= self._asked_again_at:
            try:
                return await run_in_threadpool(in_session)
            except (Behind, RegistryError):
                pass
            except DBAPIError as error:
                if took_too_long(error.orig):  # too long here is too long there
                    raise
                self._asked_again_at = monotonic() + _LET_BE
                log.warning("a replica does not answer: %s", str(error.orig).partition("\n")[0])
        return await self._primary.read(answer, *args, **kwargs)

    async def read_apart(self, answer: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a reading function, however long it takes: in the pool, as all that is read here."""
        return await self.read(answer, *args, **kwargs)

    def dispose(self) -> None:
        self._engine.dispose()


Reads = Database | Replica


def _has(session: Session, serial: int) -> bool:
    """Return whether the server behind this connection has a write; what it had once, this connection keeps."""
    known = session.connection().info
    if known.get("serial", -1) < serial:
        known["serial"] = session.execute(_LATEST).scalar_one()
    return bool(known["serial"] >= serial)
