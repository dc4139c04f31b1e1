"""A small seed, cut out of the real one: four poles with all that they refer to; and edits of its cells."""

import csv
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from app.settings import ROOT

REAL = ROOT / "seed"
# Two of them share an organisation; they have labels, former names, an address, an EPT, an EPCI and a department only.
POLES = ("archer-pole-sud", "emergence-beauvaisis", "le-phares", "ptce-pays-de-bray")
SHARED = "maison-d-economie-solidaire-du-pays-de-bray"
OUTLINES = (
    ("regions", "regions", "code"),
    ("regions_leger", "regions", "code"),
    ("departements", "departements", "code"),
    ("departements_leger", "departements", "code"),
    ("epci_leger", "epci", "siren"),
)

Cells = dict[str, str]


@dataclass(frozen=True)
class SeedFolder:
    """A seed of one's own: cells are changed one by one, as a person does in a spreadsheet."""

    path: Path

    def rows(self, file: str) -> list[Cells]:
        with (self.path / file).open(encoding="utf-8", newline="") as stream:
            return list(csv.DictReader(stream))

    def row(self, file: str, **where: str) -> Cells:
        return next(row for row in self.rows(file) if where.items() <= row.items())

    def write(self, file: str, rows: list[Cells], header: list[str] | None = None) -> None:
        names = header or list(rows[0])
        with (self.path / file).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)

    def set(self, file: str, where: Mapping[str, str], **cells: str) -> int:
        """Change cells of the one line that is meant; return its number in the file."""
        rows = self.rows(file)
        (index,) = [index for index, row in enumerate(rows) if where.items() <= row.items()]
        rows[index].update(cells)
        self.write(file, rows)
        return index + 2

    def add(self, file: str, row: Cells) -> int:
        rows = [*self.rows(file), row]
        self.write(file, rows)
        return len(rows) + 1

    def remove(self, file: str, **where: str) -> None:
        rows = self.rows(file)
        kept = [row for row in rows if not where.items() <= row.items()]
        assert len(kept) < len(rows)
        self.write(file, kept, list(rows[0]))


def cut(target: Path) -> SeedFolder:
    """Write the small seed into a folder."""
    small = SeedFolder(target)
    (target / "reference").mkdir(parents=True)
    real = SeedFolder(REAL)

    def keep(file: str, wanted: Callable[[Cells], bool]) -> list[Cells]:
        rows = real.rows(file)
        kept = [row for row in rows if wanted(row)]
        small.write(file, kept, list(rows[0]))
        return kept

    poles = keep("poles.csv", lambda row: row["id"] in POLES)
    memberships = keep("memberships.csv", lambda row: row["pole_id"] in POLES)
    members = {row["organisation_id"] for row in memberships}
    organisations = keep("organisations.csv", lambda row: row["id"] in members)
    labels = keep("labels.csv", lambda row: row["pole_id"] in POLES)
    known = {f"poles/{pole}" for pole in POLES} | {f"organisations/{member}" for member in members}
    known |= {f"labels/{row['pole_id']}@{row['wave_id']}" for row in labels}
    known |= {f"memberships/{row['pole_id']}@{row['organisation_id']}" for row in memberships}
    citations = keep("citations.csv", lambda row: row["record"] in known)
    waves = keep("waves.csv", lambda _row: True)
    keep("sectors.csv", lambda _row: True)
    regions = _cut_geography(keep, poles, organisations)
    cress = keep("cress.csv", lambda row: row["region"] in regions)
    counts = keep("official_counts.csv", lambda _row: True)
    cited = {row["source_id"] for row in citations}
    for rows in (memberships, organisations, labels, waves, cress, counts):
        cited |= {source for row in rows for source in row["source_ids"].split("|")}
    keep("sources.csv", lambda row: row["id"] in cited)
    for name, table, key in OUTLINES:
        outlines = json.loads((REAL / f"reference/{name}.geojson").read_text(encoding="utf-8"))
        codes = {row[key] for row in small.rows(f"reference/{table}.csv")}
        outlines["features"] = [feature for feature in outlines["features"] if feature["id"] in codes]
        (target / f"reference/{name}.geojson").write_text(json.dumps(outlines), encoding="utf-8")
    return small


def _cut_geography(
    keep: Callable[[str, Callable[[Cells], bool]], list[Cells]], poles: list[Cells], organisations: list[Cells]
) -> set[str]:
    """Write the places that these records lie in or name; return the regions."""
    units = {unit for pole in poles for unit in pole["territory_codes"].split("|") if unit}
    codes = {pole["seat_commune"] for pole in poles} | {organisation["commune"] for organisation in organisations}
    communes = keep("reference/communes.csv", lambda row: row["code"] in codes or f"commune:{row['code']}" in units)
    in_communes = {row[column] for row in communes for column in ("epci", "ept")}
    epcis = keep("reference/epci.csv", lambda row: row["siren"] in in_communes or f"epci:{row['siren']}" in units)
    keep("reference/ept.csv", lambda row: row["siren"] in in_communes or f"ept:{row['siren']}" in units)
    needed = {row["departement"] for row in communes} | {pole["departement"] for pole in poles}
    needed |= {code for epci in epcis for code in epci["departements"].split("|")}
    departements = keep("reference/departements.csv", lambda row: row["code"] in needed)
    regions = {row["region"] for row in departements} | {pole["region"] for pole in poles}
    keep("reference/regions.csv", lambda row: row["code"] in regions)
    kept = {row["code"] for row in communes}
    keep("reference/communes_anciennes.csv", lambda row: row["commune_actuelle"] in kept)
    keep("reference/arrondissements_municipaux.csv", lambda row: row["commune"] in kept)
    keep("reference/region_spellings.csv", lambda row: row["region"] in regions)
    known = {row["code"] for row in departements}
    keep("reference/former_regions.csv", lambda row: set(row["departements"].split("|")) <= known)
    return regions
