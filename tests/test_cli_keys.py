"""`ptce keys` as a person runs it: the key alone on stdout, everything else on stderr, nothing twice."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx
import pytest
from sqlalchemy import select
from sqlmodel import col
from typer.testing import CliRunner

from app.changes import keys
from app.cli import cli
from app.database import Database
from app.models import ApiKey, KeyRole
from app.security import digest
from app.settings import ROOT, get_settings
from tests.conftest import Server
from tests.faults.process import COMMAND
from tests.routes.asking import refused
from tests.routes.writing import Serve, new_key

KEY: Final = re.compile(r"[A-Za-z0-9_-]{40,}\n")
ARCHER: Final = "/v1/poles/archer-pole-sud"
NAME: Final = "CRESS AURA"
CURATOR: Final = ("--role", "curator", "--region", "84")


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture
def ptce(fresh: Database) -> Run:
    """Run the real command, in a process of its own, on the real registry."""

    def run(*arguments: str) -> Said:
        environment = os.environ | {"DATABASE_URL": fresh.url, "COLUMNS": "200"}
        ended = subprocess.run(
            [*COMMAND, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        return Said(ended.returncode, ended.stdout, ended.stderr)

    return run


@pytest.fixture
def within(fresh: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run a command in this process, for tables of cases."""
    monkeypatch.setenv("DATABASE_URL", fresh.url)
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str, **environment: str) -> Said:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        result = CliRunner().invoke(cli, list(arguments))
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, result.stdout, result.stderr)

    yield run
    get_settings.cache_clear()


def tried(client: httpx.Client, key: str) -> int:
    headers = {"Authorization": f"Bearer {key.strip()}", "If-Match": "*"}
    return client.patch(f"{ARCHER}?dry_run=true", json={"acronym": "NEUF"}, headers=headers).status_code


def test_the_life_of_a_key(fresh: Database, client_of: Serve, ptce: Run) -> None:
    """Created, used, listed, replaced, revoked: each of the two keys is printed once, alone on stdout."""
    client = client_of(fresh)
    tomorrow = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%d}"
    created = ptce("keys", "create", *CURATOR, "--region", "11", "--name", NAME, "--expires", tomorrow)
    assert created.code == 0
    assert KEY.fullmatch(created.out)
    assert "Clé de « CRESS AURA » (curator) ; elle ne sera plus montrée" in created.err
    assert tried(client, created.out) == 200

    listed = ptce("keys", "list")
    assert (listed.code, listed.err) == (0, "")
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    (line,) = [line for line in listed.out.splitlines() if NAME in line]
    assert [cell.strip() for cell in line.split("│")[1:-1]] == [NAME, "curator", "11 84", today, today, tomorrow, ""]

    rotated = ptce("keys", "rotate", "--name", NAME)
    assert rotated.code == 0
    assert KEY.fullmatch(rotated.out)
    assert "Nouvelle clé de « CRESS AURA »" in rotated.err
    assert [tried(client, one.out) for one in (created, rotated)] == [401, 200]

    revoked = ptce("keys", "revoke", "--name", NAME)
    assert (revoked.code, revoked.out) == (0, "")
    assert "La clé de « CRESS AURA » est révoquée." in revoked.err
    assert [tried(client, one.out) for one in (created, rotated)] == [401, 401]

    for key in (created.out.strip(), rotated.out.strip()):
        said = created.err + listed.out + listed.err + rotated.err + revoked.err
        assert key not in said
        assert digest(key) not in said


REFUSED: Final[list[tuple[tuple[str, ...], str]]] = [
    (("create", "--role", "curator", "--name", "Neuf"), "une région au moins (--region 84)"),
    (("create", "--role", "national", "--region", "84", "--name", "Neuf"), "les autres rôles avec aucune"),
    (("create", "--role", "reader", "--region", "84", "--name", "Neuf"), "les autres rôles avec aucune"),
    (
        ("create", "--role", "curator", "--region", "99", "--name", "Neuf"),
        "Région « 99 » inconnue. Codes : 01 (Guadeloupe)",
    ),
    (("create", "--role", "curator", "--region", "Bretagne", "--name", "Neuf"), "53 (Bretagne)"),
    (("create", *CURATOR, "--name", "Portail"), "« Portail » a déjà une clé"),
    (("create", *CURATOR, "--name", "  portail "), "« Portail » a déjà une clé"),
    (("create", *CURATOR, "--name", "Pörtaïl"), "« Portail » a déjà une clé"),
    (("create", *CURATOR, "--name", ""), "1 à 100 caractères"),
    (("create", *CURATOR, "--name", "x" * 101), "1 à 100 caractères"),
    (("create", *CURATOR, "--name", "…"), "une lettre ou un chiffre latins"),
    (("create", *CURATOR, "--name", "seed"), "« seed » est un nom que le registre prend pour lui-même"),
    (("create", *CURATOR, "--name", "Neuf", "--expires", "2020-01-01"), "Une date de fin à venir"),
    (("rotate", "--name", "Portial"), "Aucune clé au nom de « Portial ». Vouliez-vous « Portail » ?"),
    (("revoke", "--name", "[/b]"), "Aucune clé au nom de « [/b] »."),
    (("revoke", "--name", "portail"), "Vouliez-vous « Portail » ?"),
    (("rotate", "--name", "Finie"), "La clé de « Finie » est révoquée : créez-en une autre, d’un autre nom."),
]


@pytest.fixture
def holders(fresh: Database) -> None:
    new_key(fresh, "Portail", KeyRole.READER)
    new_key(fresh, "Finie", KeyRole.READER)
    with fresh.writing() as session:
        keys.revoke(session, "Finie")


@pytest.mark.usefixtures("holders")
def test_what_makes_no_sense_ends_in_2_and_says_what_to_do(fresh: Database, within: Run) -> None:
    with fresh.reading() as session:
        before = [key.model_dump() for key, _ in keys.list_keys(session)]
    for arguments, said in REFUSED:
        ended = within("keys", *arguments)
        assert (ended.code, ended.out) == (2, ""), arguments
        assert said in " ".join(ended.err.split())
    with fresh.reading() as session:
        assert [key.model_dump() for key, _ in keys.list_keys(session)] == before
    assert len(before) == 2


@pytest.mark.parametrize("arguments", [
    ("create", "--role", "chef", "--name", "Neuf"),
    ("create", "--role", "reader"),
    ("create", "--name", "Neuf"),
    ("create", *CURATOR, "--name", "Neuf", "--expires", "31/12/2030"),
    ("create", *CURATOR, "--name", "Neuf", "--expires", "2030-02-30"),
    ("rotate",),
    ("revoke",),
    ("delete", "--name", "Portail"),
])  # fmt: skip
def test_a_command_that_cannot_be_read_ends_in_2_without_a_key(within: Run, arguments: tuple[str, ...]) -> None:
    ended = within("keys", *arguments)
    assert (ended.code, ended.out) == (2, "")
    assert ended.err


@pytest.mark.parametrize("name", ["CRESS [bold]AURA[/bold]", "[/x] clé", "a[link=x]", "\\[b]", "{name} %s"])
def test_a_name_is_shown_as_it_was_given(within: Run, name: str) -> None:
    created = within("keys", "create", *CURATOR, "--name", name)
    assert created.code == 0
    assert KEY.fullmatch(created.out)
    assert f"« {name} »" in created.err
    assert f" {name} " in within("keys", "list").out
    assert f"« {name} » est révoquée" in within("keys", "revoke", "--name", name).err


def test_a_key_is_good_until_the_end_of_its_last_day(fresh: Database, within: Run) -> None:
    day = (datetime.now(UTC) + timedelta(days=1)).date()
    assert within("keys", "create", *CURATOR, "--name", NAME, "--expires", str(day)).code == 0
    with fresh.reading() as session:
        row = session.scalars(select(ApiKey).where(col(ApiKey.name) == NAME)).one()
    assert row.expires_at == datetime(day.year, day.month, day.day, 23, 59, 59, tzinfo=UTC)


def test_a_list_of_a_database_without_tables_says_what_to_do(server: Server, within: Run) -> None:
    url = server.create()
    ended = within("keys", "list", DATABASE_URL=url)
    server.drop(url)
    assert (ended.code, ended.out) == (1, "")
    assert "lancez `ptce seed` ou `ptce serve`" in ended.err


def test_a_list_of_no_keys_is_a_table_without_lines(within: Run) -> None:
    ended = within("keys", "list")
    assert (ended.code, ended.err) == (0, "")
    assert [word in ended.out for word in ("nom", "rôle", "régions", "dernier usage", "expire", "révoquée")] == [
        True
    ] * 6
    assert "curator" not in ended.out


def test_keys_take_no_serial_and_stand_in_no_history(fresh: Database, client_of: Serve, within: Run) -> None:
    client = client_of(fresh)
    before = client.get("/v1/poles").content
    created = within("keys", "create", "--role", "admin", "--name", NAME)
    within("keys", "rotate", "--name", NAME)
    within("keys", "revoke", "--name", NAME)
    assert client.get("/v1/poles").content == before
    assert NAME not in client.get(f"{ARCHER}/history").text
    refused(client.get(ARCHER, headers={"Authorization": f"Bearer {created.out.strip()}"}), 401)


@pytest.mark.parametrize("url", [
    "mysql://user:s3cret@db.example/ptce",
    "postgresql://user:s3cret@db.example/ptce",
    "user:s3cret@db.example/ptce",
    "postgresql+psycopg://user:s3cret@127.0.0.1:1/ptce",
    "postgresql+psycopg://user:s3@cret@127.0.0.1:1/ptce",
    "postgresql+psycopg://127.0.0.1:1/ptce?user=user&password=s3cret",
    "postgresql+psycopg://user:s3cret@127.0.0.1:port/ptce",
    "sqlite:////nulle/part/s3cret@/x.sqlite",
], ids=["mysql", "without driver", "without scheme", "unreachable", "at in it", "in query", "bad port", "no folder"])  # fmt: skip
def test_no_error_repeats_the_password_of_the_database(within: Run, url: str) -> None:
    ended = within("keys", "create", *CURATOR, "--name", NAME, DATABASE_URL=url)
    assert (ended.code, ended.out) == (2, "")
    assert "DATABASE_URL" in ended.err
    assert "cret" not in ended.err
