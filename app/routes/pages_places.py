"""The pages of régions and of sources: what each holds of the registry."""

import json
from collections import defaultdict
from typing import Any, Final

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from app.errors import NotFound
from app.models import CitedKind, Kind, UnitKind
from app.queries import run, stats
from app.queries.asked import Asked, PoleQuery
from app.queries.asked_places import ReferenceQuery
from app.queries.evolution import read_lives
from app.queries.outlines import Detail, layer
from app.queries.pages_sources import read_citations, read_names
from app.queries.places import read_departements, read_regions
from app.queries.run import Page
from app.queries.sources import read_source
from app.queries.state import State
from app.queries.vocabulary import Meaning
from app.renderers import pages_evolution, pages_place, places
from app.renderers.maps import OVERSEAS
from app.renderers.pages_place import Drawn
from app.renderers.pages_words import FIELDS
from app.routes.asking import DatabaseDep
from app.routes.documentation import RegionCodePath
from app.routes.pages_charts import chart_csv, day_of
from app.routes.pages_records import region_sheet
from app.routes.pages_shown import NOUNS, answered, asked_of_page, notes_of, shown
from app.routes.who import ReaderDep

router = APIRouter(include_in_schema=False)
Json = dict[str, Any]
_BACKED: Final = {
    CitedKind.POLE: "Pôles",
    CitedKind.LABEL: "Labellisations",
    CitedKind.MEMBERSHIP: "Membres de pôles",
    CitedKind.ORGANISATION: "Organisations",
    CitedKind.WAVE: "Appels de l’État",
    CitedKind.CRESS: "CRESS",
    CitedKind.OFFICIAL_COUNT: "Nombres officiels",
}
# What each part of a link's key names; the other kinds have no revisions, hence no name here.
_PARTS: Final = {
    CitedKind.POLE: (Kind.POLE,),
    CitedKind.ORGANISATION: (Kind.ORGANISATION,),
    CitedKind.WAVE: (Kind.WAVE,),
    CitedKind.LABEL: (Kind.POLE, Kind.WAVE),
    CitedKind.MEMBERSHIP: (Kind.POLE, Kind.ORGANISATION),
}


@router.get("/regions/{code}")
async def region_page(code: RegionCodePath, request: Request, database: DatabaseDep, _asks: ReaderDep) -> Response:
    return await shown(request, database, _region, code)


@router.get("/regions/{code}/evolution.csv")
async def region_evolution(code: RegionCodePath, request: Request, database: DatabaseDep, _asks: ReaderDep) -> Response:
    return await database.read(_evolution_csv, request, code)


@router.get("/sources/{id}")
async def source_page(id: str, request: Request, database: DatabaseDep, _asks: ReaderDep) -> Response:  # noqa: A002
    return await shown(request, database, _source, id)


def _region(session: Session, request: Request, code: str) -> Response:
    asked = asked_of_page(request)
    state, _ = run.read_state(session, asked)
    record = _known(session, state, code)

    def made() -> Json:
        poles, page = _poles(session, state, code)
        return {
            "record": record,
            "poles": poles,
            "count": page.total,
            "facets": page.facets,
            "notes": notes_of(session, [], [record["cress"]["sources"]] if record["cress"] else []),
            "map": _region_map(session, request, state, record, poles),
            "evolution": _evolution(session, state, code, poles),
            "undated": pages_evolution.undated(pages_evolution.awards(poles)),
            "missing": sum(wave.missing or 0 for wave in stats.read_wave_stats(session, state)),
        }

    return answered(request, state, "region.html", made)


def _evolution_csv(session: Session, request: Request, code: str) -> Response:
    state, _ = run.read_state(session, asked_of_page(request))
    _known(session, state, code)
    poles, _ = _poles(session, state, code)
    years = _evolution(session, state, code, poles)
    rows = [(year.day, year.known, year.undetermined, year.labels) for year in years]
    return chart_csv(request, state, f"region-{code}", (("day", "known", "undetermined", "labels"), rows))


def _known(session: Session, state: State, code: str) -> Json:
    """Return a région as the API shows it. Raises NotFound."""
    (rows, _), sources = read_regions(session, ReferenceQuery(limit=1000), [], state)
    row = next((one for one in rows if one.code == code), None)
    if row is None:
        known = ", ".join(f"{one.code} ({one.name})" for one in rows)
        raise NotFound(f"Aucune région « {code[:20]} ». Codes connus : {known}.")
    shown_: Json = places.region(row, sources[CitedKind.CRESS, code]).model_dump(mode="json")
    return shown_


def _poles(session: Session, state: State, code: str) -> tuple[list[Json], Page]:
    """Return the poles of a région at a state, and their page."""
    query, meanings = _query(session, state, code)
    page = run.read_page(session, query, meanings, state, "body")
    return [json.loads(piece) for piece in page.pieces], page


def _query(session: Session, state: State, code: str) -> tuple[PoleQuery, list[Meaning]]:
    query = PoleQuery(region=[code], limit=1000, facets=["status", "wave"], as_of=state.serial)
    return query, run.read_state(session, query)[1]


def _evolution(session: Session, state: State, code: str, poles: list[Json]) -> list[pages_evolution.Year]:
    lives = read_lives(session, *_query(session, state, code), state)
    return pages_evolution.years(lives, pages_evolution.awards(poles), day_of(state))


def _region_map(session: Session, request: Request, state: State, record: Json, poles: list[Json]) -> Json | None:
    """Return the région with its départements and the poles whose commune is known."""
    seed_dir = request.app.state.settings.seed_dir
    sheet = region_sheet(seed_dir, record["code"])
    if sheet is None:
        return None
    rows, _ = read_departements(session, ReferenceQuery(limit=1000), [], state)
    finest = Detail.FULL if record["code"] in OVERSEAS else Detail.LIGHT
    known = layer(seed_dir, UnitKind.DEPARTEMENT, finest).shapes
    inside = [known[row.code] for row in rows if row.region == record["code"] and row.code in known]
    placed = [{**pole["seat"], "name": pole["name"]} for pole in poles if pole["seat"]["longitude"] is not None]
    outlines = [Drawn("region", sheet.shapes[0]), *(Drawn("part", one) for one in inside)]
    label = f"Carte : {record['name']}, ses départements, et un point par pôle dont la commune est connue"
    return pages_place.small_map(sheet, outlines, placed, label)


def _source(session: Session, request: Request, source_id: str) -> Response:
    state, _ = run.read_state(session, Asked())
    record = read_source(session, source_id)

    def made() -> Json:
        return {"record": record, "backed": _backed(session, source_id)}

    return answered(request, state, "source.html", made)


def _backed(session: Session, source_id: str) -> list[tuple[str, list[Json]]]:
    """Return what a source backs, by kind: each record with its name, its page and the fields."""
    fields: dict[tuple[CitedKind, str], list[str]] = defaultdict(list)
    for kind, record, field in read_citations(session, source_id):
        fields[kind, record] += [FIELDS.get(field, field)] if field else []
    ids: dict[Kind, set[str]] = defaultdict(set)
    for kind, record in fields:
        for part, one in zip(_PARTS.get(kind, ()), record.split("@"), strict=False):
            ids[part].add(one)
    names = {part: read_names(session, part, sorted(some)) for part, some in ids.items()}
    backed: dict[CitedKind, list[Json]] = defaultdict(list)
    for (kind, record), said in fields.items():
        backed[kind].append({"parts": _parts(kind, record, names), "fields": said})
    return [(title, backed[kind]) for kind, title in _BACKED.items() if kind in backed]


def _parts(kind: CitedKind, record: str, names: dict[Kind, dict[str, str]]) -> list[Json]:
    """Return the names in a key with their pages; what was retired has a page too, that says so."""
    if kind is CitedKind.CRESS:
        return [{"name": f"Région {record}", "href": f"/regions/{record}"}]
    if kind is CitedKind.OFFICIAL_COUNT:
        return [{"name": record, "href": "/stats"}]
    return [
        {"name": names[part].get(one, one), "href": f"/{NOUNS[part]}/{one}"}
        for part, one in zip(_PARTS[kind], record.split("@"), strict=True)
    ]
