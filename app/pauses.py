"""Pauses of the event loop: who works on it without one, as reads of SQLite do, must let it hear others in between."""

from asyncio import Future, get_running_loop
from collections import deque
from time import monotonic
from typing import Final

_LEAST: Final = 0.05  # seconds of work in one turn
_MOST: Final = 1.0


class Pauses:
    """One turn of the loop after the other: work takes as long as the last pause did, whatever there was to hear.

    Who waits is called in the order of coming: else those of a crowd who were just answered, and ask again at once,
    would be answered for ever.
    """

    def __init__(self) -> None:
        self._began = self._allowed = 0.0
        self._stopped: float | None = None
        self._works = False  # a turn has begun
        self._called = 0  # those who waited and go on in this turn, as far as it has not come to them
        self._first: deque[Future[None]] = deque()  # who was called and came too late
        self._later: deque[Future[None]] = deque()

    async def between_reads(self) -> None:
        """Wait for the next turn if this one has worked for long: a crowd that came together would be one turn."""
        if self._called or self._is_over():
            await self._wait(self._later)
            while self._is_over():
                await self._wait(self._first)
        if not self._works:
            self._works, self._began = True, monotonic()
            # Refusing a crowd must not take all the time that answering some of it would.
            self._allowed = min(max(_LEAST, self._began - self._stopped), _MOST) if self._stopped else _LEAST
            self._stopped = None
            get_running_loop().call_soon(self._end)

    def _is_over(self) -> bool:
        return self._works and monotonic() - self._began > self._allowed

    async def _wait(self, line: "deque[Future[None]]") -> None:
        self._stopped = self._stopped or monotonic()
        turn: Future[None] = get_running_loop().create_future()
        line.append(turn)
        try:
            await turn
        finally:
            if not turn.cancelled():  # called, even if the client has left meanwhile
                self._called -= 1
                if not self._called and not self._works:
                    get_running_loop().call_soon(self._end)

    def _end(self) -> None:
        """Let the next turn begin: call all who wait."""
        self._works = False
        waiting = [turn for turn in (*self._first, *self._later) if not turn.done()]
        self._first.clear()
        self._later.clear()
        self._called += len(waiting)
        for turn in waiting:
            turn.set_result(None)
