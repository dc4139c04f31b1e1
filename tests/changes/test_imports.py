"""What a spreadsheet does to a cell is undone where that is certain, and said where it is not."""

import io
import zipfile
from typing import Any

import pytest

from app.changes import import_cells, import_files
from app.changes.import_cells import BadCell, Origin
from app.changes.import_files import CSV_TYPE, XLSX_TYPE, Cell, Dated, Formula
from app.errors import Invalid
from app.renderers.columns import ORGANISATION, POLE, Column

COLUMNS: dict[str, Column] = {column.name: column for column in (*ORGANISATION, *POLE)}


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("region", 1.0, "01"),
        ("region", "84.0", "84"),
        ("departement", "1", "01"),
        ("departement", "2A", "2A"),
        ("departement", 974, "974"),
        ("commune", 1053.0, "01053"),
        ("commune", "26281,0", "26281"),
        ("commune", 12, "12"),
        ("postcode", "1 000", "01000"),
        ("siren", "246 300 701", "246300701"),
        ("siren", 5520135.0, "005520135"),
        ("longitude", "4,85", 4.85),
        ("job_count", "1\u202f200", 1200),
        ("job_count", "12,0", 12),
        ("job_count", "12,5", "12,5"),
        ("name", 1901.0, "1901"),
        ("name", "'=3+4", "=3+4"),
        ("name", "  ", None),
        ("sectors", "culture | digital|", ["culture", "digital"]),
        ("sectors", "", []),
        ("status_as_of", 2021.0, "2021"),
        ("status_as_of", "12/05/2021", "2021-05-12"),
        ("status_as_of", Dated("2021-05-01", shows_day=False), "2021-05"),
        ("status_as_of", Dated("2021-05-01", shows_day=True), "2021-05-01"),
    ],
)
def test_a_cell_is_read_back(column: str, cell: Cell, value: Any) -> None:
    assert import_cells.read(cell, COLUMNS[column]) == value


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("siren", "2,46E+08"),
        ("siren", "24630070"),
        ("name", Dated("2021-05-01", shows_day=True)),
        ("name", Formula("=A1")),
        ("name", "a\0b"),
        ("status_as_of", "mai-21"),
    ],
)
def test_a_cell_that_is_not_certain_is_said(column: str, cell: Cell) -> None:
    with pytest.raises(BadCell):
        import_cells.read(cell, COLUMNS[column])


@pytest.mark.parametrize(
    ("column", "cell", "value", "lossy"),
    [
        ("status_as_of", "mai-21", "2021-05", False),
        ("name", "'-1", "-1", False),
        ("name", "'-1", "'-1", False),
        ("description", "a\r\nb", "a\nb", False),
        ("name", "A?B", "A→B", True),
        ("longitude", 4.8500000001, 4.85, False),
        ("epci", 200068781.0, "200068781", False),
        ("former_names", "a|b", ["a", "b"], False),
    ],
)
def test_what_a_spreadsheet_made_of_a_value_is_no_edit(column: str, cell: Cell, value: Any, lossy: bool) -> None:
    assert import_cells.is_unchanged(cell, COLUMNS[column], value, Origin(lossy=lossy))


@pytest.mark.parametrize(
    ("column", "cell", "value"),
    [
        ("name", "A?B", "A→B"),
        ("status_as_of", "juin-21", "2021-05"),
        ("longitude", 4.851, 4.85),
        ("website", "", "https://www.example.fr"),
        ("former_names", "b|a", ["a", "b"]),
        ("acronym", "x", None),
    ],
)
def test_an_edit_is_an_edit(column: str, cell: Cell, value: Any) -> None:
    assert not import_cells.is_unchanged(cell, COLUMNS[column], value, Origin())


@pytest.mark.parametrize(
    "content",
    [
        "id;name\r\n3-eva;É\r\n".encode("cp1252"),
        "id;name\r\n3-eva;É\r\n".encode(),
        b"\xef\xbb\xbf" + "id;name\r\n3-eva;É\r\n".encode(),
        "id\tname\r\n3-eva\tÉ\r\n".encode("utf-16"),
        "sep=,\r\nid,name\r\n3-eva,É\r\n".encode(),
        "\r\n;;\r\nid;name;\r\n;;\r\n3-eva;É;\r\n;\r\n".encode(),
    ],
)
def test_a_csv_is_read_however_it_was_saved(content: bytes) -> None:
    sheet = import_files.read(content, CSV_TYPE)
    assert (sheet.header, [line.cells for line in sheet.lines]) == (("id", "name"), [("3-eva", "É")])


def test_lines_are_counted_as_the_file_has_them() -> None:
    sheet = import_files.read(b'id,name\n\na,"b\nc"\nd,e\n', CSV_TYPE)
    assert [line.number for line in sheet.lines] == [3, 5]


def test_entities_of_a_hostile_workbook_are_not_expanded() -> None:
    lol = '<!DOCTYPE w [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><w>&b;</w>'
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name in ("[Content_Types].xml", "xl/workbook.xml", "_rels/.rels"):
            archive.writestr(name, lol)
    with pytest.raises(Invalid):
        import_files.read(file.getvalue(), XLSX_TYPE)
