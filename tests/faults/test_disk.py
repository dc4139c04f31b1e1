"""A disk that is full, a database that only reads, a commit that fails: 503 for writes, and the registry goes on."""

import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.database import Database
from tests.conftest import Server, opened, serving
from tests.faults.process import running
from tests.routes.asking import refused
from tests.routes.writing import Editor, Json, an_editor, must_hold, new_key, written

pytestmark = pytest.mark.long

POLE = "/v1/poles/archer-pole-sud"
READS = [POLE, "/v1/poles?limit=1000&facets=region", "/v1/poles.csv?q=archer", "/v1/stats", "/health/ready"]
PAGE = 4096
# Root ignores modes; without these capabilities it obeys them, and still finds an interpreter in its own folder.
AS_ANYONE = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner") if os.geteuid() == 0 else ()


@pytest.fixture
def on_sqlite(server: Server) -> None:
    if server.name != "sqlite":
        pytest.skip("a file of SQLite's own is what this is about")


@pytest.fixture
def on_postgresql(server: Server) -> None:
    if server.name != "postgresql":
        pytest.skip("a setting of PostgreSQL's own is what this is about")


@pytest.fixture
def root() -> None:
    if os.geteuid() != 0:
        pytest.skip("only root mounts a disk")


def must_refuse(editor: Editor) -> None:
    """Prove that every kind of write answers 503, that reads go on meanwhile, and that nothing was written."""
    before = shown(editor)
    for method, path, body in (
        ("PATCH", POLE, {"notes": "Refusée"}),
        ("POST", "/v1/poles", {"name": "Refusé"}),
        ("POST", "/v1/memberships", {"pole": "coat-and-co-village-des-transitions", "organisation": "groupe-archer"}),
        ("DELETE", POLE, None),
    ):
        answer = editor.edit(method, path, body) if body is not None else editor.edit(method, path)
        must_be_unavailable(answer)
        assert shown(editor) == before


def must_be_unavailable(answer: httpx.Response) -> None:
    problem = refused(answer, 503)
    assert problem["type"] == "/problems/indisponible"
    assert int(answer.headers["retry-after"]) > 0


def shown(editor: Editor) -> list[bytes]:
    """Return what readers see, with a key and without."""
    answers = [editor.client.get(path) for path in READS] + [editor.send("GET", path) for path in READS]
    assert [answer.status_code for answer in answers] == [200] * len(answers), [a.text[:200] for a in answers]
    return [answer.content for answer in answers]


def must_write(editor: Editor, notes: str) -> Json:
    """Prove that writes work, and that the next serial is the one after the last."""
    serial = editor.serial()
    answer = editor.edit("PATCH", POLE, {"notes": notes})
    assert written(answer)["notes"] == notes
    assert int(answer.headers["registry-serial"]) == editor.serial() == serial + 1
    return answer.json()  # type: ignore[no-any-return]  # an object


@contextmanager
def editing(address: str, database: Database) -> Iterator[Editor]:
    with httpx.Client(base_url=address, timeout=60) as client:
        yield an_editor(database, client)


@pytest.mark.usefixtures("on_sqlite")
def test_file_that_may_not_grow_refuses_writes_only(fresh: Database) -> None:
    """The file of SQLite meets its limit before, in the middle of and near the end of what a write stores."""
    journal = Path((make_url(fresh.url).database or "") + "-wal")
    with running(fresh.url) as ptce, editing(ptce.address, fresh) as editor:
        must_write(editor, "Avant")
        sizes = [journal.stat().st_size]
        for notes in ("Encore", "Encore avant"):
            must_write(editor, notes)
            sizes.append(journal.stat().st_size)
        one_write = min(sizes[1] - sizes[0], sizes[2] - sizes[1])
        assert one_write > 6 * PAGE
        for room in (0, PAGE // 2, 2 * PAGE, one_write // 2):
            with no_file_over(sizes[-1] + room, ptce.process.pid):
                must_be_unavailable(editor.edit("PATCH", POLE, {"notes": "Refusée"}))
                assert editor.read(POLE)["notes"] == "Encore avant"
                if not room:
                    must_refuse(editor)
        must_write(editor, "Après")
        assert [entry["serial"] for entry in editor.history(POLE)[:3]] == [5, 4, 3]
    must_hold(fresh)


@contextmanager
def no_file_over(size: int, pid: int) -> Iterator[None]:
    """Let a process write no byte of a file beyond this size; Python ignores the signal, and reads an error."""
    before = resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        yield
    finally:
        resource.prlimit(pid, resource.RLIMIT_FSIZE, before)


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[None]:
    """Mount a disk of that size."""
    try:
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={size},mode=0755", "none", str(folder)],
            check=True,
            capture_output=True,
        )
    except subprocess.CalledProcessError as error:
        pytest.skip(f"no disk can be mounted here: {error.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


@contextmanager
def filled(folder: Path) -> Iterator[None]:
    """Fill a disk to its last byte."""
    ballast = folder / "ballast"
    try:
        with ballast.open("wb", buffering=0) as file, pytest.raises(OSError, match="No space left"):
            while True:
                file.write(bytes(PAGE))
        yield
    finally:
        ballast.unlink()


@pytest.mark.usefixtures("on_sqlite", "root")
def test_full_disk_refuses_writes_only(fresh: Database, tmp_path: Path) -> None:
    file = Path(make_url(fresh.url).database or "")
    room = 1_000_000
    with small_disk(tmp_path, file.stat().st_size + room):
        shutil.copy(file, tmp_path / "ptce.sqlite")
        url = f"sqlite:///{tmp_path / 'ptce.sqlite'}"
        with opened(url) as database, running(url) as ptce, editing(ptce.address, database) as editor:
            must_write(editor, "Avant")
            with filled(tmp_path):
                must_refuse(editor)
            must_write(editor, "Après")
            refusals = 0
            while refusals < 3:  # the journal grows until the disk is full
                answer = editor.edit("PATCH", POLE, {"notes": "Plein " * editor.serial()})
                if answer.status_code == 503:
                    must_be_unavailable(answer)
                    refusals += 1
                else:
                    written(answer)
                assert editor.serial() < 500, "the disk never filled"
            shown(editor)
        with opened(url) as database:
            must_hold(database)


@pytest.mark.usefixtures("on_postgresql", "root")
def test_full_disk_of_the_database_server_refuses_writes_only(fresh: Database) -> None:
    """The database moves to a small disk of its own: PostgreSQL finds no page for what grows."""
    name = make_url(fresh.url).database
    fresh.dispose()
    with administering(fresh) as connection:
        data = Path(connection.execute("SHOW data_directory").fetchall()[0][0])
        if not data.is_dir():
            pytest.skip("the database server runs on another machine")
        (size,) = connection.execute("SELECT pg_database_size(%s)", (name,)).fetchall()[0]
        folder = Path(tempfile.mkdtemp(prefix="ptce-"))  # tmp_path is its owner's alone
        folder.chmod(0o755)
        with small_disk(folder, size * 2):
            place = folder / "tables"
            place.mkdir()
            shutil.chown(place, data.owner())
            connection.execute(f"CREATE TABLESPACE \"{name}\" LOCATION '{place}'".encode())
            connection.execute(f'ALTER DATABASE "{name}" SET TABLESPACE "{name}"'.encode())
            try:
                with serving(fresh.url, write_rate="0") as address, editing(address, fresh) as editor:
                    must_write(editor, "Avant")
                    with filled(folder):
                        must_meet_the_end(editor)
                        shown(editor)
                    must_write(editor, "Après")
                must_hold(fresh)
            finally:
                fresh.dispose()
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())
                connection.execute(f'DROP TABLESPACE "{name}"'.encode())
        folder.rmdir()


def must_meet_the_end(editor: Editor) -> None:
    """Write until the disk is full, and then some; prove that only what was said to be written was."""
    refusals = 0
    while refusals < 5:
        serial = editor.serial()
        body = {"name": f"Pôle {serial}", "notes": "".join(map(str, range(serial * 100, serial * 100 + 1500)))}
        answer = editor.send("POST", "/v1/poles", body)
        if answer.status_code == 503:
            must_be_unavailable(answer)
            refusals += 1
            assert editor.serial() == serial
        else:
            written(answer, 201)
            assert editor.serial() == serial + 1
        assert serial < 1000, "the disk never filled"


@pytest.mark.slow
@pytest.mark.usefixtures("on_postgresql")
def test_database_that_does_not_answer_is_said(fresh: Database) -> None:
    """Someone locks what every read needs: those that wait for a connection are told after half a minute."""
    url = make_url(fresh.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with serving(fresh.url) as address, psycopg.connect(url) as connection, ThreadPoolExecutor(20) as people:
        connection.execute("LOCK TABLE write IN ACCESS EXCLUSIVE MODE")
        asked = [people.submit(httpx.get, f"{address}/v1/poles?limit=1", timeout=120) for _ in range(20)]
        first = next(as_completed(asked)).result()
        connection.rollback()
        told = [one.result() for one in asked]
    must_be_unavailable(first)
    assert {answer.status_code for answer in told} == {200, 503}
    for answer in told:
        if answer.status_code == 503:
            must_be_unavailable(answer)


@pytest.mark.usefixtures("on_sqlite")
def test_database_opened_to_read_refuses_writes_only(fresh: Database) -> None:
    to_read = f"sqlite:///file:{make_url(fresh.url).database}?mode=ro&uri=true"
    with serving(to_read) as address, editing(address, fresh) as editor:
        must_refuse(editor)
    with serving(fresh.url) as address, httpx.Client(base_url=address, timeout=30) as client:
        must_write(Editor(client, new_key(fresh, "Une autre"), fresh), "Après")
    must_hold(fresh)


@pytest.mark.usefixtures("on_sqlite")
def test_folder_without_leave_to_write_refuses_writes_only(fresh: Database, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    url = f"sqlite:///{folder / 'ptce.sqlite'}"
    try:
        shutil.copy(make_url(fresh.url).database or "", folder / "ptce.sqlite")
        with opened(url) as database, database.reading() as session:
            session.execute(text("SELECT * FROM write"))  # whoever opens it first makes the files beside it
            key = new_key(database, "Cellule nationale")
            folder.chmod(0o555)
            for file in folder.iterdir():
                file.chmod(0o444)
            with running(url, by=AS_ANYONE) as ptce, httpx.Client(base_url=ptce.address, timeout=30) as client:
                must_refuse(Editor(client, key, database))
        for file in [folder, *folder.iterdir()]:
            file.chmod(0o755)
        with running(url, by=AS_ANYONE) as ptce, httpx.Client(base_url=ptce.address, timeout=30) as client:
            must_write(Editor(client, key, fresh), "Après")
        with opened(url) as database:
            must_hold(database)
    finally:
        folder.chmod(0o755)


@pytest.mark.usefixtures("on_postgresql")
def test_server_that_only_reads_refuses_writes_only(fresh: Database) -> None:
    with serving(fresh.url) as address, editing(address, fresh) as editor:
        must_write(editor, "Avant")
        with only_reading(fresh):
            must_refuse(editor)
        must_write(editor, "Après")
    must_hold(fresh)


@contextmanager
def only_reading(database: Database) -> Iterator[None]:
    """Let a database only be read, from its next connection on; the ones that are open are ended."""
    name = make_url(database.url).database
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
    with administering(database) as connection:
        connection.execute(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'.encode())
        connection.execute(end, (name,))
        try:
            yield
        finally:
            connection.execute(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'.encode())
            connection.execute(end, (name,))


@contextmanager
def administering(database: Database) -> Iterator[psycopg.Connection]:
    """Connect to the server of a database, beside it."""
    beside = make_url(database.url).set(drivername="postgresql", database="postgres")
    with psycopg.connect(beside.render_as_string(hide_password=False), autocommit=True) as connection:
        yield connection


COUNTED = {  # a row that refers to nothing, seen at the commit only
    "sqlite": "CREATE TRIGGER doom AFTER INSERT ON write BEGIN INSERT INTO doomed VALUES (1); END",
    "postgresql": "CREATE FUNCTION doom() RETURNS trigger LANGUAGE plpgsql AS "
    "'BEGIN INSERT INTO doomed VALUES (1); RETURN NULL; END';"
    "CREATE TRIGGER doom AFTER INSERT ON write FOR EACH ROW EXECUTE FUNCTION doom()",
}


def test_commit_that_fails_leaves_nothing(server: Server, fresh: Database) -> None:
    with fresh.writing() as session:
        session.execute(text("CREATE TABLE hope (id integer PRIMARY KEY)"))
        session.execute(text("CREATE TABLE doomed (hope integer REFERENCES hope (id) DEFERRABLE INITIALLY DEFERRED)"))
        session.connection().exec_driver_sql(COUNTED[server.name])
    with serving(fresh.url) as address, editing(address, fresh) as editor:
        must_refuse(editor)
        sent: dict[str, str] = {"Idempotency-Key": "a"}
        must_be_unavailable(editor.send("POST", "/v1/poles", {"name": "Refusé"}, sent))
        with fresh.writing() as session:
            session.execute(text("INSERT INTO hope VALUES (1)"))
        made = editor.send("POST", "/v1/poles", {"name": "Refusé"}, sent)
        assert "idempotent-replayed" not in made.headers, "an answer that was never true was kept"
        assert written(made, 201)["id"] == "refuse"
        must_write(editor, "Après")
    must_hold(fresh)
