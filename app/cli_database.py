"""What every command needs: the settings, or what is wrong with them; the database, or why it does not answer."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import typer
from pydantic import ValidationError
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlmodel import col, select

from app import wording
from app.changes import migrate, seed
from app.changes.sheets import BadSheets
from app.damage import is_damage
from app.database import Database
from app.models import Write
from app.settings import Settings, get_settings

SECRET = {"METRICS_TOKEN"}


def say(sentence: str) -> None:
    """Tell people something, beside what a command prints for programs."""
    typer.echo(sentence, err=True)


@contextmanager
def progress_shown(what: str) -> Iterator[Callable[[str, int, int], None]]:
    """Give what tells how far a command has come: what it does, how much of it is done, how much there is."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True, highlight=False)) as bar:
        task = bar.add_task(what, total=None)

        def progress(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        yield progress


def settings_or_exit() -> Settings:
    try:
        return get_settings()
    except ValidationError as error:
        for detail in error.errors():
            name = "_".join(map(str, detail["loc"])).upper()
            written = "…" if name in SECRET else shown(str(detail["input"]))
            say(f"Réglage {name} = {written!r} : attendu, {wording.expected(detail)}")
        raise typer.Exit(2) from None


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database_url)
    try:
        yield database
    except OperationalError as error:
        reason = str(error.orig).partition("\n")[0]
        if database.is_sqlite and "unable to open" in reason:
            reason = "son dossier existe-t-il, et peut-on y écrire ?"
        say(f"La base de DATABASE_URL ({shown(settings.database_url)}) ne répond pas : {reason}")
        raise typer.Exit(2) from None
    except DatabaseError as error:
        if not is_damage(error.orig):
            raise
        raise _damaged(settings.database_url, str(error.orig)) from None
    finally:
        database.dispose()


def must_be_sound(database: Database, *, thorough: bool) -> None:
    """End the command if the file of SQLite is damaged; at a start, which is not `thorough`, if that is soon seen."""
    fault = database.fault(thorough=thorough, larger=thorough)
    if fault:
        raise _damaged(database.url, fault)


def _damaged(url: str, reason: str) -> typer.Exit:
    say(
        f"Le fichier de DATABASE_URL ({url}) est abîmé ou n’est pas une base SQLite : {reason}. Rien n’y a été écrit. "
        "Arrêtez le registre, puis reprenez la dernière sauvegarde : `ptce restore FICHIER --replace`."
    )
    return typer.Exit(2)


def shown(url: str) -> str:
    """Hide a password: what stands before the host, and what follows it as a query."""
    url = url.partition("?")[0]
    before, at, after = url.rpartition("@")
    scheme = before.partition("://")[0] + "://" if "://" in before else ""
    return f"{scheme}…@{after}" if at else url


def must_be_current(database: Database) -> None:
    """End the command if the database has another schema than this version's, or none."""
    if migrate.current(database) != migrate.head():
        say("Le schéma n’est pas à jour : lancez `ptce seed` ou `ptce serve`.")
        raise typer.Exit(1)


def make_ready(database: Database, settings: Settings) -> None:
    """Migrate the database, and fill it if it is empty."""
    must_be_sound(database, thorough=False)
    if migrate.upgrade(database):
        say(f"Base à jour : {shown(settings.database_url)}")
    with database.reading() as session:
        empty = session.exec(select(col(Write.serial)).limit(1)).first() is None
    if empty:
        fill(database, settings.seed_dir)


@contextmanager
def bad_sheets_reported() -> Iterator[None]:
    try:
        yield
    except BadSheets as error:
        for fault in error.faults:
            print(fault)
        say(f"{len(error.faults)} cases à corriger ; rien n’a été écrit.")
        raise typer.Exit(1) from None


def fill(database: Database, folder: Path) -> None:
    with bad_sheets_reported(), progress_shown("Remplissage") as progress, database.writing() as session:
        outcome = seed.seed_database(session, folder, progress)
    for conflict in outcome.plan.conflicts:
        print(f"! {conflict}")
    if outcome.serial is None:
        say("Rien à changer : la base est en accord avec le jeu de données.")
    else:
        say(f"Écriture {outcome.serial} : {outcome.revisions} fiches publiées.")
