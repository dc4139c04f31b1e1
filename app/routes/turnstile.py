"""How much is let in at once: more would not be answered sooner, so it is told when to come back."""

from asyncio import sleep

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import HeadersTooLarge, RegistryError, Unavailable
from app.routes.failures import answer

ALWAYS = frozenset({"/health/live", "/metrics"})  # whoever watches must see that it is crowded


class Turnstile:
    """Lets so many requests in at once, and none whose headers are too large; kept answers pass outside of it."""

    def __init__(self, app: ASGIApp, at_once: int, headers: int) -> None:
        self.app = app
        self.at_once = at_once
        self.headers = headers
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refused = self._refusal(scope)
        if refused:
            await answer(Request(scope), refused)(scope, receive, send)
            return
        self._inside += 1
        try:
            await sleep(0)  # SQLite is read without a pause: who came together is counted first, and refused at once
            await self.app(scope, receive, send)
        finally:
            self._inside -= 1

    def _refusal(self, scope: Scope) -> RegistryError | None:
        if sum(len(name) + len(value) for name, value in scope["headers"]) > self.headers:
            return HeadersTooLarge(
                f"Les en-têtes dépassent {self.headers} octets. Envoyez moins de cookies ou d’en-têtes."
            )
        if self._inside >= self.at_once and scope["path"] not in ALWAYS:
            return Unavailable(
                "Trop de requêtes en même temps. Réessayez dans une seconde.", headers={"Retry-After": "1"}
            )
        return None
