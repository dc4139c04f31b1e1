"""Reporting an error from a page: a form becomes a proposal, as by `POST /v1/proposals`, with a page to follow it."""

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl

from fastapi import APIRouter, Depends, Request, Response
from sqlmodel import Session

from app import wording
from app.changes import proposals
from app.changes.orders import Order
from app.errors import BadRequest, Fault, Gone, Invalid, RegistryError, TooManyRequests, Unavailable, UnsupportedMedia
from app.models import Kind
from app.queries import proposals as queries
from app.queries import run
from app.queries.asked import Asked
from app.renderers import pages_history, pages_reports
from app.renderers import proposals as shown
from app.renderers.listing import attribution
from app.renderers.pages_reports import BOXES
from app.routes import answers
from app.routes.asking import DatabaseDep, base_of
from app.routes.bodies import parsed, read_bytes
from app.routes.documentation import PoleId
from app.routes.dress import dressed
from app.routes.editing import TrialQuery, Written
from app.routes.proposals import ProposalId, suggestion_of
from app.routes.who import ReaderDep, WhoDep

router = APIRouter(include_in_schema=False)
FORM: Final = "application/x-www-form-urlencoded"
_PRIVATE: Final = {"Cache-Control": "private, no-store"}
_EMPTY: Final[Mapping[str, str]] = dict.fromkeys(BOXES, "")


async def boxes_of(request: Request) -> dict[str, str]:
    """Read a form: its boxes, each once. Raises TooLarge, UnsupportedMedia, BadRequest, Invalid."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise UnsupportedMedia(f"Ce formulaire s’envoie en {FORM}.", headers={"Accept": FORM})
    content = await read_bytes(request, "max_proposal")
    try:
        told = parse_qsl(content.decode(), keep_blank_values=True, errors="strict", max_num_fields=len(BOXES))
    except UnicodeDecodeError:
        raise BadRequest("Le formulaire n’est pas de l’UTF-8.") from None
    except ValueError:
        raise Invalid(f"Le formulaire a {len(BOXES)} cases au plus.") from None
    given = dict(told)
    if len(given) < len(told) or not given.keys() <= set(BOXES):
        raise Invalid(f"Le formulaire a les cases {', '.join(BOXES)}, chacune une fois.")
    return {name: given.get(name, "").replace("\r\n", "\n").strip() for name in BOXES}


BoxesDep = Annotated[dict[str, str], Depends(boxes_of)]


@router.get("/poles/{id}/signaler")
async def report_form(id: PoleId, request: Request, database: DatabaseDep, _asks: ReaderDep) -> Response:  # noqa: A002
    field = request.query_params.get("field", "")
    chosen = field if field in pages_reports.CORRECTED else ""
    return await database.read(_form, request, id, {**_EMPTY, "field": chosen}, None)


@router.post("/poles/{id}/signaler")
async def report(
    id: PoleId,  # noqa: A002
    request: Request,
    database: DatabaseDep,
    asks: WhoDep,
    boxes: BoxesDep,
) -> Response:
    """Keep a proposal and lead to its page; refused, show the form again as it was filled, with what is wrong."""
    if boxes["field"] not in pages_reports.CORRECTED:
        fault = Fault(pointer="/field", expected="un champ de la liste")
        return await database.read(_form, request, id, boxes, Invalid(faults=[fault]))
    content = json.dumps(pages_reports.proposal(id, boxes)).encode()

    def kept(session: Session, order: Order) -> Written:
        done = proposals.create(session, order, parsed(content))
        return Written(303, {"Location": base_of(request) + done.path.replace(proposals.PATH, "/propositions")}, b"")

    try:
        edit = await suggestion_of(request, asks)
        return await edit.answer_with(TrialQuery(), content, kept, keep=True)
    except (Invalid, TooManyRequests, Unavailable) as error:
        return await database.read(_form, request, id, boxes, error)


@router.get("/propositions/{id}")
async def proposal_page(id: ProposalId, request: Request, database: DatabaseDep, _asks: ReaderDep) -> Response:  # noqa: A002
    return await database.read(_followed, request, id)


def _form(
    session: Session, request: Request, pole: str, boxes: Mapping[str, str], refused: RegistryError | None
) -> Response:
    try:
        found = answers.standing(session, Kind.POLE, pole, None, "body")
    except Gone as gone:
        raise Gone(f"{gone.detail} Elle ne se corrige plus.", successor=gone.successor) from None
    document: dict[str, Any] = json.loads(found.piece)
    told = pages_reports.beside(refused.faults) if refused else {}
    above = [] if refused is None else told.pop("", []) or ([] if told else [refused.detail])
    return dressed(
        request,
        "report.html",
        status=refused.status if refused else 200,
        headers=_PRIVATE | (refused.headers if refused else {}),
        record=document,
        choices=pages_reports.choices(document),
        boxes=boxes,
        above=above,
        told=told,
        days=request.app.state.settings.contact_days,
        attribution=_attribution(session),
    )


def _followed(session: Session, request: Request, proposal_id: str) -> Response:
    row, _ = queries.read_proposal(session, proposal_id)
    public = shown.public(row)
    return dressed(
        request,
        "proposal.html",
        headers=_PRIVATE,
        proposal=public,
        state=wording.PROPOSAL_STATE[public.state],
        kind=wording.PROPOSED_KIND[public.kind],
        received=pages_history.moment(public.received_at),
        decided=pages_history.moment(public.decided_at) if public.decided_at else None,
        about=_about(public.kind, public.record),
        address=f"{base_of(request)}/propositions/{public.id}",
        attribution=_attribution(session),
    )


def _about(kind: str, record: str | None) -> str | None:
    """Return the page of what a proposal is about: its record, or the pole that shows the link."""
    if record is None:
        return None
    noun = {"organisation": "organisations", "wave": "waves"}.get(kind, "poles")
    return f"/{noun}/{record.partition('@')[0]}"


def _attribution(session: Session) -> str:
    state, _ = run.read_state(session, Asked())
    return attribution(state.serial, state.recorded_at)
