"""A workbook of any number of rows, made as it is sent: nothing of it is kept.

The library makes it without rows; they are added to its sheet, with their texts in their cells, while it is zipped.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

from app.renderers import tabular
from app.renderers.columns import Column
from app.renderers.listing import Envelope, about

_SHEET: Final = "xl/worksheets/sheet1.xml"
_END: Final = b"</sheetData>"
# As the library writes what XML has no characters for, and what would be read as such.
_ESCAPED: Final = re.compile(r"[&<>\x00-\x08\x0b-\x1f]|_x[0-9a-fA-F]{4}_")
_NAMED: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}


class Workbook:
    """The sheet of a list, row after row: `begin`, `more` and `end` return what can be sent; `close` ends it early."""

    def __init__(self, columns: Sequence[Column], envelope: Envelope) -> None:
        made = tabular.xlsx_bytes(columns, (), about(envelope, envelope.count), envelope.recorded_at)
        self._parts = {part: parts.read(part) for parts in [ZipFile(io.BytesIO(made))] for part in parts.namelist()}
        head, self._tail = self._parts.pop(_SHEET).split(_END)
        size = f'<dimension ref="A1:{_letters(len(columns) - 1)}{envelope.count + 1}"/>'
        self._head = re.sub(rb"<dimension [^>]*>", size.encode(), head, count=1)
        self._cells = [_cell_of(column, _letters(position)) for position, column in enumerate(columns)]
        self._line = 1
        self._out = _Sink()
        self._zip = ZipFile(self._out, "w", ZIP_DEFLATED, compresslevel=1)
        self._sheet = self._zip.open(_SHEET, "w")

    def begin(self) -> bytes:
        self._sheet.write(self._head)
        return self._out.taken()

    def more(self, rows: Iterable[bytes]) -> bytes:
        written: list[str] = []
        for values in csv.reader(io.StringIO(b"".join(rows).decode(), newline="")):
            self._line += 1
            cells = "".join([cell(value, self._line) for cell, value in zip(self._cells, values, strict=True) if value])
            written.append(f'<row r="{self._line}">{cells}</row>')
        self._sheet.write("".join(written).encode())
        return self._out.taken()

    def end(self) -> bytes:
        self._sheet.write(_END + self._tail)
        self._sheet.close()
        for name, part in self._parts.items():
            with self._zip.open(name, "w") as entry:  # of 1980, as those of the library: same answer, same bytes
                entry.write(part)
        self._zip.close()
        return self._out.taken()

    def close(self) -> None:
        self._sheet.close()
        self._zip.close()


class _Sink(io.RawIOBase):
    """What was written since it was last taken; it cannot go back, so that the archive says sizes after its parts."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, some: bytes) -> int:  # type: ignore[override]  # only bytes come
        self._written.append(bytes(some))
        return len(some)

    def taken(self) -> bytes:
        taken, self._written = b"".join(self._written), []
        return taken


def _cell_of(column: Column, letters: str) -> Callable[[str, int], str]:
    if column.type in {"integer", "number"}:
        return lambda value, line: f'<c r="{letters}{line}"><v>{value}</v></c>'
    start = f'<c r="{letters}'
    # Style 1 is that of texts: the library counts them as they come, and the first column is one.
    text = '" s="1" t="inlineStr"><is><t xml:space="preserve">'
    return lambda value, line: f"{start}{line}{text}{_ESCAPED.sub(_escape, tabular.in_sheet(value))}</t></is></c>"


def _escape(found: re.Match[str]) -> str:
    what = found[0]
    return _NAMED.get(what) or (f"_x005F{what}" if len(what) > 1 else f"_x{ord(what):04X}_")


def _letters(position: int) -> str:
    """Return the name of a column: A to Z, then AA."""
    first, second = divmod(position, 26)
    return (chr(64 + first) if first else "") + chr(65 + second)
