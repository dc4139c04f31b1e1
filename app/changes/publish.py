"""Publish: every record that a write touched is rendered once; what differs supersedes the current revision."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

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
    yield writing
    row.last_revision = writing.last_revision
    session.flush()


def publish(writing: Writing, touched: Touched) -> list[Revision]:
    """Render the touched records and their neighbours; store a revision for each that differs from the current one."""
    session = writing.session
    made: list[Made] = []
    for kind, ids in facts.neighbours(session, touched).items():
        current = current_revisions(session, kind, ids)
        loaded = facts.load(session, kind, ids)
        units = _units(session, loaded.values())
        for record_id in sorted(loaded):
            one = _made(writing, kind, record_id, loaded[record_id], units, current.get(record_id))
            made += [one] if one else []
    index.store(session, made)
    return [one.revision for one in made]


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


def _units(session: Session, loaded: Iterable[Facts]) -> dict[str, Unit]:
    return facts.load_units(
        session, (unit.unit for known in loaded if isinstance(known, PoleFacts) for unit in known.units)
    )


def _made(
    writing: Writing,
    kind: Kind,
    record_id: str,
    known: Facts,
    units: Mapping[str, Unit],
    current: tuple[Revision, bytes] | None,
) -> Made | None:
    """Return the new revision of a record, or None if it publishes the same facts as the current one."""
    if current and current[0].action in {Action.RETIRED, Action.MERGED}:
        return None  # a retired record is not brought back by a change of its neighbours
    action = Action.UPDATED if current else Action.CREATED
    reference = RevisionRef(serial=writing.serial, recorded_at=writing.recorded_at, action=action)
    rendered = document(kind, known, reference)
    if current and without_revision(current[1]) == without_revision(rendered.body):
        return None
    indexed = index_entry(known, units)
    revision = Revision(
        id=writing.next_revision(),
        serial=writing.serial,
        kind=kind,
        record_id=record_id,
        action=action,
        longitude=indexed.longitude,
        latitude=indexed.latitude,
        name_sort=indexed.name_sort,
        year_sort=indexed.year,
        active_from=indexed.active_from,
        active_until=indexed.active_until,
    )
    return Made(revision, rendered, current[0] if current else None, indexed)
