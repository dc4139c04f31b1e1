"""Places and sectors as they are published, from the rows that `queries/reference.py` selects."""

from collections.abc import Sequence
from typing import Any

from app.models import CodeName, CommunePublic, DepartementPublic, EpciPublic, RegionPublic, SectorPublic, SourceRef
from app.models.territory import CressPublic


def region(row: Any, sources: Sequence[SourceRef]) -> RegionPublic:
    cress = CressPublic(name=row.cress, website=row.cress_website, sources=list(sources)) if row.cress else None
    return RegionPublic(**_place(row), url=f"/regions/{row.code}", cress=cress)


def departement(row: Any) -> DepartementPublic:
    return DepartementPublic(**_place(row), region=CodeName(code=row.region, name=row.region_name))


def epci(row: Any, departements: Sequence[CodeName]) -> EpciPublic:
    return EpciPublic(**_place(row), nature=row.nature, departements=list(departements))


def commune(row: Any, postcodes: Sequence[str]) -> CommunePublic:
    return CommunePublic(
        **_place(row),
        departement=CodeName(code=row.departement, name=row.departement_name),
        region=CodeName(code=row.region, name=row.region_name),
        epci=CodeName(code=row.epci, name=row.epci_name) if row.epci else None,
        postcodes=list(postcodes),
    )


def sector(row: Any) -> SectorPublic:
    return SectorPublic(code=row.code, name=row.name, name_en=row.name_en, poles=row.poles)


def _place(row: Any) -> dict[str, Any]:
    return {name: getattr(row, name) for name in ("code", "name", "population", "longitude", "latitude", "poles")}
