"""The benchmarks stay runnable: their data set is written as any write is, and each work finds what it asks for."""

from collections.abc import Callable
from math import nan
from pathlib import Path

import httpx
import pytest
from sqlalchemy import make_url

from app.changes import migrate
from app.changes.check import find_faults
from app.database import Database
from benchmarks import copying, filling, goals, processes, profile, report, works
from benchmarks.turns import Result
from tests.conftest import NO_POSTGRES, ON_SQLITE_ONLY, POSTGRES_URL, SEED, Server, opened, serving

POLES = 20


@ON_SQLITE_ONLY
def test_a_small_set_is_made_and_each_work_is_answered(
    fresh: Database, client_of: Callable[[Database], httpx.Client]
) -> None:
    with fresh.writing() as session:
        filling.write(session, [(0, POLES)])
    client = client_of(fresh)
    for work in works.WORKS:
        query = works.list_of(work, POLES)[0]
        answer = client.get(works.path(work, query))
        assert answer.status_code == 200, answer.text
        assert int(answer.headers.get("registry-count", 1)) > 0, work.name


@pytest.mark.skipif(not POSTGRES_URL, reason=NO_POSTGRES)
@ON_SQLITE_ONLY
def test_a_set_copied_to_postgresql_is_sound_and_answers_the_same(
    registry: Database, client: httpx.Client, tmp_path: Path
) -> None:
    postgres = Server("postgresql", tmp_path)
    url = postgres.create()
    with opened(url) as copied:
        migrate.upgrade(copied)
        plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        copying.copy(Path(make_url(registry.url).database or ""), plain)
        with copied.reading() as session:
            assert list(find_faults(session, SEED)) == []
    with serving(url) as address, httpx.Client(base_url=address) as there:
        for query in ("q=coopérative", "bbox=-5,41,10,51", "region=53", "lat=48&lon=2&radius=100"):
            here, other = (one.get(f"/v1/poles.geojson?{query}&limit=1000") for one in (client, there))
            assert here.headers["registry-count"] == other.headers["registry-count"] != "0"
            assert {one["id"] for one in here.json()["features"]} == {one["id"] for one in other.json()["features"]}
    postgres.drop(url)


def test_a_work_is_the_same_list_each_time() -> None:
    assert works.list_of(works.BOX, POLES) == works.list_of(works.BOX, POLES)
    assert len(works.list_of(works.BOX, POLES)) == works.QUERIES


@pytest.mark.parametrize("server", ["postgresql"], indirect=True, scope="session")
def test_what_a_backend_spent_is_counted_when_it_is_gone(empty: Database) -> None:
    backends = processes.backends_of(empty.url)
    with empty.reading() as session:
        connection = session.connection()
        connection.exec_driver_sql("SELECT count(*) FROM generate_series(1, 3000000)")
        backends.look()
    empty.dispose()
    assert backends.spent() > 0


@pytest.mark.parametrize(("service", "shown"), [("registry", "2"), ("template", "8 (× 4)"), ("tipg", "failed")])
def test_ratios_are_to_what_the_registry_spends(service: str, shown: str) -> None:
    spent = {"registry": 2, "template": 8, "tipg": nan}
    told = report.tables([Result("sqlite", POLES, "box", name, cpu) for name, cpu in spent.items()])
    heads, row = (line[2:-2].split(" | ") for line in told.splitlines() if line.startswith(("| work", "| box")))
    assert row[heads.index(service)] == shown


def test_a_work_is_told_by_what_it_spends_on_most_connections() -> None:
    told = report.tables(
        [Result("sqlite", POLES, "box", "registry", cpu, connections, rate=1) for connections, cpu in ((8, 2), (1, 3))]
    )
    (row,) = (line for line in told.splitlines() if line.startswith("| box"))
    assert row == "| box |  | 2 | 1 · 0.0 · 0.0 | 1 · 0.0 · 0.0 |"


@pytest.mark.parametrize(
    ("result", "goal"),
    [
        (Result("sqlite", 10_000, "nearest 20 in 50 km", "registry", 1), 0.9),
        (Result("sqlite", 100_000, "nearest 20 in 50 km", "registry", 1), 1.5),
        (Result("postgresql", 10_000, "nearest 20 in 50 km", "registry", 1), 1.4),
        (Result("postgresql", 10_000, "one write", "registry", 1), 3),
        (Result("sqlite", 100_000, "export, CSV", "registry", 1), 400),
    ],
)
def test_a_goal_is_that_of_its_database_and_size(result: Result, goal: float) -> None:
    assert list(goals.of([result])) == [(result, goal)]


def test_answering_again_is_held_against_bare_uvicorn() -> None:
    bare, again = (Result("sqlite", POLES, "box, 100, again", name, 0.1) for name in ("raw uvicorn", "registry"))
    assert list(goals.of([bare, again])) == [(again, 0.2)]
    assert f"| {again.work} | 0.1 | 0.2 | met |" in report.tables([bare, again])


def test_each_work_has_a_goal() -> None:
    first = {work.name for work in works.WORKS if not work.name.endswith(", again")}
    assert first <= goals.GOALS.keys()
    assert goals.AGAIN.keys() <= {work.name for work in works.WORKS} - first


def test_a_profile_tells_layers_then_functions() -> None:
    stacks = [
        "run (uvicorn/server.py:1);answer (app/routes/answers.py:2);dumps (json/__init__.py:3) 3",
        "run (uvicorn/server.py:1);Dialect.do_execute (sqlalchemy/engine/default.py:4) 1",
    ]
    rows = [line.split(" | ") for line in profile.shares("box", stacks) if "%" in line]
    assert rows == [
        ["| registry", "75.0% |"],
        ["| driver and database", "25.0% |"],
        ["| dumps (json/__init__.py:3)", "75.0% |"],
        ["| Dialect.do_execute (sqlalchemy/engine/default.py:4)", "25.0% |"],
    ]
