"""Who asks: the key of a request becomes an editor, or a refusal; rates are counted by key, else by address."""

import logging
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.exc import DBAPIError

from app.changes import keys
from app.changes.keys import Held
from app.database import Database
from app.errors import Unauthorized
from app.routes.rates import Rates
from app.security import CHALLENGE, Editor

log = logging.getLogger(__name__)


def address(request: Request) -> str:
    return request.client.host if request.client else ""


async def who(request: Request) -> Editor | None:
    """Return the holder of the key of this request, None without one. Raises Unauthorized, TooManyRequests."""
    written = request.headers.getlist("authorization")
    if not written:
        return None
    scheme, _, key = written[0].partition(" ")
    database: Database = request.app.state.database
    readable = len(written) == 1 and scheme.lower() == "bearer" and key.strip()
    held = await database.read(keys.find, key.strip()) if readable else None
    if held is None:
        # Only refused keys are counted: whoever tries some behind an address must not lock out the others behind it.
        rates: Rates = request.app.state.rates
        rates.spend("failed_key", address(request))
        raise Unauthorized(
            "Cette clé n’est pas connue, a expiré ou a été révoquée. Forme attendue : « Authorization: Bearer CLÉ ».",
            headers=CHALLENGE,
        )
    await _touched(database, held)
    return held.editor


async def reader(request: Request) -> Editor | None:
    """Return who reads, and count it by key, else by address. Raises what `who` raises, and TooManyRequests."""
    asks = await who(request) if "authorization" in request.headers else None
    rates: Rates = request.app.state.rates
    left = rates.spend("read", asks.name if asks else address(request))
    request.scope["ptce.headers"] = left.headers if left else {}
    return asks


async def _touched(database: Database, held: Held) -> None:
    """Record that a key is used, at most once an hour: a read does not become a write."""
    if held.stale:
        try:
            await database.write(keys.touch, True, held.id)
        except DBAPIError as error:
            log.warning("a last use was not recorded", exc_info=error)  # a full disk must not stop a reader


WhoDep = Annotated[Editor | None, Depends(who)]
ReaderDep = Annotated[Editor | None, Depends(reader)]
