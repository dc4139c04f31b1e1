"""Places and sectors as they are published."""

from collections.abc import Sequence
from typing import Any

from app.models import (
    CodeName,
    Commune,
    CommunePublic,
    Cress,
    Departement,
    DepartementPublic,
    Epci,
    EpciPublic,
    Region,
    RegionPublic,
    Sector,
    SectorPublic,
    SourceRef,
)
from app.models.territory import CressPublic


def named(place: Region | Departement | Epci) -> CodeName:
    return CodeName(code=place.code, name=place.name)


def region(place: Region, poles: int, cress: Cress | None, sources: Sequence[SourceRef]) -> RegionPublic:
    chamber = None
    if cress:
        chamber = CressPublic(name=cress.name, website=cress.website, sources=list(sources))
    return RegionPublic(**_point(place), url=f"/regions/{place.code}", poles=poles, cress=chamber)


def departement(place: Departement, poles: int, area: Region) -> DepartementPublic:
    return DepartementPublic(**_point(place), region=named(area), poles=poles)


def epci(place: Epci, poles: int, departements: Sequence[Departement]) -> EpciPublic:
    return EpciPublic(
        **_point(place), nature=place.nature, departements=[named(one) for one in departements], poles=poles
    )


def commune(
    place: Commune, poles: int, county: Departement, area: Region, group: Epci | None, postcodes: Sequence[str]
) -> CommunePublic:
    return CommunePublic(
        **_point(place),
        departement=named(county),
        region=named(area),
        epci=named(group) if group else None,
        postcodes=list(postcodes),
        poles=poles,
    )


def sector(known: Sector, poles: int) -> SectorPublic:
    return SectorPublic(code=known.code, name=known.name, name_en=known.name_en, poles=poles)


def _point(place: Region | Departement | Epci | Commune) -> dict[str, Any]:
    return place.model_dump(include={"code", "name", "population", "longitude", "latitude"})
