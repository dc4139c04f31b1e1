"""Limits, each at its edge and over it: headers, addresses, bodies, points, requests at once, time of a query."""

import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError

from app.connections import Limits
from app.database import Database
from tests.conftest import ON_SQLITE_ONLY, Server, copied, serving
from tests.routes.asking import refused
from tests.routes.writing import Editor, an_editor, new_key

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


@pytest.fixture(scope="module")
def low(server: Server, template: str) -> Iterator[Editor]:
    """A registry whose limits of size are the least that its settings take."""
    least = {"max_url": 2048, "max_body": 100_000, "max_proposal": 16_000, "max_sheet": 100_000, "max_points": 4}
    with (
        copied(server, template) as database,
        serving(database.url, **least) as url,
        httpx.Client(base_url=url) as client,
    ):
        yield an_editor(database, client)


@pytest.mark.parametrize("most", [2048, 32_768])
def test_addresses_up_to_their_limit_are_read(registry: Database, most: int) -> None:
    """The longest is heard whole beside the largest headers: nobody is cut off without a word."""
    start = "/v1/poles?limit=1&region=01&region="
    with serving(registry.url, max_url=most, max_headers=65_536) as url:
        for size, status in ((most, 422), (most + 1, 414)):
            connection = HTTPConnection(url.removeprefix("http://"), timeout=30)
            connection.request("GET", start + "x" * (size - len(start)), headers={"X-Long": "x" * 60_000})
            answer = connection.getresponse()
            said = json.load(answer)
            connection.close()
            assert answer.status == status, said
        assert said["type"] == "/problems/adresse-trop-longue"
        assert f"dépasse {most:,} octets".replace(",", " ") in said["detail"]


def test_json_bodies_up_to_their_limit_are_read(low: Editor) -> None:
    for path, body, status in (("/v1/poles/search", {"limit": 1}, 200), ("/v1/organisations", {"name": "Juste"}, 201)):
        for size, code in ((100_000, status), (100_001, 413)):
            answer = low.send("POST", path, json.dumps(body).encode().ljust(size))
            assert answer.status_code == code, answer.text
        assert "100 000 octets" in refused(answer, 413)["detail"]


def test_proposals_up_to_their_limit_are_read(low: Editor) -> None:
    change = {"kind": "pole", "record": "3-eva", "change": {"job_count": 3}, "source": "https://presse.example/a"}
    for size, status in ((16_000, 201), (16_001, 413)):
        answer = low.send("POST", "/v1/proposals", json.dumps(change).encode().ljust(size))
        assert answer.status_code == status, answer.text
    assert "16 000 octets" in refused(answer, 413)["detail"]
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for size, status in ((16_000, 422), (16_001, 413)):  # 422: what is read is no website
        assert (
            low.client.post("/poles/3-eva/signaler", content=b"value=".ljust(size, b"x"), headers=form).status_code
            == status
        )


def test_sheets_up_to_their_limit_are_read(low: Editor) -> None:
    for size, status in ((100_000, 200), (100_001, 413)):
        answer = low.send("POST", "/v1/imports", b"id,status\n".ljust(size), {"Content-Type": "text/csv"})
        assert answer.status_code == status, answer.text
    assert "100 000 octets" in refused(answer, 413)["detail"]


def test_outlines_up_to_their_limit_are_searched(low: Editor) -> None:
    triangle = [[4, 44], [6, 44], [5, 46], [4, 44]]
    for ring, status in ((triangle, 200), ([*triangle[:3], [4, 45], [4, 44]], 422)):
        answer = low.client.post("/v1/poles/search", json={"within": {"type": "Polygon", "coordinates": [ring]}})
        assert answer.status_code == status, answer.text
    assert "4 points au plus" in refused(answer, 422)["detail"]


def test_the_documentation_tells_the_limits_that_hold(low: Editor, client: httpx.Client) -> None:
    for asked, points, sheet in ((low.client, "4", "100 000"), (client, "10 000", "10 000 000")):
        paths = asked.get("/openapi.json").json()["paths"]
        body = paths["/v1/poles/search"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        assert f" {points} points au plus" in body["properties"]["within"]["description"]
        assert f"5 000 lignes et {sheet} octets" in paths["/v1/imports"]["post"]["description"]
        assert "MAX_" not in json.dumps(paths)


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


def test_a_query_that_takes_too_long_is_said(registry: Database, client: httpx.Client) -> None:
    assert client.get("/v1/communes?q=saint&limit=1000").status_code == 200  # in the ten seconds that it may take
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
