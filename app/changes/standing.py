"""Records as they stand when a write begins, and when it has ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import Session

from app.changes import bodies
from app.changes.orders import Done, etag_of
from app.changes.publish import ENDED, Published, current_revisions
from app.errors import Gone, Moved, NotFound
from app.models import Action, Kind, Revision, Write
from app.queries.run import read_record


class Standing(NamedTuple):
    """A record as it stands: its revision and its document, as JSON and as read."""

    revision: Revision
    body: bytes
    document: dict[str, Any]

    @property
    def recorded_at(self) -> datetime:
        return datetime.fromisoformat(self.document["revision"]["recorded_at"])


def read_standing(session: Session, kind: Kind, record_id: str) -> Standing:
    """Return a record as it stands. Raises NotFound, Gone (retired) or Moved (merged)."""
    found = current_revisions(session, kind, [record_id]).get(record_id)
    if found is None:
        read_record(session, kind, record_id, None, "body")
        raise NotFound
    revision, body, _ = found
    if revision.action is Action.MERGED and revision.successor:
        raise Moved(record_id, revision.successor)
    if revision.action is Action.RETIRED:
        write = session.get_one(Write, revision.serial)
        raise Gone(f"Cette fiche a été retirée : {write.reason}", successor=revision.successor)
    return Standing(revision, body, bodies.parsed(body))


def done(
    session: Session, kind: Kind, path: str, record_id: str, result: tuple[int, Sequence[Published]] | None
) -> Done:
    """Return what a write did, with the record as it stands after it."""
    serial, published = result or (None, ())
    made = next((one for one in published if (one.revision.kind, one.revision.record_id) == (kind, record_id)), None)
    if made:
        version, body = made.revision.serial, made.after
    else:
        standing = current_revisions(session, kind, [record_id])[record_id]
        version, body = standing.revision.serial, standing.body
    return Done(path, body, etag_of(session, version), serial, published=tuple(published))


def stands(session: Session, kind: Kind, record_id: str) -> bool:
    found = current_revisions(session, kind, [record_id]).get(record_id)
    return found is not None and found[0].action not in ENDED
