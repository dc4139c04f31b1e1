"""Mutated requests: whatever is sent, the answer is no fault of the service, and the registry stays whole."""

import json
import math
import os
import re
import socket
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Final, TypeVar
from urllib.parse import unquote, urlsplit

import pytest
from anyio.from_thread import start_blocking_portal
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from app.database import Database
from app.main import create_app
from app.settings import Settings
from tests.conftest import ON_SQLITE_ONLY, Server, copied
from tests.faults.known import known_of
from tests.faults.mutants import Sent
from tests.faults.process import running
from tests.routes.writing import must_hold

T = TypeVar("T")
MUTANTS: Final = int(os.environ.get("MUTANTS", "400"))
OVER_SOCKETS: Final = MUTANTS // 2
AT_ONCE: Final = 40  # whoever sends less than it says is waited for
SEED: Final = int(os.environ.get("MUTANTS_SEED", "1"))
ROUND: Final = 2000  # mutants that one copy of the registry meets
SEEN_AT_MOST: Final = 100_000  # bytes of an answer that are read as JSON


RIGHT: Final = b"\r\n\r\nGET /health/live HTTP/1.1\r\nHost: registre.example\r\nConnection: close\r\n\r\n"
Answer = tuple[int, dict[bytes, bytes], bytes]


@contextmanager
def asked_directly(app: FastAPI) -> Iterator[Callable[[Sent], Answer]]:
    """Give requests to the application without a socket between."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(app.router.lifespan_context(app)):
        yield lambda request: portal.call(answered, app, request)


async def answered(app: Callable[..., Awaitable[None]], request: Sent) -> Answer:
    path, _, query = request.target.partition(b"?")
    headers = [(b"host", b"registre.example"), *request.headers, (b"content-length", str(len(request.body)).encode())]
    scope = {
        "type": "http", "http_version": "1.1", "method": request.method, "scheme": "http", "server": ("127.0.0.1", 80), "client": ("127.0.0.1", 9),
        "path": unquote(path.decode()), "raw_path": path, "query_string": query, "root_path": "", "headers": headers,
    }  # fmt: skip
    messages: list[Any] = []
    halves = iter([(request.body[: len(request.body) // 2], True), (request.body[len(request.body) // 2 :], False)])

    async def receive() -> Any:
        half = next(halves, None)
        return {"type": "http.request", "body": half[0], "more_body": half[1]} if half else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        messages.append(message)

    await app(scope, receive, send)
    start, *pieces = messages
    assert not pieces[-1].get("more_body", False)
    return start["status"], dict(start["headers"]), b"".join(piece.get("body", b"") for piece in pieces)


def must_be_sound(request: Sent, answer: Answer) -> None:
    """Prove that a request was answered as HTTP and the registry have it; 503 is no way out."""
    status, headers, body = answer
    assert 200 <= status < 500, body
    assert all(b"\r" not in value and b"\n" not in value for value in headers.values())
    if request.method != "HEAD" and b"content-length" in headers and status != 304:
        assert int(headers[b"content-length"]) == len(body)
    media = headers.get(b"content-type", b"")
    if b"content-encoding" in headers or status == 206 or not 0 < len(body) < SEEN_AT_MOST or b"json" not in media:
        return
    told = json.loads(body, parse_constant=pytest.fail)
    if status >= 400:
        assert media == b"application/problem+json"
        assert told["status"] == status
        assert told["detail"]


def met(mutants: st.SearchStrategy[T], number: int, first: int, meet: Callable[[T], None]) -> None:
    """Let hypothesis make so many mutants, and make smaller the one that fails."""

    @seed(first)
    @settings(
        max_examples=number, deadline=None, database=None, phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck)
    )  # fmt: skip
    @given(mutants)
    def each(request: T) -> None:
        meet(request)

    each()


def rounds(number: int) -> Iterator[tuple[int, int]]:
    """Split a number of mutants over copies of the registry: the seed of each, and how many it meets."""
    for turn, before in enumerate(range(0, number, ROUND)):
        yield SEED * 1_000_000 + turn, min(ROUND, number - before)


@pytest.mark.long
def test_no_mutant_finds_a_fault_of_the_service(server: Server, template: str) -> None:
    statuses: Counter[int] = Counter()
    for first, number in rounds(MUTANTS):
        with copied(server, template) as database:
            app = create_app(
                Settings(database_url=database.url, write_rate="0", proposal_rate="0", failed_key_rate="0")
            )
            with asked_directly(app) as ask:
                known = known_of(app, database)

                def meet(request: Sent, ask: Callable[[Sent], Answer] = ask) -> None:
                    answer = ask(request)
                    statuses[answer[0]] += 1
                    must_be_sound(request, answer)

                met(known.mutants, number, first, meet)
            must_hold(database)
        print(f"{statuses.total()} mutants on {server.name}: {dict(sorted(statuses.items()))}", flush=True)
    assert statuses.total() >= MUTANTS
    assert statuses[200] > MUTANTS / 10, "the mutants are too odd to go deep"


def socket_answers(said: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"^HTTP/1\.1 (\d{3}) ", said, re.MULTILINE)]


@ON_SQLITE_ONLY
@pytest.mark.long
def test_no_bytes_find_a_fault_of_the_server(fresh: Database) -> None:
    """The same over sockets, with bytes that are no HTTP: each connection ends, with answers that are none of its faults."""
    statuses: Counter[int] = Counter()
    patience = {
        "HEADER_SECONDS": "1",
        "BODY_SECONDS": "1",
        "WRITE_RATE": "0",
        "PROPOSAL_RATE": "0",
        "FAILED_KEY_RATE": "0",
    }
    app = create_app(Settings(database_url=fresh.url))
    known = known_of(app, fresh)
    app.state.database.dispose()
    with running(fresh.url, **patience) as ptce, ThreadPoolExecutor(AT_ONCE) as clients:
        address = urlsplit(ptce.address)

        def heard(sent: bytes) -> bytes:
            """Send these bytes, then a request that is right; return all that is answered until the connection ends."""
            with socket.create_connection((address.hostname or "", address.port or 0), timeout=60) as connection:
                said = b""
                try:
                    connection.sendall(sent + RIGHT)
                    while piece := connection.recv(65_536):
                        said += piece
                except ConnectionError:
                    pass  # it was refused before all of it was heard
                return said

        def meet(several: list[bytes]) -> None:
            for sent, said in zip(several, clients.map(heard, several), strict=True):
                found = socket_answers(said)
                statuses.update(found or [0])
                assert not [status for status in found if status >= 500], (sent, said)

        for first, number in rounds(OVER_SOCKETS):
            met(st.lists(known.streams, min_size=AT_ONCE, max_size=AT_ONCE), math.ceil(number / AT_ONCE), first, meet)
        assert socket_answers(heard(b"")) == [200]
        assert ptce.process.poll() is None
    assert not [line for line in ptce.said if "Traceback" in line or '"error"' in line], ptce.said
    must_hold(fresh)
    print(f"{OVER_SOCKETS} mutants over sockets: {dict(sorted(statuses.items()))}")
    assert statuses[200] > OVER_SOCKETS / 10, "the mutants are too odd to go deep"
