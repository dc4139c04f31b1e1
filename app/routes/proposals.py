"""Proposals over HTTP: anyone suggests and follows; the curators of the régions concerned read and decide."""

import hashlib
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import APIRouter, Depends, Path, Request, Response
from pydantic import BaseModel
from sqlmodel import Session

from app.changes import proposals
from app.errors import NotAcceptable
from app.models import KeyRole
from app.models.proposal import ProposalDetails, ProposalList, RefusalCreate
from app.queries import proposals as queries
from app.queries.asked import Asked
from app.queries.asked_proposals import FeedQuery, FollowQuery, ProposalQuery
from app.queries.run import read_state
from app.renderers import proposals as shown
from app.renderers.negotiation import Format
from app.routes.asking import DatabaseDep, asked_of, at_the_door, base_of
from app.routes.bodies import BodyDep, json_body
from app.routes.documentation_of_proposals import (
    documented_amendment,
    documented_feed,
    documented_following,
    documented_list,
    documented_suggestion,
)
from app.routes.documentation_of_writes import JSON, documented_write
from app.routes.editing import DecisionQuery, Edit, EditDep, TrialQuery
from app.routes.rates import Rates
from app.routes.who import ReaderDep, WhoDep, address
from app.security import Editor, may_decide, must_write

router = APIRouter(prefix="/proposals", tags=["Propositions"])
feeds = APIRouter(tags=["Propositions"])
_ANYONE: Final = Editor("anonyme", KeyRole.READER)


async def suggestion_of(request: Request, asks: WhoDep) -> Edit:
    """Return the edit of anyone who suggests, counted by key, else by address. Raises TooManyRequests."""
    rates: Rates = request.app.state.rates
    left = rates.spend("proposal", asks.name if asks else address(request))
    return Edit(request, asks or _ANYONE, left.headers if left else {})


ProposalId = Annotated[str, Path(description="Identifiant d’une proposition", examples=["p-3f9a2c51d07be684"])]
SuggestionDep = Annotated[Edit, Depends(suggestion_of)]
SmallBodyDep = Annotated[tuple[bytes, Any], Depends(json_body("max_proposal"))]
TrialQueryDep = Annotated[TrialQuery, Depends(at_the_door(TrialQuery))]
DecisionQueryDep = Annotated[DecisionQuery, Depends(at_the_door(DecisionQuery))]


@router.post(
    "", summary="Proposer une correction ou une fiche", operation_id="createProposal", **documented_suggestion()
)
async def create_proposal(edit: SuggestionDep, query: TrialQueryDep, body: SmallBodyDep) -> Response:
    """Sans clé. Elle est essayée tout de suite : ce qui ne pourrait être écrit est refusé, et l’erreur dit pourquoi.

    `Location` donne l’adresse où la suivre. La même proposition, envoyée deux fois, reçoit la même réponse (200).
    Ce que vous proposez est lu par les éditeurs des régions concernées, et publié s’ils l’acceptent, avec sa source.
    Votre `contact` n’est jamais publié ; il est effacé après 90 jours (`CONTACT_DAYS`), décision prise ou non.
    """
    return await edit.answer(query, body[0], proposals.create, body[1])


@router.get(
    "",
    summary="Lire les propositions",
    operation_id="listProposals",
    **documented_list(ProposalList, ProposalQuery),
)
async def list_proposals(
    request: Request,
    database: DatabaseDep,
    asks: ReaderDep,
    query: Annotated[ProposalQuery, Depends(at_the_door(ProposalQuery))],
) -> Response:
    """Celles qui concernent vos régions, la plus récente d’abord ; toutes, avec une clé « national »."""
    return await database.read(_listed, request, query, must_write(asks))


@feeds.get(
    "/proposals.atom", summary="Suivre les propositions d’une région", operation_id="feedProposals", **documented_feed()
)
async def feed_proposals(
    request: Request,
    database: DatabaseDep,
    _asks: ReaderDep,
    query: Annotated[FeedQuery, Depends(at_the_door(FeedQuery))],
) -> Response:
    """Un flux Atom pour les éditeurs d’une région : quelles fiches sont concernées, où en est chaque proposition.

    Ce qui est proposé n’y est pas : personne ne l’a encore lu.
    """
    return await database.read(_fed, request, query)


@router.get("/{id}", summary="Suivre une proposition", operation_id="getProposal", **documented_following())
async def get_proposal(
    id: ProposalId,  # noqa: A002  the contract's name
    request: Request,
    database: DatabaseDep,
    asks: ReaderDep,
    _query: Annotated[FollowQuery, Depends(at_the_door(FollowQuery))],
) -> Response:
    """Où elle en est. Avec la clé d’une région concernée : la proposition entière."""
    return await database.read(_followed, request, asks, id)


@router.post(
    "/{id}/accept",
    summary="Accepter une proposition",
    operation_id="acceptProposal",
    **documented_write(ProposalDetails, query=DecisionQuery, also=(404, 409, 410)),
)
async def accept_proposal(id: ProposalId, edit: EditDep, query: DecisionQueryDep) -> Response:  # noqa: A002
    """L’écrire telle quelle, avec sa source. 409 si la fiche a changé, depuis, là où elle la changerait."""
    return await edit.answer(query, b"", proposals.accept, id)


@router.post(
    "/{id}/amend",
    summary="Accepter une proposition avec des changements",
    operation_id="amendProposal",
    **documented_amendment(),
)
async def amend_proposal(id: ProposalId, edit: EditDep, query: DecisionQueryDep, body: BodyDep) -> Response:  # noqa: A002
    """Écrire un autre changement à la place, avec la source de la proposition.

    Le corps est ce changement (JSON Merge Patch), ou la fiche nouvelle. `If-Match` est l’ETag de la fiche corrigée.
    """
    return await edit.answer(query, body[0], proposals.amend, id, body[1])


@router.post(
    "/{id}/refuse",
    summary="Refuser une proposition",
    operation_id="refuseProposal",
    **documented_write(ProposalDetails, RefusalCreate, query=TrialQuery, also=(404, 409)),
)
async def refuse_proposal(id: ProposalId, edit: EditDep, query: TrialQueryDep, body: BodyDep) -> Response:  # noqa: A002
    """Ne rien écrire. La raison est lue par qui a proposé."""
    return await edit.answer(query, body[0], proposals.refuse, id, body[1])


def _listed(session: Session, request: Request, query: ProposalQuery, editor: Editor) -> Response:
    found, total = queries.read_proposals(session, query, editor.visible)
    items = [shown.details(*told) for told in found]
    return _json(request, ProposalList(items=items, count=total, limit=query.limit, offset=query.offset))


def _followed(session: Session, request: Request, asks: Editor | None, proposal_id: str) -> Response:
    row, regions = queries.read_proposal(session, proposal_id)
    return _json(request, shown.details(row, regions) if may_decide(asks, regions) else shown.public(row))


def _fed(session: Session, request: Request, query: FeedQuery) -> Response:
    base = base_of(request)
    told = queries.read_feed(session, query)
    address = base + quote(request.url.path) + (f"?{request.url.query}" if request.url.query else "")
    since = read_state(session, Asked())[0].recorded_at
    content = shown.feed(told, address=address, base=base, since=since)
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "public, no-cache", "Content-Language": "fr", **_rate(request)}
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if etag in known:
        return Response(status_code=304, headers=headers)
    return Response(content, headers=headers, media_type=shown.ATOM)


def _json(request: Request, answer: BaseModel) -> Response:
    """Answer what depends on the key: no cache keeps it."""
    if asked_of(request).wanted is not Format.JSON:
        raise NotAcceptable("Cette adresse répond en JSON seulement.")
    headers = {"Cache-Control": "private, no-store", "Content-Language": "fr", **_rate(request)}
    return Response(answer.model_dump_json(), headers=headers, media_type=JSON)


def _rate(request: Request) -> dict[str, str]:
    rate: dict[str, str] = request.scope.get("ptce.headers", {})
    return rate
