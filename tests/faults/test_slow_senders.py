"""Clients that send slowly, or without end: others are answered meanwhile, and each of them is cut off in time."""

import socket
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from time import monotonic
from urllib.parse import urlsplit

import httpx
import pytest
from sqlalchemy.engine import make_url

from app.database import Database
from tests.conftest import ON_SQLITE_ONLY
from tests.faults.process import Ptce, running
from tests.routes.writing import new_key

SLOW = 300
BEGUN = {
    "nothing": b"",
    "half a header": b"GET /v1/poles HTTP/1.1\r\nHost: x\r\nX-Slow: ",
    "half a body": b"POST /v1/poles/search HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{",
}


@pytest.fixture(scope="module")
def ptce(registry: Database) -> Iterator[Ptce]:
    with running(registry.url, HEADER_SECONDS="1", BODY_SECONDS="1", SHUTDOWN_SECONDS="1") as ptce:
        yield ptce


def connected(ptce: Ptce) -> socket.socket:
    address = urlsplit(ptce.address)
    return socket.create_connection((address.hostname or "", address.port or 0), timeout=30)


def heard(connection: socket.socket) -> bytes:
    """Return all that is answered until the connection ends."""
    said = b""
    try:
        while piece := connection.recv(65_536):
            said += piece
    except ConnectionResetError:
        pass
    return said


@ON_SQLITE_ONLY
@pytest.mark.parametrize("begun", ["half a header", "half a body"])
def test_who_sends_the_rest_in_time_is_answered_and_who_does_not_is_cut_off(ptce: Ptce, begun: str) -> None:
    rest = {"half a header": b"x\r\nConnection: close\r\n\r\n", "half a body": b"}".ljust(98)}[begun]
    with connected(ptce) as quick, connected(ptce) as slow:
        for connection in (quick, slow):
            connection.sendall(BEGUN[begun])
        quick.sendall(rest)
        assert quick.recv(12) == b"HTTP/1.1 200"
        end = heard(slow)
    assert end.startswith(b"HTTP/1.1 408 ") if begun == "half a header" else b" 200 " not in end


@pytest.mark.slow
@ON_SQLITE_ONLY
@pytest.mark.parametrize("begun", BEGUN)
def test_slow_senders_are_cut_off_and_keep_nobody_waiting(ptce: Ptce, begun: str) -> None:
    slow = [connected(ptce) for _ in range(SLOW)]
    for connection in slow:
        connection.sendall(BEGUN[begun])
    assert httpx.get(f"{ptce.address}/v1/poles?limit=1", timeout=30).status_code == 200
    with ThreadPoolExecutor(20) as people:
        ends = set(people.map(heard, slow))
    for connection in slow:
        connection.close()
    if begun == "half a body":
        assert all(b" 200 " not in end for end in ends), ends
    else:
        (end,) = ends
        assert end.startswith(b"HTTP/1.1 408 "), end


@pytest.mark.slow
@ON_SQLITE_ONLY
def test_headers_without_end_are_refused_before_they_are_all_there(ptce: Ptce) -> None:
    with connected(ptce) as connection:
        connection.sendall(b"GET /v1/poles HTTP/1.1\r\nHost: x\r\n")
        sent = 0
        with pytest.raises(OSError, match=r"reset|pipe"):
            while sent < 10_000_000:
                sent += connection.send(b"X-More: " + b"x" * 8000 + b"\r\n")
        assert sent < 5_000_000  # what the kernel had taken of it before it was heard


@pytest.mark.slow
@ON_SQLITE_ONLY
def test_an_answer_may_take_longer_than_its_request(fresh: Database) -> None:
    """Someone else holds the lock of SQLite, which the write waits for; a connection is kept meanwhile."""
    headers = {"Authorization": f"Bearer {new_key(fresh, 'Cellule nationale')}"}
    other = sqlite3.connect(make_url(fresh.url).database or "", isolation_level=None)
    with running(fresh.url, HEADER_SECONDS="1", BODY_SECONDS="1") as ptce, ThreadPoolExecutor(1) as people:
        httpx.get(f"{ptce.address}/v1/poles/3-eva", headers=headers, timeout=30)  # the first use of a key is noted
        other.execute("BEGIN IMMEDIATE")
        write = people.submit(
            httpx.post, f"{ptce.address}/v1/poles", json={"name": "Lent"}, headers=headers, timeout=60
        )
        reader = HTTPConnection(urlsplit(ptce.address).netloc, timeout=30)
        reader.connect()
        reader.auto_open = False
        until = monotonic() + 2  # twice what a request may take
        while monotonic() < until:
            reader.request("GET", "/v1/poles/3-eva")
            answer = reader.getresponse()
            assert (answer.status, bool(answer.read())) == (200, True)
        reader.close()
        other.execute("COMMIT")
        other.close()
        assert write.result().status_code == 201
