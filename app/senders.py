"""How long a request may take to arrive and its answer to be taken, how large headers may grow; uvicorn never ends."""

import asyncio
import socket
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from app.settings import get_settings

_NEVER_READ: Final = 1_048_576  # bytes before a body; what is too long of less is told by the application, in its words
_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
_TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"
# Bytes that the kernel takes before they can be sent: it would take megabytes, of each who reads nothing.
_UNSENT: Final = 131_072


class Bounded(HttpToolsProtocol):
    """One connection. Who sends its headers slower than HEADER_SECONDS, or its body than BODY_SECONDS, is cut off.

    So is who takes nothing of an answer for STALL_SECONDS: what waits for it is memory, and may be a place.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._settings = get_settings()
        self._deadline: asyncio.TimerHandle | None = None
        self._stall: asyncio.TimerHandle | None = None
        self._in_headers = True
        self._arrived = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self._expect(self._settings.header_seconds)
        taking = transport.get_extra_info("socket")
        if taking.family in {socket.AF_INET, socket.AF_INET6} and hasattr(socket, "TCP_NOTSENT_LOWAT"):
            taking.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, _UNSENT)

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect(None)
        self.resume_writing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._arrived += len(data)
        if self._in_headers and self._arrived > _NEVER_READ:
            self._refuse(_TOO_LARGE)

    def on_message_begin(self) -> None:
        self._in_headers, self._arrived = True, 0
        self._expect(self._settings.header_seconds)
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._in_headers = False
        self._expect(self._settings.body_seconds)
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        self._expect(None)
        super().on_message_complete()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
        super().resume_writing()

    def _watch(self, waiting: int) -> None:
        self._stall = self.loop.call_later(self._settings.stall_seconds, self._look, waiting)

    def _look(self, before: int) -> None:
        """Cut the connection off if nothing was taken of what waits."""
        waiting = self.transport.get_write_buffer_size()
        if waiting < before:
            self._watch(waiting)
        else:
            self.transport.abort()

    def _expect(self, seconds: float | None) -> None:
        """Cut the connection off unless more is told within this time."""
        if self._deadline is not None:
            self._deadline.cancel()
        self._deadline = None if seconds is None else self.loop.call_later(seconds, self._refuse, _TOO_SLOW)

    def _refuse(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            if self._in_headers:  # of a body, the application may be answering already
                self.transport.write(answer)
            self.transport.close()
