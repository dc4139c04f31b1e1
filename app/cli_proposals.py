"""`ptce proposals`: erase the contacts of those who suggested something."""

from datetime import timedelta
from typing import Annotated

import typer

from app.changes import proposals
from app.cli_database import must_be_current, opened, say, settings_or_exit
from app.errors import NotFound

cli = typer.Typer(help="Les propositions.", no_args_is_help=True)


@cli.callback()
def proposals_group() -> None:
    """Les propositions reçues."""  # with one command, Typer would otherwise take its name away


@cli.command("erase-contacts")
def erase_contacts(
    proposal: Annotated[
        str | None,
        typer.Option(help="Une proposition, dont l’auteur le demande ; sans elle, celles qui ont fait leur temps."),
    ] = None,
) -> None:
    """Effacer sans retour les contacts de plus de CONTACT_DAYS jours ; le service le fait aussi chaque jour."""
    settings = settings_or_exit()
    with opened(settings) as database:
        must_be_current(database)
        with database.writing() as session:
            if proposal is None:
                number = proposals.erase_contacts(session, timedelta(days=settings.contact_days))
                print(f"{number} contacts effacés.")
                return
            try:
                proposals.erase_contact(session, proposal)
            except NotFound as error:
                say(error.detail)
                raise typer.Exit(2) from None
    print("Contact effacé.")
