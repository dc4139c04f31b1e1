"""Seed the database from `seed/`: what is new is added, what came from a seed is corrected, the rest is left alone."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select, update
from sqlmodel import Session, SQLModel, col

from app.changes.index import insert_rows
from app.changes.publish import begin_write, publish
from app.changes.seed_plan import EDITOR, Difference, Plan, plan_seed, table_of
from app.models import FOREVER, Kind, Label, Membership, Revision

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a seed run did: the serial it took (None if nothing differed) and the number of revisions it published."""

    plan: Plan
    serial: int | None
    revisions: int


def seed_database(session: Session, folder: Path, progress: Progress = lambda _what, _done, _total: None) -> Outcome:
    """Bring the database in step with the seed, in one write. Raises BadSheets, having written nothing."""
    progress("Lecture et contrôle du jeu de données", 0, 1)
    plan = plan_seed(session, folder)
    differences = plan.differences
    if not differences:
        return Outcome(plan, None, 0)
    with begin_write(session, editor=EDITOR, reason="Jeu de données initial (seed/)") as writing:
        _apply(session, differences, progress)
        progress("Publication des fiches", 0, 1)
        revisions = publish(writing, _touched(session, plan))
        progress("Publication des fiches", 1, 1)
        return Outcome(plan, writing.serial, len(revisions))


def _apply(session: Session, differences: list[Difference], progress: Progress) -> None:
    """Write the rows: additions and changes parents first, then removals children first."""
    by_table: dict[str, list[Difference]] = defaultdict(list)
    for difference in differences:
        by_table[str(difference.table.__tablename__)].append(difference)
    done, total = 0, len(differences)
    order = [table.name for table in SQLModel.metadata.sorted_tables if table.name in by_table]
    for name in order:
        added = [row.after for row in by_table[name] if row.before is None and row.after is not None]
        for start in range(0, len(added), 5000):
            insert_rows(session, by_table[name][0].table, added[start : start + 5000])
            done += len(added[start : start + 5000])
            progress(f"Écriture de {name}", done, total)
        for row in by_table[name]:
            if row.before is not None and row.after:
                session.execute(update(row.table).where(*_where(row)).values(**row.after))
                done += 1
    for name in reversed(order):
        for row in by_table[name]:
            if row.after is None:
                session.execute(delete(row.table).where(*_where(row)))
                done += 1
    progress("Écriture", total, total)


def _where(row: Difference) -> list[Any]:
    return [column == value for column, value in zip(table_of(row.table).primary_key, row.key, strict=True)]


def _touched(session: Session, plan: Plan) -> dict[Kind, set[str]]:
    """Return the records whose documents may differ: all of them if a name that they may show has changed."""
    touched: dict[Kind, set[str]] = {kind: set() for kind in Kind}
    for (kind, record_id), differences in plan.records.items():
        touched[kind].add(record_id)
        for row in differences:
            if row.table is Membership:
                touched[Kind.ORGANISATION].add(row.key[1])
            if row.table is Label:
                touched[Kind.WAVE].add(row.key[1])
    if any(row.before is not None for row in plan.reference):
        rows = session.execute(
            select(col(Revision.kind), col(Revision.record_id)).where(col(Revision.until) == FOREVER)
        )
        for kind, record_id in rows:
            touched[kind].add(record_id)
    return touched
