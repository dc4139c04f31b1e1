"""Whole lists (`limit=all`): a short one is answered at once; a long one is read and sent some records at a time.

Between two portions nothing is held, neither a connection nor a transaction: the state that was read first names
revisions, and a revision never changes. Who takes slowly is waited for; who leaves is noticed before the next portion.
"""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass

from anyio.lowlevel import checkpoint
from fastapi import Response
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.errors import RegistryError, invalid_parameter
from app.queries import run
from app.queries.asked import PlacedQuery, RecordsQuery
from app.queries.values import WHOLE
from app.queries.whole import Whole, read_documents, read_whole
from app.renderers import streamed
from app.renderers.columns import DISTANCE
from app.renderers.document import COLUMNS
from app.renderers.listing import Envelope
from app.renderers.negotiation import Format
from app.renderers.streamed import Shape
from app.replicas import Reads
from app.routes import answers
from app.routes.asking import Asking
from app.routes.exports import FIRST, MOST, Exports
from app.routes.links import enveloped, list_headers
from app.routes.spots import located


class CutShortError(Exception):
    """Half a list was sent and the rest cannot be: the connection ends without the end of the body."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A list of which all is known but its documents."""

    whole: Whole
    shape: Shape
    envelope: Envelope
    headers: dict[str, str]
    excel: bool


async def records(database: Reads, asking: Asking, query: RecordsQuery, fields: Sequence[str]) -> Response:
    """Answer a list of records, page or whole. Raises Unavailable where too many whole ones are under way."""
    if query.limit != WHOLE:
        return await database.read(answers.records, asking, query, fields)
    if query.offset:
        raise invalid_parameter("offset", str(query.offset), "rien avec limit=all, qui donne toutes les fiches")
    begun = await database.read_apart(_begin, asking, query, fields)
    if isinstance(begun, Response):
        return begun
    asking.exports.enter()
    return Stream(_content(database, begun), begun.headers, asking.media_type, asking.exports)


def _begin(session: Session, asking: Asking, query: RecordsQuery, fields: Sequence[str]) -> Response | Begun:
    """Read where the documents are; what is no more than a page is answered like one."""
    asked = query
    query, said = located(asking, query)
    known = COLUMNS[query.kind]
    names = [*fields, DISTANCE.name] if isinstance(query, PlacedQuery) else fields
    shape = Shape(
        asking.wanted, answers.wanted_fields(query, known, names), known, query.circle is not None, asking.base
    )
    state, meanings = run.read_state(session, query)
    etag = asking.etag(state.serial, state.epoch)
    if asking.is_fresh(etag, state.recorded_at):
        return answers.not_modified(asking, etag, state)
    whole = read_whole(session, query, meanings, state, said)
    if whole.total <= asking.exports.page:
        return answers.records(session, asking, asked, fields)
    if asking.wanted is Format.XLSX and whole.total > asking.exports.sheet:
        expected = f"en xlsx, une liste de {asking.exports.sheet} fiches au plus ; prenez le csv, ou filtrez"
        raise invalid_parameter("limit", "all", expected)
    envelope = enveloped(asking, query, state, meanings, whole)
    headers = list_headers(asking, etag, state, envelope, whole.total)
    return Begun(whole, shape, envelope, headers, query.excel)


async def _content(database: Reads, begun: Begun) -> AsyncGenerator[bytes]:
    whole, shape = begun.whole, begun.shape
    with closing(streamed.parts(shape, begun.envelope, excel=begun.excel)) as parts:
        yield parts.begin()
        start, many = 0, FIRST
        while start < whole.total:
            some = slice(start, start + many)
            try:
                pieces = await database.read(read_documents, whole.ids[some], shape.form)
            except (DBAPIError, PoolTimeout, RegistryError) as error:
                raise CutShortError(str(error).partition("\n")[0]) from None
            yield parts.more(shape.shaped(pieces, None if whole.metres is None else whole.metres[some].tolist()))
            start += len(pieces)
            many = max(1, min(MOST, shape.portion * len(pieces) // sum(map(len, pieces))))
            await checkpoint()
        yield parts.end()


class Stream(StreamingResponse):
    """A list on its way, in a place that is free again when it ends, however it does."""

    def __init__(
        self, content: AsyncGenerator[bytes], headers: dict[str, str], media_type: str, exports: Exports
    ) -> None:
        super().__init__(content, headers=headers, media_type=media_type)
        self._content, self._exports = content, exports

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        left = asyncio.ensure_future(_left(receive))
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            async with aclosing(self._content) as pieces:
                async for piece in pieces:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
                    if left.done():
                        return
            await send({"type": "http.response.body", "body": b""})
        finally:
            left.cancel()
            self._exports.leave()


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
