"""A clock that steps back under a server: the log goes on, what was true stays true, and nobody waits for the old time."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final

import httpx
import pytest
from sqlmodel import col, select

from app.changes import proposals
from app.database import Database
from app.models import Proposal, Write
from app.queries.proposals import has_contacts
from tests.contract.examples import PROPOSED
from tests.faults.process import running
from tests.routes.asking import asked, listed, refused
from tests.routes.writing import an_editor, must_hold, written

LIBRARY: Final = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
POLE: Final = "/v1/poles/archer-pole-sud"
AHEAD: Final = timedelta(days=2)
DAY: Final = timedelta(days=1)


def last_modified(answer: httpx.Response) -> datetime:
    return parsedate_to_datetime(answer.headers["last-modified"])


@pytest.mark.skipif(LIBRARY is None, reason="there is no libfaketime (Debian: apt-get install faketime)")
def test_a_clock_that_steps_back_stops_nothing(fresh: Database, tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    clock.write_text("+2d", encoding="ascii")
    faked = {
        "LD_PRELOAD": str(LIBRARY),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",  # it never steps, on any machine
    }
    with (
        running(fresh.url, **faked, FAILED_KEY_RATE="2/day") as ptce,
        httpx.Client(base_url=ptce.address, timeout=60) as client,
    ):
        editor = an_editor(fresh, client)
        first = editor.edit("PATCH", POLE, {"notes": "En avance"})
        assert written(first)["notes"] == "En avance"
        shown = client.get(POLE)
        ahead = last_modified(shown)
        assert ahead > datetime.now(UTC) + DAY
        proposed = client.post("/v1/proposals", json=PROPOSED)
        assert proposed.status_code == 201, proposed.text
        guesses = [client.get(POLE, headers={"Authorization": "Bearer guess"}).status_code for _ in range(3)]
        assert guesses == [401, 401, 429]

        clock.write_text("+0", encoding="ascii")
        # Serials go on, times do not go back, and a state is told as modified when it has been, or now.
        second = editor.edit("PATCH", POLE, {"notes": "À l’heure"})
        assert int(second.headers["registry-serial"]) == int(first.headers["registry-serial"]) + 1
        again = client.get(POLE)
        assert again.json()["notes"] == "À l’heure"
        second_of_the_server = timedelta(seconds=1)  # uvicorn makes the date of its answers anew each second
        assert last_modified(again) <= parsedate_to_datetime(again.headers["date"]) + second_of_the_server
        for tag in ({"If-None-Match": shown.headers["etag"]}, {"If-Modified-Since": shown.headers["last-modified"]}):
            assert client.get(POLE, headers=tag).status_code == 200, tag
        assert client.get(POLE, headers={"If-None-Match": again.headers["etag"]}).status_code == 304
        assert [entry["serial"] for entry in editor.history(POLE)[:2]] == [3, 2]

        # By serial and by date the log answers as it did; a day that has not come is no day of it yet.
        today = datetime.now(UTC).date()
        assert asked(client, f"{POLE}?as_of=2")["notes"] == "En avance"
        assert asked(client, f"{POLE}?as_of={today}")["revision"]["serial"] == 1
        refused(client.get(POLE, params={"as_of": str(today + AHEAD)}), 422)
        assert listed(client, f"updated_since={ahead.date()}") == ["archer-pole-sud"]

        # Who was refused until tomorrow is not refused until the day after it.
        assert client.get(POLE, headers={"Authorization": "Bearer guess"}).status_code == 401
    with fresh.reading() as session:
        times = list(session.scalars(select(col(Write.recorded_at)).order_by(col(Write.serial))))
        assert times == sorted(times)
    must_hold(fresh)
    must_be_erased_in_time(fresh)


def must_be_erased_in_time(database: Database) -> None:
    """A contact that came while the clock was ahead is kept from now on, not from the day that it said."""
    with database.reading() as session:
        assert has_contacts(session, timedelta(days=90))
    with database.writing() as session:
        assert proposals.erase_contacts(session, timedelta(days=90)) == 0
    with database.reading() as session:
        (row,) = session.scalars(select(Proposal))
        assert row.received_at.date() <= datetime.now(UTC).date()
        assert not has_contacts(session, timedelta(days=90))
    with database.writing() as session:
        assert proposals.erase_contacts(session, -DAY) == 1
