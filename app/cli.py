"""`ptce`: serve, seed, check."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from pydantic import ValidationError
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from sqlmodel import col, select

from app.changes import check as checks
from app.changes import migrate, seed
from app.changes.seed_plan import Plan, plan_seed
from app.changes.sheets import BadSheets
from app.database import Database
from app.models import Write
from app.settings import Settings, get_settings

cli = typer.Typer(help="Le registre des PTCE.", no_args_is_help=True, add_completion=False)
console = Console(stderr=True, highlight=False)
SHOWN_AT_MOST = 200


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Adresse d’écoute (HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port (PORT).", min=1, max=65535)] = None,
    workers: Annotated[int | None, typer.Option(help="Nombre de processus (WORKERS).", min=1, max=64)] = None,
    reload: Annotated[bool, typer.Option(help="Relire le code quand il change.")] = False,
) -> None:
    """Migrer la base, la remplir si elle est vide, puis servir le registre."""
    settings = _settings()
    host, port, workers = host or settings.host, port or settings.port, workers or settings.workers
    with _database(settings) as database:
        if migrate.upgrade(database):
            console.print(f"Base à jour : {_shown(settings.database_url)}")
        with database.reading() as session:
            empty = session.exec(select(col(Write.serial)).limit(1)).first() is None
        if empty:
            _seed(database, settings.seed_dir)
    address = settings.public_url or f"http://{host}:{port}"
    console.print(f"Registre des PTCE sur [bold]{address}[/bold]")
    for path, what in (
        ("/docs", "la documentation, à essayer dans la page"),
        ("/v1/poles", "les pôles, en JSON"),
        ("/v1/poles.csv?limit=1000", "les mêmes, pour un tableur (.xlsx aussi)"),
        ("/v1/stats", "ce qui est retrouvé et ce qui manque"),
    ):
        console.print(f"  {address}{path}  {what}")
    uvicorn.run(
        "app.main:create_app",
        factory=True,
        host=host,
        port=port,
        workers=None if reload else workers,
        reload=reload,
        access_log=False,
        log_level="info",
    )


@cli.command("seed")
def seed_command(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Montrer les différences, ne rien écrire.")] = False,
) -> None:
    """Mettre la base en accord avec seed/ ; ce qu’un éditeur a modifié est laissé en l’état."""
    settings = _settings()
    with _database(settings) as database:
        migrate.upgrade(database)
        if not dry_run:
            _seed(database, settings.seed_dir)
            return
        with database.reading() as session, _bad_sheets_reported():
            plan = plan_seed(session, settings.seed_dir)
        _report(plan)
        print(f"{len(plan.differences)} différences, {len(plan.conflicts)} conflits ; rien n’a été écrit.")


@cli.command()
def check() -> None:
    """Vérifier les invariants du registre ; sortir en 1 avec la liste de ce qui ne va pas."""
    settings = _settings()
    with _database(settings) as database:
        if migrate.current(database) != migrate.head():
            console.print("Le schéma n’est pas à jour : lancez `ptce seed` ou `ptce serve`.")
            raise typer.Exit(1)
        with database.reading() as session:
            faults = list(checks.find_faults(session, settings.seed_dir))
    for fault in faults:
        print(fault)
    if faults:
        console.print(f"{len(faults)} défauts.")
        raise typer.Exit(1)
    print("Aucun défaut.")


def _settings() -> Settings:
    try:
        return get_settings()
    except ValidationError as error:
        for detail in error.errors():
            name = "_".join(map(str, detail["loc"])).upper()
            console.print(f"Réglage {name} = {detail['input']!r} : {detail['msg']}")
        raise typer.Exit(2) from None


@contextmanager
def _database(settings: Settings) -> Iterator[Database]:
    database = Database(settings.database_url)
    try:
        yield database
    finally:
        database.dispose()


@contextmanager
def _bad_sheets_reported() -> Iterator[None]:
    try:
        yield
    except BadSheets as error:
        for fault in error.faults:
            print(fault)
        console.print(f"{len(error.faults)} cases à corriger ; rien n’a été écrit.")
        raise typer.Exit(1) from None


def _seed(database: Database, folder: Path) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with _bad_sheets_reported(), Progress(*columns, console=console) as bar, database.writing() as session:
        task = bar.add_task("Remplissage", total=None)

        def progress(what: str, done: int, total: int) -> None:
            bar.update(task, description=what, completed=done, total=total)

        outcome = seed.seed_database(session, folder, progress)
    for conflict in outcome.plan.conflicts:
        print(f"! {conflict}")
    if outcome.serial is None:
        console.print("Rien à changer : la base est en accord avec le jeu de données.")
    else:
        console.print(f"Écriture {outcome.serial} : {outcome.revisions} fiches publiées.")


def _report(plan: Plan) -> None:
    for difference in plan.differences[:SHOWN_AT_MOST]:
        print(difference)
    if len(plan.differences) > SHOWN_AT_MOST:
        print(f"… et {len(plan.differences) - SHOWN_AT_MOST} autres")
    for conflict in plan.conflicts:
        print(f"! {conflict}")


def _shown(url: str) -> str:
    """Hide a password."""
    return url if "@" not in url else url.partition("://")[0] + "://…@" + url.rpartition("@")[2]
