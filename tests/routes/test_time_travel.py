"""Time travel: what was answered at a serial is answered again, byte for byte, whatever was written since."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import delete, update
from sqlmodel import Session, col

from app.changes.publish import begin_write, publish
from app.database import Database
from app.models import Evidence, Kind, Label, Organisation, Outcome, Pole, PoleSector, Status, Write
from tests.routes import oracle
from tests.routes.asking import asked, lasting, link, listed, refused, table

POLE = "archer-pole-sud"
Serve = Callable[[Database], httpx.Client]
# Each is asked with as_of=1 before and after two writes.
PINNED = [
    "/v1/poles?limit=1000", "/v1/poles?region=84&limit=3&offset=3", "/v1/poles?status=active&sort=-name&limit=1000",
    "/v1/poles?q=archer", "/v1/poles?sector=culture&facets=region,status,wave,outcome,sector,departement",
    "/v1/poles?wave=2013&outcome=laureate&facets=wave,outcome", "/v1/poles?active_on=2021-05-12&limit=1000",
    "/v1/poles?territory=departement:26", "/v1/poles?sort=founded&limit=1000", "/v1/poles?sort=-updated&limit=5",
    "/v1/poles?member=groupe-archer", "/v1/poles?fields=name,status&limit=1000", "/v1/poles.csv?limit=1000",
    "/v1/poles.csv?excel=1&region=84", "/v1/poles.geojson?limit=1000", "/v1/poles.geojson?region=84&limit=2",
    f"/v1/poles/{POLE}?", f"/v1/poles/{POLE}.csv?", f"/v1/poles/{POLE}.geojson?", f"/v1/poles/{POLE}/members?",
    f"/v1/poles/{POLE}/history?", "/v1/organisations?limit=1000", "/v1/organisations/groupe-archer?", "/v1/waves?",
    "/v1/waves/aap-2013?", "/v1/stats?", "/v1/sectors?", "/v1/regions?", "/v1/departements?", "/v1/epcis?limit=20",
    "/v1/communes?q=romans", "/v1/regions/84?",
]  # fmt: skip
CHANGING = [
    path for path in PINNED if path.startswith(("/v1/poles?limit=1000", "/v1/poles.", f"/v1/poles/{POLE}", "/v1/stats"))
]


def rename(session: Session) -> None:
    """Second write: another name, status, place in the order, one sector less."""
    with begin_write(session, editor="cress-aura", reason="Nouveau nom", source="https://example.fr/nom") as writing:
        session.execute(
            update(Pole)
            .where(col(Pole.id) == POLE)
            .values(name="Zéphyr", status=Status.INACTIVE, status_as_of="2019", founded_year=1999)
        )
        session.execute(delete(PoleSector).where(col(PoleSector.pole) == POLE, col(PoleSector.position) == 0))
        publish(writing, {Kind.POLE: [POLE]})


def reward(session: Session) -> None:
    """Third write: a label more, and another name for an organisation that poles show."""
    with begin_write(session, editor="national", reason="Lauréate de 2025") as writing:
        session.add(
            Label(
                pole=POLE, wave="ami-2025", outcome=Outcome.LAUREATE, awarded_on="2025-12-18", evidence=Evidence.STATED
            )
        )
        session.execute(update(Organisation).where(col(Organisation.id) == "groupe-archer").values(name="Archer SAS"))
        session.flush()
        publish(writing, {Kind.POLE: [POLE], Kind.ORGANISATION: ["groupe-archer"]})


@pytest.fixture
def served(fresh: Database, client_of: Serve) -> httpx.Client:
    return client_of(fresh)


def write_twice(database: Database) -> None:
    for write in (rename, reward):
        with database.writing() as session:
            write(session)


def pinned(path: str, as_of: int | str) -> str:
    return f"{path}{'' if path.endswith('?') else '&'}as_of={as_of}"


def test_the_past_is_answered_byte_for_byte(fresh: Database, served: httpx.Client) -> None:
    before = {path: served.get(pinned(path, 1)) for path in PINNED}
    now = {path: served.get(path) for path in PINNED}
    write_twice(fresh)
    for path, first in before.items():
        again = served.get(pinned(path, 1))
        assert again.status_code == first.status_code == 200
        assert again.content == first.content, path
        assert lasting(again) == lasting(first)
        # What was the present is the same but for the links, which now carry the serial.
        plain = now[path]
        if "json" in plain.headers["content-type"] and b'"links"' in plain.content:
            assert {**plain.json(), "links": 0} == {**again.json(), "links": 0}
        else:
            assert plain.content == again.content
        assert plain.headers["etag"] == again.headers["etag"]
    for path in CHANGING:
        assert served.get(path).content != before[path].content, path
        assert served.get(path).headers["etag"] != before[path].headers["etag"]


def test_each_serial_keeps_its_own_state(fresh: Database, served: httpx.Client) -> None:
    write_twice(fresh)
    names = [asked(served, f"/v1/poles/{POLE}?as_of={serial}")["name"] for serial in (1, 2, 3)]
    assert names == [next(pole.name for pole in oracle.poles() if pole.id == POLE), "Zéphyr", "Zéphyr"]
    assert [POLE in listed(served, f"status=active&as_of={serial}") for serial in (1, 2, 3)] == [True, False, False]
    assert [POLE in listed(served, f"wave=ami-2025&as_of={serial}") for serial in (1, 2, 3)] == [False, False, True]
    assert listed(served, "as_of=1") == oracle.ids(lambda _pole: True)
    assert listed(served, "")[-1] == POLE
    assert [asked(served, f"/v1/waves/ami-2025?as_of={serial}")["found"] for serial in (1, 2, 3)] == [0, 0, 1]
    assert [asked(served, f"/v1/poles?as_of={serial}&limit=1")["serial"] for serial in (1, 2, 3)] == [1, 2, 3]
    assert asked(served, f"/v1/poles/{POLE}")["carriers"][0]["name"] == "Archer SAS"
    refused(served.get("/v1/poles?as_of=4"), 422)


def test_a_walk_that_began_before_a_write_ends_as_it_began(fresh: Database, served: httpx.Client) -> None:
    page = asked(served, "/v1/poles?limit=30")
    seen = [item["id"] for item in page["items"]]
    write_twice(fresh)
    while following := link(page, "next"):
        page = asked(served, following)
        seen += [item["id"] for item in page["items"]]
    assert seen == oracle.ids(lambda _pole: True)
    assert page["serial"] == 1


def test_the_history_says_who_when_why_and_what(fresh: Database, served: httpx.Client) -> None:
    write_twice(fresh)
    answer = asked(served, f"/v1/poles/{POLE}/history")
    third, second, first = answer["items"]
    assert [entry["serial"] for entry in answer["items"]] == [3, 2, 1]
    assert (second["editor"], second["reason"], second["source"]) == (
        "cress-aura",
        "Nouveau nom",
        "https://example.fr/nom",
    )
    changes = {change["field"]: change for change in second["changes"]}
    assert set(changes) == {"name", "status", "status_as_of", "founded_year", "sectors"}
    assert (changes["status"]["before"], changes["status"]["after"]) == ("active", "inactive")
    assert changes["name"]["after"] == "Zéphyr"
    assert {change["field"] for change in third["changes"]} == {"labels", "carriers", "members"}
    assert (first["action"], second["action"], third["action"]) == ("created", "updated", "updated")
    assert [entry["serial"] for entry in asked(served, f"/v1/poles/{POLE}/history?as_of=2")["items"]] == [2, 1]
    rows = table(served.get(f"/v1/poles/{POLE}/history.csv").content)
    assert rows[1]["changed"].split("|") == [change["field"] for change in second["changes"]]


def test_neighbours_that_show_a_change_get_a_revision_too(fresh: Database, served: httpx.Client) -> None:
    write_twice(fresh)
    entries = asked(served, "/v1/organisations/groupe-archer/history")["items"]
    assert [entry["serial"] for entry in entries] == [3, 2, 1]
    assert [change["field"] for change in entries[1]["changes"]] == ["poles"]
    unrelated = asked(served, "/v1/organisations/bge/history")["items"]
    assert [entry["serial"] for entry in unrelated] == [1]


def test_updated_since_finds_what_was_published_since(fresh: Database, served: httpx.Client) -> None:
    begin = datetime.now(UTC)
    write_twice(fresh)
    stamp = begin.isoformat().replace("+", "%2B")
    assert listed(served, f"updated_since={stamp}") == [POLE]
    assert "groupe-archer" in listed(served, f"updated_since={stamp}", "/v1/organisations")
    assert listed(served, f"updated_since={stamp}&as_of=1") == []
    exact = asked(served, f"/v1/poles/{POLE}")["revision"]["recorded_at"]
    assert listed(served, f"updated_since={exact}") == [POLE]
    after = (datetime.fromisoformat(exact) + timedelta(microseconds=1)).isoformat().replace("+", "%2B")
    assert listed(served, f"updated_since={after}") == []
    assert len(listed(served, "updated_since=2020-01-01")) == 115
    assert listed(served, "sort=-updated")[0] == POLE


# serial: recorded at (UTC). Serial 2 was written on 12 January in Paris, still 11 January in UTC.
CLOCK = {1: "2024-01-10T12:00:00+00:00", 2: "2024-01-11T23:30:00+00:00", 3: "2024-07-14T22:00:00+00:00"}
DAYS: list[tuple[str, int | None]] = [
    ("2024-01-09", None), ("2024-01-10", 1), ("2024-01-11", 1), ("2024-01-12", 2), ("2024-07-13", 2),
    ("2024-07-14", 2), ("2024-07-15", 3), ("2025-01-01", 3),
]  # fmt: skip


def test_a_date_is_the_end_of_that_day_in_paris(fresh: Database, served: httpx.Client) -> None:
    write_twice(fresh)
    with fresh.writing() as session:
        for number, moment in CLOCK.items():
            at = datetime.fromisoformat(moment)
            session.execute(update(Write).where(col(Write.serial) == number).values(recorded_at=at))
    for day, serial in DAYS:
        response = served.get(f"/v1/poles?as_of={day}&limit=1")
        if serial is None:
            (fault,) = refused(response, 422)["errors"]
            assert "2024-01-10" in fault["expected"]
            assert "1 à 3" in fault["expected"]
            assert "active_on" in fault["expected"]
            continue
        answer: dict[str, Any] = response.json()
        assert answer["serial"] == serial, day
        assert answer["as_of"] == CLOCK[serial].replace("+00:00", "Z")
        assert f"as_of={serial}" in (link(answer, "next") or "")
        name = asked(served, f"/v1/poles/{POLE}?as_of={day}")["name"]
        assert (name == "Zéphyr") == (serial > 1)
    refused(served.get("/v1/poles?as_of=2998-01-01"), 422)
    today = datetime.now(UTC).date().isoformat()
    assert asked(served, f"/v1/poles?as_of={today}&limit=1")["serial"] == 3
    since = {"2024-01-12": [POLE], "2024-07-15": [POLE], "2024-07-16": []}
    for day, found in since.items():
        assert listed(served, f"updated_since={day}") == found


def test_a_new_serial_is_a_new_answer(fresh: Database, served: httpx.Client) -> None:
    first, other = served.get("/v1/poles"), served.get("/v1/poles/3-eva")
    write_twice(fresh)
    again = served.get("/v1/poles", headers={"If-None-Match": first.headers["etag"]})
    assert again.status_code == 200
    assert again.headers["registry-serial"] == "3"
    same = served.get("/v1/poles/3-eva", headers={"If-None-Match": other.headers["etag"]})
    assert same.status_code == 304  # this record has not changed
