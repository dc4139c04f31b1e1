"""Caches in front that ask seldom (CACHE_MAX_AGE), or stand before a registry that refuses; behind PUBLIC_URL."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy.engine import make_url

from app.models import KeyRole
from tests.caches.conftest import Bench, ask, benched
from tests.conftest import ON_SQLITE_ONLY, Server
from tests.routes.writing import new_key

pytestmark = ON_SQLITE_ONLY
POLE, PAGE = "/v1/poles/archer-pole-sud", "/poles/archer-pole-sud"
AGE = 2  # seconds
SEEN = 1  # nginx counts in whole seconds
PUBLIC = f"public, max-age=0, must-revalidate, s-maxage={AGE}"


@pytest.fixture(scope="module")
def bench(server: Server, template: str, front: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    folder = tmp_path_factory.mktemp(front)
    with benched(server, template, folder, front, cache_max_age=AGE, public_url="https://ptce.test") as made:
        yield made


def test_public_answers_say_how_seldom_to_ask(bench: Bench) -> None:
    for path in (POLE, PAGE, "/v1/poles?as_of=1"):
        assert bench.ask(path).headers["cache-control"] == PUBLIC
    key = {"Authorization": f"Bearer {bench.editor.key}"}
    for path in (POLE, "/v1/poles.csv", "/ogc/collections/poles/items"):
        assert bench.ask(path, **key).headers["cache-control"] == "private, no-cache"
    assert bench.ask("/v1/poles/personne").headers["cache-control"] == "no-store"


def test_links_are_those_of_the_public_address(bench: Bench) -> None:
    for forged in ({}, {"Host": "faux.test"}, {"X-Forwarded-Host": "faux.test", "X-Forwarded-Proto": "http"}):
        answer = bench.ask("/v1/poles?limit=1", **forged)
        assert b"https://ptce.test/v1/poles" in answer.raw
        assert b"faux.test" not in answer.raw


def test_a_shared_cache_answers_without_asking_and_a_browser_asks(bench: Bench) -> None:
    """Of three in a row, one is within the age of another."""
    bench.ask(POLE)
    before = bench.heard()
    answers = [bench.ask(POLE) for _ in range(3)]
    asked = (bench.heard() - before).total()
    assert (asked == 3) if bench.front.name == "hishel" else (asked < 3)
    assert all(answer.told == bench.truth(POLE).told for answer in answers)


def test_a_write_is_seen_within_the_age(bench: Bench) -> None:
    for path in (POLE, PAGE):
        bench.ask(path)
    bench.editor.patch(POLE, {"acronym": f"Vu par {bench.front.name}"})
    last = time.monotonic() + AGE + SEEN
    for path in (POLE, PAGE):
        asked = time.monotonic()
        while bench.editor.read(POLE)["acronym"].encode() not in bench.ask(path).raw:
            assert asked < last
            asked = time.monotonic()


def test_a_key_is_answered_by_the_registry_alone(bench: Bench) -> None:
    key = {"Authorization": f"Bearer {new_key(bench.editor.database, 'Portail', KeyRole.READER)}"}
    bench.ask(POLE)
    bench.editor.patch(POLE, {"acronym": "Lu par qui a une clé"})
    for _ in range(2):
        assert bench.ask(POLE, **key).headers["cache-control"] == "private, no-cache"
        assert "Lu par qui a une clé" in bench.ask(POLE, **key).raw.decode()
        assert bench.ask(POLE).headers["cache-control"] == PUBLIC


@pytest.fixture(scope="module", params=["nginx", "varnish"])  # what others are refused does not reach hishel
def strained(
    request: pytest.FixtureRequest, server: Server, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Bench]:
    """A registry that lets one request in at once, and each address read three times an hour."""
    folder = tmp_path_factory.mktemp(request.param)
    with benched(server, template, folder, request.param, max_requests=1, read_rate="3/hour", cache_max_age=60) as made:
        yield made


def test_the_rate_of_one_is_not_that_of_another(strained: Bench) -> None:
    path = "/v1/poles?limit=3"
    for source in ("127.0.0.5", "127.0.0.6"):
        with httpx.Client(
            base_url=strained.front.address, transport=httpx.HTTPTransport(local_address=source)
        ) as client:
            # Each is asked of the registry: a cache may answer what it has.
            found = [
                ask(client, f"{path}&offset={source[-1]}{number}", X_Forwarded_For="192.0.2.9") for number in range(4)
            ]
            assert [answer.status for answer in found] == [200, 200, 200, 429]
    assert strained.ask(f"{path}&offset=53").status == 200


def test_a_refusal_for_want_of_room_is_not_kept(strained: Bench) -> None:
    path = "/health/ready"
    other = sqlite3.connect(make_url(strained.editor.database.url).database or "", isolation_level=None)
    with ThreadPoolExecutor(1) as people:
        strained.editor.patch(POLE, {"notes": "Zéro"})  # the first use of a key is noted
        other.execute("BEGIN IMMEDIATE")
        write = people.submit(strained.editor.send, "PATCH", POLE, {"notes": "Un"}, {"If-Match": "*"})
        while strained.ask(path).status == 200 and not write.done():  # until it is inside
            pass
        assert strained.ask("/v1/poles?limit=9").status == 503
        other.execute("COMMIT")
        other.close()
        assert write.result().status_code == 200
    assert strained.ask("/v1/poles?limit=9").status == 200
