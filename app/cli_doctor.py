"""`ptce doctor`: what would keep this installation from serving well, each with what to do."""

import os
import shutil
import socket
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError

from app.changes import migrate
from app.cli_database import settings_or_exit, shown
from app.damage import is_damage
from app.database import Database
from app.settings import Settings

ROOM: Final = 200_000_000  # bytes: the journal of a large write, and a copy
OLDEST_SQLITE: Final = (3, 40)  # those of Debian 12, which the tests run on
OLDEST_POSTGRESQL: Final = 15
_RESTORE: Final = "Arrêtez le registre, puis reprenez la dernière sauvegarde : `ptce restore FICHIER --replace`"
_LOOPBACK: Final = {"127.0.0.1", "::1", "localhost"}


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, how it stands, and what to do where that is not well."""

    what: str
    stands: str
    todo: str = ""
    grave: bool = True


def doctor_command() -> None:
    """Vérifier cette installation ; sortir en 1 avec ce qui l’empêche de servir, et quoi faire."""
    settings = settings_or_exit()
    findings = [finding for look in LOOKS for finding in look(settings)]
    for one in findings:
        sign = "✓" if not one.todo else "✗" if one.grave else "!"
        print(f"{sign} {one.what} : {one.stands}" + (f". {one.todo}" if one.todo else ""))
    if any(one.todo and one.grave for one in findings):
        raise typer.Exit(1)


def _database(settings: Settings) -> Iterator[Finding]:
    what = f"base {shown(settings.database_url)}"
    if settings.database_url.startswith("sqlite"):
        yield from _folder(settings)
        file = Path(make_url(settings.database_url).database or "")
        if not file.exists():  # to look must not make it
            yield Finding(what, "n’existe pas encore : `ptce serve` la crée")
            return
    database = Database(settings.database_url)
    try:
        with database.engine.connect() as connection:
            yield _version(database, connection.execute(text(_VERSION[database.is_sqlite])).scalar_one())
            if not database.is_sqlite:
                known = connection.execute(text("SELECT count(*) FROM pg_available_extensions WHERE name = 'postgis'"))
                absent = "" if known.scalar() else "Installez PostGIS sur ce serveur (Debian : postgresql-15-postgis-3)"
                yield Finding("PostGIS", "absent" if absent else "présent", absent)
        fault = database.fault()
        yield Finding("fichier de la base", fault or "sain", _RESTORE if fault else "")
        yield _schema(database)
    except DBAPIError as error:
        reason = str(error.orig).partition("\n")[0]
        yield Finding(
            what, reason, _RESTORE if is_damage(error.orig) else "Vérifiez DATABASE_URL et que la base est démarrée"
        )
    finally:
        database.dispose()


_VERSION: Final = {True: "SELECT sqlite_version()", False: "SELECT current_setting('server_version_num')::integer"}


def _version(database: Database, version: str | int) -> Finding:
    if database.is_sqlite:
        old = sqlite3.sqlite_version_info < OLDEST_SQLITE
        return Finding("SQLite", str(version), "Les essais se font avec 3.40 ou plus" if old else "", grave=False)
    major = int(version) // 10_000
    todo = "Les essais se font avec PostgreSQL 15 ou plus" if major < OLDEST_POSTGRESQL else ""
    return Finding("PostgreSQL", str(major), todo, grave=False)


def _schema(database: Database) -> Finding:
    stands, wanted = migrate.current(database), migrate.head()
    if stands == wanted:
        return Finding("schéma", f"à jour ({stands})")
    if stands is not None and stands not in migrate.known():
        return Finding("schéma", f"« {stands} », d’une version plus récente", "Installez cette version")
    return Finding("schéma", f"« {stands or 'vide'} »", f"`ptce serve` le met à « {wanted} »", grave=False)


def _folder(settings: Settings) -> Iterator[Finding]:
    file = Path(make_url(settings.database_url).database or "").absolute()
    folder = file.parent
    if not folder.is_dir():
        yield Finding("dossier de la base", f"{folder} n’existe pas", "Créez-le")
        return
    there = [one for one in (folder, file, Path(f"{file}-wal")) if one.exists()]
    closed = [str(one) for one in there if not os.access(one, os.W_OK)]
    todo = f"Donnez le droit d’écrire dans {', '.join(closed)}" if closed else ""
    yield Finding("droit d’écrire", "manque" if closed else str(folder), todo)
    free = shutil.disk_usage(folder).free
    todo = "Libérez de la place : une écriture qui n’en trouve pas est refusée" if free < ROOM else ""
    yield Finding("place sur le disque", f"{free // 1_000_000} Mo", todo)


def _seed(settings: Settings) -> Iterator[Finding]:
    absent = not (settings.seed_dir / "poles.csv").is_file()
    todo = "SEED_DIR doit nommer le dossier seed/ du dépôt" if absent else ""
    yield Finding("jeu de données", str(settings.seed_dir), todo)


def _clock(_settings: Settings) -> Iterator[Finding]:
    try:
        ZoneInfo("Europe/Paris")
    except ZoneInfoNotFoundError:
        yield Finding("fuseau de Paris", "inconnu", "Installez tzdata (pip install tzdata)")
    else:
        yield Finding("fuseau de Paris", "connu")


def _port(settings: Settings) -> Iterator[Finding]:
    where = f"{settings.host}:{settings.port}"
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    with socket.socket(family) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((settings.host, settings.port))
        except OSError as error:
            todo = "Si ce n’est pas le registre qui sert déjà : changez HOST ou PORT"
            yield Finding(f"port {where}", error.strerror or "pris", todo, grave=False)
        else:
            yield Finding(f"port {where}", "libre")


def _addresses(settings: Settings) -> Iterator[Finding]:
    url = settings.public_url
    open_to_all = settings.host not in _LOOPBACK
    if url is None:
        todo = "Donnez PUBLIC_URL : sans elle, les liens répètent l’hôte que dit chaque client" if open_to_all else ""
        yield Finding("PUBLIC_URL", "non donnée", todo, grave=False)
        return
    plain = url.startswith("http://") and not any(f"://{host}" in url for host in ("127.0.0.1", "localhost", "[::1]"))
    todo = "Servez en https (un mandataire devant) : les clés passeraient en clair" if plain else ""
    yield Finding("PUBLIC_URL", url, todo, grave=False)


LOOKS: Final[tuple[Callable[[Settings], Iterator[Finding]], ...]] = (
    _database,
    _seed,
    _clock,
    _port,
    _addresses,
)
