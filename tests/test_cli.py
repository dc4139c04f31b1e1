"""`ptce` as a person runs it: seed, check, serve; exit codes and what is said."""

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from sqlalchemy import inspect, select
from sqlalchemy.engine import make_url
from typer.testing import CliRunner

from app.cli import cli
from app.models import Pole
from app.settings import get_settings
from tests.changes.small_seed import SeedFolder, cut
from tests.changes.state import contents, damage
from tests.conftest import Server, opened

PTCE = (sys.executable, "-c", "from app.cli import cli; cli()")


@dataclass(frozen=True)
class Said:
    """How a command ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Said]


@pytest.fixture(scope="session")
def cut_seed(tmp_path_factory: pytest.TempPathFactory) -> SeedFolder:
    """Cut the small seed once, to read."""
    return cut(tmp_path_factory.mktemp("cli") / "seed")


@pytest.fixture
def folder(cut_seed: SeedFolder, tmp_path: Path) -> SeedFolder:
    return SeedFolder(Path(shutil.copytree(cut_seed.path, tmp_path / "seed")))


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    """Give the address of a database that is empty or not yet there."""
    made = server.create()
    yield made
    server.drop(made)


@pytest.fixture
def ptce(url: str, folder: SeedFolder, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Run a command in this process, its settings in the environment."""
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("SEED_DIR", str(folder.path))

    def run(*arguments: str, **environment: str) -> Said:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        get_settings.cache_clear()
        result = CliRunner().invoke(cli, list(arguments))
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Said(result.exit_code, result.stdout, " ".join(result.stderr.split()))

    yield run
    get_settings.cache_clear()


def test_seed_fills_then_has_nothing_to_do(ptce: Run, url: str) -> None:
    first = ptce("seed")
    assert first.code == 0
    assert "Écriture 1 : 44 fiches publiées." in first.err
    with opened(url) as database:
        before = contents(database)
    second = ptce("seed")
    assert second.code == 0
    assert "Rien à changer" in second.err
    with opened(url) as database:
        assert contents(database) == before


def test_dry_run_shows_differences_and_writes_nothing(ptce: Run, url: str, folder: SeedFolder) -> None:
    ptce("seed")
    with opened(url) as database:
        before = contents(database)
    folder.set("poles.csv", {"id": "archer-pole-sud"}, job_count="1234")
    folder.remove("memberships.csv", organisation_id="adie")
    said = ptce("seed", "--dry-run")
    assert said.code == 0
    assert said.out.splitlines()[:2] == [
        "~ pole archer-pole-sud (job_count : None → 1234)",
        "- membership archer-pole-sud@adie",
    ]
    assert said.out.splitlines()[-1].startswith("3 différences, 0 conflits")
    with opened(url) as database:
        assert contents(database) == before


def test_dry_run_does_not_make_a_database(tmp_path: Path, ptce: Run) -> None:
    file = tmp_path / "absent.sqlite"
    assert ptce("seed", "--dry-run", DATABASE_URL=f"sqlite:///{file}").code == 0
    assert not file.exists()


def test_conflict_is_told(ptce: Run, url: str, folder: SeedFolder) -> None:
    ptce("seed")
    with opened(url) as database:
        damage(database, "UPDATE write SET editor = 'CRESS Test'")
    folder.set("poles.csv", {"id": "archer-pole-sud"}, job_count="1234")
    said = ptce("seed")
    assert said.code == 0
    assert "! pole archer-pole-sud : laissé en l’état" in said.out


@pytest.mark.parametrize("arguments", [["seed"], ["seed", "--dry-run"], ["serve"]])
def test_bad_seed_ends_in_1_with_a_line_for_each_cell(
    ptce: Run, url: str, folder: SeedFolder, arguments: list[str]
) -> None:
    line = folder.set("organisations.csv", {"siren": "200067999"}, siren="200067998")
    folder.set("poles.csv", {"id": "le-phares"}, sectors="energi")
    said = ptce(*arguments)
    assert said.code == 1
    where = f"organisations.csv, ligne {line}, colonne siren : « 200067998 » ; attendu : "
    assert [shown.startswith(where) for shown in said.out.splitlines()] == [True, False]
    assert "2 cases à corriger ; rien n’a été écrit." in said.err
    with opened(url) as database, database.reading() as session:
        written = inspect(session.connection()).has_table("pole") and session.scalars(select(Pole)).all()
        assert not written


def test_check_ends_in_0_then_in_1_with_the_list(ptce: Run, url: str) -> None:
    ptce("seed")
    assert ptce("check") == Said(0, "Aucun défaut.\n", "")
    with opened(url) as database:
        damage(database, "UPDATE pole SET name = 'Autre' WHERE id = 'archer-pole-sud'")
    said = ptce("check")
    assert said.code == 1
    assert "pole archer-pole-sud : le document publié n’est plus celui de ses faits" in said.out


def test_check_of_a_database_without_tables_says_what_to_do(ptce: Run) -> None:
    said = ptce("check")
    assert said.code == 1
    assert "lancez `ptce seed` ou `ptce serve`" in said.err


@pytest.mark.parametrize("command", ["seed", "check", "serve"])
@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("DATABASE_URL", "mysql://x/y", "DATABASE_URL commence par sqlite:/// ou postgresql+psycopg://"),
        ("DATABASE_URL", "sqlite:////nulle/part/x.sqlite", "DATABASE_URL"),
        ("DATABASE_URL", "postgresql+psycopg://nobody:secret@127.0.0.1:1/x", "DATABASE_URL"),
        ("PORT", "abc", "PORT"),
        ("PUBLIC_URL", "ptce.example.fr", "PUBLIC_URL commence par http:// ou https://"),
    ],
)
def test_bad_setting_ends_in_2_with_what_to_do(ptce: Run, command: str, name: str, value: str, said: str) -> None:
    ended = ptce(command, **{name: value})
    assert ended.code == 2
    assert said in ended.err
    assert "secret" not in ended.err
    for english in ("Value error", "Input should", "unable to", "Traceback"):
        assert english not in ended.err


@pytest.mark.parametrize("command", [[], ["seed"], ["check"], ["serve"]])
def test_help_is_in_french(ptce: Run, command: list[str]) -> None:
    said = ptce(*command, "--help")
    assert said.code == 0
    assert any(word in said.out for word in ("registre", "base", "Migrer", "Vérifier"))


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def serve_once(url: str, folder: SeedFolder, *, visit: Callable[[httpx.Client], None]) -> str:
    """Start the real command, visit it once it says that it listens, stop it as Ctrl-C does; return what it said."""
    port = free_port()
    environment = os.environ | {"DATABASE_URL": url, "SEED_DIR": str(folder.path), "COLUMNS": "200"}
    with subprocess.Popen(
        [*PTCE, "serve", "--port", str(port)],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        env=environment,
        text=True,
    ) as process:
        assert process.stderr
        said = ""
        for line in process.stderr:
            said += line
            if "Uvicorn running" in line:
                break
        try:
            assert process.poll() is None, said
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as client:
                visit(client)
        finally:
            process.send_signal(signal.SIGINT)
            said += process.stderr.read()
            process.wait(timeout=30)
        return said.replace(str(port), "PORT")


def test_serve_fills_an_empty_database_and_a_second_start_writes_nothing(url: str, folder: SeedFolder) -> None:
    serials: list[int] = []

    def visit(client: httpx.Client) -> None:
        answer = client.get("/v1/poles").json()
        assert answer["count"] == 4
        serials.append(answer["serial"])

    first = serve_once(url, folder, visit=visit)
    for path in ("", "/docs", "/v1/poles", "/v1/stats"):
        assert f"http://127.0.0.1:PORT{path}" in first
    assert "Écriture 1 : 44 fiches publiées." in first
    with opened(url) as database:
        before = contents(database)
    file = make_url(url).database if url.startswith("sqlite") else None
    digest = hashlib.sha256(Path(file).read_bytes()).hexdigest() if file else None

    second = serve_once(url, folder, visit=visit)
    assert "Écriture" not in second
    assert "Base à jour" not in second
    assert serials == [1, 1]
    if file:
        assert hashlib.sha256(Path(file).read_bytes()).hexdigest() == digest
    with opened(url) as database:
        assert contents(database) == before
