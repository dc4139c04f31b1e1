"""Power cuts: a server that is killed in the middle of its writes keeps each one that it acknowledged, and no half."""

import json
import random
import re
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import make_url
from sqlmodel import Session, col

from app.database import Database
from app.models import FOREVER, Document, Revision, RevisionTerm, Write
from tests.conftest import serving
from tests.faults.process import Ptce, running
from tests.routes.writing import must_hold, new_key

pytestmark = pytest.mark.long

SEED = 20_211_218  # of the random points
SIZES = [(45, 3), pytest.param(500, 25, marks=pytest.mark.slow)]


@dataclass(frozen=True)
class Acknowledged:
    """A write that the server said it had done."""

    path: str
    serial: int
    etag: str
    body: bytes


@dataclass
class Diligent:
    """A client that sends one write after the other, notes each that is acknowledged, and takes up where it stopped."""

    key: str
    choose: random.Random
    acknowledged: list[Acknowledged] = field(default_factory=list)
    sent: int = 0
    unanswered: int = 0
    _etags: dict[str, str] = field(default_factory=dict)

    def write(self, client: httpx.Client) -> None:
        """Send the next write. Raises httpx.TransportError if nobody answers."""
        self.sent += 1
        method, path, body = self._next()
        headers = {"Authorization": f"Bearer {self.key}"}
        if method == "PATCH":
            headers["If-Match"] = self._etags.get(path) or client.get(path).headers["etag"]
        try:
            answer = client.request(method, path, json=body, headers=headers)
        except httpx.TransportError:
            self.unanswered += 1
            self._etags.pop(path, None)  # whether it was written is not known: read again
            raise
        assert answer.status_code in {200, 201}, answer.text
        where = path if method == "PATCH" else re.sub(r"^https?://[^/]+", "", answer.headers["location"])
        known = Acknowledged(where, int(answer.headers["registry-serial"]), answer.headers["etag"], answer.content)
        self.acknowledged.append(known)
        self._etags[where] = known.etag

    def _next(self) -> tuple[str, str, dict[str, Any]]:
        poles = [path for path in self._etags if path.startswith("/v1/poles/")]
        what = self.choose.choice(["pole", "organisation", "edit", "edit", "rename"]) if len(poles) > 2 else "pole"
        if what == "pole":
            seat = {"commune": self.choose.choice(["26281", "42218", "35238"])}
            return "POST", "/v1/poles", {"name": f"Pôle {self.sent}", "seat": seat, "sectors": ["culture"]}
        if what == "organisation":
            return "POST", "/v1/organisations", {"name": f"Organisation {self.sent}", "kind": "association"}
        if what == "rename":  # shown by its pole too: two records or none
            return "PATCH", "/v1/organisations/groupe-archer", {"name": f"Groupe Archer {self.sent}"}
        return "PATCH", self.choose.choice(poles), {"notes": f"Note {self.sent}", "member_count": self.sent}


@contextmanager
def killed_within(ptce: Ptce, seconds: float) -> Iterator[None]:
    """Kill the server at that moment of the block, which ends when nobody answers any more."""
    killer = threading.Timer(seconds, ptce.kill)
    killer.start()
    try:
        yield
    finally:
        killer.join()


@pytest.mark.parametrize(("writes", "kills"), SIZES)
def test_killed_server_keeps_every_write_that_it_acknowledged(fresh: Database, writes: int, kills: int) -> None:
    print(f"seed {SEED}")
    choose = random.Random(SEED)
    client = Diligent(new_key(fresh, "Client assidu"), choose)
    proven = 0
    for life in range(kills + 1):
        with running(fresh.url, WRITE_RATE="0") as ptce, httpx.Client(base_url=ptce.address, timeout=30) as http:
            must_be_there(http, client.acknowledged[proven:])
            proven = len(client.acknowledged)
            if life < kills:
                for _ in range(choose.randrange(writes // (kills + 1))):
                    client.write(http)
                with killed_within(ptce, choose.uniform(0, 0.1)), pytest.raises(httpx.TransportError):
                    while True:
                        client.write(http)
            else:
                while client.sent < writes:
                    client.write(http)
                must_be_there(http, client.acknowledged)
        must_hold(fresh)
        with fresh.reading() as session:
            must_be_whole(session, client)
    assert client.sent >= writes
    assert client.unanswered > 0, "no kill met a write under way"
    print(f"{client.sent} writes, {kills} kills, {client.unanswered} of them met a write under way")


def must_be_there(http: httpx.Client, acknowledged: list[Acknowledged]) -> None:
    """Prove that each write is there: its record as it was answered, byte for byte, and its line in the history."""
    histories: dict[str, dict[int, dict[str, Any]]] = {}
    for one in acknowledged:
        shown = http.get(f"{one.path}?as_of={one.serial}", headers={"Accept-Encoding": "identity"})
        assert (shown.status_code, shown.headers["etag"]) == (200, one.etag)
        assert shown.content == one.body
        if one.path not in histories:
            entries = http.get(f"{one.path}/history?limit=1000").json()["items"]
            histories[one.path] = {entry["serial"]: entry for entry in entries}
        assert histories[one.path][one.serial]["editor"] == "Client assidu"


def must_be_whole(session: Session, client: Diligent) -> None:
    """Prove that the log has no gap, no more than what was acknowledged or unanswered, and no revision without its parts."""
    writes = session.scalars(select(Write).order_by(col(Write.serial))).all()
    assert [write.serial for write in writes] == list(range(1, len(writes) + 1))
    serials = {one.serial for one in client.acknowledged}
    assert len(serials) == len(client.acknowledged)
    unknown = [write.serial for write in writes[1:] if write.serial not in serials]
    assert len(unknown) <= client.unanswered
    revisions = session.execute(
        select(col(Revision.id), col(Revision.serial), col(Revision.until), col(Document.terms), col(Document.body))
        .outerjoin(Document, col(Document.revision) == col(Revision.id))
        .order_by(col(Revision.id))
    ).all()
    assert [revision.id for revision in revisions] == list(range(1, writes[-1].last_revision + 1))
    counted = select(col(RevisionTerm.revision), func.count()).group_by(col(RevisionTerm.revision))
    carried = dict(session.execute(counted).all())
    ends = {write.serial: write.last_revision for write in writes}
    for revision in revisions:
        assert carried.get(revision.id, 0) == len(json.loads(revision.terms))
        assert json.loads(revision.body)["revision"]["serial"] == revision.serial
        assert ends.get(revision.serial - 1, 0) < revision.id <= ends[revision.serial]
        assert revision.until == FOREVER or revision.until <= len(revisions)


def test_lost_connections_are_said_or_overcome(server: Any, fresh: Database) -> None:
    """PostgreSQL ends every connection again and again: clients read 503 and send again, and each write is done once."""
    if server.name != "postgresql":
        pytest.skip("SQLite has no connections that a server could end")
    key = new_key(fresh, "Client assidu")
    editors, each = 8, 12
    answered: Counter[int] = Counter()
    done = threading.Event()

    def end_connections() -> int:
        """End all connections of the application until the writers are done; return how many."""
        url = make_url(fresh.url)
        name = url.database
        plain = url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
        ended = 0
        with psycopg.connect(plain, autocommit=True) as connection:
            while not done.is_set():
                backends = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
                ended += len(connection.execute(backends, (name,)).fetchall())
                done.wait(choose.uniform(0, 0.2))
        return ended

    def send(http: httpx.Client, method: str, path: str, **request: Any) -> httpx.Response:
        """Send a request until it is done, as `Retry-After` asks, but without waiting."""
        while True:
            answer = http.request(method, path, **request)
            answered[answer.status_code] += 1
            if answer.status_code != 503:
                return answer
            assert answer.headers["content-type"] == "application/problem+json"
            assert int(answer.headers["retry-after"]) > 0

    def edit(editor: int, address: str) -> list[str]:
        made = []
        with httpx.Client(base_url=address, timeout=60) as http:
            for number in range(each):
                headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"{editor}-{number}"}
                body = {"name": f"Pôle {editor} {number}"}
                answer = send(http, "POST", "/v1/poles", json=body, headers=headers)
                assert answer.status_code == 201, answer.text
                made.append(answer.json()["id"])
                assert send(http, "GET", f"/v1/poles/{made[-1]}").json()["name"] == body["name"]
                assert send(http, "GET", "/v1/poles?limit=5&facets=region").status_code == 200
        return made

    choose = random.Random(SEED)
    with serving(fresh.url) as address, ThreadPoolExecutor(editors + 1) as people:
        ending = people.submit(end_connections)
        try:
            made = [identity for ids in people.map(edit, range(editors), [address] * editors) for identity in ids]
        finally:
            done.set()
        ended = ending.result()
        assert httpx.get(f"{address}/health/ready").status_code == 200
    print(f"{ended} connections ended, answers {dict(answered)}")
    assert set(answered) <= {200, 201, 503}
    assert ended > editors
    assert answered[503] > 0, "no connection was ended in the middle of a request"
    assert sorted(made) == sorted(f"pole-{editor}-{number}" for editor in range(editors) for number in range(each))
    must_hold(fresh)
