"""`ptce proposals erase-contacts`, as a scheduler or the person in charge of personal data runs it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.changes import proposals
from app.changes.orders import Order
from app.cli import cli
from app.database import Database
from app.models import KeyRole, Proposal
from app.security import Editor
from app.settings import get_settings
from tests.conftest import SEED

CONTACT = "marie@exemple.fr"


@pytest.fixture
def received(fresh: Database, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the ids of three proposals, received today, 30 days and 91 days ago."""
    monkeypatch.setenv("DATABASE_URL", fresh.url)
    get_settings.cache_clear()
    ids = []
    with fresh.writing() as session:
        for days in (0, 30, 91):
            body = {
                "kind": "pole",
                "record": "archer-pole-sud",
                "change": {"job_count": 1000 + days},
                "source": "https://presse.example/article",
                "contact": CONTACT,
            }
            done = proposals.create(session, Order(Editor("anonyme", KeyRole.READER), Path(SEED)), body)
            ids.append(done.path.rpartition("/")[2])
            session.get_one(Proposal, ids[-1]).received_at = datetime.now(UTC) - timedelta(days=days)
    return ids


def contacts(database: Database, ids: list[str]) -> list[str | None]:
    with database.reading() as session:
        return [session.get_one(Proposal, one).contact for one in ids]


def test_contacts_that_have_had_their_time_are_erased(fresh: Database, received: list[str]) -> None:
    said = CliRunner().invoke(cli, ["proposals", "erase-contacts"])
    assert (said.exit_code, said.stdout) == (0, "1 contacts effacés.\n")
    assert contacts(fresh, received) == [CONTACT, CONTACT, None]


def test_a_shorter_time_is_a_setting(fresh: Database, received: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONTACT_DAYS", "29")
    get_settings.cache_clear()
    said = CliRunner().invoke(cli, ["proposals", "erase-contacts"])
    assert (said.exit_code, said.stdout) == (0, "2 contacts effacés.\n")
    assert contacts(fresh, received) == [CONTACT, None, None]


def test_who_asks_is_erased_at_once(fresh: Database, received: list[str]) -> None:
    said = CliRunner().invoke(cli, ["proposals", "erase-contacts", "--proposal", received[0]])
    assert (said.exit_code, said.stdout) == (0, "Contact effacé.\n")
    assert contacts(fresh, received) == [None, CONTACT, CONTACT]
    unknown = CliRunner().invoke(cli, ["proposals", "erase-contacts", "--proposal", "p-0"])
    assert unknown.exit_code == 2
    assert "Aucune proposition « p-0 »" in unknown.stderr
