"""The records that can be written: the shape of each, the rows that it fills, the rules that it keeps."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlmodel import Session, SQLModel, col

from app import wording
from app.changes import facts, rules
from app.changes.bodies import Json
from app.changes.geography import Geography
from app.changes.rows import Wanted, row_of, row_where, rows_where
from app.changes.rules import Breach
from app.changes.seats import derived_anew, settled
from app.errors import Fault, shortened
from app.models import (
    CitedKind,
    Commune,
    Kind,
    Label,
    Membership,
    Organisation,
    Pole,
    PoleFormerName,
    PoleSector,
    PoleUnit,
    Sector,
    UnitKind,
    Wave,
)
from app.models.organisation import OrganisationUpdate
from app.models.pole import PoleUpdate
from app.models.source import CitedSource
from app.models.territory import Departement
from app.models.wave import WaveUpdate


class Meant(NamedTuple):
    """What a body means: rows to have, the régions that it concerns, the sources it names, what is wrong."""

    rows: list[Wanted]
    regions: frozenset[str | None]
    sources: Sequence[CitedSource] | None
    faults: list[Fault]


@dataclass(frozen=True, slots=True)
class Noun:
    """One kind of record. `paths` go from columns to the fields of its document, where they differ."""

    kind: Kind
    path: str
    cited: CitedKind
    table: Any
    shape: type[Any]
    computed: Sequence[str]
    means: Callable[[Session, str, Any, Path], Meant]
    regions: Callable[[Session, str], frozenset[str | None]]
    parts: Mapping[type[SQLModel], str]
    paths: Mapping[str, str]
    prepared: Callable[[Json, Json], Json] = lambda body, _current: body


def _pole(session: Session, record_id: str, pole: PoleUpdate, seed_dir: Path) -> Meant:
    seat, faults = settled(session, pole.seat)
    values = pole.model_dump(exclude={"seat", "territory", "sectors", "former_names", "sources"})
    row = {"id": record_id, **values, **seat, "territory_text": pole.territory.text}
    communes = {one.code: one for one in rows_where(session, Commune, "code", [seat["seat_commune"]])}
    departements = {one.code: one for one in rows_where(session, Departement, "code", [seat["departement"]])}
    breaches = rules.pole_breaches(row_of(Pole, row), communes, departements, rules.read_outlines(seed_dir))
    said = {fault.pointer for fault in faults}
    faults += [fault for fault in _broken(breaches, POLE_PATHS) if fault.pointer not in said]
    faults += _unknown_units(session, pole.territory.units)
    faults += _unknown_sectors(session, pole.sectors)
    units = [unit.partition(":") for unit in dict.fromkeys(pole.territory.units)]
    names, sectors = dict.fromkeys(pole.former_names), dict.fromkeys(pole.sectors)
    parts = [
        *(Wanted(PoleFormerName, {"position": position, "name": name}) for position, name in enumerate(names)),
        *(Wanted(PoleSector, {"sector": sector, "position": position}) for position, sector in enumerate(sectors)),
        *(
            Wanted(PoleUnit, {"kind": UnitKind(kind), "code": code, "position": position})
            for position, (kind, _, code) in enumerate(units)
        ),
    ]
    owned = [Wanted(part.table, {"pole": record_id} | part.values) for part in parts]
    return Meant([Wanted(Pole, row), *owned], frozenset({seat["region"]}), pole.sources, faults)


def _organisation(session: Session, record_id: str, organisation: OrganisationUpdate, _seed_dir: Path) -> Meant:
    row = {"id": record_id, **organisation.model_dump(exclude={"sources"})}
    faults = list(_broken(rules.siren_breaches(organisation.siren), {}))
    place = Geography(session, [organisation.commune]).place(organisation.commune)
    if organisation.commune and not place.commune:
        faults.append(Fault(pointer="/commune", value=organisation.commune, expected="le code d’une commune actuelle"))
    # Without a known seat, the rights are those on the poles that it belongs to: on none yet, where it is new.
    regions = frozenset({place.region.code}) if place.region else _regions_of_its_poles(session, record_id)
    return Meant([Wanted(Organisation, row)], regions, organisation.sources, faults)


def _wave(session: Session, record_id: str, wave: WaveUpdate, _seed_dir: Path) -> Meant:
    row = {"id": record_id, **wave.model_dump(exclude={"sources"})}
    faults = list(_broken(rules.wave_breaches(wave), {}))
    early = [
        label.pole
        for label in rows_where(session, Label, "wave", [record_id])
        if any(rules.label_breaches(label, wave))
    ]
    if early:
        expected = f"une date avant ses labellisations (déjà donnée à {', '.join(sorted(early)[:5])})"
        faults.append(Fault(pointer="/opened_on", value=wave.opened_on, expected=expected))
    return Meant([Wanted(Wave, row)], frozenset(), wave.sources, faults)


def regions_of_pole(session: Session, record_id: str) -> frozenset[str | None]:
    pole = row_where(session, Pole, "id", record_id)
    return frozenset({pole.region} if pole else ())


def regions_of_organisation(session: Session, record_id: str) -> frozenset[str | None]:
    """Return the région of its seat; where that is not known, those of all poles that it belongs to."""
    organisation = row_where(session, Organisation, "id", record_id)
    commune = organisation.commune if organisation else None
    place = Geography(session, [commune]).place(commune)
    if place.region:
        return frozenset({place.region.code})
    return _regions_of_its_poles(session, record_id)


def _regions_of_its_poles(session: Session, record_id: str) -> frozenset[str | None]:
    joined = select(col(Pole.region)).join(Membership, col(Membership.pole) == col(Pole.id))
    return frozenset(session.scalars(joined.where(col(Membership.organisation) == record_id)))


def _no_regions(_session: Session, _record_id: str) -> frozenset[str | None]:
    return frozenset()


def _broken(breaches: Iterable[Breach], paths: Mapping[str, str]) -> Iterable[Fault]:
    for breach in breaches:
        pointer = "/" + paths.get(breach.field, breach.field).replace(".", "/")
        yield Fault(pointer=pointer, value=shortened(breach.value), expected=breach.expected)


def _unknown_units(session: Session, units: Sequence[str]) -> list[Fault]:
    known = facts.load_units(session, units)
    expected = "une unité qui existe aujourd’hui, comme epci:244400404"
    return [
        Fault(pointer=f"/territory/units/{position}", value=unit, expected=expected)
        for position, unit in enumerate(units)
        if unit not in known
    ]


def _unknown_sectors(session: Session, sectors: Sequence[str]) -> list[Fault]:
    known = {sector.code for sector in rows_where(session, Sector, "code", sectors)}
    unknown = [(position, sector) for position, sector in enumerate(sectors) if sector not in known]
    every = [str(code) for code in session.scalars(select(col(Sector.code)))] if unknown else []
    return [
        Fault(
            pointer=f"/sectors/{position}",
            value=shortened(sector),
            expected="le code d’un secteur (/v1/sectors)",
            suggestion=wording.suggestion(sector, every),
        )
        for position, sector in unknown
    ]


POLE_PATHS = {
    "seat_address": "seat.address",
    "seat_postcode": "seat.postcode",
    "seat_commune": "seat.commune",
    "departement": "seat.departement",
    "region": "seat.region",
    "seat_precision": "seat.precision",
    "longitude": "seat.longitude",
    "latitude": "seat.latitude",
    "territory_text": "territory.text",
}
_OF_EVERY_RECORD = ("id", "url", "revision")
NOUNS = {
    Kind.POLE: Noun(
        Kind.POLE,
        "/v1/poles",
        CitedKind.POLE,
        Pole,
        PoleUpdate,
        (*_OF_EVERY_RECORD, "labels", "carriers", "members", "known_member_count", "seat.epci"),
        _pole,
        regions_of_pole,
        {PoleFormerName: "former_names", PoleSector: "sectors", PoleUnit: "territory.units"},
        POLE_PATHS,
        derived_anew,
    ),
    Kind.ORGANISATION: Noun(
        Kind.ORGANISATION,
        "/v1/organisations",
        CitedKind.ORGANISATION,
        Organisation,
        OrganisationUpdate,
        (*_OF_EVERY_RECORD, "departement", "region", "epci", "longitude", "latitude", "poles"),
        _organisation,
        regions_of_organisation,
        {},
        {},
    ),
    Kind.WAVE: Noun(
        Kind.WAVE,
        "/v1/waves",
        CitedKind.WAVE,
        Wave,
        WaveUpdate,
        (*_OF_EVERY_RECORD, "found", "inferred", "missing", "supported", "labels"),
        _wave,
        _no_regions,
        {},
        {},
    ),
}
