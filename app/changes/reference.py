"""Official geography from `seed/reference`: rows of its tables, and how people spell places."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from app import forms
from app.changes.rows import Wanted
from app.changes.sheets import Row, Sheets
from app.changes.spellings import read_spellings
from app.models import (
    Commune,
    CommunePostcode,
    Departement,
    Epci,
    EpciDepartement,
    Ept,
    FormerCommune,
    Region,
)
from app.models.territory import CommuneBase, DepartementBase, EpciBase, EptBase, RegionBase
from app.queries.text import fold

_PLACE = {"code": "code", "nom": "name", "population": "population", "lon": "longitude", "lat": "latitude"}
_POSTCODE = re.compile(forms.POSTCODE)
_REGION = ("code", "nom", "chef_lieu", "zone", "population", "lon", "lat")
_DEPARTEMENT = ("code", "nom", "region", "chef_lieu", "zone", "population", "lon", "lat")
_EPCI = (
    "siren", "nom", "type", "nb_communes", "population_municipale", "population_totale", "departement_principal",
    "departements", "region_principale", "lon", "lat",
)  # fmt: skip
_COMMUNE = (
    "code", "nom", "departement", "region", "epci", "ept", "siren", "codes_postaux", "population", "zone", "lon", "lat",
    "origine_point",
)  # fmt: skip


@dataclass
class Geography:
    """The places that records may refer to, by code."""

    regions: dict[str, RegionBase] = field(default_factory=dict)
    departements: dict[str, DepartementBase] = field(default_factory=dict)
    epcis: dict[str, EpciBase] = field(default_factory=dict)
    epts: dict[str, EptBase] = field(default_factory=dict)
    communes: dict[str, CommuneBase] = field(default_factory=dict)
    others: list[Wanted] = field(default_factory=list)

    def rows(self) -> list[Wanted]:
        tables = (
            (Region, self.regions),
            (Departement, self.departements),
            (Epci, self.epcis),
            (Ept, self.epts),
            (Commune, self.communes),
        )
        places = (Wanted(table, place.model_dump()) for table, group in tables for place in group.values())
        return [*places, *self.others]

    def units(self, kind: str) -> dict[str, Any]:
        groups: dict[str, dict[str, Any]] = {
            "region": self.regions,
            "departement": self.departements,
            "epci": self.epcis,
            "ept": self.epts,
        }
        return groups.get(kind, self.communes)


def read_geography(sheets: Sheets) -> Geography:
    geography = Geography()
    _read_regions(sheets, geography)
    _read_groupings(sheets, geography)
    _read_communes(sheets, geography)
    _read_former_communes(sheets, geography)
    geography.others += read_spellings(sheets, geography.regions, geography.departements, geography.epcis)
    return geography


def _places(sheets: Sheets, file: str, columns: Sequence[str]) -> list[Row]:
    """Read a sheet of places; the first column is their code, once each."""
    rows = sheets.read(f"reference/{file}", columns)
    sheets.unique(rows, lambda row: row[columns[0]], columns[0])
    return rows


def _read_regions(sheets: Sheets, geography: Geography) -> None:
    for row in _places(sheets, "regions.csv", _REGION):
        region = sheets.shaped(RegionBase, row, _PLACE)
        if region:
            geography.regions[region.code] = region
    for row in _places(sheets, "departements.csv", _DEPARTEMENT):
        sheets.known(row, "region", [row["region"]], geography.regions, "le code d’une région")
        departement = sheets.shaped(DepartementBase, row, _PLACE | {"region": "region"})
        if departement:
            geography.departements[departement.code] = departement


def _read_groupings(sheets: Sheets, geography: Geography) -> None:
    names = {
        "siren": "code",
        "nom": "name",
        "type": "nature",
        "population_totale": "population",
        "lon": "longitude",
        "lat": "latitude",
    }
    for row in _places(sheets, "epci.csv", _EPCI):
        epci = sheets.shaped(EpciBase, row, names)
        if epci:
            geography.epcis[epci.code] = epci
            sheets.known(
                row, "departements", row.list("departements"), geography.departements, "des codes de départements"
            )
            geography.others += [
                Wanted(EpciDepartement, {"epci": epci.code, "departement": code}) for code in row.list("departements")
            ]
    for row in _places(sheets, "ept.csv", ("siren", "nom", "nb_communes", "population_municipale")):
        ept = sheets.shaped(EptBase, row, {"siren": "code", "nom": "name"})
        if ept:
            geography.epts[ept.code] = ept


def _read_communes(sheets: Sheets, geography: Geography) -> None:
    names = _PLACE | {"departement": "departement", "epci": "epci", "ept": "ept"}
    for row in _places(sheets, "communes.csv", _COMMUNE):
        commune = sheets.shaped(CommuneBase, row, names, name_folded=fold(row["nom"]))
        if commune is None:
            continue
        geography.communes[commune.code] = commune
        sheets.known(row, "departement", [row["departement"]], geography.departements, "le code d’un département")
        sheets.known(row, "epci", [row["epci"]], geography.epcis, "le SIREN d’un EPCI")
        sheets.known(row, "ept", [row["ept"]], geography.epts, "le SIREN d’un EPT")
        for postcode in row.list("codes_postaux"):
            if _POSTCODE.fullmatch(postcode) is None:
                sheets.fault(row, "codes_postaux", forms.EXPECTED[forms.POSTCODE], postcode)
            geography.others.append(Wanted(CommunePostcode, {"commune": commune.code, "postcode": postcode}))


def _read_former_communes(sheets: Sheets, geography: Geography) -> None:
    former: dict[tuple[str, str], Wanted] = {}
    files: Iterable[tuple[str, tuple[str, ...], str]] = (
        ("communes_anciennes.csv", ("code", "nom", "type", "commune_actuelle"), "commune_actuelle"),
        ("arrondissements_municipaux.csv", ("code", "nom", "commune", "codes_postaux", "population"), "commune"),
    )
    for file, columns, column in files:
        for row in sheets.read(f"reference/{file}", columns):
            sheets.known(row, column, [row[column]], geography.communes, "le code d’une commune actuelle")
            # A delegated commune may keep the code of the new one: that code is current.
            if row["code"] not in geography.communes and row[column] in geography.communes:
                place = {"code": row["code"], "commune": row[column], "name": row["nom"] or None}
                former.setdefault((row["code"], row[column]), Wanted(FormerCommune, place))
    geography.others += former.values()
