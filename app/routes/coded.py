"""Answers that are not kept, coded as they pass: a whole one at once, a stream piece by piece."""

from collections.abc import Iterator

from starlette.types import Message, Send

from app.routes.codings import SMALLEST, Coder, coded, coder, is_text, marked
from app.routes.heard import Heard, own_tag
from app.routes.kept import Headers, varied

_NOT_MODIFIED = 304
_AS_THEY_ARE = {206, 304}  # a part, and nothing


class Coded:
    """Sends an answer in the coding that its client wishes; its headers wait for the first piece, which tells how."""

    def __init__(self, send: Send, heard: Heard) -> None:
        self._send, self._heard = send, heard
        self._start: Message | None = None
        self._coder: Coder | None = None

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._start = message
        elif message["type"] != "http.response.body":
            await self._send(message)
        else:
            for sent in self._messages(message):
                await self._send(sent)

    def _messages(self, message: Message) -> Iterator[Message]:
        body, more = message.get("body", b""), message.get("more_body", False)
        if self._start is not None:
            start, self._start = self._start, None
            coding = self._coding(start, body, more=more)
            if coding and not more:
                body = coded(body, coding)
            elif coding:
                self._coder = coder(coding)
            yield {**start, "headers": self._headers(start, coding, None if more else len(body))}
        if self._coder is None:
            yield {**message, "body": body}
            return
        body = self._coder.feed(body) + (b"" if more else self._coder.end())
        if body or not more:
            yield {**message, "body": body}

    def _coding(self, start: Message, body: bytes, *, more: bool) -> str | None:
        told = dict(start["headers"])
        plain = b"content-encoding" in told or not is_text(told.get(b"content-type", b"").decode("latin-1"))
        small = not more and len(body) < SMALLEST
        return None if plain or small or start["status"] in _AS_THEY_ARE else self._heard.coding

    def _headers(self, start: Message, coding: str | None, size: int | None) -> Headers:
        headers: Headers = [(name, value) for name, value in start["headers"] if name != b"vary"]
        headers.append((b"vary", varied(start["headers"])))
        if start["status"] == _NOT_MODIFIED:
            return [(name, own_tag(self._heard, value) if name == b"etag" else value) for name, value in headers]
        if coding is None:
            return headers
        made = {b"content-length", b"accept-ranges", b"etag"}
        etags = [(name, marked(value, coding)) for name, value in headers if name == b"etag"]
        headers = [(name, value) for name, value in headers if name not in made]
        headers += [*etags, (b"content-encoding", coding.encode())]
        return headers if size is None else [*headers, (b"content-length", b"%d" % size)]
