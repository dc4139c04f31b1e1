"""Publish: every record that a write touched is rendered once; what differs supersedes the current revision."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, literal_column, select, update
from sqlmodel import Session, col

from app.changes import entry, facts, index
from app.changes.bodies import parsed
from app.changes.entry import Entry
from app.changes.facts import Facts
from app.changes.index import Current, Made
from app.changes.neighbours import Neighbour, differing
from app.changes.rows import insert_rows, plain, remembered, row_of, table_of
from app.models import FOREVER, Action, Document, Kind, Public, Revision, Write
from app.models.revision import RevisionRef
from app.prepared import Prepared, Rows, rows, write
from app.queries.statements import AmongTexts, listed
from app.renderers import organisation, pole, wave
from app.renderers.document import COLUMNS, Rendered, render, without_revision
from app.renderers.organisation import OrganisationFacts
from app.renderers.pole import PoleFacts

Touched = Mapping[Kind, Collection[str]]
Ends = Mapping[tuple[Kind, str], "End"]
ENDED = frozenset({Action.RETIRED, Action.MERGED})
_WRITES = table_of(Write)
_LAST = Prepared(
    select(_WRITES.c.serial, _WRITES.c.last_revision, _WRITES.c.recorded_at)
    .order_by(_WRITES.c.serial.desc())
    .limit(literal_column("1"))
)
_STANDING = (
    select(table_of(Revision), col(Document.body), col(Document.terms))
    .join(Document, col(Document.revision) == col(Revision.id))
    .where(col(Revision.kind) == bindparam("kind"), col(Revision.until) == FOREVER)
)
_ALL_CURRENT = Prepared(_STANDING)
_CURRENT = Prepared(_STANDING.where(AmongTexts(col(Revision.record_id), bindparam("ids"))))
_END = Prepared(update(_WRITES).where(_WRITES.c.serial == bindparam("of")).values(last_revision=bindparam("last")))


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


class _Draft(NamedTuple):
    """A record as a write leaves it, beside what stood of it."""

    action: Action
    successor: str | None
    rendered: Rendered
    indexed: Entry
    before: Current | None
    terms: Mapping[tuple[str, str], int]  # what it was found by before, and their ids

    @property
    def differs(self) -> bool:
        return (
            self.before is None
            or without_revision(self.before.body) != without_revision(self.rendered.body)
            or self.terms.keys() != set(self.indexed.terms)  # the units that contain a territory stand in no document
        )

    def neighbours(self, kind: Kind) -> Iterator[Neighbour]:
        before = self.before
        old = None if before is None or before.revision.action in ENDED else parsed(before.body)
        return differing(kind, old, None if self.action in ENDED else parsed(self.rendered.body))


@contextmanager
def begin_write(session: Session, *, editor: str, reason: str, source: str | None = None) -> Iterator[Writing]:
    """Take the next serial; its row is whole when the block ends, in the session's transaction."""
    now = datetime.now(UTC)
    ((serial, revision, recorded_at),) = rows(session, _LAST, {}) or ((0, 0, now),)
    # A clock may step back, the log may not.
    writing = Writing(session, serial=serial + 1, recorded_at=max(now, recorded_at), last_revision=revision)
    log = {"serial": writing.serial, "last_revision": writing.last_revision, "recorded_at": writing.recorded_at}
    insert_rows(session, Write, [log | {"editor": editor, "reason": reason, "source": source}])
    session.info["serial"] = writing.serial
    yield writing
    session.flush()
    write(session, _END, [{"of": writing.serial, "last": writing.last_revision}])


def publish(
    writing: Writing, edited: Touched, shown: Touched | None = None, ends: Ends | None = None
) -> list[Published]:
    """Render the edited records, those `shown` that may show something else now, and the neighbours that do.

    A revision is stored for each whose document or index differs from the current one, or that leaves or comes back.
    """
    writing.session.flush()  # what is read as plain rows does not do so by itself
    touched = {kind: {*edited.get(kind, ()), *(shown or {}).get(kind, ())} for kind in Kind}
    drafts = {kind: _differing(writing, kind, ids, ends or {}) for kind, ids in touched.items()}
    others = {neighbour for kind in Kind for draft in drafts[kind].values() for neighbour in draft.neighbours(kind)}
    for kind in Kind:
        drafts[kind] |= _differing(writing, kind, {one for of, one in others if of is kind} - touched[kind], {})
    made: list[Made] = []
    published: list[Published] = []
    for kind in Kind:
        for record_id, draft in sorted(drafts[kind].items()):
            one = _made(writing, kind, record_id, draft, edited=record_id in edited.get(kind, ()))
            made.append(one)
            published.append(_published(one, draft))
    index.store(writing.session, made)
    return published


def _differing(writing: Writing, kind: Kind, ids: Collection[str], ends: Ends) -> dict[str, _Draft]:
    """Return those of these records that publish other facts than their current revision, or leave or come back."""
    session = writing.session
    current = current_revisions(session, kind, ids)
    terms = index.terms_of(session, {record_id: standing.terms for record_id, standing in current.items()})
    drafts = {}
    for record_id, known in facts.load(session, kind, ids).items():
        end, before = ends.get((kind, record_id)), current.get(record_id)
        if before and before.revision.action in ENDED and not end:
            continue  # a retired record is not brought back by a change of its neighbours
        action = end.action if end else Action.UPDATED if before else Action.CREATED
        reference = RevisionRef(serial=writing.serial, recorded_at=writing.recorded_at, action=action)
        draft = _Draft(
            action=action,
            successor=end.successor if end else None,
            rendered=document(kind, known, reference),
            indexed=index_entry(known),
            before=before,
            terms=terms.get(record_id, {}),
        )
        if end or draft.differs:
            drafts[record_id] = draft
    return drafts


def _published(made: Made, draft: _Draft) -> Published:
    old, new = draft.terms.keys(), set(made.entry.terms) if made.entry else set()
    body = draft.before.body if draft.before else None
    return Published(made.revision, body, made.rendered.body, frozenset(new - old), frozenset(old - new))


def current_revisions(session: Session, kind: Kind, ids: Collection[str] | None = None) -> dict[str, Current]:
    """Return what stands of each record; of all records of this kind without `ids`."""
    if ids is None:
        return _current(rows(session, _ALL_CURRENT, {"kind": kind}))
    some = sorted(ids)

    def read() -> dict[str, Current]:
        return _current(rows(session, _CURRENT, {"kind": kind, "ids": listed(some)}))

    return remembered(session, Revision, ("current", kind, *some), read) if some else {}


def _current(found: Rows) -> dict[str, Current]:
    current = (Current(plain(Revision, revision), body, terms) for *revision, body, terms in found)
    return {one.revision.record_id: one for one in current}


def document(kind: Kind, known: Facts, revision: RevisionRef) -> Rendered:
    return render(_public(known, revision), COLUMNS[kind])


def index_entry(known: Facts) -> Entry:
    if isinstance(known, PoleFacts):
        return entry.of_pole(known)
    return entry.of_organisation(known) if isinstance(known, OrganisationFacts) else entry.of_wave(known)


def _public(known: Facts, revision: RevisionRef) -> Public:
    if isinstance(known, PoleFacts):
        return pole.public(known, revision)
    if isinstance(known, OrganisationFacts):
        return organisation.public(known, revision)
    return wave.public(known, revision)


def _made(writing: Writing, kind: Kind, record_id: str, draft: _Draft, *, edited: bool) -> Made:
    ended = draft.action in ENDED  # it stands in no list
    values = {
        "id": writing.next_revision(),
        "serial": writing.serial,
        "kind": kind,
        "record_id": record_id,
        "action": draft.action,
        "edited": edited,
        "successor": draft.successor,
        "name_sort": draft.indexed.name_sort,
    }
    revision = row_of(Revision, values if ended else values | _places_in_lists(draft.indexed))
    if ended:
        return Made(revision, draft.rendered, draft.before, None)
    return Made(revision, draft.rendered, draft.before, draft.indexed, draft.terms)


def _places_in_lists(indexed: Entry) -> dict[str, Any]:
    return {
        "longitude": indexed.longitude,
        "latitude": indexed.latitude,
        "year_sort": indexed.year,
        "active_from": indexed.active_from,
        "active_until": indexed.active_until,
    }
