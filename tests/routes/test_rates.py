"""Rates: how many reads, writes and refused keys are allowed, to whom they are counted, what the headers say."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

import httpx
import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.database import Database
from app.models import KeyRole
from app.settings import get_settings
from tests.conftest import ON_SQLITE_ONLY, Server, opened, serving
from tests.routes.asking import refused
from tests.routes.writing import new_key
from tests.test_cli import Said

ARCHER: Final = "/v1/poles/archer-pole-sud"
RATES: Final = ("RateLimit", "RateLimit-Policy", "Retry-After")
pytestmark = ON_SQLITE_ONLY
# No window of the tests ends while they run, but where a test waits for it.
THREE: Final = "3/hour"

Send = Callable[[httpx.Client], httpx.Response]


@pytest.fixture(scope="module")
def database(server: Server, template: str) -> Iterator[Database]:
    """One registry for the file: each server counts anew."""
    url = server.copy(template)
    with opened(url) as made:
        yield made
    server.drop(url)


@pytest.fixture(scope="module")
def keys(database: Database) -> dict[str, str]:
    return {
        "84": new_key(database, "CRESS AURA", KeyRole.CURATOR, ["84"]),
        "11": new_key(database, "CRESS Île-de-France", KeyRole.CURATOR, ["11"]),
        "national": new_key(database, "Cellule nationale"),
        "reader": new_key(database, "Portail", KeyRole.READER),
    }


@pytest.fixture
def within(database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Said]]:
    """Run a command in this process, its settings in the environment."""
    monkeypatch.setenv("DATABASE_URL", database.url)
    monkeypatch.setenv("COLUMNS", "300")

    def run(*arguments: str, **environment: str) -> Said:
        for setting, value in environment.items():
            monkeypatch.setenv(setting, value)
        get_settings.cache_clear()
        result = CliRunner().invoke(cli, list(arguments))
        return Said(result.exit_code, result.stdout, result.stderr)

    yield run
    get_settings.cache_clear()


@contextmanager
def limited(database: Database, **rates: str) -> Iterator[httpx.Client]:
    with serving(database.url, **rates) as url, httpx.Client(base_url=url, timeout=30) as client:
        yield client


def bearer(key: str | None, address: str | None = None) -> dict[str, str]:
    """Return who asks: a key, and an address as a proxy on this machine tells it."""
    return ({"Authorization": f"Bearer {key}"} if key else {}) | ({"X-Forwarded-For": address} if address else {})


def read(key: str | None = None, address: str | None = None, path: str = ARCHER, **headers: str) -> Send:
    return lambda client: client.get(path, headers=bearer(key, address) | headers)


def write(key: str, body: Any = None, *, dry_run: bool = True) -> Send:
    headers = bearer(key) | {"If-Match": "*"}
    return lambda client: client.patch(
        ARCHER,
        json={"acronym": "NEUF"} if body is None else body,
        headers=headers,
        params={"dry_run": str(int(dry_run))},
    )


def told(response: httpx.Response) -> tuple[str, int, int, int]:
    """Return what the headers say: the policy, its quota and seconds, what remains."""
    policy = re.fullmatch(r'"([a-z_]+)";q=(\d+);w=(\d+)', response.headers["RateLimit-Policy"])
    left = re.fullmatch(r'"([a-z_]+)";r=(\d+);t=(\d+)', response.headers["RateLimit"])
    assert policy
    assert left
    assert policy[1] == left[1]
    assert 0 < int(left[3]) <= int(policy[3])
    return policy[1], int(policy[2]), int(policy[3]), int(left[2])


def must_wait(response: httpx.Response, policy: str, quota: int, seconds: int) -> None:
    """Check the refusal of one request too many."""
    problem = refused(response, 429)
    assert problem["type"] == "/problems/trop-de-requetes"
    assert "Retry-After" in problem["detail"]
    assert told(response) == (policy, quota, seconds, 0)
    assert response.headers["RateLimit"] == f'"{policy}";r=0;t={response.headers["Retry-After"]}'


def must_not_tell(response: httpx.Response) -> None:
    assert [name for name in RATES if name in response.headers] == []


def test_the_fourth_write_of_three_waits(database: Database, keys: dict[str, str]) -> None:
    with limited(database, write_rate=THREE) as client:
        for left in (2, 1, 0):
            response = write(keys["84"])(client)
            assert response.status_code == 200
            assert told(response) == ("write", 3, 3600, left)
            assert "Retry-After" not in response.headers
        for _ in range(2):
            must_wait(write(keys["84"])(client), "write", 3, 3600)
        must_wait(write(keys["84"], dry_run=False)(client), "write", 3, 3600)
        assert client.get(ARCHER).headers["Registry-Serial"] == "1"


def test_the_writes_of_one_key_are_not_those_of_another(database: Database, keys: dict[str, str]) -> None:
    with limited(database, write_rate="1/hour") as client:
        for holder in ("84", "national"):
            assert write(keys[holder])(client).status_code == 200
            must_wait(write(keys[holder])(client), "write", 1, 3600)
        refused(write(keys["11"])(client), 403)  # asked and refused: counted too
        must_wait(write(keys["11"])(client), "write", 1, 3600)


def test_a_write_that_is_refused_counts_and_a_read_does_not(database: Database, keys: dict[str, str]) -> None:
    with limited(database, write_rate=THREE) as client:
        key = keys["84"]
        refused(write(key, {"statut": 1})(client), 422)
        refused(client.patch(ARCHER, json={"acronym": "NEUF"}, headers=bearer(key)), 428)
        for _ in range(5):
            assert read(key)(client).status_code == 200
            refused(write(keys["reader"])(client), 403)  # which writes nothing, ever
        assert told(write(key)(client)) == ("write", 3, 3600, 0)
        must_wait(write(key)(client), "write", 3, 3600)
        assert read(key)(client).status_code == 200


@pytest.mark.parametrize(("method", "path", "body"), [
    ("POST", "/v1/poles", {"name": "Neuf"}), ("PUT", ARCHER, {"name": "Neuf"}), ("DELETE", ARCHER, None),
    ("POST", f"{ARCHER}/restore", None), ("POST", f"{ARCHER}/merge", {"into": "le-damier"}),
    ("POST", f"{ARCHER}/members", {"organisation": "bge"}), ("POST", "/v1/memberships", {}), ("POST", "/v1/labels", {}),
    ("POST", "/v1/waves", {}), ("POST", "/v1/sources", {}), ("POST", "/v1/imports", None),
])  # fmt: skip
def test_every_write_counts(
    database: Database, keys: dict[str, str], method: str, path: str, body: dict[str, str] | None
) -> None:
    with limited(database, write_rate="1/hour") as client:
        headers = bearer(keys["84"]) | {"If-Match": "*"}
        content: dict[str, Any] = {} if body is None else {"json": body}
        assert client.request(method, f"{path}?dry_run=1", headers=headers, **content).status_code != 429
        must_wait(client.request(method, f"{path}?dry_run=1", headers=headers, **content), "write", 1, 3600)


@pytest.mark.parametrize("who", [(None, None), (None, "192.0.2.1"), ("84", None), ("reader", "192.0.2.1")])
def test_the_fourth_read_of_three_waits(
    database: Database, keys: dict[str, str], who: tuple[str | None, str | None]
) -> None:
    key, address = keys.get(who[0] or ""), who[1]
    with limited(database, read_rate=THREE) as client:
        first = read(key, address)(client)
        assert told(first) == ("read", 3, 3600, 2)
        fresh = read(key, address, **{"If-None-Match": first.headers["ETag"]})(client)
        assert (fresh.status_code, told(fresh)) == (304, ("read", 3, 3600, 1))
        assert told(read(key, address, "/v1/organisations.csv")(client)) == ("read", 3, 3600, 0)
        for path in (
            ARCHER,
            "/v1/poles",
            "/v1/poles/pas-la",
            "/v1/stats",
            "/v1/communes",
            "/v1/sources",
            f"{ARCHER}/history",
        ):
            must_wait(read(key, address, path)(client), "read", 3, 3600)


def test_reads_are_counted_by_key_else_by_address(database: Database, keys: dict[str, str]) -> None:
    with limited(database, read_rate="1/hour") as client:
        everyone: list[Send] = [
            read(), read(None, "192.0.2.1"), read(None, "2001:db8::1"), read(keys["84"]), read(keys["reader"]),
        ]  # fmt: skip
        for send in everyone:
            assert send(client).status_code == 200
        for send in everyone:
            must_wait(send(client), "read", 1, 3600)
        must_wait(read(keys["84"], "192.0.2.9")(client), "read", 1, 3600)  # a key is one, wherever it is used
        assert write(keys["84"])(client).status_code == 200
        for path in ("/health/live", "/health/ready", "/docs", "/openapi.json", "/problems/trop-de-requetes"):
            response = client.get(path)
            assert response.status_code == 200  # what explains a refusal is never refused
            must_not_tell(response)


def test_refused_keys_are_counted_by_address_and_lock_nobody_else_out(database: Database, keys: dict[str, str]) -> None:
    """A key has 256 bits: nobody guesses one. So good keys are let in from an address that others tried bad ones from."""
    with limited(database, failed_key_rate=THREE) as client:
        tries = [bearer("x" * 43), {"Authorization": "Basic eDp5"}, {"Authorization": "Bearer"}]
        for headers in tries:
            response = client.get(ARCHER, headers=headers)
            refused(response, 401)
            must_not_tell(response)
        for headers in tries:
            must_wait(client.get(ARCHER, headers=headers), "failed_key", 3, 3600)
            must_wait(client.patch(ARCHER, json={}, headers=headers), "failed_key", 3, 3600)
        assert read()(client).status_code == 200
        for key in keys.values():
            assert read(key)(client).status_code == 200
        assert write(keys["84"])(client).status_code == 200
        must_wait(read("x" * 43)(client), "failed_key", 3, 3600)  # a good key gives no new tries
        refused(read("x" * 43, "192.0.2.1")(client), 401)  # another address has its own


def test_a_good_key_spends_no_tries(database: Database, keys: dict[str, str]) -> None:
    with limited(database, failed_key_rate="1/hour") as client:
        for _ in range(5):
            assert read(keys["84"])(client).status_code == 200
        refused(client.patch(ARCHER, json={}), 401)  # no key is not a bad one
        refused(read("x" * 43)(client), 401)
        must_wait(read("x" * 43)(client), "failed_key", 1, 3600)


def test_thirty_refused_keys_a_minute_are_allowed_unless_it_is_said(database: Database) -> None:
    with limited(database) as client:
        answers = [read("x" * 43)(client) for _ in range(31)]
        assert [one.status_code for one in answers[:30]] == [401] * 30
        must_wait(answers[30], "failed_key", 30, 60)


def test_reads_have_no_limit_and_writes_1200_a_minute_unless_it_is_said(
    database: Database, keys: dict[str, str]
) -> None:
    with limited(database) as client:
        must_not_tell(read()(client))
        must_not_tell(read(keys["84"])(client))
        assert told(write(keys["84"])(client)) == ("write", 1200, 60, 1199)


def test_0_is_no_limit(database: Database, keys: dict[str, str]) -> None:
    with limited(database, read_rate="0", write_rate="0", failed_key_rate="0") as client:
        for send, status in ((read("x" * 43), 401), (write(keys["84"]), 200), (read(), 200), (read(keys["84"]), 200)):
            for _ in range(40):
                response = send(client)
                assert response.status_code == status
                must_not_tell(response)


@pytest.mark.parametrize(("rate", "quota", "seconds"), [
    ("1/second", 1, 1), ("2 per 3 seconds", 2, 3), ("5/minute", 5, 60), ("10 per hour", 10, 3600), ("7/day", 7, 86400),
])  # fmt: skip
def test_a_rate_is_told_as_it_is_set(database: Database, rate: str, quota: int, seconds: int) -> None:
    with limited(database, read_rate=rate) as client:
        assert told(read()(client)) == ("read", quota, seconds, quota - 1)


def test_who_waited_is_let_in_again(database: Database) -> None:
    with limited(database, read_rate="1/second") as client:
        seen = [read()(client).status_code]
        end = time.monotonic() + 20
        while seen[-2:] != [429, 200] and time.monotonic() < end:
            seen.append(read()(client).status_code)
        assert seen[-2:] == [429, 200]
        assert set(seen) == {200, 429}


def test_a_page_of_another_origin_may_read_the_rates(database: Database) -> None:
    with limited(database, read_rate="1/hour") as client:
        for status in (200, 429):
            response = read(Origin="https://portail.example")(client)
            assert response.status_code == status
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            exposed = response.headers["Access-Control-Expose-Headers"].split(", ")
            assert set(RATES) <= set(exposed)


@pytest.mark.parametrize("name", ["READ_RATE", "WRITE_RATE", "FAILED_KEY_RATE"])
@pytest.mark.parametrize("written", [
    "abc", "", " ", "10", "-1/minute", "0/minute", "10/minutely", "10/", "/minute", "1.5/minute", "10/minute;1/second",
    "10/minute, 1/second", "00", "[/x]",
])  # fmt: skip
def test_a_wrong_rate_is_said_in_french_and_ends_in_2(within: Callable[..., Said], name: str, written: str) -> None:
    ended = within("check", **{name: written})
    assert (ended.code, ended.out) == (2, "")
    said = " ".join(ended.err.split())
    assert said == (
        f"Réglage {name} = {written!r} : attendu, un nombre par unité de temps, comme 600/minute, ou 0 pour aucune limite"
    )
