"""Seed the database from `seed/`: what is new is added, what came from a seed is corrected, the rest is left alone."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Table, delete, select, update
from sqlmodel import Session, SQLModel, col

from app.changes.index import insert_rows
from app.changes.publish import begin_write, publish
from app.changes.seed_files import Record, Seed, read_seed
from app.changes.sheets import Wanted
from app.models import (
    FOREVER,
    Action,
    Citation,
    CitedKind,
    Kind,
    Label,
    Membership,
    PoleFormerName,
    PoleSector,
    PoleUnit,
    Revision,
    Write,
)

EDITOR = "seed"
Key = tuple[Any, ...]
Progress = Callable[[str, int, int], None]

# Rows of a record that go when the seed no longer has them; a record itself never goes this way.
_PARTS: Mapping[type[SQLModel], str] = {
    PoleFormerName: "pole",
    PoleSector: "pole",
    PoleUnit: "pole",
    Label: "pole",
    Membership: "pole",
    Citation: "record",
}
_OWNER_OF_CITATION = {CitedKind.ORGANISATION: Kind.ORGANISATION, CitedKind.WAVE: Kind.WAVE}
_RETIRED = {Action.RETIRED, Action.MERGED}


@dataclass(frozen=True, slots=True)
class Difference:
    """One row to add, to change (`before` and `after` of what differs) or to take away."""

    table: type[SQLModel]
    key: Key
    before: dict[str, Any] | None
    after: dict[str, Any] | None

    def __str__(self) -> str:
        name = f"{self.table.__tablename__} {'@'.join(map(str, self.key))}"
        if self.before is None:
            return f"+ {name}"
        if self.after is None:
            return f"- {name}"
        changes = (f"{column} : {self.before[column]!r} → {value!r}" for column, value in self.after.items())
        return f"~ {name} ({', '.join(changes)})"


@dataclass(frozen=True, slots=True)
class Conflict:
    """A record that the seed would change, but that someone has edited or retired since."""

    kind: Kind
    record_id: str
    why: str

    def __str__(self) -> str:
        return f"{self.kind} {self.record_id} : laissé en l’état, {self.why}"


@dataclass
class Plan:
    """What a seed run would do; `records` by owner, `reference` for geography, vocabularies and sources."""

    reference: list[Difference] = field(default_factory=list)
    records: dict[Record, list[Difference]] = field(default_factory=dict)
    conflicts: list[Conflict] = field(default_factory=list)

    @property
    def differences(self) -> list[Difference]:
        return [*self.reference, *(difference for some in self.records.values() for difference in some)]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a seed run did: the serial it took (None if nothing differed) and the number of revisions it published."""

    plan: Plan
    serial: int | None
    revisions: int


def plan_seed(session: Session, folder: Path) -> Plan:
    """Compare the seed with the database. Raises BadSheets before anything else if a cell is bad."""
    seed = read_seed(folder)
    current = _current_rows(session, seed)
    plan = Plan(reference=_differences(seed.reference, current))
    origins = _origins(session)
    parts = _stored_parts(current)
    for record, rows in seed.records.items():
        differences = _differences(rows, current)
        wanted = {(row.table, _key(row)) for row in rows}
        for table, key in parts[record] - wanted:
            differences.append(Difference(table, key, current[table][key], None))
        if differences:
            action, editor = origins.get(record, (None, EDITOR))
            if action in _RETIRED:
                plan.conflicts.append(Conflict(*record, "la fiche a été retirée ou fusionnée"))
            elif editor != EDITOR:
                plan.conflicts.append(Conflict(*record, f"sa révision actuelle est de « {editor} »"))
            else:
                plan.records[record] = differences
    _drop_orphans(plan, current)
    return plan


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


def _key(row: Wanted) -> Key:
    return tuple(row.values[column.key] for column in _table(row.table).primary_key)


def _table(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]  # every table model has one
    return table


def _current_rows(session: Session, seed: Seed) -> dict[type[SQLModel], dict[Key, dict[str, Any]]]:
    models = {row.table for row in seed.reference} | {row.table for rows in seed.records.values() for row in rows}
    found: dict[type[SQLModel], dict[Key, dict[str, Any]]] = {}
    for model in models | set(_PARTS):
        table = _table(model)
        names = [column.key for column in table.primary_key]
        rows = (row._asdict() for row in session.execute(select(table)))
        found[model] = {tuple(row[name] for name in names): row for row in rows}
    return found


def _differences(
    rows: Iterable[SQLModel], current: Mapping[type[SQLModel], dict[Key, dict[str, Any]]]
) -> list[Difference]:
    found: list[Difference] = []
    for row in rows:
        key = _key(row)
        known = current[row.table].get(key)
        if known is None:
            found.append(Difference(row.table, key, None, row.values))
            continue
        changed = {name: value for name, value in row.values.items() if known[name] != value}
        if changed:
            found.append(Difference(row.table, key, {name: known[name] for name in changed}, changed))
    return found


def _origins(session: Session) -> dict[Record, tuple[Action, str]]:
    """Return the last action on each record and who wrote it."""
    rows = session.execute(
        select(Revision.kind, Revision.record_id, Revision.action, Write.editor)
        .join(Write)
        .where(col(Revision.until) == FOREVER)
    )
    return {(kind, record_id): (action, editor) for kind, record_id, action, editor in rows}


def _stored_parts(
    current: Mapping[type[SQLModel], dict[Key, dict[str, Any]]],
) -> Mapping[Record, set[tuple[type[SQLModel], Key]]]:
    parts: dict[Record, set[tuple[type[SQLModel], Key]]] = defaultdict(set)
    for model, column in _PARTS.items():
        for key, row in current[model].items():
            owner = _OWNER_OF_CITATION.get(row["kind"], Kind.POLE) if model is Citation else Kind.POLE
            parts[owner, row[column].partition("@")[0]].add((model, key))
    return parts


def _drop_orphans(plan: Plan, current: Mapping[type[SQLModel], dict[Key, dict[str, Any]]]) -> None:
    """Leave out new rows whose record was left alone, and records that need one that was."""
    blocked = {(conflict.kind, conflict.record_id) for conflict in plan.conflicts}
    for record, differences in list(plan.records.items()):
        needed = {
            (kind, difference.after[column])
            for difference in differences
            if difference.before is None and difference.after is not None
            for kind, column in ((Kind.WAVE, "wave"), (Kind.ORGANISATION, "organisation"))
            if column in difference.after
        }
        missing = {(kind, value) for kind, value in needed & blocked if not _exists(current, kind, value)}
        if missing:
            del plan.records[record]
            plan.conflicts.append(Conflict(*record, "elle dépend d’une fiche laissée en l’état"))


def _exists(current: Mapping[type[SQLModel], dict[Key, dict[str, Any]]], kind: Kind, record_id: str) -> bool:
    return any((record_id,) in rows for model, rows in current.items() if model.__tablename__ == kind)


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
    return [column == value for column, value in zip(_table(row.table).primary_key, row.key, strict=True)]


def _touched(session: Session, plan: Plan) -> dict[Kind, set[str]]:
    """Return the records whose documents may differ: those changed, those that lost a link, all if a name that they may show changed."""
    touched: dict[Kind, set[str]] = {kind: set() for kind in Kind}
    for (kind, record_id), differences in plan.records.items():
        touched[kind].add(record_id)
        for row in differences:
            if row.table is Membership:
                touched[Kind.ORGANISATION].add(row.key[1])
            if row.table is Label:
                touched[Kind.WAVE].add(row.key[1])
    if any(row.before is not None for row in plan.reference):
        rows = session.execute(select(Revision.kind, Revision.record_id).where(col(Revision.until) == FOREVER))
        for kind, record_id in rows:
            touched[kind].add(record_id)
    return touched
