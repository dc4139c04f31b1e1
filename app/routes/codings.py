"""Content codings: which one a client takes, its mark in an ETag, bodies coded whole or piece by piece."""

import gzip
import re
import zlib
from functools import lru_cache
from typing import Final, Protocol

import brotli
import zstandard

CODINGS: Final = ("zstd", "br", "gzip")  # of those wished as much: what costs least for its size first
SMALLEST: Final = 1000  # bytes; below, the headers weigh more than what is saved
_LONGEST_WISH: Final = 200
_LEVELS: Final = {"zstd": 3, "br": 1, "gzip": 1}  # higher ones can cost more than the answer itself
_TEXT: Final = re.compile(r"text/|image/svg\+xml|application/(json|xml|javascript|[a-z0-9.+-]+\+(json|xml|json-seq))\b")


class Coder(Protocol):
    def feed(self, piece: bytes) -> bytes: ...
    def end(self) -> bytes: ...


def wished(accept: str) -> str | None:
    """Return the coding that an `Accept-Encoding` wishes most, None for the plain body."""
    return _wished(accept) if len(accept) <= _LONGEST_WISH else None


@lru_cache(maxsize=512)
def _wished(accept: str) -> str | None:
    wishes: dict[str, float] = {}
    for wish in accept.lower().replace(" ", "").replace("\t", "").split(","):
        name, _, weight = wish.partition(";q=")
        wishes[name.removeprefix("x-")] = _weight(weight) if weight else 1.0
    weights = {coding: wishes.get(coding, wishes.get("*", 0.0)) for coding in CODINGS}
    best = max(CODINGS, key=lambda coding: weights[coding])
    return best if weights[best] > 0 and weights[best] >= wishes.get("identity", 0.0) else None


def _weight(written: str) -> float:
    try:
        return float(written)
    except ValueError:
        return 0.0


def is_text(media: str) -> bool:
    """Return whether bodies of this type become smaller; a workbook or an image already is."""
    return bool(_TEXT.match(media))


def marked(tag: bytes, coding: str | None) -> bytes:
    """Return the ETag of a coded body: other bytes, another tag (RFC 9110, 8.8.3.3); a weak one is of all."""
    if coding is None or tag.startswith(b"W/"):
        return tag
    return tag[:-1] + b"-" + coding.encode() + b'"'


def unmarked(tags: bytes, *codings: str | None) -> bytes:
    """Return ETags as the application knows them: those of bodies in these codings are of one state."""
    for coding in filter(None, codings):
        tags = tags.replace(b"-" + coding.encode() + b'"', b'"')
    return tags


def coded(body: bytes, coding: str) -> bytes:
    if coding == "zstd":
        return zstandard.ZstdCompressor(level=_LEVELS[coding]).compress(body)
    if coding == "br":
        made: bytes = brotli.compress(body, quality=_LEVELS[coding])
        return made
    return gzip.compress(body, _LEVELS[coding], mtime=0)  # the time would make other bytes of the same answer


def coder(coding: str) -> Coder:
    made: dict[str, type[Coder]] = {"zstd": _Zstd, "br": _Brotli, "gzip": _Gzip}
    return made[coding]()


class _Zstd:
    def __init__(self) -> None:
        self._made = zstandard.ZstdCompressor(level=_LEVELS["zstd"]).compressobj()

    def feed(self, piece: bytes) -> bytes:
        return self._made.compress(piece)

    def end(self) -> bytes:
        return self._made.flush()


class _Brotli:
    def __init__(self) -> None:
        self._made = brotli.Compressor(quality=_LEVELS["br"])

    def feed(self, piece: bytes) -> bytes:
        made: bytes = self._made.process(piece)
        return made

    def end(self) -> bytes:
        made: bytes = self._made.finish()
        return made


class _Gzip:
    def __init__(self) -> None:
        self._made = zlib.compressobj(_LEVELS["gzip"], wbits=31)  # 31: with the header and end of a gzip file

    def feed(self, piece: bytes) -> bytes:
        return self._made.compress(piece)

    def end(self) -> bytes:
        return self._made.flush()
