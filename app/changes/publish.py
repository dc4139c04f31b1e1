"""Publish: every record that a write touched is rendered once; what differs supersedes the current revision."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlmodel import Session, col

from app.changes import entry, facts, index
from app.changes.entry import Entry
from app.changes.facts import Facts
from app.changes.index import Made
from app.models import FOREVER, Action, Document, Kind, Public, Revision, Write
from app.models.revision import RevisionRef
from app.queries.statements import PORTION
from app.queries.units import Unit
from app.renderers import organisation, pole, wave
from app.renderers.document import COLUMNS, Rendered, render, without_revision
from app.renderers.organisation import OrganisationFacts
from app.renderers.pole import PoleFacts

Touched = Mapping[Kind, Collection[str]]
Ends = Mapping[tuple[Kind, str], "End"]
ENDED = frozenset({Action.RETIRED, Action.MERGED})


@dataclass
class Writing:
    """A write under way: its serial and time are known, its revisions are being made."""

    session: Session
    serial: int
    recorded_at: datetime
    last_revision: int

    def next_revision(self) -> int:
        self.last_revision += 1
        return self.last_revision


class End(NamedTuple):
    """How a record leaves or comes back: `retired`, `merged` or `restored`, and what replaces it."""

    action: Action
    successor: str | None = None


@dataclass(frozen=True, slots=True)
class Published:
    """A revision that a write made, with the bodies (JSON) and the index terms before and after it."""

    revision: Revision
    before: bytes | None
    after: bytes
    entered: frozenset[tuple[str, str]]
    left: frozenset[tuple[str, str]]


class _Standing(NamedTuple):
    """What stands of a record before a write."""

    revision: Revision
    body: bytes
    terms: set[tuple[str, str]]


@contextmanager
def begin_write(session: Session, *, editor: str, reason: str, source: str | None = None) -> Iterator[Writing]:
    """Take the next serial; its row is written when the block ends, in the session's transaction."""
    last = session.execute(select(Write).order_by(col(Write.serial).desc()).limit(1)).scalars().first()
    now = datetime.now(UTC)
    writing = Writing(
        session=session,
        serial=last.serial + 1 if last else 1,
        recorded_at=max(now, last.recorded_at) if last else now,  # a clock may step back, the log may not
        last_revision=last.last_revision if last else 0,
    )
    row = Write(
        serial=writing.serial,
        last_revision=writing.last_revision,
        recorded_at=writing.recorded_at,
        editor=editor,
        reason=reason,
        source=source,
    )
    session.add(row)
    session.flush()
    session.info["serial"] = writing.serial
    yield writing
    row.last_revision = writing.last_revision
    session.flush()


def publish(
    writing: Writing, edited: Touched, shown: Touched | None = None, ends: Ends | None = None
) -> list[Published]:
    """Render the edited records, those `shown` that may show something else now, and the neighbours of both.

    A revision is stored for each whose document or index differs from the current one, or that leaves or comes back.
    """
    session = writing.session
    made: list[Made] = []
    published: list[Published] = []
    touched = {kind: {*edited.get(kind, ()), *(shown or {}).get(kind, ())} for kind in Kind}
    for kind, ids in facts.neighbours(session, touched).items():
        current = current_revisions(session, kind, ids)
        loaded = facts.load(session, kind, ids)
        units = load_units(session, loaded.values())
        carried = index.carried_terms(session, [revision.id for revision, _ in current.values()])
        standing = {record_id: _Standing(old, body, carried[old.id]) for record_id, (old, body) in current.items()}
        for record_id in sorted(loaded):
            known, before = loaded[record_id], standing.get(record_id)
            one = _made(writing, kind, record_id, known, units, before, (ends or {}).get((kind, record_id)))
            if one:
                one.revision.edited = record_id in edited.get(kind, ())
                made.append(one)
                published.append(_published(one, before))
    index.store(session, made)
    return published


def _published(made: Made, before: _Standing | None) -> Published:
    old = before.terms if before else set()
    new = set(made.entry.terms) if made.entry else set()
    body = before.body if before else None
    return Published(made.revision, body, made.rendered.body, frozenset(new - old), frozenset(old - new))


def current_revisions(
    session: Session, kind: Kind, ids: Collection[str] | None = None
) -> dict[str, tuple[Revision, bytes]]:
    """Return the standing revision of each record and its JSON; of all records of this kind without `ids`."""
    statement = (
        select(Revision, col(Document.body))
        .join(Document, col(Document.revision) == col(Revision.id))
        .where(col(Revision.kind) == kind, col(Revision.until) == FOREVER)
    )
    if ids is not None and len(ids) <= PORTION:  # more: read them all, still in one statement
        statement = statement.where(col(Revision.record_id).in_(ids))
    rows = session.execute(statement)
    return {revision.record_id: (revision, body) for revision, body in rows}


def document(kind: Kind, known: Facts, revision: RevisionRef) -> Rendered:
    return render(_public(known, revision), COLUMNS[kind])


def index_entry(known: Facts, units: Mapping[str, Unit]) -> Entry:
    if isinstance(known, PoleFacts):
        return entry.of_pole(known, units)
    return entry.of_organisation(known) if isinstance(known, OrganisationFacts) else entry.of_wave(known)


def _public(known: Facts, revision: RevisionRef) -> Public:
    if isinstance(known, PoleFacts):
        return pole.public(known, revision)
    if isinstance(known, OrganisationFacts):
        return organisation.public(known, revision)
    return wave.public(known, revision)


def load_units(session: Session, loaded: Iterable[Facts]) -> dict[str, Unit]:
    return facts.load_units(
        session, (unit.unit for known in loaded if isinstance(known, PoleFacts) for unit in known.units)
    )


def _made(
    writing: Writing,
    kind: Kind,
    record_id: str,
    known: Facts,
    units: Mapping[str, Unit],
    standing: _Standing | None,
    end: End | None,
) -> Made | None:
    """Return the new revision of a record, or None if it publishes the same facts as the current one."""
    if standing and standing.revision.action in ENDED and not end:
        return None  # a retired record is not brought back by a change of its neighbours
    action = end.action if end else Action.UPDATED if standing else Action.CREATED
    reference = RevisionRef(serial=writing.serial, recorded_at=writing.recorded_at, action=action)
    rendered = document(kind, known, reference)
    indexed = index_entry(known, units)
    if (
        standing
        and not end
        and without_revision(standing.body) == without_revision(rendered.body)
        and standing.terms == set(indexed.terms)  # the units that contain a territory stand in no document
    ):
        return None
    revision = Revision(
        id=writing.next_revision(),
        serial=writing.serial,
        kind=kind,
        record_id=record_id,
        action=action,
        successor=end.successor if end else None,
        name_sort=indexed.name_sort,
    )
    if action in ENDED:  # it stands in no list
        return Made(revision, rendered, standing.revision if standing else None, None)
    for name, value in _places_in_lists(indexed).items():
        setattr(revision, name, value)
    return Made(revision, rendered, standing.revision if standing else None, indexed)


def _places_in_lists(indexed: Entry) -> dict[str, Any]:
    return {
        "longitude": indexed.longitude,
        "latitude": indexed.latitude,
        "year_sort": indexed.year,
        "active_from": indexed.active_from,
        "active_until": indexed.active_until,
    }
