"""The invariants of the registry, proven on a database: what `ptce check` reports."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, table, text
from sqlmodel import Session, col

from app.changes import facts, rules
from app.changes.index import BOX_SCALE
from app.changes.publish import current_revisions, document, index_entry
from app.models import (
    FOREVER,
    Action,
    Citation,
    CitedKind,
    Commune,
    Cress,
    Departement,
    Document,
    FormerCommune,
    Kind,
    Label,
    Membership,
    OfficialCount,
    Organisation,
    Pole,
    PoleUnit,
    Revision,
    RevisionTerm,
    Source,
    Term,
    Wave,
    Write,
)
from app.models.revision import RevisionRef
from app.renderers.pole import PoleFacts

PORTION = 500
_TABLES: dict[Kind, Any] = {Kind.POLE: Pole, Kind.ORGANISATION: Organisation, Kind.WAVE: Wave}
_LISTED = col(Revision.facet_set).is_not(None)


def find_faults(session: Session, seed_dir: Path) -> Iterator[str]:
    """Return a sentence for each thing that is wrong; nothing if all invariants hold."""
    yield from _foreign_keys(session)
    yield from _rules(session, seed_dir)
    yield from _units(session)
    yield from _sources(session)
    yield from _log(session)
    yield from _documents(session)
    yield from _index(session)


def _foreign_keys(session: Session) -> Iterable[str]:
    """SQLite can be told to ignore them, by a tool that opens the file; PostgreSQL cannot."""
    if session.get_bind().dialect.name == "sqlite":
        for table, row, parent, _ in session.execute(text("PRAGMA foreign_key_check")):
            yield f"{table}, ligne {row} : renvoie à une ligne de {parent} qui n’existe pas"


def _rules(session: Session, seed_dir: Path) -> Iterable[str]:
    communes = {commune.code: commune for commune in session.scalars(select(Commune))}
    departements = {departement.code: departement for departement in session.scalars(select(Departement))}
    outlines = rules.read_outlines(seed_dir)
    for pole in session.scalars(select(Pole).order_by(col(Pole.id))):
        for breach in rules.pole_breaches(pole, communes, departements, outlines):
            yield f"pole {pole.id}, {breach.field} = {breach.value} : attendu, {breach.expected}"
    for organisation in session.scalars(select(Organisation).order_by(col(Organisation.id))):
        for breach in rules.siren_breaches(organisation.siren):
            yield f"organisation {organisation.id}, {breach.field} = {breach.value} : attendu, {breach.expected}"
    for member in session.scalars(select(Membership)):
        for breach in rules.period_breaches(member.since, member.until):
            name = f"{member.pole}@{member.organisation}"
            yield f"membership {name}, {breach.field} = {breach.value} : attendu, {breach.expected}"
    for former in session.scalars(select(FormerCommune)):
        if former.code in communes:
            yield f"former_commune {former.code} : ce code est celui d’une commune actuelle"


def _units(session: Session) -> Iterable[str]:
    units = list(session.scalars(select(PoleUnit)))
    known = facts.load_units(session, (f"{unit.kind}:{unit.code}" for unit in units))
    for unit in units:
        if f"{unit.kind}:{unit.code}" not in known:
            yield f"pole {unit.pole}, territoire {unit.kind}:{unit.code} : cette unité n’existe pas"


def _sources(session: Session) -> Iterable[str]:
    cited: dict[CitedKind, set[str]] = {kind: set() for kind in CitedKind}
    for kind, record in session.execute(select(col(Citation.kind), col(Citation.record))):
        cited[kind].add(record)
    records: dict[CitedKind, set[str]] = {
        CitedKind.POLE: set(session.scalars(select(col(Pole.id)))),
        CitedKind.ORGANISATION: set(session.scalars(select(col(Organisation.id)))),
        CitedKind.WAVE: set(session.scalars(select(col(Wave.id)))),
        CitedKind.CRESS: set(session.scalars(select(col(Cress.region)))),
        CitedKind.OFFICIAL_COUNT: set(session.scalars(select(col(OfficialCount.id)))),
        CitedKind.LABEL: {f"{pole}@{wave}" for pole, wave in session.execute(select(col(Label.pole), col(Label.wave)))},
        CitedKind.MEMBERSHIP: {
            f"{pole}@{member}"
            for pole, member in session.execute(select(col(Membership.pole), col(Membership.organisation)))
        },
    }
    for kind in CitedKind:
        yield from (f"{kind} {record} : aucune source" for record in sorted(records[kind] - cited[kind]))
        yield from (
            f"citation de {kind} {record} : cette fiche n’existe pas" for record in sorted(cited[kind] - records[kind])
        )
    unused = select(col(Source.id)).where(col(Source.id).not_in(select(col(Citation.source))))
    yield from (f"source {source} : n’appuie aucune fiche" for source in session.scalars(unused))


def _log(session: Session) -> Iterable[str]:
    doubled = (
        select(col(Revision.kind), col(Revision.record_id), func.count())
        .where(col(Revision.until) == FOREVER)
        .group_by(col(Revision.kind), col(Revision.record_id))
        .having(func.count() > 1)
    )
    for kind, record_id, number in session.execute(doubled):
        yield f"{kind} {record_id} : {number} révisions actuelles, une seule est possible"
    for kind, model in _TABLES.items():
        standing = set(current_revisions(session, kind))
        yield from (
            f"{kind} {known} : aucune révision" for known in sorted(set(session.scalars(select(model.id))) - standing)
        )
    before = None
    for write in session.scalars(select(Write).order_by(col(Write.serial))):
        if before is not None and write.serial != before.serial + 1:
            yield f"write {write.serial} : suit {before.serial}, il manque une écriture"
        if before is not None and (
            write.recorded_at < before.recorded_at or write.last_revision < before.last_revision
        ):
            yield f"write {write.serial} : recule dans le temps"
        before = write
    last = session.scalar(select(func.max(col(Revision.id))))
    if last is not None and (before is None or before.last_revision != last):
        yield f"revision {last} : n’est pas la dernière de la dernière écriture"


def _documents(session: Session) -> Iterable[str]:
    """Every standing document is what its facts would be rendered to now."""
    for kind in Kind:
        current = current_revisions(session, kind)
        ids = sorted(current)
        for start in range(0, len(ids), PORTION):
            some = ids[start : start + PORTION]
            loaded = facts.load(session, kind, some)
            for record_id in some:
                revision, body = current[record_id]
                if revision.action in {Action.RETIRED, Action.MERGED}:
                    continue
                if record_id not in loaded:
                    yield f"{kind} {record_id} : publié, mais sans faits"
                    continue
                recorded_at = json.loads(body)["revision"]["recorded_at"]
                reference = RevisionRef(serial=revision.serial, recorded_at=recorded_at, action=revision.action)
                stored = session.get_one(Document, revision.id)
                rendered = document(kind, loaded[record_id], reference)
                if (stored.body, stored.feature, stored.row) != (rendered.body, rendered.feature, rendered.row):
                    yield f"{kind} {record_id} : le document publié n’est plus celui de ses faits"


def _index(session: Session) -> Iterable[str]:
    """Every standing revision carries the terms of its facts, its words, and its box where it has a point."""
    for kind in Kind:
        rows = session.execute(
            select(col(Revision.record_id), col(Term.name), col(Term.value))
            .join(RevisionTerm, col(RevisionTerm.revision) == col(Revision.id))
            .join(Term, col(Term.id) == col(RevisionTerm.term))
            .where(col(Revision.kind) == kind, col(Revision.until) == FOREVER, col(RevisionTerm.until) == FOREVER)
        )
        carried: dict[str, set[tuple[str, str]]] = {}
        for record_id, name, value in rows:
            carried.setdefault(record_id, set()).add((name, value))
        loaded = facts.load(session, kind, list(session.scalars(
            select(col(Revision.record_id)).where(col(Revision.kind) == kind, col(Revision.until) == FOREVER, _LISTED)
        )))  # fmt: skip
        units = facts.load_units(
            session, (unit.unit for known in loaded.values() if isinstance(known, PoleFacts) for unit in known.units)
        )
        for record_id, known in loaded.items():
            if set(index_entry(known, units).terms) != carried.get(record_id, set()):
                yield f"{kind} {record_id} : l’index ne porte pas les termes de ses faits"
    yield from _search(session)


def _search(session: Session) -> Iterable[str]:
    listed = session.scalars(select(func.count()).select_from(Revision).where(_LISTED)).one()
    located = session.scalars(
        select(func.count()).select_from(Revision).where(_LISTED, col(Revision.longitude).is_not(None))
    ).one()
    for name, wanted in (("revision_text", listed), ("revision_box", located)):
        found = session.scalars(select(func.count()).select_from(table(name))).one()
        if found != wanted:
            yield f"{name} : {found} lignes, {wanted} attendues"
    if session.get_bind().dialect.name == "sqlite":
        misplaced = text(
            "SELECT r.record_id FROM revision r JOIN revision_box b ON b.id = r.id WHERE b.t1 <> r.until"
            " OR b.x0 <> CAST(round(r.longitude * :scale) AS INTEGER)"
            " OR b.y0 <> CAST(round(r.latitude * :scale) AS INTEGER)"
        )
        rows = session.execute(misplaced, {"scale": BOX_SCALE})
        yield from (f"{record_id} : sa boîte n’est pas à sa place" for (record_id,) in rows)
