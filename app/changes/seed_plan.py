"""What a seed run would do: the seed compared with the database, and what is left alone because people edited it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Table, select
from sqlmodel import Session, SQLModel, col

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
    return plan


def _key(row: Wanted) -> Key:
    return tuple(row.values[column.key] for column in table_of(row.table).primary_key)


def table_of(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]  # every table model has one
    return table


def _current_rows(session: Session, seed: Seed) -> dict[type[SQLModel], dict[Key, dict[str, Any]]]:
    models = {row.table for row in seed.reference} | {row.table for rows in seed.records.values() for row in rows}
    found: dict[type[SQLModel], dict[Key, dict[str, Any]]] = {}
    for model in models | set(_PARTS):
        table = table_of(model)
        names = [column.key for column in table.primary_key]
        rows = (row._asdict() for row in session.execute(select(table)))
        found[model] = {tuple(row[name] for name in names): row for row in rows}
    return found


def _differences(
    rows: Iterable[Wanted], current: Mapping[type[SQLModel], dict[Key, dict[str, Any]]]
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
        select(col(Revision.kind), col(Revision.record_id), col(Revision.action), col(Write.editor))
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
