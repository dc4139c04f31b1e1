"""`ptce backup`, `ptce restore`: a proven copy of the database, and the way back."""

from pathlib import Path
from typing import Annotated

import typer

from app.changes import backup
from app.changes.backup import BadBackup
from app.cli_database import say, settings_or_exit


def backup_command(
    folder: Annotated[Path, typer.Argument(help="Dossier des sauvegardes ; il est créé s’il manque.")],
    keep: Annotated[int, typer.Option(help="Nombre de sauvegardes gardées ; les plus anciennes partent.", min=1)] = 7,
) -> None:
    """Copier la base pendant qu’elle sert, vérifier la copie, puis retirer les plus anciennes."""
    settings = settings_or_exit()
    try:
        made = backup.make(settings.database_url, folder, settings.seed_dir)
        gone = backup.retain(folder, keep, made)
    except (BadBackup, OSError) as error:
        say(f"Pas de sauvegarde. {error}")
        raise typer.Exit(1) from None
    print(made)
    say(f"Sauvegarde vérifiée ; {len(backup.kept(folder))} gardées, {len(gone)} retirées.")


def restore_command(
    file: Annotated[Path, typer.Argument(help="Une sauvegarde faite par `ptce backup`.", exists=True, dir_okay=False)],
    replace: Annotated[bool, typer.Option("--replace", help="Remplacer une base qui n’est pas vide.")] = False,
) -> None:
    """Mettre une sauvegarde vérifiée à la place de la base ; l’ancien fichier est gardé à côté."""
    settings = settings_or_exit()
    try:
        aside = backup.restore(file, settings.database_url, settings.seed_dir, replace=replace)
    except (BadBackup, OSError) as error:
        say(f"Rien n’a changé. {error}")
        raise typer.Exit(1) from None
    say("Base remise en place." + (f" L’ancienne est gardée : {aside}" if aside else ""))
