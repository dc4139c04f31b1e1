"""The report of an import as the same sheet, sent back with what became of each row."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from typing import Any, Final

from app.models.imports import CellChange, ImportedRow, ImportPublic, RowAction, RowError
from app.renderers import tabular
from app.renderers.columns import Column
from app.renderers.negotiation import Format

ADDED: Final = ("action", "errors", "changes")  # ignored when the report is corrected and sent in turn
ACTIONS: Final = {
    RowAction.UNCHANGED: "inchangée",
    RowAction.UPDATED: "modifiée",
    RowAction.CREATED: "créée",
    RowAction.ERROR: "erreur",
}


def sheet(
    report: ImportPublic, header: Sequence[str], rows: Sequence[Sequence[str]], wanted: Format, *, excel: bool
) -> bytes:
    """Return the sheet that was read, as text, with our columns added; `excel`: as it came, with semicolons."""
    kept = [position for position, name in enumerate(header) if name not in ADDED]
    columns = [Column(header[position], "") for position in kept] + [Column(name, "") for name in ADDED]
    made = [
        tabular.row([*(cells[position] if position < len(cells) else "" for position in kept), *_told(line)])
        for line, cells in zip(report.lines, rows, strict=True)
    ]
    if wanted is Format.XLSX:
        return tabular.xlsx_bytes(columns, made, _about(report))
    return tabular.excel_csv_bytes(columns, made) if excel else tabular.csv_bytes(columns, made)


def summary(report: ImportPublic) -> str:
    """Return the counts of a report, in a sentence."""
    said = (
        f"{report.rows} lignes : {report.unchanged} inchangées, {report.updated} modifiées, {report.created} créées, "
        f"{report.errors} en erreur ; {report.emptied} cases vidées."
    )
    if report.serial is not None:
        return f"{said} Écriture {report.serial}."
    return f"{said} Rien n’a été écrit."


def said_error(error: RowError) -> str:
    where = f"{error.column} : " if error.column else ""
    hint = f" (vouliez-vous « {error.suggestion} » ?)" if error.suggestion else ""
    return f"{where}{error.message}{hint}"


def said_changes(line: ImportedRow) -> Iterable[str]:
    emptied = {change.column for change in line.emptied}
    for change in line.changes:
        if change.column in emptied:
            yield said_emptied(change)
        else:
            yield f"{change.column} : {_text(change.before)} → {_text(change.after)}"


def said_emptied(change: CellChange) -> str:
    return f"vidé : {change.column}, était {_text(change.before)}"


def _told(line: ImportedRow) -> Iterable[str]:
    return ACTIONS[line.action], " ; ".join(map(said_error, line.errors)), " ; ".join(said_changes(line))


def _text(value: Any) -> str:
    if value is None or value == []:
        return "(vide)"
    return tabular.LIST_SEPARATOR.join(map(str, value)) if isinstance(value, list) else str(value)


def _about(report: ImportPublic) -> dict[str, str]:
    told = {"rapport": summary(report), "feuille": report.kind.value}
    names = ("action", "errors", "changes")
    what = ("ce que devient la ligne", "ce qui est à corriger", "ce qui change")
    return told | {str(name): str(about) for name, about in zip_longest(names, what)}
