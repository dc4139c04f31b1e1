"""Read the normalised facts that documents are made from: a fixed number of SELECTs, whatever the number of records.

A link to a record that was retired or merged is kept, and not shown: restoring the record shows it again.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any, TypeVar

from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from app.models import (
    CitedKind,
    CodeName,
    Commune,
    Departement,
    Epci,
    Kind,
    Label,
    Membership,
    Organisation,
    Pole,
    PoleFormerName,
    PoleSector,
    PoleUnit,
    Region,
    Sector,
    Wave,
)
from app.models.pole import UnitPublic
from app.queries.sources import read_sources
from app.queries.statements import portions
from app.queries.units import Unit, read_units, select_units
from app.renderers.organisation import OrganisationFacts
from app.renderers.pole import Place, PoleFacts
from app.renderers.wave import WaveFacts

Row = TypeVar("Row", bound=SQLModel)
Facts = PoleFacts | OrganisationFacts | WaveFacts


class Geography:
    """The names of the places that some records lie in, and the units that their territories name."""

    def __init__(self, session: Session, communes: Iterable[str | None], departements: Iterable[str | None]) -> None:
        self.communes = _by_code(session, Commune, communes)
        wanted = {*departements, *(commune.departement for commune in self.communes.values())}
        self.departements = _by_code(session, Departement, wanted)
        self.epcis = _by_code(session, Epci, {commune.epci for commune in self.communes.values()})
        self.regions = {region.code: region for region in session.scalars(select(Region))}

    def place(self, commune: str | None, departement: str | None = None, region: str | None = None) -> Place:
        town = self.communes.get(commune or "")
        county = self.departements.get((town.departement if town else departement) or "")
        area = self.regions.get((county.region if county else region) or "")
        epci = self.epcis.get(town.epci or "") if town else None
        return Place(
            commune=_code_name(town),
            departement=_code_name(county),
            region=_code_name(area),
            epci=_code_name(epci),
            longitude=town.longitude if town else None,
            latitude=town.latitude if town else None,
        )


def load(session: Session, kind: Kind, ids: Collection[str]) -> dict[str, Facts]:
    """Return the facts of these records; one that has no row is left out."""
    facts = _LOADERS[kind](session, ids) if ids else {}
    return dict(facts)


def load_units(session: Session, units: Iterable[str]) -> dict[str, Unit]:
    rows = [row for statement in select_units(set(units)) for row in session.execute(statement)]
    return {unit.written: unit for unit in read_units(rows)}


def load_poles(session: Session, ids: Collection[str]) -> dict[str, PoleFacts]:
    poles = _by_code(session, Pole, ids, col(Pole.id))
    geography = Geography(
        session, (pole.seat_commune for pole in poles.values()), (pole.departement for pole in poles.values())
    )
    names = _grouped(_among(session, PoleFormerName, (col(PoleFormerName.pole), ids)), "pole")
    pole_sectors = _grouped(_among(session, PoleSector, (col(PoleSector.pole), ids)), "pole")
    sectors = {sector.code: sector for sector in session.scalars(select(Sector))}
    pole_units = _grouped(_among(session, PoleUnit, (col(PoleUnit.pole), ids)), "pole")
    units = load_units(session, (f"{unit.kind}:{unit.code}" for rows in pole_units.values() for unit in rows))
    labels = _grouped(_among(session, Label, (col(Label.pole), ids)), "pole")
    waves = {wave.id: wave for wave in session.scalars(select(Wave))}
    members = _grouped(_among(session, Membership, (col(Membership.pole), ids)), "pole")
    organisations = _by_code(
        session,
        Organisation,
        {member.organisation for rows in members.values() for member in rows},
        col(Organisation.id),
    )
    sources = read_sources(
        session,
        {
            CitedKind.POLE: list(poles),
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
            units=[
                UnitPublic(
                    unit=f"{unit.kind}:{unit.code}", kind=unit.kind, code=unit.code, name=_unit_name(units, unit)
                )
                for unit in sorted(pole_units[pole.id], key=lambda row: row.position)
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
        for pole in poles.values()
    }


def load_organisations(session: Session, ids: Collection[str]) -> dict[str, OrganisationFacts]:
    organisations = _by_code(session, Organisation, ids, col(Organisation.id))
    geography = Geography(session, (organisation.commune for organisation in organisations.values()), ())
    members = _grouped(_among(session, Membership, (col(Membership.organisation), ids)), "organisation")
    poles = _by_code(session, Pole, {member.pole for rows in members.values() for member in rows}, col(Pole.id))
    sources = read_sources(session, {CitedKind.ORGANISATION: list(organisations)})
    return {
        organisation.id: OrganisationFacts(
            organisation=organisation,
            place=geography.place(organisation.commune),
            memberships=[
                (member, poles[member.pole]) for member in members[organisation.id] if not poles[member.pole].retired
            ],
            sources=sources[CitedKind.ORGANISATION, organisation.id],
        )
        for organisation in organisations.values()
    }


def load_waves(session: Session, ids: Collection[str]) -> dict[str, WaveFacts]:
    waves = _by_code(session, Wave, ids, col(Wave.id))
    labels = _grouped(_among(session, Label, (col(Label.wave), ids)), "wave")
    poles = _by_code(session, Pole, {label.pole for rows in labels.values() for label in rows}, col(Pole.id))
    sources = read_sources(session, {CitedKind.WAVE: list(waves)})
    return {
        wave.id: WaveFacts(
            wave=wave,
            labels=[(label, poles[label.pole]) for label in labels[wave.id] if not poles[label.pole].retired],
            sources=sources[CitedKind.WAVE, wave.id],
        )
        for wave in waves.values()
    }


def _unit_name(units: Mapping[str, Unit], unit: PoleUnit) -> str:
    known = units.get(f"{unit.kind}:{unit.code}")
    return known.name if known else unit.code


def _code_name(place: Commune | Departement | Region | Epci | None) -> CodeName | None:
    return None if place is None else CodeName(code=place.code, name=place.name)


def _by_code(session: Session, table: type[Row], codes: Iterable[str | None], key: Any = None) -> dict[str, Row]:
    column: Any = key if key is not None else table.code  # type: ignore[attr-defined]  # the tables of places have codes
    found: dict[str, Row] = {}
    for some in portions(codes):
        for row in session.scalars(select(table).where(column.in_(some)).order_by(column)):
            found[getattr(row, column.key)] = row
    return found


def _among(session: Session, table: type[Row], *any_of: tuple[Any, Iterable[str]]) -> list[Row]:
    """Return the rows that have one of these values in one of these columns."""
    found: dict[int, Row] = {}  # one session gives one object for one row
    for column, values in any_of:
        for some in portions(values):
            found.update((id(row), row) for row in session.scalars(select(table).where(col(column).in_(some))))
    return list(found.values())


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
