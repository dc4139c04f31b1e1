"""Bad cells of a seed: each reported with its file, line, column, value and what was expected; nothing is written."""

from collections.abc import Callable
from typing import NamedTuple

import pytest

from app.changes.seed_files import read_seed
from app.changes.sheets import BadSheets, CellFault
from app.database import Database
from tests.changes.small_seed import SHARED, SeedFolder
from tests.changes.state import apply, contents

ARCHER, PHARES, BRAY = {"id": "archer-pole-sud"}, {"id": "le-phares"}, {"id": "ptce-pays-de-bray"}
BEAUVAISIS = {"id": "emergence-beauvaisis"}
LABEL = {"pole_id": "archer-pole-sud"}
CARRIER = {"pole_id": "archer-pole-sud", "organisation_id": "groupe-archer"}
COUNT = {"as_of": "2011"}


class Bad(NamedTuple):
    """A cell to spoil, and how it is reported."""

    file: str
    where: dict[str, str]
    column: str
    value: str
    expected: str  # a part of what is said
    shown: str | None = None  # where a rule shows more than the cell
    alone: bool = True  # False where other cells really disagree with the bad one


BAD_CELLS = {
    "date with a month 13": Bad("poles.csv", ARCHER, "status_as_of", "2021-13", "AAAA"),
    "day that does not exist": Bad("poles.csv", ARCHER, "status_as_of", "2021-02-30", "un jour qui existe"),
    "French date": Bad("labels.csv", LABEL, "awarded_on", "10/01/2014", "AAAA"),
    "empty name": Bad("poles.csv", ARCHER, "name", "", "obligatoire"),
    "year that is no number": Bad("poles.csv", ARCHER, "founded_year", "vers 2007", "un nombre entier"),
    "year out of range": Bad("poles.csv", ARCHER, "founded_year", "207", "au moins égal à 1800"),
    "negative count": Bad("poles.csv", ARCHER, "job_count", "-1", "au moins égal à 0"),
    "enum typo": Bad("poles.csv", ARCHER, "status", "actif", "emerging, active, inactive, unknown"),
    "enum typo of a role": Bad(
        "memberships.csv", CARRIER, "role", "porteur", "carrier, founder, member, partner", alone=False
    ),
    "enum typo of a wave": Bad("waves.csv", {"id": "ami-2021"}, "kind", "ami", "AAP, AMI, programme"),
    "unknown commune": Bad("poles.csv", ARCHER, "seat_commune", "26999", "le code d’une commune actuelle"),
    "former commune": Bad("organisations.csv", {"id": "halage"}, "commune", "93031", "le code d’une commune actuelle"),
    "name of another commune": Bad("poles.csv", ARCHER, "seat_commune_name", "Romans", "Romans-sur-Isère"),
    "EPCI of another commune": Bad("poles.csv", ARCHER, "epci", "246000913", "200068781"),
    "département of another commune": Bad(
        "poles.csv", BRAY, "departement", "93", "60, celui de la commune 60333", alone=False
    ),
    "région of another département": Bad("poles.csv", BEAUVAISIS, "region", "84", "32, celle du département 60"),
    "unknown région": Bad("cress.csv", {"region": "11"}, "region", "99", "le code d’une région"),
    "point outside its département": Bad(
        "poles.csv", ARCHER, "lon", "2.3390", "un point dans le département 26", "2.339, 45.0548"
    ),
    "latitude out of range": Bad("poles.csv", ARCHER, "lat", "91", "au plus égal à 90"),
    "half a point": Bad("poles.csv", ARCHER, "lat", "", "longitude et latitude ensemble", "5.0381"),
    "precision that lies": Bad("poles.csv", ARCHER, "seat_precision", "address", "la précision de ce qui est rempli"),
    "end before the beginning": Bad("poles.csv", ARCHER, "ended_on", "2006", "une date après la création (2007)"),
    "unit that does not exist": Bad(
        "poles.csv", ARCHER, "territory_codes", "epci:123456789", "des unités qui existent"
    ),
    "unit of no kind": Bad("poles.csv", ARCHER, "territory_codes", "pays:84", "des unités qui existent"),
    "unknown sector": Bad("poles.csv", ARCHER, "sectors", "energi", "peut-être energy"),
    "carrier without membership": Bad("poles.csv", ARCHER, "carrier_organisation_id", "adie", "memberships.csv"),
    "wrong key of a SIREN": Bad(
        "organisations.csv", {"siren": "200067999"}, "siren", "200067998", "un SIREN dont la clé est juste"
    ),
    "SIREN of eight figures": Bad("organisations.csv", {"siren": "200067999"}, "siren", "20006799", "9 chiffres"),
    "postcode of four figures": Bad("poles.csv", PHARES, "seat_postcode", "9345", "5 chiffres"),
    "website without scheme": Bad("poles.csv", PHARES, "website", "www.halage.fr", "http"),
    "id with capitals": Bad("waves.csv", {"id": "ami-2021"}, "id", "AMI-2021", "minuscules"),
    "unknown source": Bad("labels.csv", LABEL, "source_ids", "s-0000000000", "des identifiants de sources.csv"),
    "no source": Bad("labels.csv", LABEL, "source_ids", "", "au moins une source"),
    "unknown wave": Bad("labels.csv", LABEL, "wave_id", "aap-2014", "un identifiant de waves.csv"),
    "unknown pole": Bad("labels.csv", LABEL, "pole_id", "archer-pole", "peut-être archer-pole-sud"),
    "citation of an unknown field": Bad(
        "citations.csv", {"record": "poles/le-phares"}, "field", "siret", "une colonne de cette fiche"
    ),
    "citation of an unknown record": Bad(
        "citations.csv", {"record": "poles/le-phares", "field": ""}, "record", "poles/phares", "une fiche"
    ),
    "official count that is no number": Bad("official_counts.csv", COUNT, "count", "environ 130", "un nombre entier"),
    "number written as in a program": Bad("official_counts.csv", COUNT, "count", "1_30", "un nombre entier"),
    "latitude that is not a number": Bad("poles.csv", ARCHER, "lat", "nan", "un nombre"),
    "day of reading counted in seconds": Bad("sources.csv", {}, "seen_on", "86400", "une date AAAA-MM-JJ"),
    "day of reading of a source": Bad("sources.csv", {}, "seen_on", "2026", "une date AAAA-MM-JJ"),
    "population of a commune": Bad(
        "reference/communes.csv", {"code": "26281"}, "population", "33 000", "un nombre entier"
    ),
    "postcode of a commune": Bad("reference/communes.csv", {"code": "26281"}, "codes_postaux", "2610", "5 chiffres"),
    "région of a département": Bad(
        "reference/departements.csv", {"code": "26"}, "region", "85", "une région", alone=False
    ),
}
CITATION = {"record": "labels/archer-pole-sud@aap-2099", "field": ""}


def faults_of(folder: SeedFolder) -> list[CellFault]:
    with pytest.raises(BadSheets) as raised:
        read_seed(folder.path)
    return raised.value.faults


def spoil(folder: SeedFolder, bad: Bad) -> int:
    rows = folder.rows(bad.file)
    index = next(index for index, row in enumerate(rows) if bad.where.items() <= row.items())
    rows[index][bad.column] = bad.value
    folder.write(bad.file, rows)
    return index + 2


def test_small_and_real_seeds_have_no_bad_cell(folder: SeedFolder) -> None:
    assert len([kind for kind, _ in read_seed(folder.path).records if kind == "pole"]) == 4


@pytest.mark.parametrize("bad", BAD_CELLS.values(), ids=BAD_CELLS.keys())
def test_bad_cell_is_reported_where_it_is(folder: SeedFolder, bad: Bad) -> None:
    line = spoil(folder, bad)
    column = "lon" if bad.column == "lat" and not bad.value else bad.column
    shown = bad.value if bad.shown is None else bad.shown
    place = (bad.file, line, column, shown)
    said = [one.expected for one in faults_of(folder) if (one.file, one.line, one.column, one.value) == place]
    assert said
    assert any(bad.expected in expected for expected in said)


@pytest.mark.parametrize(
    "bad", [bad for bad in BAD_CELLS.values() if bad.alone], ids=[name for name, bad in BAD_CELLS.items() if bad.alone]
)
def test_one_bad_cell_is_one_fault(folder: SeedFolder, bad: Bad) -> None:
    spoil(folder, bad)
    assert [(fault.file, fault.column) for fault in faults_of(folder)][1:] == []


def second_line(folder: SeedFolder, file: str, **cells: str) -> int:
    return folder.add(file, folder.rows(file)[0] | cells)


def add_column(folder: SeedFolder) -> int:
    folder.write("sectors.csv", [row | {"couleur": "vert"} for row in folder.rows("sectors.csv")])
    return 1


def drop_column(folder: SeedFolder) -> int:
    rows = [{name: cell for name, cell in row.items() if name != "notes"} for row in folder.rows("labels.csv")]
    folder.write("labels.csv", rows)
    return 1


def double_column(folder: SeedFolder) -> int:
    path = folder.path / "sectors.csv"
    path.write_text("".join(f"{line},x\n" for line in path.read_text().splitlines()).replace(",x", ",code", 1))
    return 1


def short_line(folder: SeedFolder) -> int:
    path = folder.path / "sectors.csv"
    path.write_text(path.read_text() + "energy_2,Énergie\n")
    return len(path.read_text().splitlines())


@pytest.mark.parametrize(
    ("change", "file", "column", "value", "expected"),
    [
        (lambda folder: second_line(folder, "poles.csv"), "poles.csv", "id", "archer-pole-sud", "déjà vue ligne 2"),
        (lambda folder: second_line(folder, "waves.csv"), "waves.csv", "id", "aap-2013", "déjà vue ligne 2"),
        (
            lambda folder: second_line(folder, "sources.csv", id="s-new"),
            "sources.csv",
            "url",
            "http",
            "déjà vue ligne 2",
        ),
        (
            lambda folder: second_line(folder, "memberships.csv"),
            "memberships.csv",
            "pole_id",
            "archer-pole-sud@adie",
            "déjà vue ligne 2",
        ),
        (
            lambda folder: second_line(folder, "reference/communes.csv"),
            "reference/communes.csv",
            "code",
            "26281",
            "déjà vue ligne 2",
        ),
        (
            lambda folder: second_line(folder, "official_counts.csv", count="131"),
            "official_counts.csv",
            "as_of",
            "2011",
            "déjà vue ligne 2",
        ),
        (
            lambda folder: second_line(folder, "citations.csv", **CITATION),
            "citations.csv",
            "record",
            CITATION["record"],
            "une fiche qui existe",
        ),
        (add_column, "sectors.csv", "couleur", "couleur", "les colonnes code, label_fr, label_en"),
        (drop_column, "labels.csv", "notes", "notes", "les colonnes pole_id"),
        (double_column, "sectors.csv", "code", "code", "les colonnes code, label_fr, label_en"),
        (short_line, "sectors.csv", "", "energy_2", "3 cases"),
    ],
    ids=[
        "duplicate pole",
        "duplicate wave",
        "duplicate address of a source",
        "duplicate membership",
        "duplicate commune",
        "two numbers for one official count",
        "citation of an unknown label",
        "extra column",
        "missing column",
        "column twice",
        "short line",
    ],
)
def test_bad_line_is_reported(
    folder: SeedFolder, change: Callable[[SeedFolder], int], file: str, column: str, value: str, expected: str
) -> None:
    line = change(folder)
    fault = faults_of(folder)[0]
    assert (fault.file, fault.line, fault.column) == (file, line, column)
    assert fault.value.startswith(value)
    assert expected in fault.expected


@pytest.mark.parametrize(
    "file",
    ["poles.csv", "reference/communes.csv", "reference/departements.geojson", "reference/regions_leger.geojson"],
)
def test_missing_file_is_reported(folder: SeedFolder, file: str) -> None:
    (folder.path / file).unlink()
    assert file in {fault.file for fault in faults_of(folder)}


def test_file_in_another_encoding_is_reported(folder: SeedFolder) -> None:
    path = folder.path / "sectors.csv"
    path.write_bytes(path.read_text(encoding="utf-8").encode("latin-1"))
    assert ("sectors.csv", "un fichier CSV en UTF-8") in {(one.file, one.expected) for one in faults_of(folder)}


def test_file_saved_by_a_spreadsheet_with_a_byte_order_mark_is_read(folder: SeedFolder) -> None:
    path = folder.path / "poles.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    assert read_seed(folder.path).records


def test_line_of_a_cell_with_line_breaks_is_its_first(folder: SeedFolder) -> None:
    folder.set("poles.csv", ARCHER, notes="une\ndeux", status="actif")
    assert faults_of(folder)[0].line == 2


def test_all_bad_cells_are_listed_at_once_and_nothing_is_written(small: Database, folder: SeedFolder) -> None:
    before = contents(small)
    folder.set("poles.csv", BRAY, job_count="146")
    wanted = {
        ("poles.csv", folder.set("poles.csv", ARCHER, sectors="energi"), "sectors", "energi"),
        ("poles.csv", folder.set("poles.csv", PHARES, seat_precision="region"), "seat_precision", "region"),
        ("organisations.csv", folder.set("organisations.csv", {"id": SHARED}, siren="123456789"), "siren", "123456789"),
        ("memberships.csv", folder.set("memberships.csv", CARRIER, since="2021-13"), "since", "2021-13"),
        ("labels.csv", folder.set("labels.csv", LABEL, outcome="lauréat"), "outcome", "lauréat"),
        ("waves.csv", folder.set("waves.csv", {"id": "ami-2021"}, candidates="-5"), "candidates", "-5"),
    }
    with pytest.raises(BadSheets) as raised:
        apply(small, folder.path)
    found = {(fault.file, fault.line, fault.column, fault.value) for fault in raised.value.faults}
    assert found >= wanted
    assert contents(small) == before


def test_report_reads_as_a_sentence() -> None:
    fault = CellFault("poles.csv", 12, "status", "actif", "une valeur parmi active, inactive")
    assert str(fault) == "poles.csv, ligne 12, colonne status : « actif » ; attendu : une valeur parmi active, inactive"
