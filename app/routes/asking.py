"""What a request asks beside its query: the format, what it already has, and the addresses that links start with."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import quote_plus

from fastapi import Depends, Request
from pydantic import BaseModel

from app.database import Database
from app.queries import door
from app.renderers import VERSION
from app.renderers.listing import Link
from app.renderers.negotiation import MEDIA, Format, wanted_format
from app.replicas import Reads
from app.routes.exports import Exports
from app.routes.who import reader

AskedT = TypeVar("AskedT", bound=BaseModel)
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asking:
    """One request, as far as an answer needs it."""

    wanted: Format
    base: str  # scheme and host that absolute links start with
    path: str  # without suffix
    suffix: str  # ".csv", or nothing
    given: tuple[tuple[str, str], ...]
    if_none_match: str | None
    if_modified_since: str | None
    seed_dir: Path  # where outlines are read
    exports: Exports
    keeping: str = "private, no-cache"  # what caches may do with the answer
    rate: tuple[tuple[str, str], ...] = ()
    posted: Json | None = None  # what was asked in a body, instead of in the address

    def url(self, *, suffix: str | None = None, without: frozenset[str] = frozenset(), **changed: object) -> str:
        """Return this request's address with some parameters changed; percent-encoded, in the order given."""
        dropped = without | {name for name, value in changed.items() if value is not None}
        pairs = [(name, value) for name, value in self.given if name not in dropped and value]
        pairs += [(name, str(value)) for name, value in changed.items() if value is not None]
        query = "&".join(_written(*pair) for pair in pairs)
        path = self.base + self.path + (self.suffix if suffix is None else suffix)
        return f"{path}?{query}" if query else path

    def link(
        self,
        rel: str,
        media: str,
        *,
        suffix: str | None = None,
        without: frozenset[str] = frozenset(),
        **changed: object,
    ) -> Link:
        """Return a link to this request with some parameters changed; to a search: with its method and its body."""
        media = media.split(";", maxsplit=1)[0]
        if self.posted is None:
            return Link(rel, self.url(suffix=suffix, without=without, **changed), media)
        told = {name: value for name, value in changed.items() if value is not None}
        body = {name: value for name, value in self.posted.items() if name not in without} | told
        path = self.base + self.path + (self.suffix if suffix is None else suffix)
        return Link(rel, path, media, method="POST", body=body)

    def etag(self, version: int | str, epoch: str) -> str:
        return f'"{version}-{epoch}.{VERSION}-{self.wanted}"'

    def is_fresh(self, etag: str, modified: datetime) -> bool:
        return is_fresh(etag, modified, self.if_none_match, self.if_modified_since)

    def headers(self, etag: str, modified: datetime, **more: str) -> dict[str, str]:
        return {
            "ETag": etag,
            # Of a log that is ahead of a clock that went back, never a time that has not come (RFC 9110, 8.8.2.1).
            "Last-Modified": _http_date(min(modified, datetime.now(UTC))),
            "Cache-Control": self.keeping,
            "Vary": "Accept",
            "Content-Language": "fr",
            **dict(self.rate),
            **{name.replace("_", "-"): value for name, value in more.items()},
        }

    @property
    def media_type(self) -> str:
        return MEDIA[self.wanted]


@lru_cache(4096)  # the ten links of a list repeat the same
def _written(name: str, value: str) -> str:
    return f"{quote_plus(name, safe=',:')}={quote_plus(value, safe=',:')}"


@lru_cache(256)
def _http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def is_fresh(etag: str, modified: datetime | None, if_none_match: str | None, if_modified_since: str | None) -> bool:
    """Return whether the client already has this: `If-None-Match` first, else `If-Modified-Since`."""
    if if_none_match is not None:
        tags = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        return etag in tags or "*" in tags
    if if_modified_since is None or modified is None:
        return False
    try:
        since = parsedate_to_datetime(if_modified_since)
    except (ValueError, OverflowError):
        return False
    since = since if since.tzinfo else since.replace(tzinfo=UTC)
    # A time that has not come says nothing: the clock was ahead when it was told.
    return modified.replace(microsecond=0) <= since <= datetime.now(UTC)


async def asking(request: Request) -> Asking:
    """Read the request. Raises Unauthorized, TooManyRequests, NotAcceptable."""
    return asked_of(request, private=await reader(request) is not None)


def asked_of(request: Request, wanted: Format | None = None, *, private: bool = False) -> Asking:
    """Read the request, whose format may be known. Raises NotAcceptable for one that the registry does not have."""
    suffix: str = request.scope.get("ptce.suffix", "")
    return Asking(
        wanted=wanted
        or wanted_format(suffix.removeprefix("."), request.query_params.get("f"), _joined(request, "accept")),
        base=base_of(request),
        path=request.url.path,
        suffix=suffix,
        given=tuple(request.query_params.multi_items()),
        if_none_match=_joined(request, "if-none-match"),
        if_modified_since=request.headers.get("if-modified-since"),
        seed_dir=request.app.state.settings.seed_dir,
        exports=request.app.state.exports,
        keeping="private, no-cache" if private else keeping_of(request),
        rate=tuple(request.scope.get("ptce.headers", {}).items()),
    )


def keeping_of(request: Request) -> str:
    """Return what caches may do with a public answer: keep it, and ask each time whether it holds.

    With CACHE_MAX_AGE, shared ones ask as seldom as that; never browsers, which nobody can empty, nor know the age of
    what nginx gives them. Past states are no exception: a restored backup may give their serial to another write.
    """
    age: int = request.app.state.settings.cache_max_age
    return f"public, max-age=0, must-revalidate, s-maxage={age}" if age else "public, no-cache"


def base_of(request: Request) -> str:
    """Return the scheme and host that absolute links start with."""
    return request.app.state.settings.public_url or f"{request.url.scheme}://{request.url.netloc}"


def _joined(request: Request, name: str) -> str | None:
    """Return a header whose lines are one list, if the request has it."""
    return ", ".join(request.headers.getlist(name)) or None


async def reads(request: Request) -> Reads:
    """Return where this request reads: holders of keys, who may have just written, on the primary."""
    state = request.app.state
    known: Reads = state.database if "authorization" in request.headers else state.reads
    return known


async def primary(request: Request) -> Database:
    known: Database = request.app.state.database
    return known


def at_the_door(shape: type[AskedT]) -> Callable[[Request], Coroutine[Any, Any, AskedT]]:
    """Return the dependency that reads query parameters as this shape, or refuses them."""

    # Async, as all that waits for nothing: FastAPI would hand it to a thread, which costs more than the reading.
    async def read(request: Request) -> AskedT:
        return door.read(shape, request.query_params.multi_items(), request.app.state.settings.max_page)

    return read


AskingDep = Annotated[Asking, Depends(asking)]
DatabaseDep = Annotated[Reads, Depends(reads)]
PrimaryDep = Annotated[Database, Depends(primary)]
