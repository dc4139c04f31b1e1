"""Limits, each at its edge and over it: headers, requests at once, time of a query; whose forwarded address is believed."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from app.connections import Limits
from app.database import Database
from tests.conftest import ON_SQLITE_ONLY, serving
from tests.routes.asking import refused
from tests.routes.writing import new_key

pytestmark = ON_SQLITE_ONLY
LONG = text("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000) SELECT max(i) FROM n")


def test_headers_up_to_their_limit_are_read(registry: Database) -> None:
    with serving(registry.url, max_headers=2048) as url, httpx.Client(base_url=url) as client:
        request = client.build_request("GET", "/health/ready", headers={"X-Long": ""})
        size = sum(len(name) + len(value) for name, value in request.headers.raw)
        for more, status in ((2048 - size, 200), (2049 - size, 431)):
            answer = client.get("/health/ready", headers={"X-Long": "x" * more})
            assert answer.status_code == status
        assert "2048 octets" in refused(answer, 431)["detail"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_more_requests_than_at_once_are_told_to_come_back(fresh: Database) -> None:
    """A write waits for a lock that someone else holds: whoever comes then is refused, and let in afterwards."""
    key = new_key(fresh, "Cellule nationale")
    headers = {"Authorization": f"Bearer {key}", "If-Match": "*"}
    other = sqlite3.connect(make_url(fresh.url).database or "", isolation_level=None)
    with (
        serving(fresh.url, max_requests=1) as url,
        httpx.Client(base_url=url, timeout=30) as client,
        ThreadPoolExecutor(1) as people,
    ):
        client.get("/v1/poles/3-eva", headers=headers)  # the first use of a key is noted
        other.execute("BEGIN IMMEDIATE")
        write = people.submit(client.patch, "/v1/poles/3-eva", json={"notes": "Un"}, headers=headers)
        answer = client.get("/health/ready")
        while answer.status_code == 200 and not write.done():  # until it is inside
            answer = client.get("/health/ready")
        assert "même temps" in refused(answer, 503)["detail"]
        assert answer.headers["Retry-After"] == "1"
        assert client.get("/health/live").status_code == 200
        other.execute("COMMIT")
        other.close()
        assert write.result().status_code == 200
        assert client.get("/health/ready").status_code == 200


def test_a_read_that_takes_too_long_is_given_up_and_the_next_is_not(registry: Database) -> None:
    database = Database(registry.url, Limits(query_seconds=0.05))
    try:
        for _ in range(2):
            with database.reading() as session:
                assert session.execute(text("SELECT 1")).scalar_one() == 1
            with database.reading() as session, pytest.raises(OperationalError, match="interrupted"):
                session.execute(LONG)
    finally:
        database.dispose()


def test_a_query_that_takes_too_long_is_said(registry: Database) -> None:
    with serving(registry.url, query_seconds=1e-9) as url:
        answer = httpx.get(f"{url}/v1/communes?q=saint&limit=1000")
    assert "plus de 1e-09 secondes" in refused(answer, 503)["detail"]
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize(("trusted", "told", "seen"), [
    ("127.0.0.1", "192.0.2.{}", [200, 200]),  # a proxy: each client behind it has a rate of its own
    ("198.51.100.0/24", "192.0.2.{}", [200, 429]),  # anybody: what is forged is not believed
    ("127.0.0.1", "192.0.2.{}, 203.0.113.9", [200, 429]),  # what a client writes before its proxy does
])  # fmt: skip
def test_a_forwarded_address_is_believed_of_trusted_proxies_only(
    registry: Database, trusted: str, told: str, seen: list[int]
) -> None:
    with serving(registry.url, read_rate="1/hour", forwarded_allow_ips=trusted) as url:
        answers = [
            httpx.get(f"{url}/v1/poles?limit=1", headers={"X-Forwarded-For": told.format(one)}) for one in (1, 2)
        ]
    assert [answer.status_code for answer in answers] == seen
