"""An answer kept in memory: whole, not modified, in part, or coded; its bytes are never made twice."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Final

from app.routes.asking import is_fresh
from app.routes.codings import SMALLEST, coded, is_text, marked
from app.routes.heard import Heard, own_tag

Headers = list[tuple[bytes, bytes]]
_OK: Final = 200
_NOT_MODIFIED: Final = 304
RATE: Final = {b"ratelimit", b"ratelimit-policy"}  # of one request
_MADE_ANEW: Final = {b"content-length", b"vary", b"etag"}
_OF_NOT_MODIFIED: Final = {
    b"cache-control",
    b"content-language",
    b"last-modified",
    b"registry-serial",
    b"x-content-type-options",
    b"access-control-allow-origin",
    b"access-control-expose-headers",
}
_RANGE: Final = re.compile(rb"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*", re.IGNORECASE)
# What is counted beside the body: headers, keys, objects.
_AROUND: Final = 2000


@dataclass(slots=True)
class Kept:
    """An answer and its coded copies; without a body, it only knows that who has this ETag has the answer."""

    headers: Headers
    body: bytes | None
    etag: bytes
    plain_tag: str  # as a comparison sees it
    modified: datetime | None
    told_rate: bool
    is_text: bool
    size: int
    _copies: dict[str | None, tuple[Headers, bytes]] = field(default_factory=dict)
    _unchanged_headers: dict[bytes, Headers] = field(default_factory=dict)  # by ETag: one for each coding

    def suits(self, heard: Heard) -> bool:
        return self.body is not None or self._unchanged(heard)

    def answer(self, heard: Heard) -> tuple[int, Headers, bytes]:
        """Return what the request asks of it: nothing that it has, a part, or the whole as it is best sent to it."""
        coding = heard.coding if self.is_text and self.body and len(self.body) >= SMALLEST else None
        if self._unchanged(heard):
            tag = own_tag(heard, self.etag, marked(self.etag, coding))
            if tag not in self._unchanged_headers:
                self._unchanged_headers[tag] = self._headers(tag, _OF_NOT_MODIFIED)
            return _NOT_MODIFIED, self._unchanged_headers[tag], b""
        if self.body is None:
            raise AssertionError("who does not have it is told all of it")
        if heard.get(b"range") and self._range_holds(heard):
            part = self._part(heard)
            if part is not None:
                return part
        if coding not in self._copies:
            self._copies[coding] = self._copy(coding, self.body)
        return _OK, *self._copies[coding]

    def _unchanged(self, heard: Heard) -> bool:
        tags, since = heard.line(b"if-none-match"), heard.line(b"if-modified-since")
        if tags is None and since is None:
            return False
        return is_fresh(self.plain_tag, self.modified, tags, since)

    def _copy(self, coding: str | None, plain: bytes) -> tuple[Headers, bytes]:
        body = coded(plain, coding) if coding else plain
        headers = self._headers(marked(self.etag, coding))
        headers.append((b"content-length", b"%d" % len(body)))
        if coding:
            headers.append((b"content-encoding", coding.encode()))
            self.size += len(body)
        elif not self.etag.startswith(b"W/"):
            headers.append((b"accept-ranges", b"bytes"))
        return headers, body

    def _headers(self, etag: bytes, only: set[bytes] | None = None) -> Headers:
        """Return the headers of the answer with this ETag, and what it varies on."""
        kept = [(name, value) for name, value in self.headers if name not in _MADE_ANEW and (not only or name in only)]
        return [*kept, (b"etag", etag), (b"vary", varied(self.headers))]

    def _range_holds(self, heard: Heard) -> bool:
        """Return whether a part may be sent: always of the plain body, whose bytes are the same in every process."""
        asked = heard.get(b"if-range")
        return not self.etag.startswith(b"W/") and (asked is None or asked.strip() == self.etag)

    def _part(self, heard: Heard) -> tuple[int, Headers, bytes] | None:
        """Return one part, 416 for one that lies outside; None for what is no part, or several: the whole answers."""
        body = self.body or b""
        asked = _RANGE.fullmatch((heard.get(b"range") or b"").strip())
        if asked is None or not any(asked.groups()):
            return None
        first, last = asked.groups()
        start = int(first) if first else max(0, len(body) - int(last))
        end = min(int(last), len(body) - 1) if first and last else len(body) - 1
        if first and last and int(last) < int(first):
            return None
        if start >= len(body) or (not first and not int(last)):
            outside = [(b"content-range", b"bytes */%d" % len(body)), (b"content-length", b"0")]
            return 416, [*self._headers(self.etag, _OF_NOT_MODIFIED), *outside], b""
        piece = body[start : end + 1]
        told = [
            (b"content-range", b"bytes %d-%d/%d" % (start, end, len(body))),
            (b"content-length", b"%d" % len(piece)),
            (b"accept-ranges", b"bytes"),
        ]
        return 206, [*self._headers(self.etag), *told], piece


def kept(status: int, headers: Headers, body: bytes) -> Kept | None:
    """Return the answer to keep; None unless it says of itself that it is public and that of the registry's state.

    Safe by default: `Registry-Serial` is said by what nothing but the registry's state and the address decide.
    """
    told = dict(headers)
    varies = {name.strip() for name in told.get(b"vary", b"").lower().split(b",") if name.strip()}
    if (
        status not in {_OK, _NOT_MODIFIED}
        or b"registry-serial" not in told
        or b"etag" not in told
        or not told.get(b"cache-control", b"").startswith(b"public")
        or b"set-cookie" in told
        or b"content-encoding" in told
        or not varies <= {b"accept", b"accept-encoding", b"origin"}
        or told.get(b"access-control-allow-origin", b"*") != b"*"
    ):
        return None
    return Kept(
        headers=[(name, value) for name, value in headers if name not in RATE],
        body=body if status == _OK else None,
        etag=told[b"etag"],
        plain_tag=told[b"etag"].removeprefix(b"W/").decode("latin-1"),
        modified=parsedate_to_datetime(told[b"last-modified"].decode()) if b"last-modified" in told else None,
        told_rate=b"ratelimit" in told,
        is_text=is_text(told.get(b"content-type", b"").decode("latin-1")),
        size=len(body) + _AROUND,
    )


def varied(headers: Headers) -> bytes:
    """Return what the answer of an address varies on: its coding too, be it this time of one only."""
    named = [value for name, value in headers if name == b"vary"]
    if b"accept-encoding" not in b",".join(named).lower():
        named.append(b"Accept-Encoding")
    return b", ".join(named)
