"""Where the sets are kept: a file of SQLite or a database of a PostgreSQL server for each, and copies to write to."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import func, make_url, select

from app.changes import migrate
from app.database import Database
from app.models import Write
from benchmarks import copying, filling


def filled(folder: Path, server: str | None, poles: int, say: Callable[[str], None]) -> str:
    """Return the URL of a set of so many poles; it is made if it is not there. Without a server, on SQLite."""
    file = folder.resolve() / f"poles-{poles}.sqlite"
    url = f"sqlite:///{file}"
    database = Database(url)
    filling.fill(database, poles, say)
    database.dispose()
    if server is None:
        return url
    url = make_url(server).set(database=f"ptce_bench_{poles}").render_as_string(hide_password=False)
    created(url)
    database = Database(url)
    migrate.upgrade(database)
    with database.reading() as session:
        is_empty = session.scalars(select(func.count()).select_from(Write)).one() == 0
    database.dispose()
    if is_empty:
        say(f"postgresql, {poles} poles: copied from SQLite")
        copying.copy(file, make_url(url).set(drivername="postgresql").render_as_string(hide_password=False))
    return url


def created(url: str) -> None:
    """Make a database of PostgreSQL if it is not there."""
    if not _ask(url, "SELECT 1 FROM pg_database WHERE datname = '{database}'"):
        _ask(url, 'CREATE DATABASE "{database}"')
        # Helpers of a query may come and go between two looks at the processes.
        _ask(url, 'ALTER DATABASE "{database}" SET max_parallel_workers_per_gather = 0')


@contextmanager
def copied(url: str) -> Iterator[str]:
    """Give a copy of a set; nobody else may be connected to it."""
    if url.startswith("sqlite"):
        file = Path(make_url(url).database or "")
        copy = file.with_suffix(".copy")
        shutil.copy(file, copy)
        try:
            yield f"sqlite:///{copy}"
        finally:
            for suffix in ("", "-wal", "-shm"):
                Path(f"{copy}{suffix}").unlink(missing_ok=True)
        return
    copied_url = make_url(url).set(database=f"{make_url(url).database}_copy").render_as_string(hide_password=False)
    _ask(copied_url, 'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')
    _ask(copied_url, f'CREATE DATABASE "{{database}}" TEMPLATE "{make_url(url).database}"')
    try:
        yield copied_url
    finally:
        _ask(copied_url, 'DROP DATABASE "{database}" WITH (FORCE)')


def name_of(url: str) -> str:
    return make_url(url).database or ""


def checkpointer(url: str) -> int:
    """Return a process that a PostgreSQL server has as long as it runs."""
    ((pid,),) = _ask(url, "SELECT pid FROM pg_stat_activity WHERE backend_type = 'checkpointer'")
    return pid


def _ask(url: str, statement: str) -> list[tuple[int]]:
    """Ask the server of a database, from another one: `{database}` is its name."""
    there = make_url(url).set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(there, autocommit=True) as connection:
        asked = connection.execute(statement.format(database=make_url(url).database).encode())
        return asked.fetchall() if asked.description else []
