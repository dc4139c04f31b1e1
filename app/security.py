"""API keys, roles and rights by région: who may write what."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from app.errors import Forbidden, Unauthorized
from app.models import KeyRole

_ROLES = list(KeyRole)  # each may do what those before it may
CHALLENGE = {"WWW-Authenticate": 'Bearer realm="registre"'}


@dataclass(frozen=True, slots=True)
class Editor:
    """The holder of a key."""

    name: str
    role: KeyRole
    regions: frozenset[str] = frozenset()

    @property
    def visible(self) -> frozenset[str] | None:
        """Return the régions whose proposals it reads; None is all."""
        return None if self.may(KeyRole.NATIONAL) else self.regions

    def may(self, role: KeyRole) -> bool:
        return _ROLES.index(self.role) >= _ROLES.index(role)


def new_key() -> str:
    """Return a key of 43 characters (256 bits); it is shown once and never stored."""
    return secrets.token_urlsafe(32)


def digest(key: str) -> str:
    """Return what is stored of a key. A random key of 256 bits needs no salt and no slow hash."""
    return hashlib.sha256(key.encode()).hexdigest()


def must_write(editor: Editor | None) -> Editor:
    """Raise Unauthorized without a key, Forbidden with one that only reads."""
    if editor is None:
        raise Unauthorized(headers=CHALLENGE)
    if not editor.may(KeyRole.CURATOR):
        raise Forbidden("Votre clé lit seulement (rôle « reader ») : il faut une clé de rôle « curator » ou plus.")
    return editor


def may_decide(editor: Editor | None, regions: Iterable[str]) -> bool:
    """Return whether an editor decides of what concerns one of these régions, and so reads the whole of it."""
    if editor is None or not editor.may(KeyRole.CURATOR):
        return False
    return editor.visible is None or not editor.visible.isdisjoint(regions)


def must_be_national(editor: Editor, what: str) -> None:
    if not editor.may(KeyRole.NATIONAL):
        raise Forbidden(f"{what} demande une clé de rôle « national » ; la vôtre est « {editor.role} ».")


def must_cover(editor: Editor, regions: Iterable[str | None], what: str) -> None:
    """Raise Forbidden unless the editor has the rights on all these régions; None is a place that is not known."""
    if editor.may(KeyRole.NATIONAL):
        return
    missing = sorted({region for region in regions if region not in editor.regions}, key=str)
    if not missing:
        return
    yours = ", ".join(sorted(editor.regions)) or "aucune"
    if None in missing:
        raise Forbidden(
            f"{what} n’a pas de région connue : il faut une clé « national ». Vos régions : {yours} "
            "(à une création, donnez la région)."
        )
    raise Forbidden(f"{what} demande un droit sur la région {', '.join(map(str, missing))} ; les vôtres : {yours}.")
