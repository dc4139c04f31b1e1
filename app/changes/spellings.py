"""How people spell places and sectors: rows of the vocabulary, from official names and `seed/reference`."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from app.changes.rows import Wanted
from app.changes.sheets import Sheets
from app.models import Spelling
from app.models.territory import DepartementBase, EpciBase, RegionBase
from app.queries.text import fold

_EPCI_NATURES = ("CC ", "CA ", "CU ")


def spelled(
    name: str, written: str, value: str, label: str, *, term: str | None = None, notice: str | None = None
) -> Wanted:
    """Return the row that lets a filter understand what is written; `term` is the filter's own if not said."""
    row = {"filter": name, "spelling": fold(written), "term": term or name, "value": value, "label": label}
    return Wanted(Spelling, row | {"notice": notice})


def read_spellings(
    sheets: Sheets,
    regions: Mapping[str, RegionBase],
    departements: Mapping[str, DepartementBase],
    epcis: Mapping[str, EpciBase],
) -> list[Wanted]:
    rows = [
        *_of_regions(sheets, regions),
        *_of_former_regions(sheets, departements),
        *(
            spelled("departement", written, place.code, place.name)
            for place in departements.values()
            for written in (place.code, place.name)
        ),
        *(
            spelled("epci", written, place.code, place.name)
            for place in epcis.values()
            for written in (place.code, place.name, _without_nature(place.name))
        ),
    ]
    return _distinct(rows)


def sector_spellings(sectors: Iterable[Mapping[str, Any]]) -> list[Wanted]:
    return _distinct(
        spelled("sector", written, sector["code"], sector["name"])
        for sector in sectors
        for written in (sector["code"], sector["name"])
    )


def _of_regions(sheets: Sheets, regions: Mapping[str, RegionBase]) -> Iterator[Wanted]:
    for region in regions.values():
        yield spelled("region", region.code, region.code, region.name)
        yield spelled("region", region.name, region.code, region.name)
    for row in sheets.read("reference/region_spellings.csv", ("region", "spelling")):
        sheets.known(row, "region", [row["region"]], regions, "le code d’une région")
        if row["region"] in regions:
            yield spelled("region", row["spelling"], row["region"], regions[row["region"]].name)


def _of_former_regions(sheets: Sheets, departements: Mapping[str, DepartementBase]) -> Iterator[Wanted]:
    """Read the régions of before 2016: each means its départements, with a notice."""
    for row in sheets.read("reference/former_regions.csv", ("code", "nom", "departements")):
        codes = row.list("departements")
        sheets.known(row, "departements", codes, departements, "des codes de départements")
        notice = (
            f"« {row['nom']} » est une région d’avant 2016 : les pôles de ses départements sont montrés "
            f"({', '.join(codes)}), sans ceux dont le département n’est pas connu"
        )
        for written in (row["code"], row["nom"]):
            for code in codes:
                yield spelled("region", written, code, row["nom"], term="departement", notice=notice)


def _without_nature(name: str) -> str:
    return name[3:] if name.startswith(_EPCI_NATURES) else name


def _distinct(rows: Iterable[Wanted]) -> list[Wanted]:
    """Keep the first row of each key; a name that folds to nothing spells nothing."""
    kept: dict[tuple[str, ...], Wanted] = {}
    for row in rows:
        key = tuple(row.values[column] for column in ("filter", "spelling", "term", "value"))
        if row.values["spelling"]:
            kept.setdefault(key, row)
    return list(kept.values())
