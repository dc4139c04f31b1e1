"""What others put in their pages: the map and list of a query, in a frame or as a component; the code to paste."""

import json
from dataclasses import replace
from html import escape
from typing import Any, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.errors import Invalid
from app.queries import door, run
from app.queries.asked import Asked, PoleQuery
from app.queries.places import read_region_names
from app.renderers import VERSION
from app.renderers.listing import attribution
from app.renderers.negotiation import Format
from app.routes.asking import DatabaseDep, asked_of, base_of, keeping_of
from app.routes.dress import FRAMED, HEADERS, asset, dressed, error_page, look, of_state
from app.routes.sheets import FACETS, drawn
from app.routes.spots import located
from app.routes.who import ReaderDep

router = APIRouter(include_in_schema=False)
_SHOWN: Final = 1000
_VIEWS: Final = (("both", "Carte et liste"), ("map", "Carte"), ("list", "Liste"))
_THEMES: Final = (("auto", "Selon la page ou l’appareil"), ("light", "Claires"), ("dark", "Sombres"))
# The page of the builder frames a preview of our own.
_BUILDING: Final = HEADERS["Content-Security-Policy"] + "; frame-src 'self'"


class EmbedQuery(PoleQuery):
    """The filters of the poles, and how they are shown."""

    view: Literal["map", "list", "both"] = Field(default="both", description="Carte, liste, ou les deux")
    theme: Literal["light", "dark", "auto"] = Field(default="auto", description="Couleurs")


class BuilderQuery(BaseModel):
    """What the page that makes the code is asked."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    region: str | None = None
    view: Literal["map", "list", "both"] = "both"
    theme: Literal["light", "dark", "auto"] = "auto"


@router.get("/embed")
async def embed(request: Request, database: DatabaseDep, _asks: ReaderDep) -> Response:
    return await database.read(_embedded, request, "embed.html")


@router.get("/embed/fragment")
async def embed_fragment(request: Request, database: DatabaseDep, _asks: ReaderDep) -> Response:
    """Answer the inside of the component, with the sheet of styles that it needs."""
    return await database.read(_embedded, request, "embed_fragment.html")


@router.get("/embed.js")
async def get_script() -> Response:
    """Answer the script at an address that pages keep: asked again each time, sent only when it has changed."""
    headers = {"Cache-Control": "public, max-age=3600"}
    return Response(asset("embed.js"), headers=headers, media_type="text/javascript; charset=utf-8")


@router.get("/integrer")
async def builder(request: Request, database: DatabaseDep, _asks: ReaderDep) -> Response:
    return await database.read(_built, request)


def _embedded(session: Session, request: Request, template: str) -> Response:
    asking = asked_of(request, Format.JSON)
    try:
        query, _ = located(asking, door.read(EmbedQuery, asking.given))
        state, meanings = run.read_state(session, query)
    except Invalid as error:
        if template == "embed.html":
            return error_page(request, error)
        raise
    etag = f'"{state.serial}-{state.epoch}.{VERSION}.{look()}-embed"'
    headers = {"ETag": etag, **of_state(request, state), "Content-Security-Policy": FRAMED}
    if asking.if_none_match and etag in asking.if_none_match:
        return Response(status_code=304, headers=headers)
    mapped = query.view != "list"
    found = query.model_copy(update={"limit": _SHOWN, "offset": 0, "facets": FACETS if mapped else []})
    page = run.read_page(session, found, meanings, state, "body")
    home = replace(asking, path="/", base="")
    shown = frozenset({"view", "theme", "limit", "offset", "fields"})

    def inside(name: str, code: str) -> str:
        return home.url(**{name: code}, without=shown)

    return dressed(
        request,
        template,
        headers=headers,
        view=query.view,
        theme=query.theme,
        base=asking.base,
        more=asking.base + home.url(without=shown),
        count=page.total,
        poles=[json.loads(piece) for piece in page.pieces],
        attribution=attribution(state.serial, state.recorded_at),
        map=mapped and drawn(session, asking.seed_dir, meanings, page, inside),
    )


def _built(session: Session, request: Request) -> Response:
    names, state = read_region_names(session), run.read_state(session, Asked())[0]
    try:
        query = door.read(BuilderQuery, request.query_params.multi_items())
    except Invalid as error:
        return error_page(request, error)
    told = {name: value for name, value in query.model_dump().items() if value and value != "auto"}
    base = base_of(request)
    where = names.get(query.region or "", "France")
    title = f"Pôles territoriaux de coopération économique : {where}"
    shown: dict[str, Any] = {
        "script": f'<script src="{base}/embed.js"{_attributes(told)}></script>',
        "iframe": f'<iframe src="{base}/embed?{escape(urlencode(told))}" title="{escape(title)}" '
        'width="100%" height="700" loading="lazy"></iframe>',
        "preview": f"/embed?{urlencode(told)}",
    }
    return dressed(
        request,
        "builder.html",
        headers={"Content-Security-Policy": _BUILDING, "Cache-Control": keeping_of(request)},
        regions=sorted(names.items(), key=lambda one: one[1]),
        views=_VIEWS,
        themes=_THEMES,
        attribution=attribution(state.serial, state.recorded_at),
        **query.model_dump(),
        **shown,
    )


def _attributes(told: dict[str, str]) -> str:
    return "".join(f' data-{name}="{value}"' for name, value in told.items())
