"""The numbers behind each chart of the pages, as CSV: the same state, the same names as `/v1/stats`."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from app.errors import NotFound
from app.models.stats import FacetCount
from app.queries import run, stats
from app.queries.asked import PoleQuery
from app.queries.evolution import read_lives
from app.queries.state import State
from app.renderers import pages_evolution, tabular
from app.renderers.listing import PARIS
from app.routes.asking import DatabaseDep, keeping_of
from app.routes.pages_shown import asked_of_page
from app.routes.who import ReaderDep

router = APIRouter(include_in_schema=False)
Table = tuple[Sequence[str], Iterable[Sequence[Any]]]
_WAVE: Final = ("id", "name", "announced", "found", "inferred", "missing", "supported")
_COUNTS: Final = {"regions": "by_region", "sectors": "by_sector", "statuses": "by_status"}
CHARTS: Final = ("waves", *_COUNTS, "evolution", "official-counts")


@router.get("/stats/{chart}.csv")
async def chart_numbers(chart: str, request: Request, database: DatabaseDep, _asks: ReaderDep) -> Response:
    return await database.read(_numbers, request, chart)


def day_of(state: State) -> str:
    """Return the day of a state in Paris: the last that its charts count."""
    return state.recorded_at.astimezone(PARIS).date().isoformat()


def evolution(session: Session, state: State) -> list[pages_evolution.Year]:
    """Return how many poles of the whole country existed at the end of each year."""
    return pages_evolution.years(read_lives(session, PoleQuery(), [], state), [], day_of(state))


def chart_csv(request: Request, state: State, name: str, table: Table) -> Response:
    header, rows = table
    content = tabular.row(header) + b"".join(tabular.row(one) for one in rows)
    headers = {
        "Content-Disposition": f'attachment; filename="ptce-{name}-{day_of(state)}.csv"',
        "Cache-Control": keeping_of(request),
        "Registry-Serial": str(state.serial),
    }
    return Response(content, headers=headers, media_type="text/csv; charset=utf-8; header=present")


def _numbers(session: Session, request: Request, chart: str) -> Response:
    state, _ = run.read_state(session, asked_of_page(request))
    return chart_csv(request, state, chart, _table(session, state, chart))


def _table(session: Session, state: State, chart: str) -> Table:
    if chart == "waves":
        return _WAVE, [[getattr(wave, name) for name in _WAVE] for wave in stats.read_wave_stats(session, state)]
    if chart in _COUNTS:
        counts: list[FacetCount] = getattr(stats.read_pole_stats(session, state), _COUNTS[chart])
        return ("value", "label", "count"), [(one.value, one.label, one.count) for one in counts]
    if chart == "evolution":
        rows = [(year.day, year.known, year.undetermined) for year in evolution(session, state)]
        return ("day", "known", "undetermined"), rows
    if chart == "official-counts":
        told = stats.read_official_counts(session, state)
        return ("as_of", "count", "counts_what", "publisher", "sources"), [
            (one.as_of, one.count, one.counts_what, one.publisher, [source.url for source in one.sources])
            for one in told
        ]
    raise NotFound(f"Aucun tableau « {chart[:40]} ». Noms connus : {', '.join(CHARTS)}.")
