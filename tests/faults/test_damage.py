"""A file of SQLite that is damaged: every command says so and what to do, none writes on it, and no answer is a 500."""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final

import httpx
import pytest

from app.changes import backup
from app.database import Database
from tests.conftest import ON_SQLITE_ONLY, SEED
from tests.faults.process import running
from tests.routes.asking import refused
from tests.routes.writing import Editor, an_editor, must_hold, written
from tests.test_cli import Run, cut_seed, folder, ptce, url
from tests.test_cli_backup import file_of, seeded_once, small

__all__ = ["cut_seed", "folder", "ptce", "seeded_once", "small", "url"]
pytestmark = ON_SQLITE_ONLY

PAGE: Final = 8192
WHAT_TO_DO: Final = "ptce restore"
COMMANDS: Final = {"serve": 2, "seed": 2, "check": 2, "doctor": 1, "backup": 1}
POLE: Final = "/v1/poles/archer-pole-sud"


def junk(size: int) -> bytes:
    return random.Random(1).randbytes(size)


def over(content: bytes, at: int, what: bytes) -> bytes:
    return content[:at] + what + content[at + len(what) :]


def at_root_of(name: str) -> Callable[[bytes, dict[str, int]], bytes]:
    """Overwrite the first page of a table or an index."""
    return lambda content, roots: over(content, (roots[name] - 1) * PAGE, junk(PAGE))


DAMAGES: Final[dict[str, Callable[[bytes, dict[str, int]], bytes]]] = {
    "first bytes": lambda content, _: over(content, 0, junk(16)),
    "header": lambda content, _: over(content, 0, junk(100)),
    "schema": lambda content, _: over(content, 100, junk(PAGE - 100)),
    "page in the middle": lambda content, _: over(content, len(content) // PAGE // 2 * PAGE, junk(PAGE)),
    "table": at_root_of("document"),
    "index": at_root_of("ix_revision_record"),
    "zeros": lambda content, _: over(content, 40 * PAGE, bytes(20 * PAGE)),
    "cut": lambda content, _: content[: len(content) // 2],
    "cut in a page": lambda content, _: content[: -PAGE // 2],
    "text": lambda _, __: b"ceci n'est pas une base\n" * 1000,
}


def roots_of(file: Path) -> dict[str, int]:
    with closing(sqlite3.connect(file)) as connection:
        return dict(connection.execute("SELECT name, rootpage FROM sqlite_schema WHERE rootpage > 0"))


def must_be_refused(ptce: Run, file: Path, copies: Path) -> None:
    """Prove that each command ends with what to do, and leaves the files as they are."""
    before = {one: one.read_bytes() for one in (file, Path(f"{file}-wal")) if one.exists()}
    for command, code in COMMANDS.items():
        said = ptce(command, *([str(copies)] if command == "backup" else []))
        assert said.code == code, (command, said)
        assert WHAT_TO_DO in said.out + said.err, (command, said)
        assert {one: one.read_bytes() for one in before} == before, command
    assert not list(copies.iterdir())


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_every_command_refuses_a_damaged_file(
    ptce: Run, url: str, tmp_path: Path, damage: Callable[[bytes, dict[str, int]], bytes]
) -> None:
    file = file_of(url)
    file.write_bytes(damage(file.read_bytes(), roots_of(file)))
    must_be_refused(ptce, file, tmp_path / "copies")


@pytest.mark.usefixtures("small")
def test_every_command_refuses_a_journal_that_is_not_one(ptce: Run, url: str, tmp_path: Path) -> None:
    """SQLite itself would take it for no journal, and delete it."""
    file = file_of(url)
    Path(f"{file}-wal").write_bytes(junk(3 * PAGE))
    must_be_refused(ptce, file, tmp_path / "copies")


def test_an_empty_file_is_a_registry_that_is_not_yet_there(ptce: Run, url: str, tmp_path: Path) -> None:
    file = file_of(url)
    file.touch()
    assert ptce("backup", str(tmp_path / "copies")).code == 1
    assert ptce("check").code == 1
    assert "! schéma : « vide »" in ptce("doctor").out
    assert not list((tmp_path / "copies").iterdir())


def test_a_server_that_meets_damage_says_so_and_writes_no_more(fresh: Database, tmp_path: Path) -> None:
    """A page goes bad under a server; what it cannot read is 503 with what to do, and so are all writes from then on."""
    file = file_of(fresh.url)
    with running(fresh.url, CACHE_MB="0") as ptce, httpx.Client(base_url=ptce.address, timeout=60) as client:
        editor = an_editor(fresh, client)
        written(editor.edit("PATCH", POLE, {"notes": "Avant"}))
        copy = backup.make(fresh.url, tmp_path, SEED)
        with closing(sqlite3.connect(file)) as connection:
            assert connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        root = roots_of(file)["document"]
        with file.open("r+b") as pages:
            pages.seek((root - 1) * PAGE)
            pages.write(junk(PAGE))
        journal = Path(f"{file}-wal").read_bytes()
        damaged = file.read_bytes()
        for answer in (
            client.get("/v1/poles?limit=1000"),
            client.get("/health/ready"),
            editor.send("POST", "/v1/organisations", {"name": "Jamais écrite", "kind": "association"}),
            editor.edit("PATCH", POLE, {"notes": "Jamais écrites"}),
        ):
            problem = refused(answer, 503)
            assert WHAT_TO_DO in problem["detail"]
            assert int(answer.headers["retry-after"]) > 0
        assert client.get("/health/live").status_code == 200
        assert (file.read_bytes(), Path(f"{file}-wal").read_bytes()) == (damaged, journal)
    assert any("ptce restore FILE --replace" in line for line in ptce.said)
    fresh.dispose()
    assert backup.restore(copy, fresh.url, SEED, replace=True)
    with running(fresh.url) as ptce, httpx.Client(base_url=ptce.address, timeout=60) as client:
        again = Editor(client, editor.key, fresh)
        assert again.read(POLE)["notes"] == "Avant"
        written(again.edit("PATCH", POLE, {"notes": "Après"}))
    must_hold(fresh)
