"""`ptce import`: a sheet sent back becomes a report, then one write."""

from pathlib import Path
from typing import Annotated

import typer

from app.changes import import_cells, import_files, import_sheet
from app.changes.import_files import CSV_TYPE, XLSX_TYPE, Sheet
from app.changes.import_sheet import Asked
from app.changes.orders import Order
from app.cli_database import make_ready, opened, progress_shown, say, settings_or_exit
from app.errors import RegistryError, TooLarge
from app.models import KeyRole, Kind
from app.models.imports import ImportPublic, RowAction
from app.renderers import imports
from app.security import Editor

_SHOWN_AT_MOST = 200
_TYPES = {".csv": CSV_TYPE, ".xlsx": XLSX_TYPE}


def import_command(
    file: Annotated[
        Path, typer.Argument(help="Un export du registre, modifié : CSV ou XLSX.", exists=True, dir_okay=False)
    ],
    kind: Annotated[Kind | None, typer.Option(help="pole ou organisation ; sans elle, les colonnes le disent.")] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Écrire ; sans elle, rien ne l’est.")] = False,
    empties: Annotated[bool, typer.Option("--empties", help="Vider les cases annoncées comme vidées.")] = False,
    source: Annotated[str | None, typer.Option(help="D’après quoi : adresse d’une page ou source du registre.")] = None,
    reason: Annotated[str | None, typer.Option(help="Pourquoi ; l’historique le montre.")] = None,
    editor: Annotated[str, typer.Option(help="Qui écrit : l’historique le montrera.")] = "import",
    report: Annotated[Path | None, typer.Option(help="Où écrire le rapport ; sans elle, à côté du fichier.")] = None,
) -> None:
    """Contrôler une feuille de pôles ou d’organisations, puis l’écrire avec --apply : tout, ou rien."""
    settings = settings_or_exit()
    beside = report or file.with_name(f"{file.stem}.rapport{file.suffix}")
    order = Order(Editor(editor, KeyRole.NATIONAL), settings.seed_dir, reason=reason, source=source)
    try:
        with opened(settings) as database:
            make_ready(database, settings)
            with file.open("rb") as opened_file:
                content = opened_file.read(settings.max_sheet + 1)
            if len(content) > settings.max_sheet:
                raise TooLarge(f"Le fichier dépasse {settings.max_sheet} octets (MAX_SHEET). Coupez-le.")
            sheet = import_files.read(content, _TYPES.get(file.suffix.lower(), file.suffix))
            with progress_shown("Lecture") as progress, database.writing(keep=apply) as session:
                made = import_sheet.run(session, order, sheet, Asked(kind, apply, empties), progress)
    except RegistryError as error:
        say(error.detail)
        raise typer.Exit(2) from None
    beside.write_bytes(imports.sheet(made, sheet.header, import_cells.texts(sheet), sheet.form, excel=sheet.excel))
    _tell(made, sheet, beside, apply=apply)
    if made.errors:
        raise typer.Exit(1)


def _tell(made: ImportPublic, sheet: Sheet, beside: Path, *, apply: bool) -> None:
    said = [
        f"ligne {line.number} ({row.id or '?'}) : {sentence}"
        for line, row in zip(sheet.lines, made.lines, strict=True)
        for sentence in (
            *map(imports.said_error, row.errors),
            *(imports.said_changes(row) if row.action is not RowAction.ERROR else ()),
        )
    ]
    for sentence in said[:_SHOWN_AT_MOST]:
        print(sentence)
    if len(said) > _SHOWN_AT_MOST:
        print(f"… et {len(said) - _SHOWN_AT_MOST} autres")
    print(imports.summary(made))
    say(f"Rapport : {beside}")
    if not apply and not made.errors and made.updated + made.created:
        more = " --empties" if made.emptied else ""
        say(f"Pour l’écrire : la même commande avec --apply{more}.")
