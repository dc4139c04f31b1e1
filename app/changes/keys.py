"""API keys: made, listed, replaced, ended. Keys are no facts: these changes take no serial."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from sqlalchemy import select
from sqlmodel import Session, col

from app import forms, wording
from app.changes.rows import row_where, rows_where
from app.models import ApiKey, KeyRegion, KeyRole, Region
from app.queries.text import slug
from app.security import Editor, digest, new_key

SEED_NAMES = {"seed", "anonyme", "import"}  # editors that are no key's holder
_LINE = re.compile(forms.LINE)
_TOUCHED_AFTER = timedelta(hours=1)


class BadKey(Exception):
    """A key that cannot be made or found; says what to do, in French."""


@dataclass(frozen=True, slots=True)
class Held:
    """A key as it was found: its editor, and whether its last use should be recorded again."""

    id: int
    editor: Editor
    stale: bool


def create(
    session: Session, *, name: str, role: KeyRole, regions: Collection[str], expires: datetime | None = None
) -> str:
    """Return a new key, which nobody can read again. Raises BadKey."""
    name = name.strip()
    _must_be_a_name(session, name)
    if (role is KeyRole.CURATOR) != bool(regions):
        raise BadKey("Le rôle curator va avec une région au moins (--region 84), les autres rôles avec aucune.")
    known = {region.code: region.name for region in session.scalars(select(Region))}
    for region in regions:
        if region not in known:
            listed = ", ".join(f"{code} ({label})" for code, label in sorted(known.items()))
            raise BadKey(f"Région « {region} » inconnue. Codes : {listed}.")
    if expires and expires <= datetime.now(UTC):
        raise BadKey("Une date de fin à venir.")
    key = new_key()
    row = ApiKey(name=name, role=role, hash=digest(key), created_at=datetime.now(UTC), expires_at=expires)
    session.add(row)
    session.flush()
    session.add_all([KeyRegion(key=cast("int", row.id), region=region) for region in sorted(set(regions))])
    return key


def list_keys(session: Session) -> Sequence[tuple[ApiKey, list[str]]]:
    """Return every key with its régions, in order of names."""
    regions: dict[int, list[str]] = {}
    for row in session.scalars(select(KeyRegion).order_by(col(KeyRegion.region))):
        regions.setdefault(row.key, []).append(row.region)
    keys = session.scalars(select(ApiKey).order_by(col(ApiKey.name)))
    return [(key, regions.get(key.id or 0, [])) for key in keys]


def rotate(session: Session, name: str) -> str:
    """Return a new key for a holder; the old one ends at once. Raises BadKey."""
    row = _named(session, name)
    if row.revoked_at:
        raise BadKey(f"La clé de « {name} » est révoquée : créez-en une autre, d’un autre nom.")
    if row.expires_at and row.expires_at <= datetime.now(UTC):
        raise BadKey(f"La clé de « {name} » a expiré : créez-en une autre, d’un autre nom.")
    key = new_key()
    row.hash = digest(key)
    row.last_used_at = None
    return key


def revoke(session: Session, name: str) -> None:
    """End a key; its holder's name stays taken, since the history shows it. Raises BadKey."""
    row = _named(session, name)
    row.revoked_at = row.revoked_at or datetime.now(UTC)


def find(session: Session, key: str) -> Held | None:
    """Return the holder of a key that is neither expired nor revoked."""
    row = row_where(session, ApiKey, "hash", digest(key))
    now = datetime.now(UTC)
    if row is None or row.id is None or row.revoked_at or (row.expires_at and row.expires_at <= now):
        return None
    regions = (one.region for one in rows_where(session, KeyRegion, "key", [row.id]))
    stale = row.last_used_at is None or now - row.last_used_at > _TOUCHED_AFTER
    return Held(row.id, Editor(row.name, row.role, frozenset(regions)), stale)


def touch(session: Session, key: int) -> None:
    """Record a use; once an hour is enough to know which keys sleep."""
    row = session.get(ApiKey, key)
    if row:
        row.last_used_at = datetime.now(UTC)


def _must_be_a_name(session: Session, name: str) -> None:
    """Raise BadKey for a name that history cannot show, or that makes the same source as another holder's."""
    identity = slug(name)
    if not name or len(name) > 100 or not _LINE.match(name):  # noqa: PLR2004  as in models.key
        raise BadKey("Un nom d’une ligne, de 1 à 100 caractères : c’est celui que montrera l’historique.")
    if not identity:
        raise BadKey("Un nom avec une lettre ou un chiffre latins : l’identifiant de sa source en est fait.")
    if identity in SEED_NAMES:
        raise BadKey(f"« {name} » est un nom que le registre prend pour lui-même : choisissez-en un autre.")
    for known in session.scalars(select(col(ApiKey.name))):
        if slug(str(known)) == identity:
            raise BadKey(
                f"« {known} » a déjà une clé : remplacez-la par `ptce keys rotate`, ou choisissez un nom "
                "qui en diffère par autre chose que ses accents, sa casse ou sa ponctuation."
            )


def _named(session: Session, name: str) -> ApiKey:
    row = session.scalars(select(ApiKey).where(col(ApiKey.name) == name)).first()
    if row is None:
        names = [str(known) for known in session.scalars(select(col(ApiKey.name)))]
        hint = wording.suggestion(name, names)
        raise BadKey(f"Aucune clé au nom de « {name} »." + (f" Vouliez-vous « {hint} » ?" if hint else ""))
    return row
