"""Whole lists on their way: a client that takes nothing, one that leaves, a write, a database that goes away meanwhile."""

import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from time import monotonic
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.database import Database
from app.models import PolePublic
from tests.conftest import ON_SQLITE_ONLY, Server, serving
from tests.faults.process import running
from tests.routes.asking import refused
from tests.routes.writing import new_key

# With fields named, portions are small: that the real poles are more than those that wait for who reads nothing.
POLES = f"/v1/poles?limit=all&fields={','.join(PolePublic.model_fields)}"
PAGE = 100  # the real poles are more
END = b"\r\n0\r\n\r\n"


class Reader:
    """A client that has asked and reads when it is told to; the kernel keeps little for it."""

    def __init__(self, address: str, path: str = POLES) -> None:
        there = urlsplit(address)
        self.connection = socket.socket()
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        self.connection.settimeout(30)
        self.connection.connect((there.hostname, there.port))
        self.connection.sendall(f"GET {path} HTTP/1.1\r\nHost: {there.netloc}\r\nConnection: close\r\n\r\n".encode())
        self.head = b""
        while b"\r\n\r\n" not in self.head:
            self.head += self.connection.recv(1024)

    def rest(self) -> bytes:
        """Read until the connection ends, whoever ends it."""
        said = self.head
        try:
            while piece := self.connection.recv(65_536):
                said += piece
        except ConnectionResetError:
            pass
        return said

    def close(self) -> None:
        self.connection.close()


@contextmanager
def reading(address: str, number: int = 1) -> Iterator[list[Reader]]:
    readers = [Reader(address) for _ in range(number)]
    try:
        yield readers
    finally:
        for reader in readers:
            reader.close()


def body_of(said: bytes) -> bytes:
    """Return a body without its chunks."""
    body, rest = b"", said.partition(b"\r\n\r\n")[2]
    while rest:
        size, _, rest = rest.partition(b"\r\n")
        body, rest = body + rest[: int(size, 16)], rest[int(size, 16) + 2 :]
    return body


def test_who_takes_nothing_keeps_no_connection_and_nobody_waiting(server: Server, registry: Database) -> None:
    """With one connection to read with, three who take nothing: a fourth is answered, by reads of the database."""
    with (
        serving(registry.url, max_page=PAGE, max_exports=4, cache_mb=0, pool_size=1) as url,
        httpx.Client(base_url=url, timeout=30) as client,
        reading(url, 3) as readers,
    ):
        for path in ("/v1/poles?limit=100", "/v1/stats", POLES):
            assert client.get(path).status_code == 200
        if server.name == "postgresql":
            with registry.reading() as session:
                busy = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name AND state <> 'idle' AND pid <> pg_backend_pid()")  # fmt: skip
                assert session.execute(busy, {"name": make_url(registry.url).database}).scalar_one() == 0
        whole = client.get(POLES, headers={"Accept-Encoding": "identity"}).content
        for reader in readers:
            said = reader.rest()
            assert said.endswith(END)
            assert body_of(said) == whole


@ON_SQLITE_ONLY
def test_as_many_as_are_let_in_and_a_place_is_free_when_one_leaves(registry: Database) -> None:
    with (
        serving(registry.url, max_page=PAGE, max_exports=2) as url,
        httpx.Client(base_url=url, timeout=30) as client,
        reading(url, 1) as (leaves,),
    ):
        assert client.get(POLES).status_code == 200  # two of two
        with closing(Reader(url)):
            answer = client.get("/v1/poles.csv?limit=all")
            assert "en même temps" in refused(answer, 503)["detail"]
            assert int(answer.headers["retry-after"]) > 0
            assert client.get("/v1/poles.csv?limit=100").status_code == 200
            assert client.get("/v1/waves.csv?limit=all").status_code == 200  # no more than a page
            assert client.head("/v1/poles.csv?limit=all").status_code == 503
            leaves.close()
            until = monotonic() + 30
            while (answer := client.get(POLES)).status_code == 503:
                assert monotonic() < until
            assert answer.json()["count"] == 115


@ON_SQLITE_ONLY
def test_who_asks_for_headers_only_takes_no_place(registry: Database) -> None:
    with serving(registry.url, max_page=PAGE, max_exports=1) as url, httpx.Client(base_url=url, timeout=30) as client:
        for _ in range(3):
            assert client.head(POLES).headers["registry-count"] == "115"
        assert client.get(POLES).status_code == 200


def test_a_write_meanwhile_changes_nothing(fresh: Database) -> None:
    headers = {"Authorization": f"Bearer {new_key(fresh, 'Cellule nationale')}", "If-Match": "*"}
    with serving(fresh.url, max_page=PAGE) as url, httpx.Client(base_url=url, timeout=30) as client:
        before = client.get(POLES, headers={"Accept-Encoding": "identity"})
        last, first = (before.json()["items"][position]["id"] for position in (-1, -2))
        with reading(url) as (reader,):
            assert client.patch(f"/v1/poles/{last}", json={"acronym": "Après"}, headers=headers).status_code == 200
            assert client.delete(f"/v1/poles/{first}", headers=headers).status_code == 200
            assert body_of(reader.rest()) == before.content
        assert client.get(POLES).json()["count"] == before.json()["count"] - 1


def lose_documents(database: Database) -> None:
    with database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE document RENAME TO gone")


def go_away(server: Server, database: Database) -> None:
    """Take the database away from all who have it open: PostgreSQL shuts its doors, SQLite loses its table."""
    if server.name == "sqlite":
        lose_documents(database)
        return
    at = make_url(database.url)
    plain = at.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f'ALTER DATABASE "{at.database}" ALLOW_CONNECTIONS false'.encode())
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (at.database,))


def test_half_a_list_never_looks_whole(server: Server, fresh: Database) -> None:
    """The chunks do not end: whoever counts on it knows; the next is told to come back."""
    with serving(fresh.url, max_page=PAGE, max_exports=1) as url, reading(url) as (reader,):
        go_away(server, fresh)
        said = reader.rest()
        assert len(said) > 100_000
        assert not said.endswith(END)
        again = httpx.get(f"{url}/v1/poles/3-eva", timeout=30)
        assert again.status_code == 503
        assert int(again.headers["retry-after"]) > 0


@ON_SQLITE_ONLY
@pytest.mark.parametrize("form", ["json", "geojson", "csv", "xlsx"])
@pytest.mark.parametrize("coding", ["identity", "gzip", "br", "zstd"])
def test_a_list_without_documents_never_looks_empty(fresh: Database, form: str, coding: str) -> None:
    """They are lost after the list is counted: it has begun, in any form and coding, and does not end."""
    with serving(fresh.url, max_page=PAGE, max_exports=1) as url, httpx.Client(base_url=url, timeout=30) as client:
        lose_documents(fresh)
        for _ in range(2):  # the place is free again
            with pytest.raises(httpx.RemoteProtocolError):
                client.get(f"/v1/poles.{form}?limit=all", headers={"Accept-Encoding": coding})


@pytest.mark.slow
@ON_SQLITE_ONLY
def test_who_takes_nothing_for_long_is_cut_off_and_who_takes_little_is_not(registry: Database) -> None:
    """Of a stream and of an answer that is ready: what waits for nobody is let go."""
    page = "/v1/poles?limit=100"
    with running(registry.url, STALL_SECONDS="3", MAX_PAGE=str(PAGE), MAX_EXPORTS="1") as ptce:
        with reading(ptce.address) as (idle,), closing(Reader(ptce.address, page)) as other:
            until = monotonic() + 30
            while httpx.get(f"{ptce.address}{POLES}", timeout=30).status_code == 503:
                assert monotonic() < until
            assert not idle.rest().endswith(END)
            length = int(other.head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
            assert len(other.rest()) < length
        with reading(ptce.address) as (slow,), httpx.Client(base_url=ptce.address, timeout=30) as client:
            began = monotonic()
            while (lasted := monotonic() - began) < 4:  # 100 kB a second, others are answered meanwhile
                assert client.get("/health/live").status_code == 200
                while len(slow.head) < lasted * 100_000:
                    piece = slow.connection.recv(4096)
                    assert piece
                    slow.head += piece
            assert slow.rest().endswith(END)
