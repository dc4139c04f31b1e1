"""What a seed run would do: the seed compared with the database, and what is left alone because people edited it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, SQLModel, col

from app.changes.rows import Current, Difference, Key, differences, key_of, table_of
from app.changes.seed_files import Record, Seed, read_seed
from app.models import (
    Action,
    Citation,
    CitedKind,
    CommunePostcode,
    Cress,
    EpciDepartement,
    FormerCommune,
    Kind,
    Label,
    Membership,
    OfficialCount,
    PoleFormerName,
    PoleSector,
    PoleUnit,
    Revision,
    Source,
    Write,
)

EDITOR = "seed"

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
# Rows that only the seed writes: those that leave it leave the database.
_SEED_ONLY: tuple[type[SQLModel], ...] = (EpciDepartement, CommunePostcode, FormerCommune, OfficialCount, Cress)
_CITED_BY_SEED = {CitedKind.CRESS, CitedKind.OFFICIAL_COUNT}
_RETIRED = {Action.RETIRED, Action.MERGED}


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
    plan = Plan(reference=[*differences(seed.reference, current), *_withdrawn(seed, current)])
    origins = _origins(session)
    parts = _stored_parts(current)
    for record, rows in seed.records.items():
        found = differences(rows, current)
        wanted = {(row.table, key_of(row)) for row in rows}
        gone = [part for part in parts[record] if part not in wanted]
        found += [Difference(table, key, current[table][key], None) for table, key in gone]
        if found:
            action, editor = origins.get(record, (None, EDITOR))
            if action in _RETIRED:
                plan.conflicts.append(Conflict(*record, "la fiche a été retirée ou fusionnée"))
            elif editor != EDITOR:
                plan.conflicts.append(Conflict(*record, f"sa révision actuelle est de « {editor} »"))
            else:
                plan.records[record] = found
    plan.reference += _unused_sources(seed, current, plan)
    return plan


def _current_rows(session: Session, seed: Seed) -> Current:
    models = {row.table for row in seed.reference} | {row.table for rows in seed.records.values() for row in rows}
    found: dict[type[SQLModel], dict[Key, dict[str, Any]]] = {}
    models |= {*_PARTS, *_SEED_ONLY, Source}
    for model in models:
        table = table_of(model)
        names = [column.key for column in table.primary_key]
        rows = (row._asdict() for row in session.execute(select(table)))
        found[model] = {tuple(row[name] for name in names): row for row in rows}
    return found


def _withdrawn(seed: Seed, current: Current) -> Iterable[Difference]:
    """Yield the rows that the seed no longer has, of tables that nobody else writes and nothing refers to."""
    wanted = {(row.table, key_of(row)) for row in seed.reference}
    for model in _SEED_ONLY:
        for key, row in current[model].items():
            if (model, key) not in wanted:
                yield Difference(model, key, row, None)
    for key, row in current[Citation].items():
        if row["kind"] in _CITED_BY_SEED and (Citation, key) not in wanted:
            yield Difference(Citation, key, row, None)


def _unused_sources(seed: Seed, current: Current, plan: Plan) -> Iterable[Difference]:
    """Yield the sources of a seed that it no longer has and that back nothing more; an editor's stay."""
    citations = [difference for difference in plan.differences if difference.table is Citation]
    gone = {difference.key for difference in citations if difference.after is None}
    cited = {row["source"] for key, row in current[Citation].items() if key not in gone}
    cited |= {difference.after["source"] for difference in citations if difference.after}
    cited |= {row.values["id"] for row in seed.reference if row.table is Source}
    return [
        Difference(Source, key, row, None)
        for key, row in current[Source].items()
        if row["id"] not in cited and not row["serial"]
    ]


def _origins(session: Session) -> dict[Record, tuple[Action, str]]:
    """Return the last action on each record's own facts and who wrote it."""
    last = (
        select(func.max(col(Revision.id)))
        .where(col(Revision.edited))
        .group_by(col(Revision.kind), col(Revision.record_id))
    )
    rows = session.execute(
        select(col(Revision.kind), col(Revision.record_id), col(Revision.action), col(Write.editor))
        .join(Write)
        .where(col(Revision.id).in_(last))
    )
    return {(kind, record_id): (action, editor) for kind, record_id, action, editor in rows}


def _stored_parts(current: Current) -> Mapping[Record, list[tuple[type[SQLModel], Key]]]:
    parts: dict[Record, list[tuple[type[SQLModel], Key]]] = defaultdict(list)
    for model, column in _PARTS.items():
        for key, row in current[model].items():
            owner = _OWNER_OF_CITATION.get(row["kind"], Kind.POLE) if model is Citation else Kind.POLE
            parts[owner, row[column].partition("@")[0]].append((model, key))
    return parts
