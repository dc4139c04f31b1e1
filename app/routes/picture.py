"""A picture for an article: the map of what a query finds, as SVG, with its title, legend, source and date."""

from typing import Final

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from app.queries import door, run
from app.queries.asked import PoleQuery
from app.queries.places import read_region_names
from app.queries.vocabulary import Meaning
from app.renderers import VERSION, pages
from app.renderers.listing import attribution
from app.renderers.negotiation import Format
from app.routes.asking import DatabaseDep, asked_of
from app.routes.sheets import FACETS, drawn
from app.routes.spots import located
from app.routes.who import ReaderDep
from app.wording import STATUS

router = APIRouter(include_in_schema=False)
_POINTS: Final = 1000
_FILTERS: Final = {"region": "région", "wave": "vague", "sector": "secteur", "departement": "département"}
SHADES: Final = ("#e9eeeb", "#cfe3da", "#9fcbb8", "#66ab91", "#37866b", "#1b5e4b")


@router.get("/map.svg")
async def draw_map(request: Request, database: DatabaseDep, _asks: ReaderDep) -> Response:
    return await database.read(_drawn, request)


def _drawn(session: Session, request: Request) -> Response:
    asking = asked_of(request, Format.JSON)
    query, _ = located(asking, door.read(PoleQuery, asking.given))
    state, meanings = run.read_state(session, query)
    etag = f'"{state.serial}-{state.epoch}.{VERSION}-svg"'
    if asking.is_fresh(etag, state.recorded_at):
        headers = asking.headers(etag, state.recorded_at, Registry_Serial=str(state.serial))
        return Response(status_code=304, headers=headers)
    names = read_region_names(session)
    found = query.model_copy(update={"facets": FACETS, "limit": _POINTS, "offset": 0})
    page = run.read_page(session, found, meanings, state, "body")
    content = pages.page(
        "map.svg",
        map=drawn(session, asking.seed_dir, meanings, page),
        title="Pôles territoriaux de coopération économique",
        subtitle=_subtitle(query, meanings, names, page.total),
        attribution=attribution(state.serial, state.recorded_at),
        address=asking.base,
        SHADES=SHADES,
    )
    headers = asking.headers(
        etag,
        state.recorded_at,
        Registry_Serial=str(state.serial),
        Content_Disposition='inline; filename="ptce.svg"',
    )
    return Response(content, headers=headers, media_type="image/svg+xml")


def _subtitle(query: PoleQuery, meanings: list[Meaning], names: dict[str, str], total: int) -> str:
    """Say what the picture shows: how many, and the filters in words."""
    said = [pages.plural(total, "pôle")]
    said += [STATUS[status].lower() for status in dict.fromkeys(query.status)]
    for meaning in dict.fromkeys(meanings):
        label = names.get(meaning.value, meaning.value) if meaning.term == "region" else meaning.written
        said.append(f"{_FILTERS.get(meaning.filter, meaning.filter)} {label}")
    if query.active_on:
        said.append(f"existant le {pages.day(query.active_on.isoformat())}")
    if query.q:
        said.append(f"« {query.q} »")
    return ", ".join(said)
