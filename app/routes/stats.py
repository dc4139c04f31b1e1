"""Statistics: what the registry holds, beside what was announced."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response
from sqlmodel import Session

from app.models.stats import StatsPublic
from app.queries import stats
from app.queries.asked import Asked
from app.queries.state import State
from app.renderers.listing import LICENCE, attribution
from app.routes import answers
from app.routes.asking import Asking, AskingDep, DatabaseDep, at_the_door
from app.routes.documentation import documented

router = APIRouter(tags=["Statistiques"])


@router.get("/stats", summary="Statistiques", operation_id="getStats", **documented(Asked, StatsPublic))
async def get_stats(
    asking: AskingDep, database: DatabaseDep, query: Annotated[Asked, Depends(at_the_door(Asked))]
) -> Response:
    """Les comptes du registre à côté des nombres officiels : lauréats retrouvés et annoncés, et ce qui manque."""
    return await database.read(_stats, asking, query)


def _stats(session: Session, asking: Asking, query: Asked) -> Response:
    def made(state: State) -> StatsPublic:
        return StatsPublic(
            serial=state.serial,
            as_of=state.recorded_at,
            poles=stats.read_pole_stats(session, state),
            organisations=stats.read_organisation_count(session, state),
            waves=stats.read_wave_stats(session, state),
            official_counts=stats.read_official_counts(session, state),
            licence=LICENCE,
            attribution=attribution(state.serial, state.recorded_at),
        )

    return answers.document(session, asking, query, made)
