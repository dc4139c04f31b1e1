"""What a proposal is about, a record or a link, written and read alike."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlmodel import Session, col

from app.changes import bodies, links, registry
from app.changes.links import LABELS, MEMBERSHIPS, LinkNoun, key_of
from app.changes.nouns import NOUNS, regions_of_pole
from app.changes.orders import Done, Order
from app.changes.publish import current_revisions
from app.errors import Fault, shortened
from app.models import Document, Kind, Proposal, ProposedKind
from app.models.proposal import ProposedChange
from app.queries.links import in_pole

Json = dict[str, Any]
_NATIONAL: Final = {ProposedKind.WAVE, ProposedKind.LABEL}
_LINKS: Final[Mapping[ProposedKind, LinkNoun]] = {
    ProposedKind.MEMBERSHIP: MEMBERSHIPS,
    ProposedKind.LABEL: LABELS,
}


def apply(session: Session, order: Order, kind: ProposedKind, record: str | None, change: Any) -> Done:
    """Write a change: a merge patch of what `record` names, or what is new without it."""
    link = _LINKS.get(kind)
    if link:
        if record is None:
            return links.create(session, order, link, change)
        return links.replace(session, order, link, key_of(record), change, patch=True)
    noun = NOUNS[Kind(kind)]
    if record is None:
        return registry.create(session, order, noun, change)
    return registry.replace(session, order, noun, record, change, patch=True)


def regions(session: Session, kind: ProposedKind, record: str) -> frozenset[str | None]:
    """Return the régions whose curators may write it; none where only the national cell may."""
    if kind in _NATIONAL:
        return frozenset()
    if kind in _LINKS:
        return regions_of_pole(session, key_of(record)[0])
    return NOUNS[Kind(kind)].regions(session, record)


def standing_revision(session: Session, asked: ProposedChange) -> int | None:
    """Return the revision that a change starts from: that of the record, or of the pole that shows the link."""
    if asked.record is None:
        return None
    kind, record = (Kind.POLE, key_of(asked.record)[0]) if asked.kind in _LINKS else (Kind(asked.kind), asked.record)
    return current_revisions(session, kind, [record])[record][0].id


def document(session: Session, row: Proposal, revision: int | None) -> Json:
    """Return the document that a proposal corrects, as a revision shows it, or as it stands; empty if it is none."""
    kind, record, other = Kind.POLE, row.record or "", ""
    if row.kind in _LINKS:
        record, other = key_of(record)
    else:
        kind = Kind(row.kind)
    if revision is None:
        body = current_revisions(session, kind, [record])[record][1]
    else:
        body = session.scalars(select(col(Document.body)).where(col(Document.revision) == revision)).one()
    document = bodies.parsed(body)
    if row.kind in _LINKS:
        return in_pole(document, _LINKS[row.kind].place, other) or {}
    return document


def moved_on(base: Any, current: Any, change: Any, place: str = "/change") -> Iterable[Fault]:
    """Yield what a merge patch would change, and somebody has changed since the state that it starts from."""
    for name, value in change.items():
        before, now = base.get(name), current.get(name)
        where = f"{place}{bodies.pointer([name])}"
        if isinstance(value, dict) and isinstance(before, dict) and isinstance(now, dict):
            yield from moved_on(before, now, value, where)
        elif now not in (before, value):
            expected = f"l’état d’alors : {json.dumps(before, ensure_ascii=False)[:200]}"
            yield Fault(pointer=where, value=shortened(bodies.shown(now)), expected=expected)
