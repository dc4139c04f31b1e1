"""Transactions: one writer at a time, all or nothing; SQLite set as the registry needs it."""

import asyncio
import sqlite3
import threading
from contextlib import nullcontext
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session

from app.changes import migrate
from app.database import WRITER_LOCK, Database
from tests.conftest import opened


@pytest.fixture
def migrated(empty: Database) -> Database:
    migrate.upgrade(empty)
    return empty


def sectors(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.execute(text("SELECT code FROM sector ORDER BY code")).scalars())


def add_sector(session: Session, code: str) -> None:
    session.execute(
        text("INSERT INTO sector (code, name, name_en, position) VALUES (:code, 'x', 'x', 0)"), {"code": code}
    )


@pytest.mark.parametrize(("pragma", "value"), [("journal_mode", "wal"), ("foreign_keys", 1), ("busy_timeout", 10000)])
def test_sqlite_is_set_on_every_connection(tmp_path: Path, pragma: str, value: object) -> None:
    with opened(f"sqlite:///{tmp_path / 'x.sqlite'}") as database:
        for _ in range(2):
            with database.reading() as session, database.reading() as another:
                assert session.execute(text(f"PRAGMA {pragma}")).scalar_one() == value
                assert another.execute(text(f"PRAGMA {pragma}")).scalar_one() == value


def test_block_that_ends_well_is_committed(migrated: Database) -> None:
    with migrated.writing() as session:
        add_sector(session, "a")
    assert sectors(migrated) == ["a"]


def test_block_that_fails_is_rolled_back(migrated: Database) -> None:
    def write() -> None:
        with migrated.writing() as session:
            add_sector(session, "a")
            raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        write()
    assert sectors(migrated) == []


def test_block_with_a_refused_row_is_rolled_back(migrated: Database) -> None:
    def write() -> None:
        with migrated.writing() as session:
            add_sector(session, "a")
            add_sector(session, "a")

    with pytest.raises(IntegrityError):
        write()
    assert sectors(migrated) == []


def test_reader_sees_no_half_of_a_write(migrated: Database) -> None:
    with migrated.writing() as session:
        add_sector(session, "a")
        assert sectors(migrated) == []
        add_sector(session, "b")
    assert sectors(migrated) == ["a", "b"]


def test_reader_keeps_the_state_that_it_began_with(migrated: Database) -> None:
    if not migrated.is_sqlite:
        pytest.skip("PostgreSQL reads what is committed at each statement: reads there are as of a serial")
    count = text("SELECT count(*) FROM sector")
    with migrated.reading() as session:
        assert session.execute(count).scalar_one() == 0
        with migrated.writing() as writer:
            add_sector(writer, "a")
        assert session.execute(count).scalar_one() == 0


def test_writer_holds_the_lock_from_its_first_statement(migrated: Database) -> None:
    with migrated.writing() as session:
        session.execute(text("SELECT 1"))
        if migrated.is_sqlite:
            other = sqlite3.connect(make_url(migrated.url).database or "", timeout=0)
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
            other.close()
        else:
            plain = make_url(migrated.url).set(drivername="postgresql").render_as_string(hide_password=False)
            with psycopg.connect(plain) as connection:
                taken = connection.execute("SELECT pg_try_advisory_xact_lock(%s)", [WRITER_LOCK]).fetchone()
            assert taken == (False,)


def test_reading_never_writes(migrated: Database) -> None:
    refused = nullcontext() if migrated.is_sqlite else pytest.raises(DBAPIError, match="read-only transaction")
    with refused, migrated.reading() as session:
        add_sector(session, "a")
    assert sectors(migrated) == []


def test_short_reads_run_inline_on_sqlite_and_in_the_pool_on_postgresql(migrated: Database) -> None:
    def where(session: Session, add: int) -> tuple[int, int]:
        number: int = session.execute(text("SELECT 1")).scalar_one() + add
        return number, threading.get_ident()

    number, thread = asyncio.run(migrated.read(where, add=41))
    assert number == 42
    assert (thread == threading.get_ident()) is migrated.is_sqlite
