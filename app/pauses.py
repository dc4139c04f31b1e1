"""Pauses of the event loop: who works on it without one, as reads of SQLite do, must let it hear others in between."""

from asyncio import Event, get_running_loop
from time import monotonic
from typing import Final

_WITHOUT_PAUSE: Final = 0.05  # seconds


class Pauses:
    """One turn of the loop after the other, and how long each has worked."""

    def __init__(self) -> None:
        self._began = 0.0
        self._over: Event | None = None  # of a turn that works

    async def between_reads(self) -> None:
        """Wait for the next turn if this one has worked for long: a crowd that came together would be one turn."""
        while self._over and monotonic() - self._began > _WITHOUT_PAUSE:
            await self._over.wait()
        if self._over is None:
            self._began, self._over = monotonic(), Event()
            get_running_loop().call_soon(self._end)

    def _end(self) -> None:
        if self._over:
            self._over.set()
        self._over = None
