"""The pages about the registry: its figures, its dictionary, the guide of its API, what it is, its sitemap."""

from typing import Any, Final
from xml.etree import ElementTree as ET

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from app.queries import run, stats
from app.queries.asked import Asked
from app.queries.asked_places import ReferenceQuery
from app.queries.pages_index import read_standing
from app.queries.places import read_regions
from app.renderers import pages_charts, pages_dictionary
from app.routes.asking import DatabaseDep, base_of, keeping_of
from app.routes.pages_charts import evolution
from app.routes.pages_shown import NOUNS, answered, asked_of_page, shown
from app.routes.who import ReaderDep

router = APIRouter(include_in_schema=False)
Json = dict[str, Any]
_PLAIN: Final = ("/", "/waves", "/stats", "/donnees", "/api", "/a-propos", "/integrer")


@router.get("/stats")
async def stats_page(request: Request, database: DatabaseDep, _asks: ReaderDep) -> Response:
    return await shown(request, database, _stats)


@router.get("/donnees")
async def dictionary_page(request: Request, database: DatabaseDep, _asks: ReaderDep) -> Response:
    return await database.read(_plain, request, "dictionary.html")


@router.get("/api")
async def guide_page(request: Request, database: DatabaseDep, _asks: ReaderDep) -> Response:
    return await database.read(_plain, request, "guide.html")


@router.get("/a-propos")
async def about_page(request: Request, database: DatabaseDep, _asks: ReaderDep) -> Response:
    return await database.read(_plain, request, "about.html")


@router.get("/robots.txt")
async def robots(request: Request) -> Response:
    told = ("User-agent: *", "Disallow: /propositions/", "Disallow: /*/signaler", "")
    return Response("\n".join((*told, f"Sitemap: {base_of(request)}/sitemap.xml", "")), media_type="text/plain")


@router.get("/sitemap.xml")
async def sitemap(request: Request, database: DatabaseDep, _asks: ReaderDep) -> Response:
    return await database.read(_sitemap, request)


def _stats(session: Session, request: Request) -> Response:
    asked = asked_of_page(request)
    state, _ = run.read_state(session, asked)

    def made() -> Json:
        poles = stats.read_pole_stats(session, state)
        return {
            "poles": poles,
            "organisations": stats.read_organisation_count(session, state),
            "waves": pages_charts.of_waves(stats.read_wave_stats(session, state)),
            "regions": pages_charts.of_counts(poles.by_region, "/regions/"),
            "sectors": pages_charts.of_counts(poles.by_sector, "/?sector="),
            "statuses": pages_charts.of_counts(poles.by_status, "/?status="),
            "evolution": evolution(session, state),
            "official": stats.read_official_counts(session, state),
        }

    return answered(request, state, "stats.html", made)


def _plain(session: Session, request: Request, template: str) -> Response:
    state, _ = run.read_state(session, Asked())

    def made() -> Json:
        return {
            "base": base_of(request),
            "tables": pages_dictionary.tables(),
            "codes": pages_dictionary.CODES,
            "days": request.app.state.settings.contact_days,
        }

    return answered(request, state, template, made)


def _sitemap(session: Session, request: Request) -> Response:
    state, _ = run.read_state(session, Asked())
    base = base_of(request)
    root = ET.Element("urlset", xmlns="http://www.sitemaps.org/schemas/sitemap/0.9")
    (regions, _), _cited = read_regions(session, ReferenceQuery(limit=1000), [], state)
    for path in (*_PLAIN, *(f"/regions/{row.code}" for row in regions)):
        ET.SubElement(ET.SubElement(root, "url"), "loc").text = base + path
    for kind, record, recorded_at in read_standing(session):
        entry = ET.SubElement(root, "url")
        ET.SubElement(entry, "loc").text = f"{base}/{NOUNS[kind]}/{record}"
        ET.SubElement(entry, "lastmod").text = recorded_at.date().isoformat()
    content = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return Response(content, headers={"Cache-Control": keeping_of(request)}, media_type="application/xml")
