"""`ptce keys`: create, list, rotate, revoke."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import Annotated

import typer
from sqlmodel import Session

from app.changes import keys
from app.changes.keys import BadKey
from app.cli_database import make_ready, must_be_current, opened, say, settings_or_exit
from app.models import KeyRole

cli = typer.Typer(help="Les clés des éditeurs.", no_args_is_help=True)


@cli.command()
def create(
    role: Annotated[KeyRole, typer.Option(help="reader, curator (de régions), national ou admin.")],
    name: Annotated[str, typer.Option(help="Qui écrit : l’historique le montrera.")],
    region: Annotated[list[str] | None, typer.Option(help="Code d’une région du rôle curator ; répétable.")] = None,
    expires: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Dernier jour, AAAA-MM-JJ (UTC).")
    ] = None,
) -> None:
    """Créer une clé : elle s’affiche une seule fois, seule sur la sortie standard."""
    until = expires.replace(hour=23, minute=59, second=59, tzinfo=UTC) if expires else None
    key = _write(lambda session: keys.create(session, name=name, role=role, regions=region or [], expires=until))
    say(f"Clé de « {name} » ({role}) ; elle ne sera plus montrée :")
    print(key)


@cli.command("list")
def list_keys() -> None:
    """Lister les clés : qui, quel rôle, quelles régions, dernier usage, fin. Jamais la clé elle-même."""
    from rich.console import Console
    from rich.table import Table

    with opened(settings_or_exit()) as database:
        must_be_current(database)
        with database.reading() as session:
            found = keys.list_keys(session)
    table = Table("nom", "rôle", "régions", "créée", "dernier usage", "expire", "révoquée")
    for key, regions in found:
        moments = (key.created_at, key.last_used_at, key.expires_at, key.revoked_at)
        table.add_row(key.name, key.role, " ".join(regions), *(f"{at:%Y-%m-%d}" if at else "" for at in moments))
    Console(highlight=False, markup=False).print(table)  # a name may hold brackets


@cli.command()
def rotate(name: Annotated[str, typer.Option(help="Nom de l’éditeur.")]) -> None:
    """Remplacer une clé : l’ancienne ne vaut plus rien, la nouvelle s’affiche une seule fois."""
    key = _write(lambda session: keys.rotate(session, name))
    say(f"Nouvelle clé de « {name} » ; elle ne sera plus montrée :")
    print(key)


@cli.command()
def revoke(name: Annotated[str, typer.Option(help="Nom de l’éditeur.")]) -> None:
    """Mettre fin à une clé ; l’historique garde le nom."""
    _write(lambda session: keys.revoke(session, name))
    say(f"La clé de « {name} » est révoquée.")


def _write(change: Callable[[Session], str | None]) -> str | None:
    settings = settings_or_exit()
    with opened(settings) as database:
        make_ready(database, settings)  # the régions of a curator are rows of the seed
        writing: AbstractContextManager[Session] = database.writing()
        try:
            with writing as session:
                return change(session)
        except BadKey as error:
            say(str(error))
            raise typer.Exit(2) from None
