"""How connections are taken in: many at each turn of the event loop, where uvloop takes one, however many wait."""

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Callable
from typing import Any, Final

import uvloop

log = logging.getLogger(__name__)
_AT_A_TURN: Final = 256
_BACKLOG: Final = 2048  # as uvicorn's
_NO_MORE: Final = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_AGAIN: Final = 1.0  # seconds


class Loop(uvloop.Loop):
    """uvloop; in a crowd of clients who ask again and again, a new one would wait as many turns as came before it."""

    async def create_server(  # type: ignore[override]  # as uvicorn calls it: with a protocol, not with TLS
        self, protocol: Callable[[], asyncio.Protocol], *args: Any, **options: Any
    ) -> Any:
        backlog = options.get("backlog", _BACKLOG)
        server = await super().create_server(protocol, *args, **options | {"start_serving": False})
        return Doors(self, protocol, server, backlog)


class Doors:
    """The sockets that a server listens on, open until it is closed."""

    def __init__(self, loop: Loop, protocol: Callable[[], asyncio.Protocol], server: Any, backlog: int) -> None:
        self._loop, self._protocol, self._server = loop, protocol, server
        self._coming: set[asyncio.Task[Any]] = set()
        self._listening = [socket.socket(fileno=os.dup(one.fileno())) for one in server.sockets]
        for one in self._listening:
            one.setblocking(False)
            one.listen(backlog)
            self._open(one)

    @property
    def sockets(self) -> Any:
        return self._server.sockets

    def close(self) -> None:
        listening, self._listening = self._listening, []
        for one in listening:
            self._loop.remove_reader(one)
            one.close()
        self._server.close()

    async def wait_closed(self) -> None:
        await self._server.wait_closed()

    def _open(self, one: socket.socket) -> None:
        if one in self._listening:
            self._loop.add_reader(one, self._take_in, one)

    def _take_in(self, one: socket.socket) -> None:
        for _ in range(_AT_A_TURN):
            try:
                connection, _address = one.accept()
            except BlockingIOError:  # nobody waits, or another process was faster
                return
            except OSError as error:
                if error.errno not in _NO_MORE:
                    return  # whoever came has left
                log.error("no connection can be taken in for now: %s", error.strerror)  # noqa: TRY400  it is all there is to say
                self._loop.remove_reader(one)
                self._loop.call_later(_AGAIN, self._open, one)
                return
            connection.setblocking(False)
            task = self._loop.create_task(self._loop.connect_accepted_socket(self._protocol, connection))
            self._coming.add(task)
            task.add_done_callback(self._coming.discard)
