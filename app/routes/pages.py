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
from app.queries.places import read_region_names
from app.queries.state import State
from app.queries.vocabulary import Meaning
from app.renderers import VERSION
from app.renderers.listing import attribution
from app.renderers.negotiation import Format
from app.renderers.sheet import sheet
from app.routes.asking import Asking, DatabaseDep, asked_of
from app.routes.dress import dressed, error_page, look
from app.routes.sheets import country
from app.routes.spots import located
from app.routes.who import ReaderDep

router = APIRouter(include_in_schema=False)
_PAGE: Final = 25
_POINTS: Final = 1000
_FACETS: Final = ("region", "departement", "wave", "status", "sector")
_SELECTS: Final = (
    ("region", "Région", "Toutes"),
    ("departement", "Département", "Tous"),
    ("wave", "Labellisé par", "Toutes les vagues"),
    ("status", "Statut", "Tous"),
    ("sector", "Secteur", "Tous"),
)
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
    etag = f'"{state.serial}-{state.epoch}.{VERSION}.{look()}-html"'
    headers = {"ETag": etag, "Cache-Control": "public, no-cache"}
    if asking.if_none_match and etag in asking.if_none_match:
        return Response(status_code=304, headers=headers)
    shown = _shown(session, asking, query, meanings, state)
    return dressed(
        request,
        "home.html",
        headers=headers,
        centre=centre,
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
    return around, commune.name, []


def _shown(session: Session, asking: Asking, query: HomeQuery, meanings: list[Meaning], state: State) -> dict[str, Any]:
    listed = query.model_copy(update={"limit": _PAGE, "facets": list(_FACETS)})
    page = run.read_page(session, listed, meanings, state, "body")
    poles = [json.loads(piece) for piece in page.pieces]
    for pole, metres in zip(poles, page.metres or (), strict=False):
        pole["distance_km"] = metres / 1000
    every = run.read_page(session, query.model_copy(update={"limit": _POINTS, "offset": 0}), meanings, state, "feature")
    last = query.offset + len(poles)
    return {
        "asked": query,
        "chosen": {name: _chosen(query, meanings, name) for name, *_ in _SELECTS},
        "filtered": bool(asking.given),
        "selects": _SELECTS,
        "facets": page.facets,
        "poles": poles,
        "count": page.total,
        "undetermined": page.undetermined,
        "first": query.offset + 1,
        "previous": asking.url(offset=max(0, query.offset - _PAGE)) if query.offset else None,
        "next": asking.url(offset=last) if last < page.total else None,
        "downloads": [(name, _download(asking, query, suffix)) for name, suffix in _DOWNLOADS],
        "map": sheet(
            country(asking.seed_dir),
            read_region_names(session),
            {one["value"]: one["count"] for one in page.facets["region"]},
            [json.loads(piece) for piece in every.pieces],
            chosen=query.region,
            href=lambda code: asking.url(without=frozenset({"offset"}), region=code),
        ),
    }


def _chosen(query: HomeQuery, meanings: list[Meaning], name: str) -> set[str]:
    """Return the codes that a filter means, however they were written."""
    meant = {meaning.value for meaning in meanings if meaning.filter == name}
    return meant or {str(value) for value in getattr(query, name)}


def _download(asking: Asking, query: HomeQuery, suffix: str) -> str:
    """Return the address of what is seen, whole, in another format: the same query, `near` as its point."""
    point = {"lat": query.lat, "lon": query.lon} if query.near else {}
    api = replace(asking, path="/v1/poles", base="")
    return api.url(suffix=suffix, without=frozenset({"near", "offset", "limit"}), limit=_POINTS, **point)
