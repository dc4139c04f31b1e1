"""Records that are no longer: retired is 410, merged is 308; and a database that does not answer is 503."""

from collections.abc import Callable

import httpx
import pytest
from sqlalchemy import text
from sqlmodel import Session

from app.changes.index import Made, store
from app.changes.publish import begin_write, current_revisions
from app.database import Database
from app.models import Action, Kind, Revision
from app.renderers.columns import POLE
from app.renderers.document import Rendered
from app.renderers.geojson import feature
from app.renderers.tabular import row
from tests.routes import oracle
from tests.routes.asking import FORMATS, asked, listed, refused

RETIRED, MERGED, SUCCESSOR = "3-eva", "bou-sol", "archer-pole-sud"
REASON = "Créé par erreur"
Serve = Callable[[Database], httpx.Client]


def end(session: Session, action: Action, pole: str, successor: str | None = None, *, reason: str = REASON) -> None:
    """Publish the last revision of a pole: it stands in no list any more."""
    with begin_write(session, editor="test", reason=reason) as writing:
        old = current_revisions(session, Kind.POLE, [pole])[pole]
        last = Revision(
            id=writing.next_revision(), serial=writing.serial, kind=Kind.POLE, record_id=pole, action=action,
            name_sort=old.revision.name_sort, successor=successor,
        )  # fmt: skip
        blank = Rendered(body=old.body, feature=feature({"id": pole}), row=row([""] * len(POLE)))
        store(session, [Made(last, blank, old, None)])


@pytest.fixture
def changed(fresh: Database, client_of: Serve) -> httpx.Client:
    """A registry in which one pole was retired and one merged into another."""
    with fresh.writing() as session:
        end(session, Action.RETIRED, RETIRED)
        end(session, Action.MERGED, MERGED, SUCCESSOR)
    return client_of(fresh)


def test_a_retired_pole_is_gone_with_its_reason(changed: httpx.Client) -> None:
    for suffix in ("", *(f".{name}" for name in FORMATS)):
        problem = refused(changed.get(f"/v1/poles/{RETIRED}{suffix}"), 410)
        assert problem["type"] == "/problems/retiree"
        assert REASON in problem["detail"]
    assert changed.head(f"/v1/poles/{RETIRED}").status_code == 410


def test_what_a_retired_pole_was_stays_readable(changed: httpx.Client) -> None:
    history = asked(changed, f"/v1/poles/{RETIRED}/history")["items"]
    assert [(entry["serial"], entry["action"]) for entry in history] == [(2, "retired"), (1, "created")]
    assert history[0]["reason"] == REASON
    assert asked(changed, f"/v1/poles/{RETIRED}?as_of=1")["id"] == RETIRED


def test_members_of_a_retired_pole_are_gone_with_it(changed: httpx.Client) -> None:
    refused(changed.get(f"/v1/poles/{RETIRED}/members"), 410)


def test_a_merged_pole_leads_to_its_successor(changed: httpx.Client) -> None:
    for suffix in ("", ".csv", ".geojson"):
        response = changed.get(f"/v1/poles/{MERGED}{suffix}")
        assert response.status_code == 308
        assert httpx.URL(response.headers["location"]).path == f"/v1/poles/{SUCCESSOR}{suffix}"
        assert changed.get(response.headers["location"]).status_code == 200
    assert changed.head(f"/v1/poles/{MERGED}").status_code == 308
    assert asked(changed, f"/v1/poles/{MERGED}?as_of=1")["id"] == MERGED


def test_the_way_to_a_successor_keeps_the_question(changed: httpx.Client) -> None:
    response = changed.get(f"/v1/poles/{MERGED}?f=csv&excel=1&as_of=3", follow_redirects=True)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/csv")
    assert dict(response.url.params) == {"f": "csv", "excel": "1", "as_of": "3"}


def test_lists_leave_out_what_is_gone(changed: httpx.Client) -> None:
    gone = {RETIRED, MERGED}
    assert listed(changed, "") == oracle.ids(lambda pole: pole.id not in gone)
    assert listed(changed, "region=93") == oracle.ids(lambda pole: pole.region == "93" and pole.id not in gone)
    assert listed(changed, "q=eva") == oracle.ids(lambda pole: pole.has("eva") and pole.id not in gone)
    assert listed(changed, "as_of=1") == oracle.ids(lambda _pole: True)
    assert listed(changed, "as_of=2") == oracle.ids(lambda pole: pole.id != RETIRED)


def test_counts_leave_out_what_is_gone(changed: httpx.Client) -> None:
    stats = asked(changed, "/v1/stats")["poles"]
    assert stats["total"] == 113
    facet = asked(changed, "/v1/poles?facets=region&limit=1")["facets"]["region"]
    counts = {value["value"]: value["count"] for value in facet}
    wanted = oracle.counted(pole.region for pole in oracle.poles() if pole.id not in {RETIRED, MERGED})
    assert counts == {one["value"]: one["count"] for one in stats["by_region"]} == wanted
    regions = {one["code"]: one["poles"] for one in asked(changed, "/v1/regions")["items"]}
    assert {code: poles for code, poles in regions.items() if poles} == wanted


BROKEN = {
    "document": ["/v1/poles", "/v1/poles/3-eva", "/v1/poles.csv", "/v1/poles/3-eva/history"],
    "write": ["/v1/poles", "/v1/poles/3-eva", "/v1/stats", "/v1/communes?q=paris", "/health/ready"],
    "spelling": ["/v1/poles?region=84", "/v1/regions?q=bret", "/v1/poles?region=99"],
    "revision_text": ["/v1/poles?q=coop"],
    "commune": ["/v1/communes", "/v1/poles?commune=26281"],
}


@pytest.mark.parametrize("table", BROKEN)
def test_a_database_that_does_not_answer_is_503(fresh: Database, client_of: Serve, table: str) -> None:
    with fresh.writing() as session:
        session.execute(text(f'ALTER TABLE "{table}" RENAME TO lost'))
    broken = client_of(fresh)
    for path in BROKEN[table]:
        response = broken.get(path)
        problem = refused(response, 503)
        assert int(response.headers["retry-after"]) > 0
        assert problem["type"] == "/problems/indisponible"
        assert "lost" not in problem["detail"]
        assert table not in problem["detail"]
        assert "etag" not in response.headers
    assert broken.get("/health/live").status_code == 200
    with fresh.writing() as session:
        session.execute(text(f'ALTER TABLE lost RENAME TO "{table}"'))
    for path in BROKEN[table]:
        assert broken.get(path).status_code in {200, 422}


def test_a_database_without_tables_is_503(empty: Database, client_of: Serve) -> None:
    broken = client_of(empty)
    for path in ("/v1/poles", "/v1/poles/3-eva", "/health/ready"):
        refused(broken.get(path), 503)
