"""The resources of OGC API – Features: each reads what it shows and links it with the others."""

from datetime import UTC, datetime
from typing import Any

from fastapi import Response
from sqlmodel import Session

from app.errors import Gone, Moved
from app.models import Action
from app.queries import run
from app.queries.asked import Asked
from app.queries.ogc import ItemQuery, ItemsQuery
from app.queries.ogc_crs import Crs, onto
from app.queries.state import State
from app.renderers import geojson, listing, ogc, ogc_pages, ogc_schemas
from app.renderers.listing import Link
from app.routes import ogc_api, ogc_shown
from app.routes.ogc_answers import Made, answer, of_state
from app.routes.ogc_asking import GEOJSON, HTML, JSON, OPENAPI, SCHEMA, OgcAsking
from app.routes.ogc_collections import COLLECTIONS, Collection


def landing(session: Session, asking: OgcAsking) -> Response:
    links = [
        *asking.own_links,
        Link("service-desc", asking.at("/api"), OPENAPI, "L’API, en OpenAPI 3.0"),
        Link("service-doc", asking.at("/api?f=html"), HTML, "L’API, pour les personnes"),
        Link("conformance", asking.at("/conformance"), JSON, "Classes de conformité"),
        Link("http://www.opengis.net/def/rel/ogc/1.0/conformance", asking.at("/conformance"), JSON),
        Link("data", asking.at("/collections"), JSON, "Collections"),
        Link("http://www.opengis.net/def/rel/ogc/1.0/data", asking.at("/collections"), JSON),
        Link("license", listing.LICENCE_URL, HTML, "Licence Ouverte 2.0"),
    ]
    made = Made(ogc.landing(links), links, "landing", {"collections": COLLECTIONS.values()})
    return answer(session, asking, lambda _state: made)


def conformance(session: Session, asking: OgcAsking) -> Response:
    content = ogc.conformance()
    return answer(session, asking, lambda _state: Made(content, asking.own_links, "conformance", content))


def api(session: Session, asking: OgcAsking) -> Response:
    def make(_state: State) -> Made:
        document = ogc_api.document(asking.at(""), asking.exports.page)
        parameters = document["paths"]["/collections/poles/items"]["get"]["parameters"]
        common = [one for one in parameters if one["name"] not in COLLECTIONS["poles"].names]
        return Made(document, asking.own_links, "api", {"api": document, "common": common})

    return answer(session, asking, make)


def collections(session: Session, asking: OgcAsking) -> Response:
    def make(state: State) -> Made:
        shown = [_about(session, asking, one, state) for one in COLLECTIONS.values()]
        links = asking.own_links
        return Made(ogc.collections(shown, links), links, "collections", {"collections": shown})

    return answer(session, asking, make)


def collection(session: Session, asking: OgcAsking, asked: Collection) -> Response:
    def make(state: State) -> Made:
        shown = _about(session, asking, asked, state)
        links = [*asking.own_links, *_links(asking, asked)]
        return Made(shown | {"links": [link.as_json() for link in links]}, links, "collection", {"collection": shown})

    return answer(session, asking, make)


def schema(session: Session, asking: OgcAsking, asked: Collection, noun: str) -> Response:
    address = asking.at(f"/collections/{asked.id}/{noun}")
    if noun == "queryables":
        content = ogc_schemas.queryables(address, asked.title, asked.asked_columns, asked.geometry)
    elif noun == "sortables":
        content = ogc_schemas.sortables(address, asked.title, asked.sorted_columns, asked.order)
    else:
        content = ogc_schemas.schema(address, asked.title, asked.columns, asked.geometry)
    context = {"schema": content, "properties": ogc_pages.properties(content), "noun": noun, "collection": asked}
    made = Made(content, asking.own_links, "schema", context)
    return answer(session, asking, lambda _state: made)


def items(session: Session, asking: OgcAsking, asked: Collection, query: ItemsQuery) -> Response:
    def make(state: State) -> Made:
        features, total = asked.read_page(session, query, state, asking.seed_dir)
        links = [*asking.own_links, *_pages(asking, query, state, total), *_links(asking, asked)]
        shown = [_shown(feature, asking, query.crs) for feature in features]
        content = ogc.feature_collection(shown, total, state.serial, state.recorded_at, datetime.now(UTC), links)
        context = ogc_shown.items(asking, asked, query, features) | {"total": total}
        return Made(content, links, "items", context, _content_crs(query.crs), says_when=True)

    return answer(session, asking, make, query.as_of)


def item(session: Session, asking: OgcAsking, asked: Collection, item_id: str, query: ItemQuery) -> Response:
    state = run.read_state(session, Asked(as_of=query.as_of))[0]
    stored = b""
    if asked.kind:
        found = run.read_record(session, asked.kind, item_id, state if query.as_of is not None else None, "feature")
        if found.action is Action.MERGED:
            raise Moved(item_id, str(found.successor))
        if found.action is Action.RETIRED:
            raise Gone(f"Cette fiche a été retirée : {found.reason}", successor=found.successor)
        stored, state = found.piece, State(found.serial, found.id, found.recorded_at, state.epoch)

    def make(state: State) -> Made:
        feature = stored or asked.read_one(session, item_id, state, asking.seed_dir)
        links = [
            *asking.own_links,
            Link("collection", asking.at(f"/collections/{asked.id}"), JSON, asked.title),
            Link("license", listing.LICENCE_URL, HTML, "Licence Ouverte 2.0"),
        ]
        content = ogc.feature(_shown(feature, asking, query.crs), links)
        return Made(content, links, "item", ogc_shown.item(asking, asked, feature), _content_crs(query.crs))

    return of_state(asking, state, make)


def _about(session: Session, asking: OgcAsking, asked: Collection, state: State) -> dict[str, Any]:
    address = asking.at(f"/collections/{asked.id}")
    own = Link("self", address, JSON, asked.title)
    return ogc.collection(asked.shown(session, state, asking.seed_dir), [own, *_links(asking, asked)])


def _links(asking: OgcAsking, asked: Collection) -> list[Link]:
    address = asking.at(f"/collections/{asked.id}")
    links = [
        Link("items", f"{address}/items", GEOJSON, "Fiches en GeoJSON"),
        Link("items", f"{address}/items?f=html", HTML, "Fiches en HTML"),
        Link("describedby", f"{address}/schema", SCHEMA, "Schéma des fiches"),
        Link(ogc.QUERYABLES, f"{address}/queryables", SCHEMA, "Ce que les filtres peuvent nommer"),
        Link(ogc.SORTABLES, f"{address}/sortables", SCHEMA, "Ce par quoi ranger"),
        Link("license", listing.LICENCE_URL, HTML, "Licence Ouverte 2.0"),
    ]
    if asking.path.endswith("/items"):
        return [Link("collection", address, JSON, asked.title), *links[2:]]
    return links


def _pages(asking: OgcAsking, query: ItemsQuery, state: State, total: int) -> list[Link]:
    """Return the next and previous pages: pinned to the serial, so that none skips or repeats."""
    pin: dict[str, Any] = {"as_of": state.serial} if state.serial else {}

    def page(rel: str, offset: int, title: str) -> Link:
        return Link(rel, asking.url(**pin, limit=query.limit, offset=offset), asking.own_links[0].type, title)

    links = []
    if query.offset + query.limit < total:
        links.append(page("next", query.offset + query.limit, "Page suivante"))
    if query.offset:
        links.append(page("prev", max(0, query.offset - query.limit), "Page précédente"))
    return links


def _shown(feature: bytes, asking: OgcAsking, crs: Crs) -> bytes:
    absolute = geojson.absolute(feature, asking.base)
    return absolute if crs.is_plain else ogc.turned(absolute, onto(crs))


def _content_crs(crs: Crs) -> dict[str, str]:
    return {"Content_Crs": f"<{crs.uri}>"}
