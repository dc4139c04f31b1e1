"""Sheets: CSV files read with the place of every cell, so that a bad one can be named."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from app import wording

Shape = TypeVar("Shape", bound=BaseModel)
_IDENTITIES = ("id", "code", "siren")


@dataclass(frozen=True, slots=True)
class CellFault:
    """A cell that cannot be taken, and what was expected there."""

    file: str
    line: int
    column: str
    value: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}, ligne {self.line}, colonne {self.column} : « {self.value} » ; attendu : {self.expected}"


class BadSheets(Exception):
    """Every bad cell of a set of sheets; nothing was written."""

    def __init__(self, faults: list[CellFault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a sheet, by column; lists are cut at `|`."""

    file: str
    line: int
    cells: Mapping[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "")

    def list(self, column: str) -> list[str]:
        return [piece for piece in self[column].split("|") if piece]


def _numbered(reader: Any) -> Iterator[tuple[int, list[str]]]:
    """Give each record the number of its first line: a cell may hold line breaks."""
    before = reader.line_num
    for cells in reader:
        yield before + 1, cells
        before = reader.line_num


@dataclass
class Sheets:
    """A folder of CSV files; faults are gathered, not raised one by one."""

    folder: Path
    faults: list[CellFault] = field(default_factory=list)
    refused: set[str] = field(
        default_factory=set
    )  # ids of lines already reported: no fault for those who refer to them

    def read(self, file: str, columns: Iterable[str]) -> list[Row]:
        """Read a file that must have these columns, in any order, and no other."""
        path = self.folder / file
        try:
            with path.open(encoding="utf-8-sig", newline="") as stream:
                reader = csv.reader(stream, strict=True)
                header = next(reader, [])
                rows = list(_numbered(reader))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            self.faults.append(CellFault(file, 1, "", str(error), "un fichier CSV en UTF-8"))
            return []
        wanted = list(columns)
        twice = {name for name in header if header.count(name) > 1}
        for name in sorted((set(header) ^ set(wanted)) | twice):
            self.faults.append(CellFault(file, 1, name, name, "les colonnes " + ", ".join(wanted)))
        for line, cells in rows:
            if len(cells) != len(header):
                self.faults.append(CellFault(file, line, "", ",".join(cells)[:200], f"{len(header)} cases"))
        return [Row(file, line, dict(zip(header, cells, strict=False))) for line, cells in rows]

    def fault(self, row: Row, column: str, expected: str, value: str | None = None) -> None:
        shown = row[column] if value is None else value
        self.faults.append(CellFault(row.file, row.line, column, shown[:200], expected))

    def shaped(self, shape: type[Shape], row: Row, names: Mapping[str, str], **given: Any) -> Shape | None:
        """Validate a row as a shape: `names` goes from columns to fields; empty cells are left out."""
        values = {field: row[column] for column, field in names.items() if row[column] != ""}
        columns = {field: column for column, field in names.items()}
        try:
            return shape.model_validate(values | given)
        except ValidationError as error:
            for detail in error.errors():
                name = str(detail["loc"][0]) if detail["loc"] else ""
                about = shape.model_fields.get(name)
                expected = wording.expected(detail, about.description if about else None)
                self.fault(row, columns.get(name, name), expected)
            self.refused.update(row[column] for column in _IDENTITIES if row[column])
            return None

    def unique(self, rows: Iterable[Row], key: Callable[[Row], str], column: str) -> None:
        seen: dict[str, int] = {}
        for row in rows:
            value = key(row)
            if value in seen:
                self.fault(row, column, f"une valeur unique ; déjà vue ligne {seen[value]}", value)
            seen.setdefault(value, row.line)

    def known(self, row: Row, column: str, values: Iterable[str], vocabulary: Iterable[str], what: str) -> None:
        """Record a fault for each value that is not in a vocabulary, with the nearest one."""
        for value in values:
            if value and value not in vocabulary and value not in self.refused:
                hint = wording.suggestion(value, vocabulary)
                self.fault(row, column, what + (f", peut-être {hint}" if hint else ""), value)
