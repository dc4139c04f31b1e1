"""What a database holds, to compare before and after."""

import json
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from sqlmodel import Session, SQLModel, col

from app.changes import check, seed
from app.changes.publish import begin_write, publish
from app.changes.seed import Outcome
from app.database import Database
from app.models import FOREVER, Document, Kind, Revision

Contents = dict[str, list[tuple[Any, ...]]]
By = tuple[str, str]  # kind and id of a record


def contents(database: Database) -> Contents:
    """Return every row of every table of the models, and the size of the two search tables."""
    with database.reading() as session:
        held: Contents = {
            table.name: sorted((tuple(row) for row in session.execute(select(table))), key=repr)
            for table in SQLModel.metadata.sorted_tables
        }
        for name in ("revision_text", "revision_box"):
            held[name] = [tuple(row) for row in session.execute(text(f"SELECT count(*) FROM {name}"))]
        return held


def apply(database: Database, folder: Path) -> Outcome:
    with database.writing() as session:
        return seed.seed_database(session, folder)


def faults(database: Database, folder: Path) -> list[str]:
    with database.reading() as session:
        return list(check.find_faults(session, folder))


def published(database: Database, serial: int) -> set[By]:
    """Return the records of which a write published a revision."""
    with database.reading() as session:
        rows = session.execute(
            select(col(Revision.kind), col(Revision.record_id)).where(col(Revision.serial) == serial)
        )
        return {(str(kind), record_id) for kind, record_id in rows}


def last_serial(database: Database) -> int:
    with database.reading() as session:
        return int(session.execute(text("SELECT coalesce(max(serial), 0) FROM write")).scalar_one())


def document(database: Database, kind: Kind, record_id: str) -> dict[str, Any]:
    """Return the JSON that is served of a record now."""
    with database.reading() as session:
        body = session.scalars(
            select(col(Document.body))
            .join(Revision, col(Revision.id) == col(Document.revision))
            .where(col(Revision.kind) == kind, col(Revision.record_id) == record_id, col(Revision.until) == FOREVER)
        ).one()
    shown: dict[str, Any] = json.loads(body)
    return shown


def damage(database: Database, statement: str, **values: object) -> None:
    """Change the database behind the back of the application, as a tool that opens the file does."""
    with Session(database.engine) as session, session.begin():
        session.execute(text(statement), values)


def edit(database: Database, kind: Kind, record_id: str, editor: str = "CRESS Test", **columns: object) -> None:
    """Change a record's row and publish it, as a curator's write does."""
    changes = ", ".join(f"{column} = :{column}" for column in columns)
    with database.writing() as session, begin_write(session, editor=editor, reason="Correction") as writing:
        session.execute(text(f"UPDATE {kind} SET {changes} WHERE id = :id"), {"id": record_id, **columns})
        assert publish(writing, {kind: {record_id}})
