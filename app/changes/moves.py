"""What a merge moves: the links of a duplicate, with their sources, to the record that stays."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import select
from sqlmodel import Session, col

from app.changes import rules
from app.changes.orders import Changes
from app.changes.rows import Difference, Wanted, key_of
from app.errors import Conflict
from app.models import Citation, CitedKind, Kind, Label, Membership, Wave

# For each kind: the tables that refer to it, by which column, how they are cited.
_LINKS: Final[dict[Kind, Sequence[tuple[Any, str, CitedKind]]]] = {
    Kind.POLE: ((Membership, "pole", CitedKind.MEMBERSHIP), (Label, "pole", CitedKind.LABEL)),
    Kind.ORGANISATION: ((Membership, "organisation", CitedKind.MEMBERSHIP),),
    Kind.WAVE: ((Label, "wave", CitedKind.LABEL),),
}
_OTHER: Final = {Membership: "organisation", Label: "wave"}


def moved(session: Session, kind: Kind, record_id: str, into: str) -> Changes:
    """Return the rows that go and come, and the poles whose facts they are.

    Where the record that stays has the same link already, its own is kept.
    """
    differences: list[Difference] = []
    poles: set[str] = set()
    for table, column, cited in _LINKS[kind]:
        for link in session.scalars(select(table).where(getattr(table, column) == record_id)):
            old = link.model_dump()
            new = old | {column: into}
            names = ("pole", _OTHER[table])
            keys = [tuple(row[name] for name in names) for row in (old, new)]
            poles |= {keys[0][0], keys[1][0]}
            differences.append(Difference(table, keys[0], old, None))
            if table is Label:
                _must_fit(session, new)
            takes_place = session.get(table, keys[1]) is None
            if takes_place:
                differences.append(Difference(table, keys[1], None, new))
            differences += _citations(session, cited, "@".join(keys[0]), "@".join(keys[1]) if takes_place else None)
    return Changes(differences, {Kind.POLE: poles})


def _must_fit(session: Session, label: dict[str, Any]) -> None:
    """Raise Conflict for a label that its new wave cannot have given."""
    for breach in rules.label_breaches(Label(**label), session.get_one(Wave, label["wave"])):
        raise Conflict(
            f"La labellisation de « {label['pole']} » ne peut passer à « {label['wave']} » : {breach.field} = "
            f"{breach.value} ; attendu, {breach.expected}."
        )


def _citations(session: Session, cited: CitedKind, old: str, new: str | None) -> list[Difference]:
    found: list[Difference] = []
    chosen = select(Citation).where(col(Citation.kind) == cited, col(Citation.record) == old)
    for citation in session.scalars(chosen):
        row = citation.model_dump()
        found.append(Difference(Citation, key_of(Wanted(Citation, row)), row, None))
        if new:
            moved_row = row | {"record": new}
            found.append(Difference(Citation, key_of(Wanted(Citation, moved_row)), None, moved_row))
    return found
