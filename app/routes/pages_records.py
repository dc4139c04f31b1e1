"""The pages of poles, organisations and waves: each fact with its sources."""

import json
from functools import cache
from pathlib import Path
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from app import wording
from app.models import CitedKind, Kind, Role, UnitKind
from app.queries import run
from app.queries.asked import Asked, WaveQuery
from app.queries.outlines import Detail, shape
from app.queries.sources import read_sources
from app.queries.state import State
from app.renderers import pages_linked, pages_place
from app.renderers.maps import OVERSEAS, Frame
from app.renderers.pages_place import Drawn
from app.routes.asking import DatabaseDep, base_of
from app.routes.documentation import PoleId
from app.routes.pages_shown import answered, asked_of_page, notes_of, record_page, shown
from app.routes.who import ReaderDep

router = APIRouter(include_in_schema=False)
Json = dict[str, Any]
# What a page says is not known, so that whoever knows may tell.
_WANTED: Final = (
    *("description", "founded_year", "website", "sectors", "labels", "members", "member_count", "job_count"),
)


@router.get("/poles/{id}")
async def pole_page(id: PoleId, request: Request, database: DatabaseDep, _asks: ReaderDep) -> Response:  # noqa: A002
    def made(session: Session, _state: State, document: Json) -> Json:
        links = [*document["labels"], *document["members"]]
        return {
            "notes": notes_of(session, document["sources"], [link["sources"] for link in links]),
            "carried": [one["sources"] for one in _of_role(document, Role.CARRIER)],
            "roles": [(role, _of_role(document, role)) for role in Role if _of_role(document, role)],
            "unknown": [name for name in _WANTED if not document[name]],
            "map": _place_map(request, document["seat"], document["territory"]["units"], document["name"]),
            "linked": pages_linked.pole(document, base_of(request)),
        }

    return await shown(request, database, record_page, Kind.POLE, id, made)


@router.get("/organisations/{id}")
async def organisation_page(id: str, request: Request, database: DatabaseDep, _asks: ReaderDep) -> Response:  # noqa: A002
    def made(session: Session, state: State, document: Json) -> Json:
        keys = [f"{link['pole']['id']}@{id}" for link in document["poles"]]
        cited = _cited(session, request, state, CitedKind.MEMBERSHIP, keys)
        return {
            "notes": notes_of(session, document["sources"], list(cited.values())),
            "cited": cited,
            "kind": wording.ORGANISATION_KIND[document["kind"]],
            "map": _place_map(request, document, [], document["name"]),
            "linked": pages_linked.organisation(document, base_of(request)),
        }

    return await shown(request, database, record_page, Kind.ORGANISATION, id, made)


@router.get("/waves/{id}")
async def wave_page(id: str, request: Request, database: DatabaseDep, _asks: ReaderDep) -> Response:  # noqa: A002
    def made(session: Session, state: State, document: Json) -> Json:
        keys = [f"{label['pole']['id']}@{id}" for label in document["labels"]]
        cited = _cited(session, request, state, CitedKind.LABEL, keys)
        return {
            "notes": notes_of(session, document["sources"], list(cited.values())),
            "cited": cited,
            "linked": pages_linked.wave(document, base_of(request)),
        }

    return await shown(request, database, record_page, Kind.WAVE, id, made)


@router.get("/waves")
async def waves_page(request: Request, database: DatabaseDep, _asks: ReaderDep) -> Response:
    return await shown(request, database, _waves, asked_of_page(request))


def _waves(session: Session, request: Request, asked: Asked) -> Response:
    state, _ = run.read_state(session, asked)

    def made() -> Json:
        page = run.read_page(session, WaveQuery(limit=1000, sort="founded"), [], state, "body")
        return {"waves": [json.loads(piece) for piece in page.pieces]}

    return answered(request, state, "waves.html", made)


def _cited(session: Session, request: Request, state: State, kind: CitedKind, keys: list[str]) -> dict[str, list[Json]]:
    """Return the sources of each of these links by its key; of the past, only the pole's own page has kept them."""
    if asked_of_page(request).as_of is not None:
        return {}
    found = read_sources(session, {kind: keys}, state.serial)
    return {key: [one.model_dump(mode="json") for one in found[kind, key]] for key in keys}


def _of_role(document: Json, role: Role) -> list[Json]:
    return [member for member in document["members"] if member["role"] == role]


def _place_map(request: Request, seat: Json, units: list[Json], name: str) -> Json | None:
    """Return the région with what is known of a place in it; None where not even its région is, or has no outline."""
    seed_dir: Path = request.app.state.settings.seed_dir
    region = seat["region"] and seat["region"]["code"]
    sheet = region and region_sheet(seed_dir, region)
    if not sheet:
        return None
    outlines, said = [Drawn("region", sheet.shapes[0])], [f"la région {seat['region']['name']}"]
    if seat["departement"]:
        found = shape(seed_dir, UnitKind.DEPARTEMENT, seat["departement"]["code"])
        outlines += [Drawn("departement", found)] if found is not None else []
        said.append(f"le département {seat['departement']['name']}")
    undrawn = []
    for unit in units:
        found = shape(seed_dir, UnitKind(unit["kind"]), unit["code"])
        outlines += [Drawn("unit", found)] if found is not None else []
        undrawn += [unit["name"]] if found is None else []
    points = []
    if seat["longitude"] is not None:
        points = [{"longitude": seat["longitude"], "latitude": seat["latitude"], "name": name}]
        said.append(f"un point pour la commune de {seat['commune']['name']}" if seat["commune"] else "un point")
    if any(outline.look == "unit" for outline in outlines):
        said.append("le contour de son territoire")
    drawn = pages_place.small_map(sheet, outlines, points, "Carte : " + ", ".join(said))
    return drawn | {"undrawn": undrawn}


@cache
def region_sheet(seed_dir: Path, region: str) -> Frame | None:
    """Return the sheet of a région; overseas it is small, so drawn as fine as it is known."""
    found = shape(seed_dir, UnitKind.REGION, region, Detail.FULL if region in OVERSEAS else Detail.LIGHT)
    return None if found is None else pages_place.frame(region, found)
