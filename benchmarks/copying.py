"""A set on PostgreSQL, copied from the same one on SQLite: rows as they stand, words and places in their own form.

Writing 100,000 poles twice would take an hour more. `tests/test_benchmarks.py` proves that both answer the same.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import sql

_APART: Final = {"alembic_version", "spatial_ref_sys", "revision_text", "revision_box"}
_TABLES: Final = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
_NUMBERED: Final = """
SELECT table_name, column_name, pg_get_serial_sequence(table_name, column_name) FROM information_schema.columns
WHERE table_schema = current_schema() AND pg_get_serial_sequence(quote_ident(table_name), column_name) IS NOT NULL
"""
_WORDS: Final = "CREATE VIRTUAL TABLE temp.word USING fts5vocab(main, revision_text, instance)"
_SEARCH: Final = """
INSERT INTO revision_text
SELECT revision, array_to_tsvector(array_agg(DISTINCT word)) FROM word GROUP BY revision;
INSERT INTO revision_box
SELECT id, ST_SetSRID(ST_MakePoint(longitude, latitude), 4326) FROM revision
WHERE facet_set IS NOT NULL AND longitude IS NOT NULL AND latitude IS NOT NULL;
"""


def copy(file: Path, server: str) -> None:
    """Fill a migrated database, at a URL of libpq, with what a file of SQLite holds; in one transaction."""
    source = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)
    with psycopg.connect(server) as target:
        target.execute("SET timezone = 'UTC'")  # times of SQLite do not say their zone
        target.execute("SET session_replication_role = replica")  # what was consistent there is so here
        target.execute("SET idle_in_transaction_session_timeout = 0")
        tables = sorted({name for (name,) in target.execute(_TABLES)} - _APART)
        target.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(map(sql.Identifier, tables))))
        for table in tables:
            cursor = source.execute(f'SELECT * FROM "{table}"')  # noqa: S608  names of our own tables
            _fill(target, table, [name for name, *_ in cursor.description], cursor)
        target.execute("CREATE TEMPORARY TABLE word (revision integer, word text) ON COMMIT DROP")
        source.execute(_WORDS)
        _fill(target, "word", ["revision", "word"], source.execute("SELECT doc, term FROM temp.word"))
        target.execute(_SEARCH)
        for table, column, sequence in target.execute(_NUMBERED).fetchall():
            latest = sql.SQL("SELECT setval({}, max({})) FROM {}")
            target.execute(latest.format(sequence, sql.Identifier(column), sql.Identifier(table)))
    source.close()
    with psycopg.connect(server, autocommit=True) as target:
        target.execute("VACUUM ANALYZE")  # what autovacuum does in its own time


def _fill(target: psycopg.Connection, table: str, columns: Sequence[str], rows: Iterator[Sequence[Any]]) -> None:
    into = sql.SQL("COPY {} ({}) FROM STDIN")
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    with target.cursor().copy(into.format(sql.Identifier(table), names)) as copying:
        for row in rows:
            copying.write_row(row)
