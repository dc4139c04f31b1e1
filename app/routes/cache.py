"""The cache in front, one pure ASGI layer: an answer is made once, until the state of the registry changes."""

from collections.abc import Hashable
from typing import Final
from urllib.parse import parse_qsl, urlencode

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.database import Database
from app.errors import TooManyRequests
from app.routes.coded import Coded
from app.routes.heard import Heard, heard, without_codings
from app.routes.kept import RATE, Headers, kept
from app.routes.metrics import Metrics
from app.routes.rates import Rates
from app.routes.store import Making, Store

_HIT: Final = (b"cache-status", b"ptce; hit")  # RFC 9211
_MISS: Final = (b"cache-status", b"ptce; fwd=uri-miss")
_LONGEST: Final = 2000  # bytes of a query that are read to see whether they say what another one says


class Cache:
    """Answers GET and HEAD from what is kept; whoever shows a key is let through, and nothing of it is kept."""

    def __init__(
        self, app: ASGIApp, *, store: Store, database: Database, rates: Rates, metrics: Metrics, fixed_base: bool
    ) -> None:
        self.app = app
        self._store, self._database, self._rates, self._metrics = store, database, rates, metrics
        self._fixed_base = fixed_base  # links start with PUBLIC_URL: the same answer at every host

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["method"] not in {"GET", "HEAD"}:
            await self.app(without_codings(scope), receive, send)
            return
        asks = heard(scope)
        if scope["method"] == "HEAD":
            scope, send = {**scope, "method": "GET"}, _without_body(send)
            asks.lines.pop(b"range", None)
        key = self._key(scope, asks)
        version = None if key is None else self._database.version()
        if key is None or version is None:
            await self.app(without_codings(scope, asks.coding), receive, Coded(send, asks))
            return
        self._store.at(version)
        await self._answer(key, asks, scope, receive, send)

    async def _answer(self, key: Hashable, asks: Heard, scope: Scope, receive: Receive, send: Send) -> None:
        found = self._store.get(key)
        while found is None or not found.suits(asks):
            making = self._store.making.get(key)
            if making is None:
                await self._make(key, asks, scope, receive, send)
                return
            await making.ended.wait()
            if making.made is None:  # it is not to be kept: nobody waits for another one
                await self.app(without_codings(scope, asks.coding), receive, Coded(send, asks))
                return
            found = making.made if making.made.suits(asks) else self._store.get(key)
        try:
            left = self._rates.spend("read", scope["client"][0] if scope.get("client") else "")
        except TooManyRequests:  # the application says it, in the form that this client reads
            await self.app(without_codings(scope, asks.coding), receive, Coded(send, asks))
            return
        self._metrics.count_kept("hit")
        told = left.headers.items() if left is not None and found.told_rate else ()
        rate = [(name.lower().encode(), value.encode()) for name, value in told]
        await self._store.send(key, found, asks, send, [_HIT, *rate])

    async def _make(self, key: Hashable, asks: Heard, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer; whoever asks for the same meanwhile waits, not longer than it takes to make."""
        self._metrics.count_kept("miss")
        making, of_now = Making(), self._store.making
        of_now[key] = making
        start: Message = {}
        passing: Send | None = None

        def end() -> None:
            if of_now.get(key) is making:
                del of_now[key]
            making.ended.set()

        async def keep(message: Message) -> None:
            nonlocal start, passing
            if passing is None and message["type"] == "http.response.start":
                start = message
                return
            if passing is None and message["type"] == "http.response.body":
                headers: Headers = list(start["headers"])
                body = message.get("body", b"")
                if not message.get("more_body", False):
                    making.made = kept(start["status"], headers, body)
                if making.made is not None and of_now is self._store.making:
                    self._store.put(key, making.made)
                end()  # before a slow client has it all
                if making.made is not None:
                    rate = [header for header in headers if header[0] in RATE]
                    await self._store.send(key, making.made, asks, send, [_MISS, *rate])
                    return
                passing = Coded(send, asks)
                await passing(start)
            await (passing or send)(message)

        try:
            await self.app(without_codings(scope, asks.coding), receive, keep)
        finally:
            end()

    def _key(self, scope: Scope, asks: Heard) -> Hashable | None:
        """Return what decides an answer beside the state of the registry; None for what is not shared."""
        host = asks.get(b"host")
        if not self._store.room or host is None or b"," in host or b"authorization" in asks.lines:
            return None
        query: bytes = scope["query_string"]
        if b"%" in query or b"+" in query:
            query = _as_written(query)
        base = None if self._fixed_base else (scope["scheme"], host)
        # Whether it comes from another site, not from which: all of them are answered alike (CORS `*`).
        return base, scope["path"], query, asks.get(b"accept"), b"origin" in asks.lines


def _as_written(query: bytes) -> bytes:
    """Return a query in one spelling of its characters; its order stays, since links repeat it."""
    if len(query) > _LONGEST:  # whether it is too long is for the application to say
        return query
    try:
        return urlencode(parse_qsl(query.decode("latin-1"), keep_blank_values=True, errors="strict")).encode()
    except UnicodeDecodeError:
        return query


def _without_body(send: Send) -> Send:
    """Send the headers; the answer ends with them, and a stream hears that nobody listens."""
    ended = False

    async def send_headers(message: Message) -> None:
        nonlocal ended
        if message["type"] == "http.response.body":
            if ended:
                return
            ended, message = True, {"type": "http.response.body", "body": b""}
        await send(message)

    return send_headers
