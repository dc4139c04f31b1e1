"""`ptce backup` and `ptce restore`: proven copies while others write, and the way back that loses nothing."""

import shutil
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url

from app.changes import migrate, seed
from app.database import Database
from app.models import Pole
from tests.changes.small_seed import SeedFolder
from tests.changes.state import contents, damage
from tests.conftest import ON_SQLITE_ONLY, Server, opened
from tests.test_cli import Run, cut_seed, folder, ptce, url

__all__ = ["cut_seed", "folder", "ptce", "url"]
POLE = "archer-pole-sud"


def notes(database: Database) -> str | None:
    with database.reading() as session:
        return session.scalars(select(Pole.notes).where(Pole.id == POLE)).one()  # type: ignore[call-overload, no-any-return]


def file_of(url: str) -> Path:
    return Path(make_url(url).database or "")


@pytest.fixture(scope="module")
def seeded_once(cut_seed: SeedFolder, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("backup") / "small.sqlite"
    with opened(f"sqlite:///{file}") as database:
        migrate.upgrade(database)
        with database.writing() as session:
            seed.seed_database(session, cut_seed.path)
    return file


@pytest.fixture
def small(url: str, seeded_once: Path) -> None:
    """Let the database be a copy of a small one."""
    shutil.copy(seeded_once, file_of(url))


@pytest.fixture
def copies(tmp_path: Path) -> Path:
    return tmp_path / "copies"


def backed_up(ptce: Run, copies: Path, *options: str) -> Path:
    said = ptce("backup", str(copies), *options)
    assert said.code == 0, said.err
    return Path(said.out.strip())


def test_a_copy_is_put_back_in_a_new_database(ptce: Run, url: str, copies: Path, server: Server) -> None:
    if server.name == "postgresql" and not shutil.which("pg_dump"):
        pytest.skip("pg_dump is not installed")
    ptce("seed")
    copy = backed_up(ptce, copies)
    elsewhere = server.create()
    try:
        assert ptce("restore", str(copy), DATABASE_URL=elsewhere).code == 0
        assert ptce("check").out == "Aucun défaut.\n"
        with opened(url) as one, opened(elsewhere) as other:
            assert contents(one) == contents(other)
        refused = ptce("restore", str(copy))
        assert (refused.code, "Rien n’a changé." in refused.err, "--replace" in refused.err) == (1, True, True)
        with opened(elsewhere) as database:
            damage(database, f"UPDATE pole SET notes = 'plus tard' WHERE id = '{POLE}'")
        assert ptce("restore", str(copy), "--replace").code == 0
        with opened(elsewhere) as database:
            assert notes(database) != "plus tard"
    finally:
        server.drop(elsewhere)


@ON_SQLITE_ONLY
@pytest.mark.usefixtures("small")
def test_a_copy_is_whole_though_someone_writes(ptce: Run, url: str, copies: Path) -> None:
    begun, done = threading.Event(), threading.Event()

    def write() -> None:
        with closing(sqlite3.connect(file_of(url), timeout=30, isolation_level=None)) as connection:
            connection.execute("CREATE TABLE pair (one TEXT)")
            while not done.is_set():
                connection.executescript(
                    "BEGIN IMMEDIATE; INSERT INTO pair VALUES (1); INSERT INTO pair VALUES (2); COMMIT"
                )
                begun.set()

    writer = threading.Thread(target=write)
    writer.start()
    begun.wait()
    try:
        copy = backed_up(ptce, copies)
    finally:
        done.set()
        writer.join()
    with closing(sqlite3.connect(copy)) as connection:
        (halves,) = connection.execute("SELECT count(*) FROM pair").fetchone()
    assert halves > 0
    assert halves % 2 == 0


@ON_SQLITE_ONLY
@pytest.mark.usefixtures("small")
def test_only_the_latest_copies_are_kept_and_nothing_else_is_touched(ptce: Run, copies: Path) -> None:
    copies.mkdir()
    (copies / "ptce-notes.txt").write_text("à moi")
    made = [backed_up(ptce, copies, "--keep", "2") for _ in range(3)]
    assert sorted(copies.iterdir()) == sorted([*made[1:], copies / "ptce-notes.txt"])


@ON_SQLITE_ONLY
@pytest.mark.usefixtures("small")
def test_a_copy_is_kept_though_the_clock_went_back(ptce: Run, copies: Path) -> None:
    later = [copies / f"ptce-2999010{day}T000000.000000Z.sqlite" for day in (1, 2)]
    copies.mkdir()
    for copy in later:
        copy.touch()
    made = backed_up(ptce, copies, "--keep", "2")
    assert set(copies.iterdir()) == {made, later[1]}


@ON_SQLITE_ONLY
@pytest.mark.usefixtures("small")
def test_a_registry_that_is_not_sound_leaves_no_copy(ptce: Run, url: str, copies: Path) -> None:
    with opened(url) as database:
        damage(database, f"UPDATE pole SET name = 'Autre' WHERE id = '{POLE}'")
    said = ptce("backup", str(copies))
    assert said.code == 1
    assert "Pas de sauvegarde." in said.err
    assert f"pole {POLE}" in said.err
    assert not list(copies.iterdir())


@ON_SQLITE_ONLY
def test_a_database_that_is_not_there_is_not_made_by_copying_it(ptce: Run, url: str, copies: Path) -> None:
    assert ptce("backup", str(copies)).code == 1
    assert not file_of(url).exists()


@ON_SQLITE_ONLY
@pytest.mark.usefixtures("small")
def test_the_old_file_is_kept_aside_and_a_served_one_is_not_replaced(ptce: Run, url: str, copies: Path) -> None:
    copy = backed_up(ptce, copies)
    with opened(url) as database:
        damage(database, f"UPDATE pole SET notes = 'plus tard' WHERE id = '{POLE}'")
        with database.reading() as session:
            session.scalars(select(Pole)).all()  # a server keeps its connections
        served = ptce("restore", str(copy), "--replace")
        assert (served.code, "arrêtez d’abord" in served.err) == (1, True)
        assert notes(database) == "plus tard"
    assert ptce("restore", str(copy), "--replace").code == 0
    (aside,) = file_of(url).parent.glob(f"{file_of(url).name}.*.old")
    with opened(url) as new, opened(f"sqlite:///{aside}") as old:
        assert (notes(new) == "plus tard", notes(old)) == (False, "plus tard")


@ON_SQLITE_ONLY
@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("how", ["text", "cut", "other"])
def test_a_file_that_is_no_sound_copy_is_refused(ptce: Run, url: str, copies: Path, how: str) -> None:
    copy = backed_up(ptce, copies)
    before = file_of(url).read_bytes()
    if how == "text":
        copy.write_text("ceci n’est pas une base" * 500)
    elif how == "cut":
        copy.write_bytes(copy.read_bytes()[: copy.stat().st_size // 2])
    else:
        copy.unlink()
        sqlite3.connect(copy).executescript("CREATE TABLE x (y)").close()
    said = ptce("restore", str(copy), "--replace")
    assert said.code == 1
    assert "Rien n’a changé." in said.err
    assert file_of(url).read_bytes() == before


@ON_SQLITE_ONLY
@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("command", ["serve", "check"])
def test_a_broken_database_is_said_with_what_to_do(ptce: Run, url: str, command: str) -> None:
    file = file_of(url)
    content = bytearray(file.read_bytes())
    content[200:60_000] = b"\xff" * 59_800
    file.write_bytes(content)
    said = ptce(command)
    assert said.code == 2
    assert "ptce restore" in said.err
    assert bytes(content) == file.read_bytes()
