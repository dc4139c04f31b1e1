"""Alembic's environment: our models, batch mode for SQLite, and the tables that only one database has left aside."""

from alembic import context
from sqlalchemy import Connection, create_engine
from sqlmodel import SQLModel

import app.models  # noqa: F401  the tables
from app.settings import get_settings

# Virtual tables on SQLite, tables with their own types on PostgreSQL: made by hand in their migration.
BY_HAND = ("revision_text", "revision_box", "spatial_ref_sys")


def include_name(name: str | None, kind: str, _parents: object) -> bool:
    return not (kind == "table" and name is not None and name.startswith(BY_HAND))


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        render_as_batch=True,
        compare_type=True,
        include_name=include_name,
        transaction_per_migration=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with create_engine(get_settings().database_url).connect() as made:
        migrate(made)
        made.commit()
