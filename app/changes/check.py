"""The invariants of the registry, proven on a database: what `ptce check` reports."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import func, select, text
from sqlmodel import Session, col

from app.changes import facts, rules
from app.changes.check_published import published_faults
from app.changes.publish import current_revisions
from app.models import (
    FOREVER,
    Citation,
    CitedKind,
    Commune,
    Cress,
    Departement,
    FormerCommune,
    Kind,
    Label,
    Membership,
    OfficialCount,
    Organisation,
    Pole,
    PoleUnit,
    Revision,
    Wave,
    Write,
)

_TABLES: dict[Kind, Any] = {Kind.POLE: Pole, Kind.ORGANISATION: Organisation, Kind.WAVE: Wave}


def find_faults(session: Session, seed_dir: Path) -> Iterator[str]:
    """Return a sentence for each thing that is wrong; nothing if all invariants hold."""
    broken = list(_foreign_keys(session))
    if broken:
        yield from broken  # facts that refer to nothing cannot be read further
        return
    yield from _rules(session, seed_dir)
    yield from _units(session)
    yield from _sources(session)
    yield from _log(session)
    yield from published_faults(session)


def _foreign_keys(session: Session) -> Iterator[str]:
    """SQLite can be told to ignore them, by a tool that opens the file; PostgreSQL cannot."""
    if session.get_bind().dialect.name == "sqlite":
        for table, row, parent, _ in session.execute(text("PRAGMA foreign_key_check")):
            yield f"{table}, ligne {row} : renvoie à une ligne de {parent} qui n’existe pas"


def _rules(session: Session, seed_dir: Path) -> Iterable[str]:
    seats = select(Commune).where(col(Commune.code).in_(select(col(Pole.seat_commune))))
    communes = {commune.code: commune for commune in session.scalars(seats)}
    departements = {departement.code: departement for departement in session.scalars(select(Departement))}
    outlines = rules.read_outlines(seed_dir)
    for pole in session.scalars(select(Pole).order_by(col(Pole.id))):
        yield from _broken(f"pole {pole.id}", rules.pole_breaches(pole, communes, departements, outlines))
    for organisation in session.scalars(select(Organisation).order_by(col(Organisation.id))):
        yield from _broken(f"organisation {organisation.id}", rules.siren_breaches(organisation.siren))
    for member in session.scalars(select(Membership)):
        name = f"membership {member.pole}@{member.organisation}"
        yield from _broken(name, rules.period_breaches(member.since, member.until))
    waves = {wave.id: wave for wave in session.scalars(select(Wave))}
    for wave in waves.values():
        yield from _broken(f"wave {wave.id}", rules.wave_breaches(wave))
    for label in session.scalars(select(Label)):
        yield from _broken(f"label {label.pole}@{label.wave}", rules.label_breaches(label, waves[label.wave]))
    current = select(col(FormerCommune.code)).join(Commune, col(Commune.code) == col(FormerCommune.code))
    for code in session.scalars(current.order_by(col(FormerCommune.code))):
        yield f"former_commune {code} : ce code est celui d’une commune actuelle"


def _broken(name: str, breaches: Iterable[rules.Breach]) -> Iterator[str]:
    return (f"{name}, {breach.field} = {breach.value} : attendu, {breach.expected}" for breach in breaches)


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
