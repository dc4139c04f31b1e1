"""Read the normalised facts that documents are made from: a fixed number of SELECTs, whatever the number of records.

A link to a record that was retired or merged is kept, and not shown: restoring the record shows it again.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, TypeVar

from sqlalchemy import String, bindparam, select, type_coerce
from sqlmodel import Session, SQLModel, col

from app.changes.geography import Geography
from app.changes.rows import rows_where
from app.models import (
    Citation,
    CitedKind,
    Kind,
    Label,
    Membership,
    Organisation,
    Pole,
    PoleFormerName,
    PoleSector,
    PoleUnit,
    Sector,
    Source,
    SourceRef,
    Wave,
)
from app.models.pole import UnitPublic
from app.prepared import Prepared, rows
from app.queries.statements import AmongTexts, listed
from app.queries.units import Unit, read_units, select_units
from app.renderers.organisation import OrganisationFacts
from app.renderers.pole import PoleFacts
from app.renderers.wave import Award, WaveFacts

Row = TypeVar("Row", bound=SQLModel | Award)
NamedT = TypeVar("NamedT", Pole, Organisation, Wave)
Facts = PoleFacts | OrganisationFacts | WaveFacts
# What waves show of their labels: not the whole poles, of which a wave may have thousands.
_AWARDS: Final = Prepared(
    select(
        *map(col, (Label.wave, Pole.id, Pole.name)),
        type_coerce(col(Label.outcome), String),
        col(Label.awarded_on),
        type_coerce(col(Label.evidence), String),
    )
    .join(Pole, col(Pole.id) == col(Label.pole))
    .where(AmongTexts(col(Label.wave), bindparam("waves")), ~col(Pole.retired))
)
_SOURCES: Final = Prepared(
    select(
        *map(
            col,
            (Citation.kind, Citation.record, Citation.field, Source.id, Source.url, Source.publisher, Source.retired),
        )
    )
    .join(Source, col(Source.id) == col(Citation.source))
    .where(AmongTexts(col(Citation.kind), bindparam("kinds")), AmongTexts(col(Citation.record), bindparam("records")))
    .order_by(col(Citation.source), col(Citation.field))
)


def load(session: Session, kind: Kind, ids: Collection[str]) -> dict[str, Facts]:
    """Return the facts of these records; one that has no row is left out."""
    facts = _LOADERS[kind](session, ids) if ids else {}
    return dict(facts)


def load_units(session: Session, units: Iterable[str]) -> dict[str, Unit]:
    rows = [row for statement in select_units(set(units)) for row in session.execute(statement)]
    return {unit.written: unit for unit in read_units(rows)}


def load_poles(session: Session, ids: Collection[str]) -> dict[str, PoleFacts]:
    poles = rows_where(session, Pole, "id", ids)
    geography = Geography(
        session,
        (pole.seat_commune for pole in poles),
        (pole.departement for pole in poles),
        (pole.region for pole in poles),
    )
    names = _grouped(rows_where(session, PoleFormerName, "pole", ids), "pole")
    pole_sectors = _grouped(rows_where(session, PoleSector, "pole", ids), "pole")
    pole_units = _grouped(rows_where(session, PoleUnit, "pole", ids), "pole")
    labels = _grouped(rows_where(session, Label, "pole", ids), "pole")
    members = _grouped(rows_where(session, Membership, "pole", ids), "pole")
    coded = {row.sector for rows in pole_sectors.values() for row in rows}
    sectors = {sector.code: sector for sector in rows_where(session, Sector, "code", coded)}
    units = load_units(session, (f"{unit.kind}:{unit.code}" for rows in pole_units.values() for unit in rows))
    waves = _by_id(session, Wave, {label.wave for rows in labels.values() for label in rows})
    organisations = _by_id(session, Organisation, {row.organisation for rows in members.values() for row in rows})
    sources = _sources(
        session,
        {
            CitedKind.POLE: [pole.id for pole in poles],
            CitedKind.LABEL: [f"{label.pole}@{label.wave}" for rows in labels.values() for label in rows],
            CitedKind.MEMBERSHIP: [
                f"{member.pole}@{member.organisation}" for rows in members.values() for member in rows
            ],
        },
    )
    return {
        pole.id: PoleFacts(
            pole=pole,
            place=geography.place(pole.seat_commune, pole.departement, pole.region),
            former_names=[row.name for row in sorted(names[pole.id], key=lambda row: row.position)],
            units=[_unit(units, row) for row in sorted(pole_units[pole.id], key=lambda row: row.position)],
            containers=[
                container
                for row in pole_units[pole.id]
                if (unit := units.get(f"{row.kind}:{row.code}"))
                for container in unit.containers
            ],
            sectors=[sectors[row.sector] for row in sorted(pole_sectors[pole.id], key=lambda row: row.position)],
            labels=[
                (label, waves[label.wave], sources[CitedKind.LABEL, f"{label.pole}@{label.wave}"])
                for label in labels[pole.id]
                if not waves[label.wave].retired
            ],
            members=[
                (
                    member,
                    organisations[member.organisation],
                    sources[CitedKind.MEMBERSHIP, f"{member.pole}@{member.organisation}"],
                )
                for member in members[pole.id]
                if not organisations[member.organisation].retired
            ],
            sources=sources[CitedKind.POLE, pole.id],
        )
        for pole in poles
    }


def load_organisations(session: Session, ids: Collection[str]) -> dict[str, OrganisationFacts]:
    organisations = rows_where(session, Organisation, "id", ids)
    geography = Geography(session, (organisation.commune for organisation in organisations))
    members = _grouped(rows_where(session, Membership, "organisation", ids), "organisation")
    poles = _by_id(session, Pole, {member.pole for rows in members.values() for member in rows})
    sources = _sources(session, {CitedKind.ORGANISATION: [organisation.id for organisation in organisations]})
    return {
        organisation.id: OrganisationFacts(
            organisation=organisation,
            place=geography.place(organisation.commune),
            memberships=[
                (member, poles[member.pole]) for member in members[organisation.id] if not poles[member.pole].retired
            ],
            sources=sources[CitedKind.ORGANISATION, organisation.id],
        )
        for organisation in organisations
    }


def load_waves(session: Session, ids: Collection[str]) -> dict[str, WaveFacts]:
    waves = rows_where(session, Wave, "id", ids)
    sources = _sources(session, {CitedKind.WAVE: [wave.id for wave in waves]})
    awards = _grouped(map(Award._make, rows(session, _AWARDS, {"waves": listed(sorted(ids))})), "wave")
    return {
        wave.id: WaveFacts(wave=wave, labels=awards[wave.id], sources=sources[CitedKind.WAVE, wave.id])
        for wave in waves
    }


def _sources(
    session: Session, records: Mapping[CitedKind, Iterable[str]]
) -> Mapping[tuple[CitedKind, str], Sequence[SourceRef]]:
    """Return the sources of these records as they are now, in order of their ids, each with the fields it backs."""
    cited: dict[tuple[CitedKind, str], dict[str, SourceRef]] = defaultdict(dict)
    # One statement: what it may find of another kind under the same name is asked for by nobody.
    asked = {
        "kinds": listed(list(records)),
        "records": listed(sorted({one for ids in records.values() for one in ids})),
    }
    for kind, record, backed, identity, url, publisher, retired in rows(session, _SOURCES, asked):
        known = cited[kind, record].get(identity)
        if known is None:
            known = SourceRef(id=identity, url=url, publisher=publisher, retired=retired)
            cited[kind, record][identity] = known
        if backed:
            known.fields.append(backed)
    return defaultdict(list, {record: list(sources.values()) for record, sources in cited.items()})


def _unit(units: Mapping[str, Unit], row: PoleUnit) -> UnitPublic:
    written = f"{row.kind}:{row.code}"
    name = units[written].name if written in units else row.code
    return UnitPublic(unit=written, kind=row.kind, code=row.code, name=name)


def _by_id(session: Session, table: type[NamedT], ids: Iterable[str]) -> dict[str, NamedT]:
    return {row.id: row for row in rows_where(session, table, "id", ids)}


def _grouped(rows: Iterable[Row], attribute: str) -> Mapping[str, list[Row]]:
    groups: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        groups[getattr(row, attribute)].append(row)
    return groups


_LOADERS: Mapping[Kind, Any] = {
    Kind.POLE: load_poles,
    Kind.ORGANISATION: load_organisations,
    Kind.WAVE: load_waves,
}
