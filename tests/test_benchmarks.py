"""The benchmarks stay runnable: their data set is written as any write is, and each work finds what it asks for."""

from collections.abc import Callable

import httpx
import pytest

from app.database import Database
from benchmarks import filling, report, works
from benchmarks.turns import Result
from tests.conftest import ON_SQLITE_ONLY

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


def test_a_work_is_the_same_list_each_time() -> None:
    assert works.list_of(works.BOX, POLES) == works.list_of(works.BOX, POLES)
    assert len(works.list_of(works.BOX, POLES)) == works.QUERIES


@pytest.mark.parametrize(("service", "shown"), [("registry", "2"), ("template", "8 (× 4)")])
def test_ratios_are_to_what_the_registry_spends(service: str, shown: str) -> None:
    told = report.tables(
        [Result("sqlite", POLES, "box", name, cpu) for name, cpu in (("registry", 2), ("template", 8))]
    )
    heads, row = (line.split(" | ") for line in told.splitlines() if line.startswith(("| work", "| box")))
    assert row[heads.index(service)] == shown
