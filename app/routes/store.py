"""What is kept in memory: answers of one version of the registry, bounded in bytes."""

from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass, field

from anyio import Event
from starlette.types import Send

from app.routes.heard import Heard
from app.routes.kept import Headers, Kept

_SHARE = 8  # of the whole, what one answer may take


@dataclass(slots=True)
class Making:
    """An answer that is being made; who asks for the same waits for it."""

    ended: Event = field(default_factory=Event)
    made: Kept | None = None


class Store:
    """Answers of one process; those asked for least lately leave first."""

    def __init__(self, room: int) -> None:
        self.room = room  # bytes
        self.size = 0
        self.making: dict[Hashable, Making] = {}
        self._kept: OrderedDict[Hashable, Kept] = OrderedDict()
        self._version: Hashable = None

    def __len__(self) -> int:
        return len(self._kept)

    def at(self, version: Hashable) -> None:
        """Forget all that is of another version, and what is being made of it."""
        if version != self._version:
            self._version, self.size = version, 0
            self._kept, self.making = OrderedDict(), {}

    def get(self, key: Hashable) -> Kept | None:
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: Hashable, answer: Kept) -> None:
        self._take(key)
        self._kept[key] = answer
        self.size += answer.size
        self._make_room(key, answer)

    async def send(self, key: Hashable, answer: Kept, asks: Heard, send: Send, more: Headers) -> None:
        before = answer.size
        ready = answer.answer(asks)
        if answer.size != before and self._kept.get(key) is answer:  # a coded copy was added
            self.size += answer.size - before
            self._make_room(key, answer)
        await send({"type": "http.response.start", "status": ready[0], "headers": [*ready[1], *more]})
        await send({"type": "http.response.body", "body": ready[2]})

    def _make_room(self, key: Hashable, answer: Kept) -> None:
        if answer.size > self.room // _SHARE:
            self._take(key)
        while self.size > self.room:
            self._take(next(iter(self._kept)))

    def _take(self, key: Hashable) -> None:
        gone = self._kept.pop(key, None)
        if gone is not None:
            self.size -= gone.size
