"""Files of imports: bytes become a sheet of cells with their places; what is too large or no sheet is refused."""

import csv
import io
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException

from app.errors import Fault, Invalid, TooLarge, UnsupportedMedia
from app.renderers.columns import ORGANISATION, POLE
from app.renderers.negotiation import MEDIA, Format

CSV_TYPE: Final = "text/csv"
XLSX_TYPE: Final = MEDIA[Format.XLSX]
MAX_ROWS: Final = 5_000
MAX_COLUMNS: Final = 200
_MAX_INFLATED: Final = 64_000_000  # bytes of a workbook once unzipped: ten times what 5,000 full rows take
_MAX_SCANNED: Final = 100_000  # rows, empty ones included: a sheet may be formatted to its end
_DATA_SHEET: Final = "données"  # the sheet of our exports
_KNOWN: Final = {column.name for column in (*POLE, *ORGANISATION)}


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that a spreadsheet computes, or could not."""

    written: str


@dataclass(frozen=True, slots=True)
class Dated:
    """A cell that a spreadsheet made a date of: the day, and whether it shows days at all."""

    iso: str
    shows_day: bool


Cell = str | float | Formula | Dated  # an empty cell is ""


@dataclass(frozen=True, slots=True)
class Line:
    number: int
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """A header and its lines; `lossy`: written in Windows-1252, where letters that it lacks became question marks."""

    header: tuple[str, ...]
    lines: list[Line]
    delimiter: str = ","
    lossy: bool = False
    form: Format = Format.CSV

    @property
    def excel(self) -> bool:
        """Whether it is a CSV as French Excel writes it."""
        return self.delimiter == ";"


def read(content: bytes, media: str) -> Sheet:
    """Read a file of one of the two types. Raises TooLarge, UnsupportedMedia, Invalid."""
    if media == XLSX_TYPE:
        rows, about = _workbook(content), Sheet((), [], form=Format.XLSX)
    elif media == CSV_TYPE:
        text, lossy = _decoded(content)
        rows, delimiter = _csv(text)
        about = Sheet((), [], delimiter, lossy)
    else:
        raise UnsupportedMedia(
            f"Un import est un fichier CSV (« Content-Type: {CSV_TYPE} ») ou XLSX (« {XLSX_TYPE} »).",
            headers={"Accept": f"{CSV_TYPE}, {XLSX_TYPE}"},
        )
    header, lines = _cut(rows)
    return Sheet(header, lines, about.delimiter, about.lossy, about.form)


def refused(expected: str) -> Invalid:
    return Invalid(f"Le fichier : attendu, {expected}.", faults=[Fault(pointer="", expected=expected)])


def _cut(rows: Iterable[tuple[int, list[Cell]]]) -> tuple[tuple[str, ...], list[Line]]:
    """Return the header (the first row with anything in it) and the lines that are not empty."""
    header: tuple[str, ...] | None = None
    lines: list[Line] = []
    for number, cells in rows:
        if number > _MAX_SCANNED:
            raise refused(f"{_MAX_SCANNED} lignes au plus, même vides : copiez vos lignes dans une feuille neuve")
        while cells and isinstance(cells[-1], str) and not cells[-1].strip():
            cells.pop()
        if len(cells) > MAX_COLUMNS:
            raise refused(f"{MAX_COLUMNS} colonnes au plus")
        if not cells:
            continue
        if header is None:
            header = tuple(cell.strip() if isinstance(cell, str) else "?" for cell in cells)
            continue
        if len(lines) == MAX_ROWS:
            raise refused(f"{MAX_ROWS} lignes au plus : coupez le fichier")
        lines.append(Line(number, tuple(cells)))
    if header is None:
        raise refused("une ligne d’en-tête puis une ligne par fiche : il est vide")
    return header, lines


def _decoded(content: bytes) -> tuple[str, bool]:
    """Return the text and whether it was in Windows-1252, as French Excel saves a CSV."""
    # UTF-16 is what Excel calls « Texte Unicode ».
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ["utf-16"] if marked else ["utf-8-sig", "cp1252"]:
        try:
            return content.decode(encoding), encoding == "cp1252"
        except UnicodeDecodeError:
            continue
    raise refused("un CSV en UTF-8 ou en Windows-1252")


def _csv(text: str) -> tuple[Iterator[tuple[int, list[Cell]]], str]:
    first = _first_line(text)
    skipped = 0
    if first.lower().startswith("sep="):  # a line for Excel only
        text, skipped = text.lstrip().partition("\n")[2], 1
        first = _first_line(text)

    def known(delimiter: str) -> int:
        return len(_KNOWN.intersection(name.strip().strip('"') for name in first.split(delimiter)))

    delimiter = max((",", ";", "\t"), key=known)
    return _csv_rows(text, delimiter, skipped), delimiter


def _first_line(text: str) -> str:
    """Return the first line that says anything: a sheet may begin with empty rows."""
    return next((line.strip() for line in io.StringIO(text) if any(map(str.isalpha, line))), "")


def _csv_rows(text: str, delimiter: str, skipped: int) -> Iterator[tuple[int, list[Cell]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    before = 0
    try:
        for cells in reader:
            yield before + 1 + skipped, list(cells)
            before = reader.line_num
    except csv.Error as error:
        raise refused(f"un CSV bien formé ; vers la ligne {reader.line_num + skipped} : {error}") from None


def _workbook(content: bytes) -> Iterator[tuple[int, list[Cell]]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    expected = "un classeur XLSX lisible (ni .xls, ni protégé par un mot de passe)"
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > _MAX_INFLATED:
                raise TooLarge("Le classeur, décompressé, est trop grand. Copiez vos lignes dans une feuille neuve.")
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        sheet = book[_DATA_SHEET] if _DATA_SHEET in book.sheetnames else book.worksheets[0]
        rows = sheet.iter_rows(max_col=MAX_COLUMNS + 1)
        for number, row in enumerate(rows, start=1):
            yield number, [_cell(cell) for cell in row]
        book.close()
    except (
        zipfile.BadZipFile, InvalidFileException, DefusedXmlException, ParseError,
        zlib.error, KeyError, ValueError, IndexError, TypeError, AttributeError, OSError, EOFError,
    ):  # fmt: skip  # whatever openpyxl meets in a file that is no workbook
        raise refused(expected) from None


def _cell(cell: Any) -> Cell:
    value = cell.value
    if value is None:
        return ""
    if cell.data_type in {"f", "e"}:
        return Formula(str(value)[:200])
    if isinstance(value, bool):
        return "VRAI" if value else "FAUX"
    if isinstance(value, int | float):
        return value
    if cell.is_date:
        iso = value.isoformat()
        return Dated(iso.removesuffix("T00:00:00"), "d" in str(cell.number_format).lower())
    return str(value)
