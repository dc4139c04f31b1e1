"""Organisations and their history."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from app.changes.nouns import NOUNS
from app.models import Kind, OrganisationPublic
from app.models.revision import HistoryEntry
from app.queries.asked import Asked
from app.queries.asked_lists import HistoryQuery
from app.queries.asked_organisations import OrganisationQuery
from app.renderers import columns
from app.routes import answers, streams
from app.routes.addresses import RECORD
from app.routes.asking import AskingDep, DatabaseDep, at_the_door
from app.routes.documentation import RECORD_ERRORS, OrganisationId, documented, documented_page
from app.routes.search import add_search
from app.routes.verbs import Named, add_record_verbs

router = APIRouter(prefix="/organisations", tags=["Organisations"])


@router.get(
    "",
    summary="Chercher des organisations",
    operation_id="listOrganisations",
    **documented_page(OrganisationQuery, OrganisationPublic, columns.ORGANISATION, placed=True),
)
async def list_organisations(
    asking: AskingDep,
    database: DatabaseDep,
    query: Annotated[OrganisationQuery, Depends(at_the_door(OrganisationQuery))],
) -> Response:
    """Les organisations qui portent, ont fondé, composent ou soutiennent un pôle."""
    return await streams.records(database, asking, query, list(OrganisationPublic.model_fields))


@router.get(
    RECORD,
    summary="Lire une organisation",
    operation_id="getOrganisation",
    **documented(Asked, OrganisationPublic, columns.ORGANISATION, errors=RECORD_ERRORS),
)
async def get_organisation(
    id: OrganisationId,  # noqa: A002  the contract's name
    asking: AskingDep,
    database: DatabaseDep,
    query: Annotated[Asked, Depends(at_the_door(Asked))],
) -> Response:
    """La fiche d’une organisation, avec les pôles auxquels elle prend part."""
    return await database.read(answers.record, asking, query, Kind.ORGANISATION, id)


@router.get(
    f"{RECORD}/history",
    summary="Historique d’une organisation",
    operation_id="getOrganisationHistory",
    **documented_page(HistoryQuery, HistoryEntry, columns.HISTORY),
)
async def get_history(
    id: OrganisationId,  # noqa: A002
    asking: AskingDep,
    database: DatabaseDep,
    query: Annotated[HistoryQuery, Depends(at_the_door(HistoryQuery))],
) -> Response:
    """Chaque révision de la fiche, la plus récente d’abord, avec ce qui a changé."""
    loader = answers.history_of(Kind.ORGANISATION, id)
    return await database.read(
        answers.documents, asking, query, loader, columns.HISTORY, list(HistoryEntry.model_fields)
    )


add_record_verbs(
    router, NOUNS[Kind.ORGANISATION], OrganisationPublic, Named("une organisation", "Organisation", "groupe-archer")
)
add_search(router, OrganisationQuery, OrganisationPublic, "organisations", "searchOrganisations")
