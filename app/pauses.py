"""Pauses of the event loop: who works on it without one, as reads of SQLite do, must let it hear others in between."""

from asyncio import Event, get_running_loop
from time import monotonic
from typing import Final

_LEAST: Final = 0.05  # seconds of work in one turn
_MOST: Final = 1.0


class Pauses:
    """One turn of the loop after the other: work takes as long as the last pause did, whatever there was to hear."""

    def __init__(self) -> None:
        self._began = self._allowed = 0.0
        self._stopped: float | None = None
        self._over: Event | None = None  # of a turn that works

    async def between_reads(self) -> None:
        """Wait for the next turn if this one has worked for long: a crowd that came together would be one turn."""
        while self._over and monotonic() - self._began > self._allowed:
            self._stopped = self._stopped or monotonic()
            await self._over.wait()
        if self._over is None:
            self._began, self._over = monotonic(), Event()
            # Refusing a crowd must not take all the time that answering some of it would.
            self._allowed = min(max(_LEAST, self._began - self._stopped), _MOST) if self._stopped else _LEAST
            self._stopped = None
            get_running_loop().call_soon(self._end)

    def _end(self) -> None:
        if self._over:
            self._over.set()
        self._over = None
