"""A whole copy of the database in one file, made while others write: proven, then renamed; and the way back."""

import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from sqlalchemy import make_url

from app.changes import check, migrate
from app.damage import first_fault, is_damage, must_have_a_sound_journal
from app.database import Database

_PAGES: Final = 1_000  # copied at a time: writers wait for 4 MB at most
_BESIDE: Final = ("", "-wal", "-shm")


class BadBackup(Exception):
    """What a person has to do before the copy can be made or put back; in French."""


def make(url: str, folder: Path, seed_dir: Path) -> Path:
    """Copy the database into a folder, prove the copy, and only then give it its name. Raises BadBackup."""
    folder.mkdir(parents=True, exist_ok=True)
    if url.startswith("sqlite"):
        return _made(file_of(url), folder, seed_dir)
    return _dumped(url, folder)


def kept(folder: Path) -> list[Path]:
    """Return the copies of a folder, oldest first; nothing that another program put there."""
    return sorted([*folder.glob("ptce-*Z.sqlite"), *folder.glob("ptce-*Z.dump")], key=lambda file: file.stem)


def retain(folder: Path, number: int, made: Path) -> list[Path]:
    """Delete all copies but the latest; return those that went. `made` is the latest, though a clock went back."""
    before = [file for file in kept(folder) if file != made]
    gone = before[: max(0, len(before) + 1 - number)]
    for file in gone:
        file.unlink()
    return gone


def faults(file: Path, seed_dir: Path) -> list[str]:
    """Return what is wrong with a copy: as a file of SQLite, as a registry of this version."""
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            broken = first_fault(copy, thorough=True)
    except sqlite3.DatabaseError as error:
        broken = str(error)
    if broken:
        return [f"ce n’est pas une base SQLite lisible ({broken})"]
    database = Database(f"sqlite:///{file}")
    try:
        if migrate.current(database) != migrate.head():
            return [f"son schéma est « {migrate.current(database)} », cette version attend « {migrate.head()} »"]
        with database.reading() as session:
            return list(check.find_faults(session, seed_dir))
    finally:
        database.dispose()
        for beside in _BESIDE[1:]:
            Path(f"{file}{beside}").unlink(missing_ok=True)


def restore(copy: Path, url: str, seed_dir: Path, *, replace: bool) -> Path | None:
    """Put a copy in the place of the database; return where the old one was put aside. Raises BadBackup."""
    if not url.startswith("sqlite"):
        _loaded(copy, url, replace=replace)
        return None
    target = file_of(url)
    wrong = faults(copy, seed_dir)
    if wrong:
        raise BadBackup(f"Cette sauvegarde n’est pas saine : {wrong[0]}. Prenez-en une autre, ou sa version du code.")
    there = target.exists() and target.stat().st_size > 0
    if there and not replace:
        raise BadBackup(f"{target} existe déjà : ajoutez --replace pour la mettre de côté et prendre la sauvegarde.")
    new = target.with_name(f"{target.name}.restoring")
    shutil.copyfile(copy, new)
    _synced(new)
    aside = _put_aside(target) if there else None
    new.replace(target)
    _synced(target.parent)
    return aside


def file_of(url: str) -> Path:
    name = make_url(url).database
    if not name or name == ":memory:" or name.startswith("file:"):
        raise BadBackup("DATABASE_URL n’est pas celle d’un fichier : sqlite:///FICHIER.")
    return Path(name)


def _made(source: Path, folder: Path, seed_dir: Path) -> Path:
    if not source.exists():
        raise BadBackup(f"{source} n’existe pas : il n’y a rien à sauvegarder.")
    final = folder / f"ptce-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}Z.sqlite"
    partial = final.with_suffix(".partial")
    try:
        must_have_a_sound_journal(source)
        with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(partial)) as copy:
            live.backup(copy, pages=_PAGES, sleep=0.01)
            copy.execute("PRAGMA journal_mode = DELETE")  # one file, that can be read where nothing may be written
        wrong = faults(partial, seed_dir)
        if wrong:
            raise BadBackup(
                f"La copie n’est pas saine, elle n’est pas gardée : {wrong[0]}. Lancez `ptce check` ; si le "
                "fichier est abîmé, reprenez la dernière copie : `ptce restore`."
            )
        _synced(partial)
        partial.rename(final)
        _synced(folder)
    except sqlite3.DatabaseError as error:
        if not is_damage(error):
            raise BadBackup(f"{source} ne se laisse pas lire : {error}.") from None
        raise BadBackup(
            f"{source} est abîmée ou n’est pas une base SQLite : {error}. Reprenez la dernière copie : `ptce restore`."
        ) from None
    finally:
        partial.unlink(missing_ok=True)
    return final


def _put_aside(target: Path) -> Path:
    """Rename the old database, if nobody has it open: whoever writes to it would write beside the new one."""
    with closing(sqlite3.connect(target, timeout=0, isolation_level=None)) as old:
        try:
            old.execute("PRAGMA locking_mode = EXCLUSIVE")
            old.execute("BEGIN EXCLUSIVE")
            old.execute("COMMIT")
        except sqlite3.OperationalError:
            raise BadBackup(f"{target} est servie : arrêtez d’abord le registre qui l’a ouverte.") from None
        except sqlite3.DatabaseError:
            pass  # it is broken, which may be why it is replaced
    aside = target.with_name(f"{target.name}.{datetime.now(UTC):%Y%m%dT%H%M%S}Z.old")
    for beside in _BESIDE:
        file = Path(f"{target}{beside}")
        if file.exists():
            file.rename(f"{aside}{beside}")
    return aside


def _synced(path: Path) -> None:
    """Have what was written outlive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _dumped(url: str, folder: Path) -> Path:
    final = folder / f"ptce-{datetime.now(UTC):%Y%m%dT%H%M%S.%f}Z.dump"
    partial = final.with_suffix(".partial")
    try:
        _run(url, "pg_dump", "--format=custom", f"--file={partial}")
        _run(url, "pg_restore", "--list", str(partial), connects=False)  # its table of contents can be read
        _synced(partial)
        partial.rename(final)
    finally:
        partial.unlink(missing_ok=True)
    return final


def _loaded(copy: Path, url: str, *, replace: bool) -> None:
    """Load a dump in one transaction: all of it, or nothing changes."""
    database = Database(url)
    try:
        if migrate.current(database) is not None and not replace:
            raise BadBackup(
                "Cette base n’est pas vide : nommez dans DATABASE_URL une base neuve (createdb), ou ajoutez --replace."
            )
    finally:
        database.dispose()
    clean = ["--clean", "--if-exists"] if replace else []
    _run(url, "pg_restore", "--single-transaction", "--exit-on-error", "--no-owner", *clean, str(copy))


def _run(url: str, program: str, *arguments: str, connects: bool = True) -> None:
    """Run a program of PostgreSQL; its password goes by the environment, which other users cannot read."""
    known = make_url(url)
    plain = known.set(drivername="postgresql", password=None).render_as_string()
    environment = os.environ | ({"PGPASSWORD": known.password} if known.password else {})
    where = [f"--dbname={plain}"] if connects else []
    try:
        subprocess.run(  # noqa: S603  the programs are named in this file
            [program, *where, *arguments], env=environment, check=True, capture_output=True, text=True
        )
    except FileNotFoundError:
        raise BadBackup(
            f"{program} manque sur cette machine : installez le client de PostgreSQL (Debian : postgresql-client), ou "
            "sauvegardez là où la base est servie."
        ) from None
    except subprocess.CalledProcessError as error:
        raise BadBackup(f"{program} : {error.stderr.strip().splitlines()[-1] if error.stderr else 'échec'}") from None
