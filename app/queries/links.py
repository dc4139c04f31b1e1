"""Links read from the document of their pole: its members and its labels, now or at a state."""

import json
from dataclasses import dataclass
from typing import Any, Final

from sqlmodel import Session

from app import wording
from app.errors import Gone, NotFound
from app.models import Kind
from app.queries.run import read_history
from app.queries.state import State

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class LinkPlace:
    """Where the document of a pole shows a kind of link: a list, and the member of its entries that names the other."""

    listed: str
    other: str


MEMBERSHIP: Final = LinkPlace("members", "organisation")
LABEL: Final = LinkPlace("labels", "wave")


def key_of(written: str) -> tuple[str, str]:
    """Cut `pole@other`; two ids that nothing has where there is no `@`."""
    pole, _, other = written.partition("@")
    return pole, other


def in_pole(document: Json, place: LinkPlace, other: str) -> Json | None:
    """Return a link with its pole and its pole's revision, or None if the document does not show it."""
    for entry in document[place.listed]:
        if entry[place.other]["id"] == other:
            pole = {name: document[name] for name in ("id", "url", "name")}
            return {"pole": pole, place.other: entry[place.other], **entry, "revision": document["revision"]}
    return None


def missing(session: Session, place: LinkPlace, document: Json, other: str, state: State) -> NotFound | Gone:
    """Return why a link is not there: it never was, or a write took it away."""
    shown, ended_by = False, None
    for row in read_history(session, Kind.POLE, document["id"], state):
        before, shown = shown, in_pole(json.loads(row.piece), place, other) is not None
        ended_by = row if before and not shown else None if shown else ended_by
    if ended_by is not None:
        return Gone(f"Ce lien a été retiré : {ended_by.reason}")
    known = [entry[place.other]["id"] for entry in document[place.listed]]
    hint = wording.suggestion(other, known)
    return NotFound(
        f"Aucun lien entre « {document['id']} » et « {other[:100]} »."
        + (f" Vouliez-vous « {document['id']}@{hint} » ?" if hint else "")
    )
