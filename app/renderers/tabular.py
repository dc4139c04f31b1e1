"""Tables: CSV as machines read it, CSV as French Excel reads it, XLSX; codes stay text."""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from app.renderers.columns import Column

LIST_SEPARATOR = "|"
BOM = b"\xef\xbb\xbf"
# What a spreadsheet would run as a formula at the start of a cell; tab and return are skipped before it looks.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_LONGEST = 32_767  # characters of a cell


def cell(value: Any) -> str:
    """Return the text of a cell; a text that begins like a formula gets an apostrophe, a number never does."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return neutral(LIST_SEPARATOR.join(str(item) for item in value))
    return neutral(value) if isinstance(value, str) else str(value)


def neutral(text: str) -> str:
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def row(values: Iterable[Any], delimiter: str = ",") -> bytes:
    line = io.StringIO()
    csv.writer(line, delimiter=delimiter, lineterminator="\r\n").writerow([cell(value) for value in values])
    return line.getvalue().encode()


def parse(stored: bytes) -> list[str]:
    return next(csv.reader(io.StringIO(stored.decode(), newline="")))


def absolute(stored: bytes, base: str) -> bytes:
    """Return a stored row with its address (second cell, `/poles/…`) made absolute."""
    identity, comma, rest = stored.partition(b",")
    return identity + comma + base.encode() + rest if rest.startswith(b"/") else stored


def csv_bytes(columns: Sequence[Column], rows: Iterable[bytes]) -> bytes:
    return row(column.name for column in columns) + b"".join(rows)


def excel_csv_bytes(columns: Sequence[Column], rows: Iterable[bytes]) -> bytes:
    return BOM + row((column.name for column in columns), ";") + excel_rows(columns, rows)


def excel_rows(columns: Sequence[Column], rows: Iterable[bytes]) -> bytes:
    numbers = [column.type == "number" for column in columns]
    lines: list[bytes] = []
    for stored in rows:
        cells = parse(stored)
        # Already neutralised when stored: written as they stand.
        shown = [text.replace(".", ",") if number else text for text, number in zip(cells, numbers, strict=True)]
        line = io.StringIO()
        csv.writer(line, delimiter=";", lineterminator="\r\n").writerow(shown)
        lines.append(line.getvalue().encode())
    return b"".join(lines)


def xlsx_bytes(
    columns: Sequence[Column], rows: Iterable[bytes], about: Mapping[str, str], created: datetime | None = None
) -> bytes:
    """Return a workbook: a sheet of data, codes and dates of known precision as text, and one that says what it is."""
    from xlsxwriter import Workbook

    file = io.BytesIO()
    with Workbook(file, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        # Else it is the second of the request, and one ETag would stand for several files.
        book.set_properties({"created": created})
        bold, text = book.add_format({"bold": True}), book.add_format({"num_format": "@"})
        sheet = book.add_worksheet("données")
        sheet.freeze_panes(1, 0)
        for position, column in enumerate(columns):
            sheet.set_column(position, position, 18, None if column.type in {"integer", "number"} else text)
            sheet.write_string(0, position, column.name, bold)
        for line, stored in enumerate(rows, start=1):
            for position, (column, value) in enumerate(zip(columns, parse(stored), strict=True)):
                if value and column.type in {"integer", "number"}:
                    sheet.write_number(line, position, float(value))
                elif value:
                    sheet.write_string(line, position, in_sheet(value), text)
        explained = book.add_worksheet("à propos")
        explained.set_column(0, 0, 24)
        explained.set_column(1, 1, 100)
        for line, (name, value) in enumerate(about.items()):
            explained.write_string(line, 0, name, bold)
            explained.write_string(line, 1, value[:_LONGEST])
    return file.getvalue()


def in_sheet(value: str) -> str:
    """Return the text of a cell as a workbook holds it: it runs nothing, an apostrophe before it would be seen."""
    plain = value[1:] if value.startswith("'") and value[1:].startswith(FORMULA_STARTS) else value
    return plain[:_LONGEST]
