"""How much is let in at once: more would not be answered sooner: it waits a little, then is told to come back."""

from asyncio import Semaphore, timeout
from typing import Final

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from app.errors import HeadersTooLarge, RegistryError, Unavailable
from app.routes.failures import answer

ALWAYS = frozenset({"/health/live", "/metrics"})  # whoever watches must see that it is crowded
# Seconds that a place is waited for, in the order of coming. Who is refused sooner asks again sooner: it would cost
# more to refuse a crowd than to answer it.
_PATIENCE: Final = 2.0


class Turnstile:
    """Lets so many requests in at once, and none whose headers are too large; kept answers pass outside of it."""

    def __init__(self, app: ASGIApp, at_once: int, headers: int) -> None:
        self.app = app
        self.headers = headers
        self._places = Semaphore(at_once)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
        elif sum(len(name) + len(value) for name, value in scope["headers"]) > self.headers:
            detail = f"Les en-têtes dépassent {self.headers} octets. Envoyez moins de cookies ou d’en-têtes."
            await _refuse(HeadersTooLarge(detail), scope, receive, send)
        elif scope["path"] in ALWAYS:
            await self.app(scope, receive, send)
        elif not await self._let_in():
            detail = "Trop de requêtes en même temps. Réessayez dans une seconde."
            await _refuse(Unavailable(detail, headers={"Retry-After": "1"}), scope, receive, send)
        else:
            try:
                await self.app(scope, receive, send)
            finally:
                self._places.release()

    async def _let_in(self) -> bool:
        if not self._places.locked():  # most often; a timeout costs as much as the rest of this
            return await self._places.acquire()
        try:
            async with timeout(_PATIENCE):
                return await self._places.acquire()
        except TimeoutError:
            return False


async def _refuse(error: RegistryError, scope: Scope, receive: Receive, send: Send) -> None:
    await answer(Request(scope), error)(scope, receive, send)
