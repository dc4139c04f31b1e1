"""Reads cost a fixed number of statements, whatever the size of the answer and its filters; and writes, of their neighbours."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, event
from sqlmodel import Session

from app.database import Database
from app.models import Label, Outcome, Pole, Precision, Status
from app.models.wave import Evidence
from tests.conftest import serving
from tests.routes.writing import Serve, an_editor

NOT_READS = ("PRAGMA", "BEGIN", "ROLLBACK", "COMMIT", "SHOW")
FILTERS = [
    "", "limit=1", "limit=1000", "offset=500", "q=coop", "region=84", "region=Rhône-Alpes,11,PACA", "commune=75118",
    "territory=region:84,epci:244400404", "bbox=-5,42,8,51", "wave=2013,2021&outcome=supported", "member=bge&status=active", "as_of=1",
    ("region=84&departement=26&commune=26281&epci=200068781&territory=departement:26&wave=2013&outcome=laureate"
    "&status=active&sector=culture&member=groupe-archer&q=archer&active_on=2021-05-12&updated_since=2020-01-01&as_of=1"),
    "fields=name,region&limit=1000", "sort=-founded&limit=50&offset=20",
]  # fmt: skip


@pytest.fixture(scope="module")
def client(registry: Database) -> Iterator[httpx.Client]:
    """A client of the application itself: what is kept in front of it costs no statement at all."""
    with serving(registry.url, cache_mb=0) as address, httpx.Client(base_url=address, timeout=30) as made:
        yield made


class Noted(logging.Handler):
    """Collects the statements that go to the driver itself."""

    def __init__(self, sent: list[str]) -> None:
        super().__init__()
        self._sent = sent

    def emit(self, record: logging.LogRecord) -> None:
        self._sent.append(record.getMessage())


@contextmanager
def statements() -> Iterator[list[str]]:
    """Collect every statement that the process sends to a database."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        if not statement.lstrip().upper().startswith(NOT_READS):
            sent.append(statement)

    prepared, log = Noted(sent), logging.getLogger("app.prepared")
    level = log.level
    event.listen(Engine, "before_cursor_execute", note)
    log.addHandler(prepared)
    log.setLevel(logging.DEBUG)
    try:
        yield sent
    finally:
        log.setLevel(level)
        log.removeHandler(prepared)
        event.remove(Engine, "before_cursor_execute", note)


def cost(client: httpx.Client, path: str) -> int:
    """Return how many statements an address takes, once what stands, and what words mean, is remembered."""
    client.get(path).raise_for_status()
    with statements() as sent:
        assert client.get(path).status_code == 200, path
    return len(sent)


@pytest.mark.parametrize("suffix", ["", ".geojson", ".csv", ".xlsx"])
def test_a_list_takes_three_statements_whatever_its_size(client: httpx.Client, suffix: str) -> None:
    for query in FILTERS:
        assert cost(client, f"/v1/poles{suffix}?{query}") <= 3, query
    for path in ("/v1/organisations", "/v1/waves"):
        assert cost(client, f"{path}{suffix}?limit=1000") <= 3


def test_the_first_request_reads_who_stands_and_what_each_filter_finds(registry: Database) -> None:
    for query in ("limit=1", "region=Rhône-Alpes,11,PACA", "wave=2013,2021&outcome=supported", "q=coop"):
        with serving(registry.url, cache_mb=0) as address, httpx.Client(base_url=address) as cold, statements() as sent:
            assert cold.get(f"/v1/poles?{query}").status_code == 200
        reads = [one for one in sent if "FROM" in one and "pg_" not in one and "proposal" not in one]  # of the request
        filters = len(query.replace(",", "&").split("&"))
        assert len(reads) <= 4 + 2 * filters, reads


@pytest.mark.parametrize("word", ["coop", "solidaire"])
def test_what_a_filter_finds_is_read_once_in_any_query(client: httpx.Client, word: str) -> None:
    for query in (f"region=84&q={word}", "region=11&status=active"):
        client.get(f"/v1/poles?{query}").raise_for_status()
    with statements() as sent:
        client.get(f"/v1/poles?region=11&q={word}&status=active&limit=7&sort=-updated").raise_for_status()
    assert not [one for one in sent if "revision_term" in one or "revision_text" in one or "spelling" in one]


@pytest.mark.parametrize("count", range(1, 7))
def test_each_facet_takes_one_more(client: httpx.Client, count: int) -> None:
    facets = ["region", "departement", "status", "wave", "outcome", "sector"][:count]
    assert cost(client, f"/v1/poles?facets={','.join(facets)}&limit=1000") <= 3 + count
    assert cost(client, f"/v1/poles?facets={','.join(facets)}&region=84,11&q=coop&wave=2013") <= 3 + count


@pytest.mark.parametrize("path", ["/v1/poles/archer-pole-sud", "/v1/organisations/bge", "/v1/waves/aap-2013"])
@pytest.mark.parametrize("suffix", ["", ".csv", ".geojson", "?as_of=1", "/history"])
def test_one_record_takes_two_statements(client: httpx.Client, path: str, suffix: str) -> None:
    assert cost(client, path + suffix) <= 2


def test_members_take_two_statements(client: httpx.Client) -> None:
    assert cost(client, "/v1/poles/archer-pole-sud/members?limit=1000") <= 2


@pytest.mark.parametrize("path", ["/v1/poles", "/v1/poles?region=84&facets=wave,region", "/v1/poles.xlsx", "/v1/stats",
                                  "/v1/communes", "/v1/poles/archer-pole-sud"])  # fmt: skip
def test_what_has_not_changed_takes_one_statement(client: httpx.Client, path: str) -> None:
    etag = client.get(path).headers["etag"]
    with statements() as sent:
        assert client.get(path, headers={"If-None-Match": etag}).status_code == 304
    assert len(sent) == 1


@pytest.mark.parametrize("path", ["/v1/regions", "/v1/departements", "/v1/epcis", "/v1/communes", "/v1/sectors"])
def test_places_cost_the_same_whatever_their_number(client: httpx.Client, path: str) -> None:
    costs = {cost(client, f"{path}?limit={limit}") for limit in (1, 10, 100, 1000)}
    assert len(costs) == 1
    assert costs.pop() <= 4


def test_an_empty_page_needs_no_documents(client: httpx.Client) -> None:
    assert cost(client, "/v1/poles?offset=1000") == 1


def test_the_counter_counts(client: httpx.Client) -> None:
    assert cost(client, "/v1/poles") >= 2
    assert cost(client, "/health/live") == 0


def label_many(session: Session, wave: str, number: int) -> None:
    """Give a wave more labels than one statement reads."""
    named: dict[str, Any] = {"status": Status.ACTIVE, "seat_precision": Precision.NONE}
    session.add_all([Pole(id=f"essai-{one}", name=f"Essai {one}", **named) for one in range(number)])
    session.flush()
    given: dict[str, Any] = {"wave": wave, "outcome": Outcome.LAUREATE, "evidence": Evidence.STATED}
    session.add_all([Label(pole=f"essai-{one}", **given) for one in range(number)])


def test_a_write_takes_as_many_statements_whatever_its_neighbours_have(fresh: Database, client_of: Serve) -> None:
    editor = an_editor(fresh, client_of(fresh))
    costs = []
    for jobs in range(3):
        if jobs == 2:
            with fresh.writing() as session:
                label_many(session, "aap-2013", 1200)
        with statements() as sent:
            editor.patch("/v1/poles/archer-pole-sud", {"job_count": jobs})
        costs.append(len(sent))
    first, before, after = costs
    assert before <= 37  # two of them find the holder of the key
    assert first > before == after  # the first one writes the editor down as a source, too
