"""Connections to PostgreSQL: how long they wait, for what, and what an address itself may say."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from app.connections import Limits, arguments
from app.database import Database
from tests.conftest import POSTGRES_URL, serving

pytestmark = [
    pytest.mark.usefixtures("server"),
    pytest.mark.parametrize("server", ["postgresql"], indirect=True, scope="session"),
]
SLEEP = text("SELECT pg_sleep(30)")


@pytest.fixture
def hurried(template: str) -> Iterator[Database]:
    """A database that is read by two at once, and that nobody waits for."""
    database = Database(template, Limits(connections=2, connect_seconds=2, query_seconds=0.2))
    yield database
    database.dispose()


def test_statement_over_its_time_is_ended_by_the_server(hurried: Database) -> None:
    with pytest.raises(OperationalError, match="statement timeout"), hurried.reading() as session:
        session.execute(SLEEP)
    with pytest.raises(OperationalError, match="statement timeout"), hurried.writing() as session:
        session.execute(SLEEP)
    with hurried.reading() as session:  # the connection is as good as before
        assert session.execute(text("SELECT 1")).scalar_one() == 1


def test_a_request_over_its_time_is_told_so_and_one_within_it_is_answered(registry: Database) -> None:
    for seconds, status in ((10, 200), (1e-9, 503)):  # as short as that, it is a limit still
        with serving(registry.url, query_seconds=seconds, cache_mb=0) as address:
            answer = httpx.get(f"{address}/v1/communes?q=saint&limit=1000", timeout=30)
            assert answer.status_code == status
    assert "plus de 1e-09 secondes" in answer.json()["detail"]
    assert answer.headers["retry-after"] == "30"


def test_commands_take_their_time(registry: Database, hurried: Database) -> None:
    with registry.writing() as session:
        assert session.execute(text("SHOW statement_timeout")).scalar_one() == "0"
        assert session.execute(text("SHOW idle_in_transaction_session_timeout")).scalar_one() == "15min"
    with hurried.writing() as session:  # a service's, while which others wait
        assert session.execute(text("SHOW idle_in_transaction_session_timeout")).scalar_one() == "1min"


def test_no_more_connections_read_than_the_setting_says(hurried: Database) -> None:
    with hurried.reading() as one, hurried.reading() as two:
        for session in (one, two):
            session.execute(text("SELECT 1"))
        with pytest.raises(PoolTimeout), hurried.reading() as session:
            session.execute(text("SELECT 1"))
    with hurried.reading() as session:
        assert session.execute(text("SELECT 1")).scalar_one() == 1


def test_reader_does_not_notice_that_every_connection_was_ended(hurried: Database, registry: Database) -> None:
    def ends_itself(session: Session, ended: list[int]) -> int:
        """Return the process of the server; the first time, lose it."""
        process: int = session.execute(text("SELECT pg_backend_pid()")).scalar_one()
        if not ended:
            ended.append(process)
            with registry.reading() as another:
                another.execute(text("SELECT pg_terminate_backend(:process, 5000)"), {"process": process})
            session.execute(text("SELECT 1"))
        return process

    ended: list[int] = []
    assert asyncio.run(hurried.read(ends_itself, ended)) not in ended


def test_address_has_the_last_word() -> None:
    url = "postgresql+psycopg://u@h/d?connect_timeout=7&options=-c%20statement_timeout%3D5"
    told = arguments(url, Limits(query_seconds=1))
    assert "connect_timeout" not in told
    assert told["options"].endswith("-c statement_timeout=1000 -c statement_timeout=5")


def test_writer_that_waits_too_long_is_told_to_come_back(fresh: Database) -> None:
    with (
        serving(fresh.url, query_seconds=0.3) as address,
        httpx.Client(base_url=address, timeout=30) as client,
        fresh.writing(keep=False),  # whose writer lock lasts
        ThreadPoolExecutor(1) as people,
    ):
        proposal = {"kind": "pole", "record": "archer-pole-sud", "change": {"job_count": 3}, "source": "https://x.fr/a"}
        answer = people.submit(client.post, "/v1/proposals", json=proposal).result()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "Idempotency-Key" in answer.json()["detail"]
        assert client.get("/v1/poles?limit=1").status_code == 200


def test_server_that_is_away_is_503_on_every_address() -> None:
    nobody = make_url(POSTGRES_URL or "").set(port=1).render_as_string(hide_password=False)
    with serving(nobody) as address, httpx.Client(base_url=address, timeout=30) as client:
        for path in ("/v1/poles", "/health/ready", "/ogc/collections/poles/items"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert "Réessayez dans quelques secondes" in answer.json()["detail"]
        page = client.get("/", headers={"Accept": "text/html"})
        assert (page.status_code, page.headers["retry-after"]) == (503, "5")
        assert "Réessayez dans quelques secondes" in page.text
        assert client.get("/health/live").status_code == 200
