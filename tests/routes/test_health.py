"""Whether the service is well: its database, its schema; and the number that follows each request."""

import re
from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import text

from app.changes import migrate
from app.database import Database
from tests.conftest import ON_SQLITE_ONLY, serving
from tests.routes.asking import asked, refused

Serve = Callable[[Database], httpx.Client]


def stand_at(database: Database, migration: str) -> None:
    with database.engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :migration"), {"migration": migration})


def test_a_ready_service_says_its_serial_and_migration(client: httpx.Client) -> None:
    assert asked(client, "/health/live")["status"] == "ok"
    assert asked(client, "/health/ready") == {"status": "ok", "serial": 1, "migration": migrate.head()}


def test_an_older_schema_is_not_ready_and_a_newer_one_is(fresh: Database, client_of: Serve) -> None:
    client = client_of(fresh)
    stand_at(fresh, "0001")
    answer = client.get("/health/ready")
    assert "« 0001 »" in refused(answer, 503)["detail"]
    assert "ptce serve" in answer.json()["detail"]
    assert int(answer.headers["Retry-After"]) > 0
    assert client.get("/health/live").status_code == 200
    stand_at(fresh, "9999")  # what a newer version, deployed beside this one, has made of it
    assert asked(client, "/health/ready")["migration"] == "9999"


def test_a_database_without_tables_is_not_ready(empty: Database, client_of: Serve) -> None:
    assert "« vide »" in refused(client_of(empty).get("/health/ready"), 503)["detail"]


@ON_SQLITE_ONLY
@pytest.mark.parametrize("path", ["/v1/poles?limit=1", "/v1/poles?x=1", "/nowhere", "/", "/ogc", "/v1/poles/3-eva.csv"])
def test_each_answer_has_a_number(client: httpx.Client, path: str) -> None:
    given = {"X-Request-Id": "9f1c.Trace_of-us"}
    assert client.get(path, headers=given).headers["X-Request-Id"] == given["X-Request-Id"]
    made = [client.get(path).headers["X-Request-Id"] for _ in range(2)]
    assert made[0] != made[1]
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in made)


@ON_SQLITE_ONLY
@pytest.mark.parametrize("given", ["short", "x" * 129, "with space", "é" * 8, '"><script>'])
def test_a_number_that_is_not_well_formed_is_replaced(client: httpx.Client, given: str) -> None:
    answer = client.get("/v1/poles?x=1", headers=[(b"X-Request-Id", given.encode())])
    assert re.fullmatch("[0-9a-f]{16}", answer.headers["X-Request-Id"])
    assert refused(answer, 422)["request_id"] == answer.headers["X-Request-Id"]


@ON_SQLITE_ONLY
def test_metrics_are_told_to_who_has_the_token_only(registry: Database) -> None:
    token = "jeton-de-prometheus"
    with serving(registry.url, metrics_token=token) as url, httpx.Client(base_url=url) as client:
        for path in (
            "/v1/poles?limit=1",
            "/v1/poles/3-eva.csv",
            "/v1/poles/3-eva.csv",
            "/v1/poles/archer-pole-sud",
            "/nowhere",
            "/ogc",
        ):
            client.get(path)
        refused(client.get("/metrics"), 401)
        refused(client.get("/metrics", headers={"Authorization": f"Bearer {token}x"}), 401)
        told = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})
        assert told.headers["content-type"].startswith("text/plain")
        lines = told.text.splitlines()
        assert 'ptce_requests_total{method="GET",route="/v1/poles/{id}",status="200"} 3.0' in lines
        assert 'ptce_cache_total{result="hit"} 1.0' in lines
        assert 'ptce_requests_total{method="GET",route="/v1/poles",status="200"} 1.0' in lines
        assert 'ptce_requests_total{method="GET",route="",status="404"} 1.0' in lines
        assert 'ptce_request_seconds_count{route="/ogc/"} 1.0' in lines
        assert 'ptce_requests_total{method="GET",route="/metrics",status="401"} 2.0' in lines
        assert "ptce_serial 1.0" in lines
        assert "ptce_database_up 1.0" in lines


@ON_SQLITE_ONLY
def test_metrics_say_that_the_database_is_away(empty: Database) -> None:
    token = "jeton-de-prometheus"
    with serving(empty.url, metrics_token=token) as url:
        told = httpx.get(f"{url}/metrics", headers={"Authorization": f"Bearer {token}"})
    assert "ptce_database_up 0.0" in told.text.splitlines()


@ON_SQLITE_ONLY
def test_without_a_token_there_are_no_metrics(client: httpx.Client) -> None:
    refused(client.get("/metrics"), 404)
