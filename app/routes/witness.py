"""The outermost layer: each request has an id, which its answer, its problem and its log lines tell, and is counted."""

import logging
import re
from itertools import count
from secrets import token_hex
from time import perf_counter
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import Internal
from app.logs import request_id
from app.routes.failures import answer
from app.routes.metrics import Metrics

log = logging.getLogger(__name__)
WELL_FORMED: Final = re.compile(rb"[A-Za-z0-9._-]{8,128}")
METHODS: Final = {"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"}
LEFT: Final = 499  # the client did not wait for an answer; nginx's number for it
_REMEMBERED: Final = 4096  # paths


class Witness:
    """Sees every request from its first byte to its last."""

    def __init__(self, app: ASGIApp, metrics: Metrics, *, access_log: bool) -> None:
        self.app = app
        self.metrics = metrics
        self.access_log = access_log
        self._routes: dict[str, str] = {}
        self._process, self._numbers = token_hex(4), count()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started = perf_counter()
        name = _given_id(scope) or f"{self._process}{next(self._numbers):08x}"
        request_id.set(name)
        scope.setdefault("fastapi", {})  # filled in by the router, even if a layer between us copies the scope
        status, ended = LEFT, False

        async def send_with_id(message: Message) -> None:
            nonlocal status, ended
            if message["type"] == "http.response.start":
                status = message["status"]
                message = {**message, "headers": [*message["headers"], (b"x-request-id", name.encode())]}
            elif message["type"] == "http.response.body":
                ended = not message.get("more_body", False)
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        except Exception as error:
            log.exception("unexpected error")
            if status == LEFT:
                await answer(Request(scope), Internal())(scope, receive, send_with_id)
            elif not ended:
                raise error from None  # half an answer: the server cuts it
        finally:
            self._note(scope, status, perf_counter() - started)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = self._route(scope)
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        self.metrics.count(method, route, status, seconds)
        if self.access_log:  # no query and no address: they may tell of people
            told = {"method": method, "path": scope["path"], "route": route, "status": status}
            log.info("request", extra=told | {"ms": round(seconds * 1000, 1)})

    def _route(self, scope: Scope) -> str:
        """Return the template of the route, so that ids do not become series; what no router saw, by its path."""
        path: str = scope["path"]
        routed = scope["fastapi"].get("effective_route_context")
        if routed is None:
            return self._routes.get(path, "")
        template = ("/ogc" if path.startswith("/ogc") else "") + str(routed.path_format)
        if len(self._routes) >= _REMEMBERED:
            self._routes.clear()
        self._routes[path] = template
        return template


def _given_id(scope: Scope) -> str | None:
    for header, value in scope["headers"]:
        if header == b"x-request-id":
            return value.decode() if WELL_FORMED.fullmatch(value) else None
    return None
