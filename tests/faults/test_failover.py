"""The primary is lost under load and its standby promoted: nothing acknowledged is lost, nobody reads an old state."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.changes import check, migrate, seed
from app.database import Database
from tests.changes.small_seed import cut
from tests.conftest import opened
from tests.faults.clusters import Cluster, primary_and_standby
from tests.faults.process import running
from tests.routes.writing import new_key

pytestmark = [pytest.mark.slow, pytest.mark.long]
POLE = "/v1/poles/archer-pole-sud"
ALLOWED = {200, 201, 503}


@dataclass(frozen=True)
class Pair:
    """Two servers with a small registry; addresses that name both, as those of a production do."""

    primary: Cluster
    standby: Cluster
    seed: Path

    def url(self, sought: str) -> str:
        """Return the address of whichever of the two is what is sought."""
        hosts = "&".join(f"host=127.0.0.1:{one.port}" for one in (self.primary, self.standby))
        return f"postgresql+psycopg://postgres@/postgres?{hosts}&target_session_attrs={sought}"

    @property
    def settings(self) -> dict[str, str]:
        return {"READ_DATABASE_URL": self.url("prefer-standby"), "WRITE_RATE": "0", "SEED_DIR": str(self.seed)}


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    small = cut(tmp_path / "seed")
    with primary_and_standby() as (primary, standby):
        made = Pair(primary, standby, small.path)
        with opened(made.url("read-write")) as database:
            migrate.upgrade(database)
            with database.writing() as session:
                seed.seed_database(session, small.path)
        yield made


@dataclass
class Load:
    """People who write and read without end, and what they were told."""

    address: str
    key: str
    told: Counter[int] = field(default_factory=Counter)
    acknowledged: dict[str, int] = field(default_factory=dict)  # id of a pole, serial of its write
    stopped: threading.Event = field(default_factory=threading.Event)

    def send(self, http: httpx.Client, method: str, path: str, **request: Any) -> httpx.Response | None:
        """Send a request until it is done, as Retry-After asks but sooner; None when all is over."""
        while not self.stopped.is_set():
            answer = http.request(method, path, **request)
            self.told[answer.status_code] += 1
            assert answer.status_code in ALLOWED, answer.text
            if answer.status_code != 503:
                return answer
            assert int(answer.headers["retry-after"]) > 0
            assert "Réessayez" in answer.json()["detail"]
            self.stopped.wait(0.05)
        return None

    def write(self, writer: int) -> None:
        """Write pole after pole; read each back with the key, then without, and by the serial that was told."""
        with httpx.Client(base_url=self.address, timeout=60) as http:
            for number in range(1_000_000):
                name, key = f"Pôle {writer} {number}", {"Authorization": f"Bearer {self.key}"}
                headers = key | {"Idempotency-Key": f"{writer}-{number}"}
                answer = self.send(http, "POST", "/v1/poles", json={"name": name}, headers=headers)
                if answer is None:
                    return
                serial, made = int(answer.headers["registry-serial"]), answer.json()["id"]
                self.acknowledged[made] = serial
                own = self.send(http, "GET", "/v1/poles?limit=1", headers=key)
                assert own is None or own.json()["serial"] >= serial
                there = self.send(http, "GET", f"/v1/poles/{made}")
                assert there is None or there.json()["name"] == name
                then = self.send(http, "GET", f"/v1/poles?limit=1&as_of={serial}")
                assert then is None or then.json()["serial"] == serial

    def read(self) -> None:
        """Read a list again and again: no process shows an older one than was acknowledged a second before."""
        with httpx.Client(base_url=self.address, timeout=60) as http:
            while not self.stopped.wait(0.01):
                past = len(self.acknowledged)
                known = max(list(self.acknowledged.values())[:past], default=0)
                self.stopped.wait(1)
                answer = self.send(http, "GET", "/v1/poles?limit=2")
                assert answer is None or answer.json()["serial"] >= known


def until(condition: Callable[[], bool], people: list[Any]) -> float:
    """Wait until it is true; return the seconds that it took. Raises what went wrong meanwhile."""
    from_then = time.monotonic()
    while not condition():
        assert time.monotonic() < from_then + 60
        for one in people:
            if one.done():
                one.result()
        threading.Event().wait(0.02)
    return time.monotonic() - from_then


def test_standby_takes_over_under_load(pair: Pair) -> None:
    with opened(pair.url("read-write")) as database:
        key = new_key(database, "Cellule nationale")
    with (
        running(pair.url("read-write"), WORKERS="2", **pair.settings) as ptce,
        ThreadPoolExecutor(5) as threads,
    ):
        load = Load(ptce.address, key)
        with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as patient:  # workers listen after it is said
            assert patient.get(f"{ptce.address}/health/ready").status_code == 200
        must_not_go_back(pair, ptce.address, key)
        try:
            people = [*(threads.submit(load.write, writer) for writer in range(3)), threads.submit(load.read)]
            until(lambda: len(load.acknowledged) > 20, people)
            pair.primary.crash()
            before = len(load.acknowledged)
            readers = [httpx.get(f"{ptce.address}/v1/poles?limit={limit}") for limit in range(1, 9)]
            assert {answer.status_code for answer in readers} == {200}, "the standby answers who reads without a key"
            assert httpx.get(f"{ptce.address}/health/ready").status_code == 503
            pair.standby.promote()
            took = until(lambda: len(load.acknowledged) > before + 3, people)
            until(lambda: len(load.acknowledged) > before + 20, people)
            assert httpx.get(f"{ptce.address}/health/ready").status_code == 200
        finally:
            load.stopped.set()
        for one in people:
            one.result()
    assert load.told[503] > 0, "nobody met the failover"
    with opened(pair.url("read-write")) as database:
        must_be_there(database, pair, load)
    print(
        f"{len(load.acknowledged)} writes acknowledged, {took:.2f} s from promotion to the next ones, {dict(load.told)}"
    )


def must_not_go_back(pair: Pair, address: str, key: str) -> None:
    """Prove that what a standby has not shown yet is read from the primary, whoever asks, by whatever link."""
    pair.standby.execute("SELECT pg_wal_replay_pause()")
    with httpx.Client(base_url=address, timeout=60) as http:
        for number in range(10):  # whichever of the processes answers
            body, headers = {"name": f"Retard {number}"}, {"Authorization": f"Bearer {key}"}
            written = http.post("/v1/poles", json=body, headers=headers)
            serial, made = int(written.headers["registry-serial"]), written.json()["id"]
            assert http.get("/v1/poles?limit=1", headers=headers).json()["serial"] == serial
            assert http.get(f"/v1/poles/{made}").json()["name"] == body["name"]
            assert http.get(f"/v1/poles?limit=1&as_of={serial}").json()["serial"] == serial
    pair.standby.execute("SELECT pg_wal_replay_resume()")


def must_be_there(database: Database, pair: Pair, load: Load) -> None:
    """Prove that every acknowledged write is there, once, and that the registry holds."""
    from sqlalchemy import select
    from sqlmodel import col

    from app.models import Revision

    with database.reading() as session:
        assert list(check.find_faults(session, pair.seed)) == []
        made = select(col(Revision.record_id), col(Revision.serial)).where(
            col(Revision.record_id).in_(load.acknowledged)
        )
        assert dict(session.execute(made).all()) == load.acknowledged
