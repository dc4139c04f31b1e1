"""One row of a sheet against its record: which cells are edits, what they mean, what they would change."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from sqlmodel import Session

from app.changes import import_cells as cells
from app.changes.geography import Geography
from app.changes.import_cells import BadCell, Origin
from app.changes.import_files import Cell, Line
from app.changes.nouns import Meant, Noun
from app.errors import RegistryError, shortened
from app.models import PoleFormerName, PoleSector, PoleUnit
from app.models.imports import CellChange, RowError
from app.renderers.columns import Column, value
from app.renderers.pole import Place

Json = Mapping[str, Any]
_DIGITS: Final = re.compile(r"\D")
_MINUTE: Final = 12  # digits of a moment down to its minute, as spreadsheets show it
_PLACES: Final = ("commune", "departement", "region", "epci")
_LINKS: Final = "par /v1/memberships"
_ELSEWHERE: Final = {
    "waves": "par /v1/labels",
    "carriers": _LINKS,
    "members": _LINKS,
    "poles": _LINKS,
    "known_member_count": _LINKS,
    "sources": "par le paramètre « source » de l’import, ou par la fiche elle-même",
    **{
        name: "par la case « commune » (ou « departement », « region » d’un pôle)"
        for place in _PLACES
        for name in (place, f"{place}_name")
    },
    "longitude": "par la case « commune »",
    "latitude": "par la case « commune »",
}


@dataclass(frozen=True, slots=True)
class Read:
    """A row read against its record: `body` is a merge patch, or a new record."""

    body: dict[str, Any] = field(default_factory=dict)
    emptied: list[str] = field(default_factory=list)
    computed: list[tuple[Column, Cell]] = field(default_factory=list)  # to hold against what the edit makes
    errors: list[RowError] = field(default_factory=list)


def is_computed(noun: Noun, column: Column) -> bool:
    path = column.path.split("[]")[0]
    inside = any(path == one or path.startswith(f"{one}.") for one in noun.computed)
    return inside or path.endswith(".name") or column.name == "sources"


def read(
    noun: Noun, columns: Sequence[Column | None], line: Line, base: Json | None, now: Json | None, origin: Origin
) -> Read:
    """Compare a row with its record as of its export and as it stands: three ways, cell by cell."""
    found = Read()
    for position, column in enumerate(columns):
        if column is None or column.name in {"id", "serial"}:
            continue
        cell = line.cells[position] if position < len(line.cells) else ""
        before, current = (value(one, column.path) if one else None for one in (base, now))
        if _is_shown(cell, column, before, origin) or (now is not base and _is_shown(cell, column, current, origin)):
            continue
        if is_computed(noun, column):
            found.computed.append((column, cell))
            continue
        try:
            meant = cells.read(cell, column)
        except BadCell as bad:
            found.errors.append(_error(column.name, cell, f"attendu, {bad}"))
            continue
        if before != current:
            said = f"conflit : changé depuis votre export, le registre dit maintenant « {_text(current)} »"
            found.errors.append(_error(column.name, cell, said))
        if meant in (None, []):
            if now is None:
                continue
            found.emptied.append(column.name)
        _put(found.body, column, meant)
    if line.cells[len(columns) :]:
        found.errors.append(_error(None, "", f"attendu, {len(columns)} cases, comme l’en-tête"))
    return found


def computed_errors(session: Session, found: Read, meant: Meant | None) -> Iterable[RowError]:
    """Yield an error for each computed cell that says something else than what the edit makes of it."""
    place = _place(session, meant.rows[0].values) if meant and found.computed else None
    for column, cell in found.computed:
        if not cells.is_unchanged(cell, column, _of_place(place, column.name), Origin()):
            where = _ELSEWHERE.get(column.name, "nulle part")
            yield _error(column.name, cell, f"attendu, la valeur du registre, qui la calcule : elle se change {where}")


def refused(error: RegistryError, columns: Iterable[Column]) -> list[RowError]:
    """Return what the rules or the rights of a record refuse, by column."""
    names = {_path(column): column.name for column in columns}
    made = []
    for fault in error.faults:
        steps = (fault.pointer or "").strip("/").split("/")
        paths = [".".join(steps[:length]) for length in range(len(steps), 0, -1)]
        column = next((names[path] for path in paths if path in names), fault.parameter or "/".join(steps) or None)
        made.append(
            RowError(
                column=column,
                value=shortened(fault.value),
                message=f"attendu, {fault.expected}",
                suggestion=fault.suggestion,
            )
        )
    return made or [RowError(message=error.detail)]


def changes(noun: Noun, columns: Iterable[Column], meant: Meant, now: Json | None) -> list[CellChange]:
    """Return what an edit changes, with what follows from it: the département of a new commune, and so on."""
    keys = {path: key for key, path in noun.paths.items()}
    made = []
    for column in columns:
        if is_computed(noun, column):
            continue
        path = _path(column)
        before = value(now, column.path) if now else None
        after = _listed(meant, path) if column.type == "list" else meant.rows[0].values[keys.get(path, path)]
        after = after.value if isinstance(after, Enum) else after
        if (before or None) != (after or None) or (before == 0) != (after == 0):
            made.append(CellChange(column=column.name, before=before, after=after))
    return made


def _is_shown(cell: Cell, column: Column, known: Any, origin: Origin) -> bool:
    """Return whether a cell shows this value; addresses come with a host, moments as spreadsheets write them."""
    text = cells.shown(cell)
    if column.name == "url" and known is not None:
        return text.endswith(str(known))
    if column.name == "recorded_at" and known is not None:
        digits = _DIGITS.sub("", text)[:_MINUTE]
        return len(digits) == _MINUTE and _DIGITS.sub("", str(known)).startswith(digits)
    return cells.is_unchanged(cell, column, known, origin) or (known is None and text == "0" and _is_count(column))


def _is_count(column: Column) -> bool:
    return column.name == "known_member_count"


def _path(column: Column) -> str:
    return column.path.split("[]")[0].removesuffix(".code")


def _put(body: dict[str, Any], column: Column, meant: Any) -> None:
    *inside, last = _path(column).split(".")
    for step in inside:
        body = body.setdefault(step, {})
    body[last] = meant


def _error(column: str | None, cell: Cell, message: str) -> RowError:
    return RowError(column=column, value=cells.shown(cell)[:200] or None, message=message)


def _text(known: Any) -> str:
    return "|".join(map(str, known)) if isinstance(known, list) else "" if known is None else str(known)


def _listed(meant: Meant, path: str) -> list[str]:
    rows = [row for row in meant.rows if row.table in {PoleFormerName, PoleSector, PoleUnit}]
    if path == "former_names":
        return [row.values["name"] for row in rows if row.table is PoleFormerName]
    if path == "sectors":
        return [row.values["sector"] for row in rows if row.table is PoleSector]
    return [f"{row.values['kind']}:{row.values['code']}" for row in rows if row.table is PoleUnit]


def _place(session: Session, row: Mapping[str, Any]) -> Place:
    commune = row.get("seat_commune") or row.get("commune")
    departement, region = row.get("departement"), row.get("region")
    return Geography(session, [commune], [departement], [region]).place(commune, departement, region)


def _of_place(place: Place | None, name: str) -> Any:
    if place is None:
        return None
    if name in {"longitude", "latitude"}:
        return getattr(place, name)
    what, _, named = name.partition("_")
    found = getattr(place, what) if what in _PLACES else None
    return (found.name if named else found.code) if found else None
