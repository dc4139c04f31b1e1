"""The names of the places that some records lie in."""

from collections.abc import Iterable
from typing import TypeVar

from sqlmodel import Session

from app.changes.rows import rows_where
from app.models import CodeName, Commune, Departement, Epci, Region
from app.renderers.pole import Place

CodedT = TypeVar("CodedT", Commune, Departement, Region, Epci)


class Geography:
    """Communes, the départements, régions and EPCI that they are part of, and others by their codes."""

    def __init__(
        self,
        session: Session,
        communes: Iterable[str | None],
        departements: Iterable[str | None] = (),
        regions: Iterable[str | None] = (),
    ) -> None:
        self.communes = _by_code(session, Commune, communes)
        wanted = {*departements, *(commune.departement for commune in self.communes.values())}
        self.departements = _by_code(session, Departement, wanted)
        self.epcis = _by_code(session, Epci, {commune.epci for commune in self.communes.values()})
        areas = {*regions, *(departement.region for departement in self.departements.values())}
        self.regions = _by_code(session, Region, areas)

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


def _code_name(place: Commune | Departement | Region | Epci | None) -> CodeName | None:
    return None if place is None else CodeName(code=place.code, name=place.name)


def _by_code(session: Session, table: type[CodedT], codes: Iterable[str | None]) -> dict[str, CodedT]:
    return {row.code: row for row in rows_where(session, table, "code", codes)}
