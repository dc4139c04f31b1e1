"""`ptce`: serve, seed, check, import, backup, restore, doctor, keys, proposals."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
import uvicorn
from sqlalchemy import make_url

from app.changes import check as checks
from app.changes import migrate
from app.changes.seed_plan import Plan, plan_seed
from app.cli_backup import backup_command, restore_command
from app.cli_database import (
    bad_sheets_reported,
    fill,
    make_ready,
    must_be_current,
    must_be_sound,
    opened,
    say,
    settings_or_exit,
)
from app.cli_doctor import doctor_command
from app.cli_import import import_command
from app.cli_keys import cli as keys_cli
from app.cli_proposals import cli as proposals_cli
from app.database import Database
from app.server import counted_together, server_options
from app.settings import Settings

cli = typer.Typer(help="Le registre des PTCE.", no_args_is_help=True, add_completion=False)
SHOWN_AT_MOST = 200


@cli.command()
def serve(
    host: Annotated[str | None, typer.Option(help="Adresse d’écoute (HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port (PORT).", min=1, max=65535)] = None,
    workers: Annotated[int | None, typer.Option(help="Nombre de processus (WORKERS).", min=1, max=64)] = None,
    reload: Annotated[bool, typer.Option(help="Relire le code quand il change.")] = False,
) -> None:
    """Migrer la base, la remplir si elle est vide, puis servir le registre."""
    settings = settings_or_exit()
    host, port, workers = host or settings.host, port or settings.port, workers or settings.workers
    with opened(settings) as database:
        make_ready(database, settings)
    address = settings.public_url or f"http://{host}:{port}"
    say(f"Registre des PTCE sur {typer.style(address, bold=True)}")
    for path, what in (
        ("/", "la carte et la liste des pôles"),
        ("/docs", "la documentation, à essayer dans la page"),
        ("/v1/poles", "les pôles, en JSON"),
        ("/v1/poles.csv?limit=all", "les mêmes, pour un tableur (.xlsx aussi)"),
        ("/v1/stats", "ce qui est retrouvé et ce qui manque"),
    ):
        say(f"  {address}{path}  {what}")
    with counted_together(workers):
        uvicorn.run(
            "app.main:settled_app",
            host=host,
            port=port,
            workers=None if reload else workers,
            reload=reload,
            **server_options(settings),
        )


@cli.command("seed")
def seed_command(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Montrer les différences, ne rien écrire.")] = False,
) -> None:
    """Mettre la base en accord avec seed/ ; ce qu’un éditeur a modifié est laissé en l’état."""
    settings = settings_or_exit()
    if dry_run:
        with _as_it_stands(settings) as database, database.reading() as session, bad_sheets_reported():
            _report(plan_seed(session, settings.seed_dir))
        return
    with opened(settings) as database:
        must_be_sound(database, thorough=False)
        migrate.upgrade(database)
        fill(database, settings.seed_dir)


@cli.command()
def check() -> None:
    """Vérifier les invariants du registre ; sortir en 1 avec la liste de ce qui ne va pas."""
    settings = settings_or_exit()
    with opened(settings) as database:
        must_be_sound(database, thorough=True)
        must_be_current(database)
        with database.reading() as session:
            faults = list(checks.find_faults(session, settings.seed_dir))
    for fault in faults:
        print(fault)
    if faults:
        say(f"{len(faults)} défauts.")
        raise typer.Exit(1)
    print("Aucun défaut.")


cli.command("import")(import_command)
cli.command("backup")(backup_command)
cli.command("restore")(restore_command)
cli.command("doctor")(doctor_command)
cli.add_typer(keys_cli, name="keys")
cli.add_typer(proposals_cli, name="proposals")


@contextmanager
def _as_it_stands(settings: Settings) -> Iterator[Database]:
    """Open the database without changing anything of it; one that has no tables yet is like an empty one in memory."""
    url = make_url(settings.database_url)
    absent = url.get_backend_name() == "sqlite" and not Path(url.database or "").exists()
    if not absent:
        with opened(settings) as database:
            schema = migrate.current(database)
            if schema == migrate.head():
                yield database
                return
            if schema is not None:
                say("Le schéma n’est pas à jour : lancez `ptce seed` ou `ptce serve`.")
                raise typer.Exit(1)
    database = Database("sqlite://")
    migrate.upgrade(database)
    yield database
    database.dispose()


def _report(plan: Plan) -> None:
    for difference in plan.differences[:SHOWN_AT_MOST]:
        print(difference)
    if len(plan.differences) > SHOWN_AT_MOST:
        print(f"… et {len(plan.differences) - SHOWN_AT_MOST} autres")
    for conflict in plan.conflicts:
        print(f"! {conflict}")
    print(f"{len(plan.differences)} différences, {len(plan.conflicts)} conflits ; rien n’a été écrit.")
