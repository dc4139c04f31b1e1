"""Cells of imports: what a spreadsheet did to a value is undone where that is certain, and said where it is not."""

import re
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from app.changes.import_files import Cell, Dated, Formula, Sheet
from app.models.numbers import siren_is_valid
from app.renderers import tabular
from app.renderers.columns import Column

# Codes have a fixed length: leading zeros that a spreadsheet took for nothing are put back.
_LENGTHS: Final = {"commune": 5, "postcode": 5, "departement": 2, "region": 2, "siren": 9, "epci": 9}
_DATES: Final = ("status_as_of", "ended_on")
_POINT: Final = 1e-6  # degrees, a tenth of a metre: nobody edits less, spreadsheets round so
_LONGEST_XLSX: Final = 32_767
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
_SPACES: Final = re.compile(r"[\s\u00a0\u202f]+")
_WHOLE: Final = re.compile(r"([0-9]+)[.,]0+")
_NUMBER: Final = re.compile(r"-?[0-9]+([.,][0-9]+)?")
_SCIENTIFIC: Final = re.compile(r"[0-9]+([.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_FRENCH_DAY: Final = re.compile(r"([0-3]?[0-9])/([01]?[0-9])/([0-9]{4})")
_FRENCH_MONTH: Final = re.compile(r"([a-zéû]{3,9})\.?[- ]([0-9]{2}|[0-9]{4})", re.IGNORECASE)
_MONTHS: Final = ("janv", "févr", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov", "déc")


class BadCell(Exception):
    """A cell that cannot be read with certainty; its message says what to do."""


class Origin(NamedTuple):
    """What is known of the file that a cell is of."""

    lossy: bool = False


def shown(cell: Cell) -> str:
    """Return a cell as a person saw it."""
    if isinstance(cell, Formula):
        return cell.written
    if isinstance(cell, Dated):
        return cell.iso
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:  # noqa: PLR2004  exact in a float
        return str(int(cell))
    return str(cell)


def texts(sheet: Sheet) -> list[list[str]]:
    return [[shown(cell) for cell in line.cells] for line in sheet.lines]


def is_unchanged(cell: Cell, column: Column, value: Any, origin: Origin) -> bool:
    """Return whether a cell is what an export shows of a value, or what a spreadsheet makes of that."""
    text, exported = _plain(shown(cell)), tabular.cell(value)
    if text in {_plain(exported), _without_apostrophe(_plain(exported))}:
        return True
    if len(exported) > _LONGEST_XLSX and text == _without_apostrophe(_plain(exported))[: len(text)]:
        return len(text) >= _LONGEST_XLSX - 1  # the longest text of a cell
    if origin.lossy and _lossy(exported).fullmatch(text):
        return True
    if isinstance(cell, float | int) or _NUMBER.fullmatch(text):
        digits = shown(cell) if not isinstance(cell, str) else text
        if column.type == "text" and exported.isdigit() and exported.lstrip("0") == _whole(digits).lstrip("0"):
            return True
    try:
        return bool(_same(read(cell, column), value))
    except BadCell:
        return column.name in _DATES and _month(text) is not None and _month(text) == exported[2:]


def read(cell: Cell, column: Column) -> Any:
    """Return the value that a cell means for its column: None where it is empty. Raises BadCell."""
    if isinstance(cell, Formula):
        raise BadCell("une valeur : cette case contient une formule, collez-la en valeur")
    if isinstance(cell, Dated):
        return _date(cell, column)
    text = _without_apostrophe(_plain(shown(cell)))
    if _CONTROL.search(text):
        raise BadCell("un texte sans caractère de contrôle")
    if column.type == "list":
        return [piece.strip() for piece in text.split(tabular.LIST_SEPARATOR) if piece.strip()]
    if text == "":
        return None
    if column.type in {"integer", "number"}:
        return _number(text, column)
    if column.name in _LENGTHS:
        return _code(text, column.name)
    return _typed_date(text) if column.name in _DATES else text


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, float) and isinstance(other, int | float):
        return abs(one - other) < _POINT
    if isinstance(one, str) and isinstance(other, str):
        return one == _plain(other)
    if isinstance(other, list):
        return isinstance(one, Sequence) and [str(item).strip() for item in other] == list(one)
    return bool(one == other)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_", "").strip()


def _without_apostrophe(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(tabular.FORMULA_STARTS) else text


def _lossy(exported: str) -> re.Pattern[str]:
    """Return what Excel may have written of a text in Windows-1252: one or two letters for each that it lacks."""
    known = [re.escape(one) if one.encode("cp1252", "ignore") else ".{1,2}" for one in _plain(exported)]
    return re.compile("".join(known), re.DOTALL)


def _whole(text: str) -> str:
    found = _WHOLE.fullmatch(text)
    return found[1] if found else text


def _number(text: str, column: Column) -> float | int | str:
    """Return a number; what is none stays text, for the shape of the record to refuse."""
    bare = _SPACES.sub("", text)
    if not _NUMBER.fullmatch(bare):
        return text
    if column.type == "integer":
        whole = _whole(bare)
        return int(whole) if whole.lstrip("-").isdigit() else text
    return float(bare.replace(",", "."))


def _code(text: str, name: str) -> str:
    bare = _SPACES.sub("", text)
    if _SCIENTIFIC.fullmatch(bare):
        raise BadCell("le code entier : le tableur l’a arrondi, mettez la colonne au format texte")
    whole = _whole(bare)
    length = _LENGTHS[name]
    if not whole.isdigit() or not whole.isascii():
        return text
    if len(whole) < length - 1 and name not in {"siren", "epci"}:
        return whole  # more than one zero is lost in no code: it is another mistake
    if name == "siren" and len(whole) < length:
        padded = whole.zfill(length)
        if len(whole) < length - 2 or not siren_is_valid(padded):
            raise BadCell("un SIREN de 9 chiffres : il en manque, mettez la colonne au format texte")
        return padded
    return whole.zfill(length)


def _date(cell: Dated, column: Column) -> str:
    if column.name not in _DATES:
        raise BadCell(f"un texte : le tableur en a fait une date ({cell.iso}), mettez la colonne au format texte")
    return cell.iso[:10] if cell.shows_day else cell.iso[:7]


def _typed_date(text: str) -> str:
    whole = _whole(text)
    found = _FRENCH_DAY.fullmatch(whole)
    if found:
        return f"{found[3]}-{int(found[2]):02}-{int(found[1]):02}"
    if _month(whole) is not None:
        raise BadCell("une date AAAA, AAAA-MM ou AAAA-MM-JJ : le tableur a récrit ce mois")
    return whole


def _month(text: str) -> str | None:
    """Return `21-05` for `mai-21`, as French Excel shows 2021-05."""
    found = _FRENCH_MONTH.fullmatch(text)
    number = next((at for at, name in enumerate(_MONTHS, 1) if found and found[1].lower().startswith(name)), None)
    return f"{found[2][-2:]}-{number:02}" if found and number else None
