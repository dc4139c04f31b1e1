"""Proposals: anyone suggests a change, tried before it is kept; curators accept, amend or refuse it, once.

All raise what `changes/registry.py` raises, having written nothing.
"""

import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select, update
from sqlmodel import Session, col

from app.changes import bodies, proposed
from app.changes.orders import Done, Order
from app.errors import Conflict, Fault, Gone, Invalid, Moved, NotFound, RegistryError, Unavailable
from app.models import KeyRole, Proposal, ProposalRegion, ProposalState
from app.models.proposal import ProposalCreate, ProposedChange, RefusalCreate
from app.queries.proposals import contacts_received_before, read_proposal, received_after
from app.renderers import proposals as shown
from app.security import Editor, must_be_national, must_cover

Json = dict[str, Any]
PATH: Final = "/v1/proposals"
MAX_WAITING: Final = 10_000
_ANYONE: Final = "anonyme"


def create(session: Session, order: Order, body: Any) -> Done:
    """Keep a suggestion that would change something; one that waits already, or was refused, is answered again."""
    read = bodies.read_in_part(ProposalCreate, body, {}, ())
    asked = read.must_be_right(_faults_of_change(session, order, body) if read.faults else ())
    done, regions = _tried(session, order, asked, asked.source)
    fingerprint = _fingerprint(asked)
    known = _same(session, fingerprint)
    if known:
        return _done(session, known, done, created=False)
    waiting = select(func.count()).select_from(Proposal).where(col(Proposal.state) == ProposalState.PENDING)
    if (session.scalar(waiting) or 0) >= MAX_WAITING:
        raise Unavailable(
            "Trop de propositions attendent déjà une réponse. Réessayez demain.", headers={"Retry-After": "86400"}
        )
    row = Proposal(
        id=f"p-{secrets.token_hex(8)}",
        kind=asked.kind,
        record=asked.record,
        base=proposed.standing_revision(session, asked),
        change=bodies.dumped(asked.change).decode(),
        source=asked.source,
        message=asked.message,
        contact=asked.contact,
        national=not regions or None in regions,
        fingerprint=fingerprint,
        received_at=datetime.now(UTC),
    )
    session.add(row)
    session.flush()
    session.add_all([ProposalRegion(proposal=row.id, region=region) for region in sorted(filter(None, regions))])
    session.flush()
    return _done(session, row, done, created=True)


def accept(session: Session, order: Order, proposal_id: str) -> Done:
    """Write what was proposed, with its source. Raises Conflict if the record has moved on where it would change."""
    row = _waiting(session, order.editor, proposal_id)
    change = bodies.parsed(row.change.encode())
    if row.record is not None:
        current = proposed.document(session, row, None)
        faults = list(proposed.moved_on(proposed.document(session, row, row.base), current, change))
        if faults:
            raise Conflict(
                "La fiche a changé depuis cette proposition, là où elle la changerait : rien n’a été écrit. "
                f"Lisez « current », puis écrivez ce qui convient par POST {PATH}/{row.id}/amend, ou refusez-la.",
                faults=faults,
                current=current,
            )
    return _write(session, replace(order, if_match="*"), row, change, ProposalState.ACCEPTED)


def amend(session: Session, order: Order, proposal_id: str, body: Any) -> Done:
    """Write another change instead, with the source of the proposal; If-Match is the ETag of the record, if it is one.

    Raises PreconditionRequired and PreconditionFailed too.
    """
    row = _waiting(session, order.editor, proposal_id)
    return _write(session, order, row, body, ProposalState.AMENDED)


def refuse(session: Session, order: Order, proposal_id: str, body: Any) -> Done:
    """Close a proposal with a reason, which who proposed it reads."""
    row = _waiting(session, order.editor, proposal_id)
    _decide(row, order.editor, ProposalState.REFUSED, bodies.read(RefusalCreate, body, {}, ()).reason)
    session.flush()
    return _done(session, row, None, created=False, curator=True)


def erase_contacts(session: Session, older_than: timedelta) -> int:
    """Erase the contacts of the proposals received longer ago than that; return how many there were."""
    now = datetime.now(UTC)
    # What came while the clock was ahead would be kept for longer: its time begins now, at the latest.
    session.execute(update(Proposal).where(received_after(now)).values(received_at=now))
    due = contacts_received_before(now - older_than)
    erased = session.scalars(update(Proposal).where(due).values(contact=None).returning(col(Proposal.id)))
    return len(erased.all())


def erase_contact(session: Session, proposal_id: str) -> None:
    """Erase the contact of one proposal, because who made it asks so. Raises NotFound."""
    read_proposal(session, proposal_id)[0].contact = None


def _faults_of_change(session: Session, order: Order, body: Any) -> list[Fault]:
    """Return what is wrong with the change of a body that is refused anyway, so that all is told at once."""
    told = {name: body[name] for name in ProposedChange.model_fields if name in body} if isinstance(body, dict) else {}
    asked = bodies.read_in_part(ProposedChange, told, {}, ())
    if asked.shape is not None and not asked.faults:
        try:
            _tried(session, order, asked.shape, None)
        except RegistryError as error:
            return error.faults
    return []


def _tried(session: Session, order: Order, asked: ProposedChange, source: str | None) -> tuple[Done, set[str | None]]:
    """Carry out what is asked, as anyone with all rights, and take it back; return what it did, and the régions."""
    as_anyone = replace(order, editor=Editor(_ANYONE, KeyRole.NATIONAL), source=source, if_match="*")
    regions: set[str | None] = set()
    with _told_in_the_body(), session.begin_nested() as trial:
        if asked.record is not None:
            regions |= proposed.regions(session, asked.kind, asked.record)
        done = proposed.apply(session, as_anyone, asked.kind, asked.record, asked.change)
        if not done.published:
            expected = "un changement : la fiche dit déjà cela"
            raise bodies.refusal([Fault(pointer="", value=bodies.shown(asked.change), expected=expected)])
        regions |= proposed.regions(session, asked.kind, done.path.rpartition("/")[2])
        trial.rollback()
    session.expire_all()
    return done, regions


@contextmanager
def _told_in_the_body() -> Iterator[None]:
    """Say of what is wrong in a change where it stands in the body of its proposal."""
    try:
        yield
    except Invalid as error:
        raise bodies.refusal([_in_the_body(fault) for fault in error.faults]) from None
    except (NotFound, Gone) as error:
        fault = Fault(pointer="/record", expected="une fiche du registre", suggestion=error.successor)
        raise Invalid(f"/record : {error.detail}", faults=[fault]) from None
    except Moved as moved:
        expected = f"la fiche qui la remplace, « {moved.successor} »"
        fault = Fault(pointer="/record", value=moved.record_id, expected=expected, suggestion=moved.successor)
        raise bodies.refusal([fault]) from None


def _in_the_body(fault: Fault) -> Fault:
    place = f"/{fault.parameter}" if fault.parameter else f"/change{fault.pointer or ''}"
    return fault.model_copy(update={"parameter": None, "pointer": place})


def _write(session: Session, order: Order, row: Proposal, change: Any, state: ProposalState) -> Done:
    said = order.reason
    because = f"Proposition {row.id}" + (f" : {said}" if said else "")
    try:
        done = proposed.apply(session, replace(order, source=row.source, reason=because), row.kind, row.record, change)
    except (Gone, Moved, NotFound) as error:
        raise Conflict(
            "Ce que la proposition corrige a été retiré ou fusionné depuis : refusez-la en le disant, et corrigez la "
            "fiche qui le remplace, s’il y en a une.",
            successor=error.successor,
        ) from None
    row = session.get_one(Proposal, row.id)
    _decide(row, order.editor, state, said)
    row.serial = done.serial
    row.record = done.path.rpartition("/")[2]
    session.flush()
    return _done(session, row, done, created=False, curator=True)


def _decide(row: Proposal, editor: Editor, state: ProposalState, reason: str | None) -> None:
    row.state, row.reason, row.editor, row.decided_at = state, reason, editor.name, datetime.now(UTC)


def _waiting(session: Session, editor: Editor, proposal_id: str) -> Proposal:
    """Return a proposal that this editor may decide. Raises NotFound, Forbidden, Conflict if it was decided."""
    row, regions = read_proposal(session, proposal_id)
    what = f"Décider de la proposition « {row.id} »"
    if row.national:
        must_be_national(editor, what)
    must_cover(editor, regions, what)
    if row.state is not ProposalState.PENDING:
        raise Conflict(f"La proposition « {row.id} » est déjà décidée ({row.state}), par {row.editor}.")
    return row


def _fingerprint(asked: ProposalCreate) -> str:
    said = [asked.kind, asked.record, asked.change, asked.source]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


def _same(session: Session, fingerprint: str) -> Proposal | None:
    answered = (ProposalState.PENDING, ProposalState.REFUSED)
    chosen = select(Proposal).where(col(Proposal.fingerprint) == fingerprint, col(Proposal.state).in_(answered))
    return session.scalars(chosen.order_by(col(Proposal.received_at).desc()).limit(1)).first()


def _done(session: Session, row: Proposal, did: Done | None, *, created: bool, curator: bool = False) -> Done:
    public = shown.details(row, read_proposal(session, row.id)[1]) if curator else shown.public(row)
    return Done(
        f"{PATH}/{row.id}",
        public.model_dump_json().encode(),
        None,
        row.serial,
        created=created,
        published=did.published if did else (),
    )
