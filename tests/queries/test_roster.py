"""The roster of who stands: brought forward by what was written, it is the one that would be read; bounded in bytes."""

import httpx
import numpy as np
import pytest

from app.database import Database
from app.models import Kind
from app.queries import forward, roster
from app.queries.roster import Roster, read_roster
from app.queries.state import State, state_at
from tests.conftest import serving
from tests.routes.writing import an_editor

COLUMNS = ("ids", "longitude", "latitude", "year", "begun", "ended", "facet_set")


def now(database: Database) -> tuple[State, dict[Kind, Roster]]:
    with database.reading() as session:
        state = state_at(session, None)
        assert state
        return state, {kind: read_roster(session, kind, state.cut) for kind in Kind}


def same(one: Roster, other: Roster) -> bool:
    pairs = ((getattr(one, name), getattr(other, name)) for name in COLUMNS)
    return one.cut == other.cut and all(np.array_equal(*pair, equal_nan=pair[0].dtype.kind == "f") for pair in pairs)


@pytest.mark.parametrize("many", [200, 1])
def test_a_roster_brought_forward_is_the_one_that_would_be_read(
    fresh: Database, monkeypatch: pytest.MonkeyPatch, many: int
) -> None:
    monkeypatch.setattr(forward, "_MANY", many)  # a bound, which writes of a test would not reach
    _, before = now(fresh)
    with serving(fresh.url) as url, httpx.Client(base_url=url, timeout=60) as client:
        editor = an_editor(fresh, client)
        editor.create("/v1/poles", {"name": "Aaa, le premier", "seat": {"commune": "26281"}})
        editor.create("/v1/poles", {"name": "Zzz, le dernier", "founded_year": 2001})
        editor.edit("PATCH", "/v1/poles/archer-pole-sud", {"name": "Mmm, déplacé"}).raise_for_status()
        editor.edit("PATCH", "/v1/poles/le-phares", {"notes": "Au même rang"}).raise_for_status()
        editor.edit("DELETE", "/v1/poles/distro", reason="Essai").raise_for_status()
        editor.edit("PATCH", "/v1/organisations/groupe-archer", {"name": "Bbb"}).raise_for_status()
    state, after = now(fresh)
    with fresh.reading() as session:
        for kind in Kind:
            assert same(forward.brought_forward(session, before[kind], state.cut), after[kind]), kind
    assert not same(before[Kind.POLE], after[Kind.POLE])


def test_what_is_kept_of_terms_and_words_is_bounded(registry: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(roster, "_AROUND", roster._ROOM // 3)  # each list as large as a third of all  # noqa: SLF001
    _, standing = now(registry)
    poles = standing[Kind.POLE]
    terms = [("region", code) for code in ("84", "11", "53", "75", "93")]
    with registry.reading() as session:
        found = [places.tolist() for places in poles.carrying(session, terms)]
        assert len(poles._found) == 2  # noqa: SLF001
        assert [places.tolist() for places in poles.carrying(session, terms)] == found
        assert all(found)
        assert poles.carrying(session, [("region", "99")])[0].size == 0
        assert poles.saying(session, "zzzz").size == 0
