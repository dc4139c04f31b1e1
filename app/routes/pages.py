"""The home page: the same filters as the API, a map that the server draws, a list, downloads of what is seen."""

import json
from dataclasses import replace
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from app.errors import Invalid
from app.queries import door, run
from app.queries.asked_home import HomeQuery
from app.queries.near import read_commune
from app.queries.places import read_filter_names
from app.queries.state import State
from app.queries.vocabulary import Meaning
from app.renderers import VERSION
from app.renderers.listing import attribution
from app.renderers.negotiation import Format
from app.routes.asking import Asking, DatabaseDep, asked_of
from app.routes.dress import dressed, error_page, look, of_state
from app.routes.pages_filters import FACETS, others, selects
from app.routes.sheets import drawn
from app.routes.spots import located
from app.routes.tiles import tiles_of
from app.routes.who import ReaderDep

router = APIRouter(include_in_schema=False)
_PAGE: Final = 25
_POINTS: Final = 1000
_DOWNLOADS: Final = (("CSV", ".csv"), ("Excel", ".xlsx"), ("GeoJSON", ".geojson"), ("JSON", ".json"))


@router.get("/")
async def home(request: Request, database: DatabaseDep, _asks: ReaderDep) -> Response:
    return await database.read(_home, request)


def _home(session: Session, request: Request) -> Response:
    asking = replace(asked_of(request, Format.JSON), base="")
    try:
        query = door.read(HomeQuery, asking.given)
        query, notices = located(asking, query)
        query, centre, said = _near(session, query)
        state, meanings = run.read_state(session, query)
    except Invalid as error:
        return error_page(request, error)
    tiles = tiles_of(request)
    etag = f'"{state.serial}-{state.epoch}.{VERSION}.{look()}-html{"-tiles" if tiles else ""}"'
    headers = {"ETag": etag, **of_state(request, state), **(tiles.headers if tiles else {})}
    if asking.if_none_match and etag in asking.if_none_match:
        return Response(status_code=304, headers=headers)
    shown = _shown(session, asking, query, meanings, state, tiled=tiles is not None)
    return dressed(
        request,
        "home.html",
        headers=headers,
        centre=centre,
        tiles=tiles,
        notices=[*notices, *said],
        attribution=attribution(state.serial, state.recorded_at),
        **shown,
    )


def _near(session: Session, query: HomeQuery) -> tuple[HomeQuery, str | None, list[str]]:
    """Return the query around the commune that is named, the name of that commune, and what to say of it."""
    if not query.near:
        return query, None, []
    commune = read_commune(session, query.near)
    if commune is None:
        return query, None, [f"Aucune commune ne commence par « {query.near} » : ce champ n’a pas été compté."]
    around = query.model_copy(update={"lat": commune.latitude, "lon": commune.longitude})
    return (
        around,
        commune.name,
        ["Les pôles dont la commune n’est pas connue n’ont pas de distance : ils n’y sont pas."],
    )


def _shown(
    session: Session,
    asking: Asking,
    query: HomeQuery,
    meanings: list[Meaning],
    state: State,
    *,
    tiled: bool,
) -> dict[str, Any]:
    listed = query.model_copy(update={"limit": _PAGE, "facets": list(FACETS)})
    page = run.read_page(session, listed, meanings, state, "body")
    poles = [json.loads(piece) for piece in page.pieces]
    for pole, metres in zip(poles, page.metres or (), strict=False):
        pole["distance_km"] = metres / 1000
    every = run.read_page(session, query.model_copy(update={"limit": _POINTS, "offset": 0}), meanings, state, "body")
    last = query.offset + len(poles)

    def inside(name: str, code: str) -> str:
        return asking.url(without=frozenset({"offset", "departement"}), **{name: code})

    return {
        "asked": query,
        "filtered": bool(asking.given),
        "selects": selects(query, meanings, page.facets, read_filter_names(session) if asking.given else {}),
        "others": others(asking.given, lambda name: asking.url(without=frozenset({"offset", name}))),
        "poles": poles,
        "count": page.total,
        "undetermined": page.undetermined,
        "first": query.offset + 1,
        "previous": asking.url(offset=max(0, query.offset - _PAGE)) if query.offset else None,
        "next": asking.url(offset=last) if last < page.total else None,
        "downloads": [(name, _download(asking, query, suffix)) for name, suffix in _DOWNLOADS],
        "map": drawn(session, asking.seed_dir, meanings, replace(every, facets=page.facets), inside, tiled=tiled),
        "everywhere": asking.url(without=frozenset({"offset", "region", "departement"})),
    }


def _download(asking: Asking, query: HomeQuery, suffix: str) -> str:
    """Return the address of what is seen, whole, in another format: the same query, `near` as its point."""
    point = {"lat": query.lat, "lon": query.lon} if query.near else {}
    api = replace(asking, path="/v1/poles", base="")
    return api.url(suffix=suffix, without=frozenset({"near", "offset", "limit"}), limit="all", **point)
