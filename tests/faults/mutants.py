"""Requests that nobody means: those of the documentation, with parts of them changed into what no client should send."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final
from urllib.parse import quote, quote_from_bytes

from hypothesis import strategies as st

from tests.faults.odd import (
    DEEP,
    HEADERS,
    LONG_NUMBER,
    ODD_BYTES,
    ODD_LINES,
    ODD_QUOTES,
    ODD_TEXTS,
    ODD_VALUES,
)

Place = tuple[str | int, ...]
Headers = tuple[tuple[bytes, bytes], ...]

METHODS: Final = ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE", "TRACE", "PROPFIND", "get")


@dataclass(frozen=True, slots=True)
class Sent:
    """One request as a client sends it."""

    method: str
    path: str  # as written, percent-encoded
    query: tuple[tuple[str, str], ...] = ()  # names and values, not yet encoded
    headers: Headers = ()
    body: bytes = b""
    raw: str | None = None  # a query as written, instead of that of the names and values

    @property
    def target(self) -> bytes:
        """Return path and query as the first line has them: ASCII, without blanks."""
        query = self.raw
        if query is None:
            pairs = (f"{quote(name, errors='surrogatepass')}={_quoted(value)}" for name, value in self.query)
            query = "&".join(pairs)
        return quote_from_bytes(
            (f"{self.path}?{query}" if query else self.path).encode("utf-8", "surrogatepass"), safe=_AS_WRITTEN
        ).encode()


_AS_WRITTEN: Final = "".join(map(chr, range(0x21, 0x7F)))


def _quoted(value: str) -> str:
    return quote(value, safe=",:/", errors="surrogatepass")


@dataclass(frozen=True, slots=True)
class Known:
    """What mutants are made from: right requests, the names and values of parameters, who may ask."""

    requests: Sequence[tuple[Sent, Any]]  # each with the JSON of its body
    parameters: Sequence[tuple[str, str]]
    keys: Sequence[bytes]

    @property
    def mutants(self) -> st.SearchStrategy[Sent]:
        # Of all that is drawn only the seed is hypothesis's: a choice of its own costs as much as a request.
        return st.randoms(use_true_random=True).map(self._mutant)

    @property
    def streams(self) -> st.SearchStrategy[bytes]:
        return st.randoms(use_true_random=True).map(self._bytes)

    def _bytes(self, chance: Random) -> bytes:
        """Write a mutant as HTTP/1.1, and most often break that too."""
        sent = self._mutant(chance)
        headers = [(b"host", b"registre.example"), *sent.headers]
        length = chance.choice((len(sent.body), len(sent.body), len(sent.body), 0, len(sent.body) + 1))
        if chance.random() < 0.2:
            headers.append((b"transfer-encoding", b"chunked"))
        else:
            headers.append((b"content-length", b"%d" % length))
        head = b"".join(name + b": " + value + b"\r\n" for name, value in headers)
        written = b"%s %s HTTP/1.1\r\n%s\r\n%s" % (sent.method.encode(), sent.target, head, sent.body)
        for _ in range(chance.choice((0, 0, 0, 1, 2))):
            at = chance.randrange(len(written) if chance.random() < 0.2 else written.index(b"\r\n") + 20)
            written = written[:at] + chance.choice((*ODD_BYTES, *ODD_LINES)) + written[at + chance.randint(0, 2) :]
        return written

    def _mutant(self, chance: Random) -> Sent:
        sent, document = chance.choice(self.requests)
        key = chance.choice(self.keys)
        if key:
            sent = replace(sent, headers=(*sent.headers, (b"authorization", key)))
        # Most often what says something is changed: an address that is not there is not answered by much code.
        parts: list[Any] = [*[_query] * (2 if sent.body else 6), _header, _header, _path, _raw, _method]
        parts += [*[_document] * 9] if document is not None else [_bytes] * (6 if sent.body else 1)
        for part in chance.choices(parts, k=chance.choice((1, 1, 1, 2, 3))):
            if part is _document:
                document = _document(chance, document)
                sent = replace(sent, body=_written(chance, document))
            elif part is _query:
                sent = _query(chance, sent, self.parameters)
            else:
                sent = part(chance, sent)
        return sent


def _method(chance: Random, sent: Sent) -> Sent:
    return replace(sent, method=chance.choice(METHODS))


def _any_text(chance: Random) -> str:
    """Return some characters of anywhere, halves of surrogate pairs among them."""
    planes = (0x80, 0x300, 0x3000, 0x10000, 0x110000)
    return "".join(chr(chance.randrange(chance.choice(planes))) for _ in range(chance.randint(0, 8)))


def _text(chance: Random, known: str) -> str:
    """Return another text than the one that stands: odd, or odd at one place, cut, doubled."""
    odd = chance.choice((chance.choice(ODD_TEXTS), _any_text(chance)))
    at = chance.randint(0, len(known))
    ways = (odd, known[:at] + odd + known[at:], known[:at], known + known, f"{known},{odd}", known.swapcase())
    return str(chance.choice(ways))


def _query(chance: Random, sent: Sent, parameters: Sequence[tuple[str, str]]) -> Sent:
    pairs = list(sent.query)
    name, value = chance.choice(parameters)
    way = chance.choice(("add", "add odd", "change", "twice", "rename", "leave out"))
    if way.startswith("add") or not pairs:
        pairs.append((name, value if way == "add" else _text(chance, value)))
    else:
        at = chance.randint(0, len(pairs) - 1)
        changed = {
            "change": [(pairs[at][0], _text(chance, pairs[at][1]))],
            "twice": [pairs[at], (pairs[at][0], value)],
            "rename": [(_text(chance, pairs[at][0]), pairs[at][1])],
            "leave out": [],
        }
        pairs[at : at + 1] = changed[way]
    return replace(sent, query=tuple(pairs))


def _path(chance: Random, sent: Sent) -> Sent:
    steps = sent.path.split("/")
    at = chance.randint(0, len(steps) - 1)
    steps[at] = quote(_text(chance, steps[at]), safe="@.", errors="surrogatepass")
    suffix = chance.choice(("", "", "", ".csv", ".xlsx", ".geojson", ".json", ".odd", "/", ".atom", "."))
    return replace(sent, path="/".join(steps) + suffix)


def _raw(chance: Random, sent: Sent) -> Sent:
    """Encode wrongly: a broken escape somewhere in the path or the query."""
    whole = sent.target.decode()
    at = chance.randint(1, len(whole))
    path, _, query = (whole[:at] + chance.choice(ODD_QUOTES) + whole[at:]).partition("?")
    return replace(sent, path=path, raw=query)


def _header(chance: Random, sent: Sent) -> Sent:
    name = chance.choice(sorted(HEADERS))
    kept = sent.headers if chance.randint(0, 3) == 0 else tuple(pair for pair in sent.headers if pair[0] != name)
    return replace(sent, headers=(*kept, (name, chance.choice(HEADERS[name]))))


def _bytes(chance: Random, sent: Sent) -> Sent:
    body = sent.body
    at = chance.randint(0, len(body))
    odd = chance.choice((chance.choice(ODD_BYTES), chance.randbytes(chance.randint(1, 6))))
    ways = (body[:at] + odd + body[at:], body[:at] + odd + body[at + len(odd) :], body[:at], odd, body * 2)
    return replace(sent, body=chance.choice(ways))


def _document(chance: Random, document: Any) -> Any:
    """Return a document with one value changed, moved, left out, or one too many."""
    places = list(_places(document))
    place = chance.choice(places)
    odd = chance.choice(chance.choice((ODD_VALUES, ODD_TEXTS)))
    there = _at(document, place)
    ways = [odd, [there], {"id": there}, [there, there], str(there), _at(document, chance.choice(places))]
    if isinstance(there, dict):
        ways += [there | {str(chance.choice(ODD_TEXTS)): odd}, dict(list(there.items())[1:])]
    if isinstance(there, str):
        ways += [_text(chance, there)] * 4
    return _with(document, place, chance.choice(ways))


def _places(document: Any, place: Place = ()) -> Iterator[Place]:
    yield place
    inner = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    for step, value in list(inner)[:20]:
        yield from _places(value, (*place, step))


def _at(document: Any, place: Place) -> Any:
    for step in place:
        document = document[step]
    return document


def _with(document: Any, place: Place, value: Any) -> Any:
    if not place:
        return value
    changed: Any = dict(document) if isinstance(document, dict) else list(document)
    changed[place[0]] = _with(document[place[0]], place[1:], value)
    return changed


def _written(chance: Random, document: Any) -> bytes:
    """Write JSON, or nearly: deeper and longer than `json` would, some names twice."""
    text = json.dumps(document, ensure_ascii=chance.random() < 0.5)
    depth = chance.choice((30, 40, 20_000))
    text = text.replace(json.dumps(DEEP), "[" * depth + "]" * depth).replace(json.dumps(LONG_NUMBER), "1" * 5000)
    if document and isinstance(document, dict) and chance.randint(0, 7) == 0:
        text = "{" + f"{json.dumps(next(iter(document)))}: 1, {text[1:]}"
    return text.encode("utf-8", "surrogatepass")
