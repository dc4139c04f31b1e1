"""Waves (vagues) and their history."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from app.changes.nouns import NOUNS
from app.models import Kind, WavePublic
from app.models.revision import HistoryEntry
from app.queries.asked import Asked, WaveQuery
from app.queries.asked_lists import HistoryQuery
from app.renderers import columns
from app.routes import answers, streams
from app.routes.addresses import RECORD
from app.routes.asking import AskingDep, DatabaseDep, at_the_door
from app.routes.documentation import RECORD_ERRORS, WaveId, documented, documented_page
from app.routes.verbs import Named, add_record_verbs

router = APIRouter(prefix="/waves", tags=["Vagues"])


@router.get(
    "",
    summary="Chercher des vagues",
    operation_id="listWaves",
    **documented_page(WaveQuery, WavePublic, columns.WAVE),
)
async def list_waves(
    asking: AskingDep, database: DatabaseDep, query: Annotated[WaveQuery, Depends(at_the_door(WaveQuery))]
) -> Response:
    """Les appels de l’État depuis 2013 et ses programmes : enveloppe, candidats, lauréats annoncés et retrouvés."""
    return await streams.records(database, asking, query, list(WavePublic.model_fields))


@router.get(
    RECORD,
    summary="Lire une vague",
    operation_id="getWave",
    **documented(Asked, WavePublic, columns.WAVE, errors=RECORD_ERRORS),
)
async def get_wave(
    id: WaveId,  # noqa: A002  the contract's name
    asking: AskingDep,
    database: DatabaseDep,
    query: Annotated[Asked, Depends(at_the_door(Asked))],
) -> Response:
    """Une vague, avec les pôles qu’elle a retenus ou accompagnés."""
    return await database.read(answers.record, asking, query, Kind.WAVE, id)


@router.get(
    f"{RECORD}/history",
    summary="Historique d’une vague",
    operation_id="getWaveHistory",
    **documented_page(HistoryQuery, HistoryEntry, columns.HISTORY),
)
async def get_history(
    id: WaveId,  # noqa: A002
    asking: AskingDep,
    database: DatabaseDep,
    query: Annotated[HistoryQuery, Depends(at_the_door(HistoryQuery))],
) -> Response:
    """Chaque révision de la fiche, la plus récente d’abord, avec ce qui a changé."""
    loader = answers.history_of(Kind.WAVE, id)
    return await database.read(
        answers.documents, asking, query, loader, columns.HISTORY, list(HistoryEntry.model_fields)
    )


add_record_verbs(router, NOUNS[Kind.WAVE], WavePublic, Named("une vague", "Wave", "aap-2013"))
