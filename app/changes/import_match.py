"""Which record a row is of: by its id, else by its SIREN, else a proposal of those that it resembles."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from app import wording
from app.changes.publish import ENDED
from app.models import Action, Revision
from app.models.imports import Duplicate
from app.queries.text import fold

NEW: Final = ("nouveau", "nouvelle")  # what a person writes as id to say that no record is this one
_SHOWN_AT_MOST: Final = 5
# On the real registry, no two organisations of one commune are as near as the first, no two records as the last.
_SAME_COMMUNE: Final = 70
_UNKNOWN_COMMUNE: Final = 85
_OTHER_COMMUNE: Final = 92


class Known(NamedTuple):
    """A record that stands, as far as it can be recognised."""

    id: str
    name: str
    commune: str | None
    commune_name: str | None


class NoMatch(Exception):
    """A row that cannot be given to a record: why, and those that it may be of."""

    def __init__(
        self, column: str, message: str, suggestion: str | None = None, duplicates: Iterable[Duplicate] = ()
    ) -> None:
        super().__init__(message)
        self.column, self.message, self.suggestion, self.duplicates = column, message, suggestion, list(duplicates)


class Records:
    """The records of one kind, and the rows of a sheet that have found theirs."""

    def __init__(self, standing: Mapping[str, tuple[Revision, Mapping[str, Any]]]) -> None:
        self._revisions = {identity: revision for identity, (revision, _) in standing.items()}
        self._known: list[Known] = []
        self._by_siren: dict[str, list[str]] = defaultdict(list)
        self._names: dict[int, str] = {}
        self._owners: list[Known] = []
        self._lines: dict[str, int] = {}
        for identity, (revision, document) in standing.items():
            if revision.action not in ENDED:
                self._add(identity, document)

    def _add(self, identity: str, document: Mapping[str, Any]) -> None:
        commune = document.get("seat", document)["commune"] or {}
        known = Known(identity, document["name"], commune.get("code"), commune.get("name"))
        self._known.append(known)
        for name in (document["name"], *document.get("former_names", ())):
            self._names[len(self._owners)] = fold(name)
            self._owners.append(known)
        if document.get("siren"):
            self._by_siren[document["siren"]].append(identity)

    def find(self, line: int, identity: str, siren: str | None, name: str, commune: str | None) -> str | None:
        """Return the id of the record of a row, None for a new one. Raises NoMatch."""
        found: str | None
        if identity.lower() in NEW:
            found = None
        elif identity:
            found = self._standing(identity)
        elif siren and self._by_siren.get(siren):
            found = self._of_siren(siren)
        else:
            self._must_be_unlike(name, commune)
            found = None
        if found is None:
            self._remember(line, name, commune)
        elif found in self._lines:
            raise NoMatch("id", f"une ligne par fiche : « {found} » est déjà ligne {self._lines[found]}")
        else:
            self._lines[found] = line
        return found

    def _standing(self, identity: str) -> str:
        revision = self._revisions.get(identity)
        if revision is None:
            hint = wording.suggestion(identity, list(self._revisions))
            raise NoMatch(
                "id", "l’identifiant d’une fiche du registre, rien, ou « nouveau » pour une fiche à créer", hint
            )
        if revision.action is Action.MERGED:
            raise NoMatch(
                "id", f"la fiche qui reste : « {identity} » a été fusionnée avec elle", suggestion=revision.successor
            )
        if revision.action is Action.RETIRED:
            raise NoMatch("id", f"une fiche qui n’est pas retirée : « {identity} » l’est (rétablissez-la d’abord)")
        return identity

    def _of_siren(self, siren: str) -> str:
        ids = self._by_siren[siren]
        if len(ids) == 1:
            return ids[0]
        same = [Duplicate(id=one.id, name=one.name, commune=one.commune_name, score=100) for one in self._known]
        raise NoMatch(
            "siren",
            "l’identifiant dans la colonne « id » : plusieurs fiches ont ce SIREN",
            duplicates=[one for one in same if one.id in ids],
        )

    def _must_be_unlike(self, name: str, commune: str | None) -> None:
        from rapidfuzz import fuzz, process

        near: dict[str, Duplicate] = {}
        rows: list[str] = []  # of this sheet, new too
        matches = process.extract(
            fold(name), self._names, scorer=fuzz.token_sort_ratio, score_cutoff=_SAME_COMMUNE, limit=50
        )
        for _, score, position in matches:
            known = self._owners[position]
            if score < self._threshold(commune, known.commune):
                continue
            if not known.id:
                rows.append(known.name)
            elif known.id not in near:
                near[known.id] = Duplicate(id=known.id, name=known.name, commune=known.commune_name, score=round(score))
        listed = list(near.values())[:_SHOWN_AT_MOST]
        if near or rows:
            raise NoMatch(
                "id",
                "l’identifiant de la fiche si c’est la même, sinon « nouveau » : elle ressemble à "
                + ", ".join([*(f"« {one.id} » ({one.name})" for one in listed), *rows[:_SHOWN_AT_MOST]]),
                duplicates=listed,
            )

    @staticmethod
    def _threshold(one: str | None, other: str | None) -> int:
        if one is None or other is None:
            return _UNKNOWN_COMMUNE
        return _SAME_COMMUNE if one == other else _OTHER_COMMUNE

    def _remember(self, line: int, name: str, commune: str | None) -> None:
        """Compare the rows to come with this new one too."""
        self._names[len(self._owners)] = fold(name)
        self._owners.append(Known("", f"la ligne {line} ({name})", commune, None))
