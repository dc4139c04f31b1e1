"""Poles, their members and their history."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from app.changes import links
from app.changes.links import MEMBERSHIPS
from app.changes.nouns import NOUNS
from app.models import Kind, PolePublic
from app.models.organisation import MemberCreate, MemberPublic, MembershipPublic
from app.models.revision import HistoryEntry
from app.queries.asked import Asked, PoleQuery
from app.queries.asked_lists import HistoryQuery, MembersQuery
from app.renderers import columns
from app.routes import answers, streams
from app.routes.addresses import RECORD
from app.routes.asking import AskingDep, DatabaseDep, at_the_door
from app.routes.bodies import BodyDep
from app.routes.documentation import RECORD_ERRORS, PoleId, documented, documented_page
from app.routes.documentation_of_writes import documented_write
from app.routes.editing import EditDep, WriteQueryDep
from app.routes.search import add_search
from app.routes.verbs import Named, add_record_verbs

router = APIRouter(prefix="/poles", tags=["Pôles"])


@router.get(
    "",
    summary="Chercher des pôles",
    operation_id="listPoles",
    **documented_page(PoleQuery, PolePublic, columns.POLE, placed=True),
)
async def list_poles(
    asking: AskingDep, database: DatabaseDep, query: Annotated[PoleQuery, Depends(at_the_door(PoleQuery))]
) -> Response:
    """Tous les pôles qui répondent à tous les filtres ; dans un filtre, la virgule veut dire « ou ».

    Sans filtre, tous les pôles du registre, quel que soit leur statut. Les liens `next` portent `as_of` : une lecture
    page à page ne saute ni ne répète rien, même si le registre change entre-temps.
    """
    return await streams.records(database, asking, query, list(PolePublic.model_fields))


@router.get(
    RECORD,
    summary="Lire un pôle",
    operation_id="getPole",
    **documented(Asked, PolePublic, columns.POLE, errors=RECORD_ERRORS),
)
async def get_pole(
    id: PoleId,  # noqa: A002  the contract's name
    asking: AskingDep,
    database: DatabaseDep,
    query: Annotated[Asked, Depends(at_the_door(Asked))],
) -> Response:
    """La fiche d’un pôle, avec ses vagues, ses membres et ses sources ; `as_of` donne celle d’un état passé."""
    return await database.read(answers.record, asking, query, Kind.POLE, id)


@router.get(
    f"{RECORD}/members",
    summary="Membres d’un pôle",
    operation_id="listPoleMembers",
    **documented_page(MembersQuery, MemberPublic, columns.MEMBER, errors=RECORD_ERRORS),
)
async def list_members(
    id: PoleId,  # noqa: A002
    asking: AskingDep,
    database: DatabaseDep,
    query: Annotated[MembersQuery, Depends(at_the_door(MembersQuery))],
) -> Response:
    """Les organisations qu’une source nomme : porteurs, fondateurs, membres, partenaires."""
    loader = answers.members_of(id)
    return await database.read(
        answers.documents, asking, query, loader, columns.MEMBER, list(MemberPublic.model_fields)
    )


@router.post(
    f"{RECORD}/members",
    summary="Ajouter un membre à un pôle",
    operation_id="addMember",
    **documented_write(MembershipPublic, MemberCreate, creates=True, also=(404, 409, 410)),
)
async def add_member(id: PoleId, edit: EditDep, query: WriteQueryDep, body: BodyDep) -> Response:  # noqa: A002
    """Une organisation du registre devient porteuse, fondatrice, membre ou partenaire du pôle."""
    return await edit.answer(query, body[0], links.add_member, MEMBERSHIPS, id, body[1])


@router.get(
    f"{RECORD}/history",
    summary="Historique d’un pôle",
    operation_id="getPoleHistory",
    **documented_page(HistoryQuery, HistoryEntry, columns.HISTORY),
)
async def get_history(
    id: PoleId,  # noqa: A002
    asking: AskingDep,
    database: DatabaseDep,
    query: Annotated[HistoryQuery, Depends(at_the_door(HistoryQuery))],
) -> Response:
    """Chaque révision de la fiche, la plus récente d’abord : quand, qui, pourquoi, d’après quoi, et ce qui a changé."""
    loader = answers.history_of(Kind.POLE, id)
    return await database.read(
        answers.documents, asking, query, loader, columns.HISTORY, list(HistoryEntry.model_fields)
    )


add_record_verbs(router, NOUNS[Kind.POLE], PolePublic, Named("un pôle", "Pole", "archer-pole-sud"))
add_search(router, PoleQuery, PolePublic, "pôles", "searchPoles")
