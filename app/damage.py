"""A file of SQLite that is damaged: how it shows itself, before and while it is read."""

import sqlite3
from pathlib import Path
from typing import Final

DAMAGE: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_MAGIC: Final = frozenset({b"\x37\x7f\x06\x82", b"\x37\x7f\x06\x83"})  # how a journal begins (WAL)


def is_damage(error: BaseException | None) -> bool:
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGE


def must_have_a_sound_journal(file: Path) -> None:
    """Raise where SQLite does not: it takes a journal that it cannot read for none, and deletes it."""
    try:
        with Path(f"{file}-wal").open("rb") as journal:
            begins = journal.read(len(next(iter(_MAGIC))))
    except OSError:
        return  # there is none, or SQLite will say what hinders it
    if any(begins) and begins not in _MAGIC:  # nothing but zeros: a power cut before anything was written
        error = sqlite3.DatabaseError(f"its journal {file}-wal is not one")
        error.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise error


def first_fault(connection: sqlite3.Connection, *, thorough: bool) -> str | None:
    """Return the first thing wrong with the pages of a file, None if they are sound; its indexes too if `thorough`."""
    try:
        (said,) = connection.execute(f"PRAGMA {'integrity' if thorough else 'quick'}_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise
        return str(error)
    return None if said == "ok" else " ".join(str(said).removeprefix("*** in database main ***").split())
