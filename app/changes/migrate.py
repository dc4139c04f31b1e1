"""Bring the schema to the head of `migrations/`; processes that start together wait for the first."""

from functools import cache

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlmodel import Session

from app.database import WRITER_LOCK, Database
from app.settings import ROOT


def alembic_config() -> Config:
    return Config(str(ROOT / "alembic.ini"))


@cache
def head() -> str | None:
    return ScriptDirectory.from_config(alembic_config()).get_current_head()


@cache
def known() -> frozenset[str]:
    """Return the migrations that this version knows, its own and those before."""
    return frozenset(script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions())


def current(database: Database) -> str | None:
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def of(session: Session) -> str | None:
    """Return the migration that the schema stands at, None for a database without tables."""
    return MigrationContext.configure(session.connection()).get_current_revision()


def upgrade(database: Database, revision: str = "head") -> bool:
    """Migrate in one transaction; return whether there was anything to do."""
    if revision == "head" and current(database) == head():
        return False
    config = alembic_config()
    with database.engine.execution_options(writer=True).begin() as connection:
        if not database.is_sqlite:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": WRITER_LOCK})
        config.attributes["connection"] = connection
        command.upgrade(config, revision)
    return True


def downgrade(database: Database, revision: str) -> None:
    config = alembic_config()
    with database.engine.execution_options(writer=True).begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, revision)
