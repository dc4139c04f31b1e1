"""Tables: what is written is read back by a spreadsheet reader, and no cell is run as a formula."""

import csv
import io
from typing import Any

import openpyxl
from hypothesis import given, settings
from hypothesis import strategies as st

from app.renderers.columns import Column
from app.renderers.tabular import FORMULA_STARTS, csv_bytes, excel_csv_bytes, row, xlsx_bytes

COLUMNS = (Column("id", "id"), Column("text", "text"), Column("longitude", "longitude", "number"))
# Text as a database keeps it: no NUL, no half of a surrogate pair.
TEXT = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
RECORDS = st.lists(st.tuples(st.from_regex(r"[a-z]{1,9}", fullmatch=True), TEXT, st.floats(-180, 180)), max_size=5)


def protected(text: str) -> str:
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def read(content: bytes, delimiter: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter))


@given(RECORDS)
def test_csv_is_read_back(records: list[tuple[str, str, float]]) -> None:
    content = csv_bytes(COLUMNS, (row(record) for record in records))
    shown = [[identity, protected(text), str(number)] for identity, text, number in records]
    assert read(content, ",") == [["id", "text", "longitude"], *shown]


@given(RECORDS)
def test_french_excel_reads_it_back(records: list[tuple[str, str, float]]) -> None:
    content = excel_csv_bytes(COLUMNS, (row(record) for record in records))
    assert content.startswith(b"\xef\xbb\xbf")
    shown = [[identity, protected(text), str(number).replace(".", ",")] for identity, text, number in records]
    assert read(content, ";") == [["id", "text", "longitude"], *shown]


@given(st.text(), st.sampled_from(FORMULA_STARTS))
def test_no_text_begins_like_a_formula(text: str, start: str) -> None:
    (cells,) = read(row([start + text.replace("\x00", "")]).decode(errors="ignore").encode(), ",")
    assert cells[0].startswith("'")


@given(st.floats(-180, -0.001))
def test_negative_number_is_a_number(number: float) -> None:
    assert row([number]) == f"{number}\r\n".encode()


@settings(max_examples=20)
@given(st.text("abcé=+-@'| ", min_size=1, max_size=20), st.floats(-180, 180, allow_subnormal=False))
def test_workbook_shows_text_as_it_is_and_numbers_as_numbers(text: str, number: float) -> None:
    content = xlsx_bytes(COLUMNS, [row(("01", text, number))], {"Licence": "etalab-2.0"})
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells: tuple[Any, ...] = next(book["données"].iter_rows(min_row=2))
    assert [cell.data_type for cell in cells] == ["s", "s", "n"]
    assert cells[0].value == "01"
    assert cells[1].value.lstrip("'") == text.lstrip("'")
    assert abs(cells[2].value - number) < 1e-9
