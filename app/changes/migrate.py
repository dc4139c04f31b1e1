"""Bring the schema to the head of `migrations/`; processes that start together wait for the first.

What a schema is at and should be at is read without Alembic, which is loaded where there is something to migrate.
"""

import re
import sys
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, text
from sqlmodel import Session

from app.database import WRITER_LOCK, Database
from app.settings import ROOT

if TYPE_CHECKING:
    from alembic.config import Config

_WRITTEN: Final = re.compile(r"""^(down_)?revision = (?:["'](\w+)["']|None)$""", re.MULTILINE)


def alembic_config() -> "Config":
    from alembic.config import Config

    # Its own default is the stdout of the moment when it was loaded.
    return Config(str(ROOT / "alembic.ini"), stdout=sys.stdout)


@cache
def _before() -> Mapping[str, str]:
    """Return each migration that this version knows with the one before it, "" before the first."""
    files = (ROOT / "migrations" / "versions").glob("*.py")
    written = (dict(_WRITTEN.findall(file.read_text(encoding="utf-8"))) for file in files)
    return {names[""]: names["down_"] for names in written}


@cache
def head() -> str:
    (last,) = known() - set(_before().values())
    return last


def known() -> frozenset[str]:
    """Return the migrations that this version knows, its own and those before."""
    return frozenset(_before())


def current(database: Database) -> str | None:
    with database.engine.connect() as connection:
        return _stands(connection)


def of(session: Session) -> str | None:
    """Return the migration that the schema stands at, None for a database without tables."""
    return _stands(session.connection())


def _stands(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()


def upgrade(database: Database, revision: str = "head") -> bool:
    """Migrate in one transaction; return whether there was anything to do."""
    if revision == "head" and current(database) == head():
        return False
    from alembic import command

    config = alembic_config()
    with database.engine.execution_options(writer=True).begin() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WRITER_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    return True


def downgrade(database: Database, revision: str) -> None:
    from alembic import command

    config = alembic_config()
    with database.engine.execution_options(writer=True).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
