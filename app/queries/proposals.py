"""Which proposals: one, those that an editor may read, those of a feed."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlmodel import Session, col

from app.errors import NotFound, invalid_parameter
from app.models import Proposal, ProposalRegion
from app.queries.asked_proposals import FeedQuery, ProposalQuery
from app.queries.places import read_region_names
from app.queries.text import fold
from app.wording import suggestion

FEED_LENGTH = 50
Told = tuple[Proposal, list[str]]  # with the codes of its régions


def read_proposal(session: Session, proposal_id: str) -> Told:
    """Return one proposal. Raises NotFound."""
    row = session.get(Proposal, proposal_id)
    if row is None:
        raise NotFound(f"Aucune proposition « {proposal_id[:100]} ».")
    return row, _regions(session, [row])[row.id]


def read_proposals(session: Session, query: ProposalQuery, visible: Collection[str] | None) -> tuple[list[Told], int]:
    """Return a page of the proposals, newest first, and their number: of the `visible` régions, or of all."""
    must_be_regions(session, query.region)
    chosen = select(Proposal)
    if query.region:
        chosen = chosen.where(col(Proposal.id).in_(_of_regions(query.region)))
    if visible is not None:
        chosen = chosen.where(col(Proposal.id).in_(_of_regions(visible)))
    if query.state:
        chosen = chosen.where(col(Proposal.state).in_(query.state))
    if query.kind:
        chosen = chosen.where(col(Proposal.kind).in_(query.kind))
    if query.record:
        chosen = chosen.where(col(Proposal.record) == query.record)
    total = session.scalar(select(func.count()).select_from(chosen.subquery()))
    return _told(session, _newest(chosen).limit(query.limit).offset(query.offset)), total or 0


def read_feed(session: Session, query: FeedQuery) -> list[Told]:
    """Return the newest proposals, of some régions or of all."""
    must_be_regions(session, query.region)
    chosen = select(Proposal)
    if query.region:
        chosen = chosen.where(col(Proposal.id).in_(_of_regions(query.region)))
    return _told(session, _newest(chosen).limit(FEED_LENGTH))


def has_contacts(session: Session, older_than: timedelta) -> bool:
    """Return whether a proposal received longer ago than that still has the contact of who made it."""
    now = datetime.now(UTC)
    due = select(col(Proposal.id)).where(or_(contacts_received_before(now - older_than), received_after(now)))
    return session.scalars(due.limit(1)).first() is not None


def contacts_received_before(moment: datetime) -> ColumnElement[bool]:
    return and_(col(Proposal.received_at) < moment, col(Proposal.contact).is_not(None))


def received_after(moment: datetime) -> ColumnElement[bool]:
    """Return whether a contact came later than that: of now, when the clock was wrong."""
    return and_(col(Proposal.received_at) > moment, col(Proposal.contact).is_not(None))


def must_be_regions(session: Session, codes: Sequence[str]) -> None:
    """Raise Invalid for a code that no région has, with the code of the one that is named so."""
    known = read_region_names(session) if codes else {}
    for code in codes:
        if code not in known:
            listed = ", ".join(f"{one} ({name})" for one, name in sorted(known.items()))
            named = {fold(name): one for one, name in known.items()}
            raise invalid_parameter("region", code, f"le code d’une région : {listed}", suggestion(fold(code), named))


def _of_regions(codes: Collection[str]) -> Select[str]:
    return select(col(ProposalRegion.proposal)).where(col(ProposalRegion.region).in_(codes))


def _newest(chosen: Select[Proposal]) -> Select[Proposal]:
    return chosen.order_by(col(Proposal.received_at).desc(), col(Proposal.id).desc())


def _told(session: Session, chosen: Select[Proposal]) -> list[Told]:
    rows = list(session.scalars(chosen))
    regions = _regions(session, rows)
    return [(row, regions[row.id]) for row in rows]


def _regions(session: Session, rows: Sequence[Proposal]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    chosen = select(ProposalRegion).where(col(ProposalRegion.proposal).in_([row.id for row in rows]))
    for row in session.scalars(chosen.order_by(col(ProposalRegion.region))):
        found[row.proposal].append(row.region)
    return found
