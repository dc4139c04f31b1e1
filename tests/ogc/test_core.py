"""Part 1 (Core, GeoJSON, HTML) and Common: the abstract tests, each named by what it proves."""

from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from itertools import pairwise

import httpx
import pytest
import shapely

from tests.ogc.asking import COLLECTIONS, CRS84, GEOJSON, OGC, bad, got, ids, items, link
from tests.ogc.requirements import proves
from tests.routes.asking import refused
from tests.routes.test_home import HTML, Page, seen

HTML_PATHS = (
    "",
    "/conformance",
    "/api",
    "/collections",
    *(f"/collections/{name}" for name in COLLECTIONS),
    *(f"/collections/{name}/items" for name in COLLECTIONS),
    *(f"/collections/poles/{noun}" for noun in ("queryables", "sortables", "schema")),
    "/collections/poles/items/archer-pole-sud",
    "/collections/poles/items/ardaines",
    "/collections/regions/items/01",
)


@proves("features-1/core common-1/landing-page", "root-op root-success")
def test_core_root_success(client: httpx.Client) -> None:
    landing = got(client, "")
    for rel in ("service-desc", "service-doc", "conformance", "data"):
        href = link(landing, rel)
        assert href is not None
        assert client.get(href).status_code == 200


@proves("features-1/core common-1/landing-page", "api-definition-op api-definition-success")
def test_core_api_definition_success(client: httpx.Client) -> None:
    href = next(one for one in got(client, "")["links"] if one["rel"] == "service-desc")
    assert client.get(href["href"]).headers["content-type"] == href["type"]


@proves("features-1/core common-1/landing-page", "conformance-op conformance-success")
def test_core_conformance_success(client: httpx.Client) -> None:
    declared = got(client, "/conformance")["conformsTo"]
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in declared
    assert len(declared) == len(set(declared))


@proves("features-1/core", "fc-md-op fc-md-success fc-md-links fc-md-items fc-md-items-links sfc-md-op sfc-md-success")
@proves(
    "common-2/collections",
    "collections-list-op collections-list-success collections-list-links collections-list-collections description-op description-success description-links",
)
def test_core_collections_and_each_collection_agree(client: httpx.Client) -> None:
    """/req/core/fc-md-success, fc-md-items, fc-md-items-links, sfc-md-success."""
    listed = got(client, "/collections")
    assert link(listed, "self")
    assert link(listed, "alternate")
    assert [one["id"] for one in listed["collections"]] == list(COLLECTIONS)
    for one in listed["collections"]:
        assert link(one, "items", GEOJSON)
        assert link(one, "items", "text/html")
        alone = got(client, f"/collections/{one['id']}")
        for name in ("id", "title", "description", "extent", "crs", "storageCrs", "itemType"):
            assert alone[name] == one[name]
        rels = {"items", "describedby", "license"}
        assert rels <= {mine["rel"] for mine in alone["links"]}


@pytest.mark.parametrize("collection", COLLECTIONS)
@proves("features-1/core", "fc-md-extent")
@proves("common-2/collections", "description-extent")
def test_core_extent_is_the_true_one(client: httpx.Client, collection: str) -> None:
    """/req/core/fc-md-extent: what GDAL and QGIS show as the extent of a layer."""
    box = got(client, f"/collections/{collection}")["extent"]["spatial"]["bbox"][0]
    features = items(client, collection)["features"]
    shapes = [shapely.geometry.shape(one["geometry"]) for one in features if one["geometry"]]
    known = shapely.total_bounds(shapes)
    if collection == "epcis":  # more than a page
        assert box[0] <= known[0] <= known[2] <= box[2]
    else:
        assert box == pytest.approx(known.tolist())
    placed = ids(client, collection, filter="geometry IS NOT NULL")
    assert ids(client, collection, bbox=",".join(map(str, box))) == placed


@pytest.mark.parametrize("collection", COLLECTIONS)
@proves(
    "features-1/core",
    "fc-op fc-response fc-numberMatched fc-numberReturned fc-timeStamp fc-links fc-rel-type crs84 f-op f-success f-links",
)
@proves("features-1/geojson", "definition content")
def test_core_items_response(client: httpx.Client, collection: str) -> None:
    """/req/core/fc-response, fc-numberMatched, fc-numberReturned, fc-timeStamp, fc-links; /req/geojson/content."""
    response = client.get(f"{OGC}/collections/{collection}/items?limit=3")
    assert response.headers["content-type"] == GEOJSON
    assert response.headers["content-crs"] == f"<{CRS84}>"
    answer = response.json()
    assert answer["type"] == "FeatureCollection"
    assert answer["numberReturned"] == len(answer["features"]) == 3
    assert answer["numberMatched"] > 3
    assert abs(datetime.fromisoformat(answer["timeStamp"]) - datetime.now(UTC)) < timedelta(minutes=1)
    for rel in ("self", "alternate", "next", "collection", "describedby"):
        assert link(answer, rel)
    assert all(one["rel"] and one["type"] for one in answer["links"])
    for feature in answer["features"]:
        alone = got(client, f"/collections/{collection}/items/{feature['id']}")
        assert {name: alone[name] for name in ("type", "id", "geometry", "properties")} == feature
        assert {one["rel"] for one in alone["links"]} >= {"self", "alternate", "collection"}


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_core_paging_brings_everything_once(client: httpx.Client, collection: str) -> None:
    whole = ids(client, collection)
    paged: list[str] = []
    answer = items(client, collection, limit=40 if collection != "epcis" else 400)
    while True:
        paged += [feature["id"] for feature in answer["features"]]
        href = link(answer, "next")
        if href is None:
            break
        answer = client.get(href).json()
    assert paged == whole
    assert len(set(whole)) == len(whole)


def test_core_links_keep_all_parameters(client: httpx.Client) -> None:
    answer = items(client, filter="region IN ('84','76')", sortby="-name", limit=5, bbox="-10,40,20,60")
    href = link(answer, "next") or ""
    asked = dict(httpx.URL(href).params)
    assert asked == {
        "filter": "region IN ('84','76')", "sortby": "-name", "limit": "5", "bbox": "-10,40,20,60", "offset": "5", "as_of": "1",
    }  # fmt: skip
    assert link(client.get(href).json(), "prev")


@proves("features-1/core", "fc-limit-response-1")
def test_core_limit_above_the_maximum_is_clamped(client: httpx.Client) -> None:
    """/req/core/fc-limit-response-1 C."""
    assert items(client, "epcis", limit=10_000)["numberReturned"] == 1000
    assert items(client, "epcis", limit=10**17)["numberReturned"] == 1000


@pytest.mark.parametrize("limit", ["0", "-1", "1.5", "abc", "1_0"])
def test_core_bad_limit_is_refused(client: httpx.Client, limit: str) -> None:
    bad(client, "/collections/poles/items", "limit", limit=limit)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/conformance",
        "/api",
        "/collections",
        "/collections/poles",
        "/collections/poles/items",
        "/collections/poles/items/distro",
        "/collections/regions/queryables",
    ],
)
@proves("features-1/core common-1/core", "query-param-unknown")
def test_core_unknown_parameter_is_refused(client: httpx.Client, path: str) -> None:
    """/req/core/query-param-unknown."""
    bad(client, path, "inconnu", inconnu="1")


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("bbox", "180,0,-180"), ("bbox", "NaN,0,1,1"), ("bbox", "0,0,Infinity,1"), ("bbox", "1e99,0,1,1"), ("bbox", "4,46,6,44"), ("bbox", "0,0,200,1"), ("bbox", "a,b,c,d"),
        ("datetime", "hier"), ("datetime", "2021"), ("datetime", "2021-02-30"), ("datetime", "2021-05-12/2020-05-12"), ("datetime", "a/b/c"),
        ("crs", "EPSG:2154"), ("bbox-crs", "x"), ("f", "xml"), ("as_of", "999"), ("offset", "-1"),
    ],
)  # fmt: skip
@proves("features-1/core common-1/core", "query-param-invalid")
def test_core_bad_value_is_refused(client: httpx.Client, parameter: str, value: str) -> None:
    """/req/core/query-param-invalid."""
    bad(client, "/collections/poles/items", parameter, **{parameter: value})


@proves("features-1/core", "fc-bbox-response")
def test_core_bbox_response(client: httpx.Client) -> None:
    """/req/core/fc-bbox-response: what is known to lie in a box, and nothing of which the place is not known."""
    box = shapely.box(4, 44, 6, 46)
    inside = [
        feature["id"]
        for feature in items(client)["features"]
        if feature["geometry"] and box.intersects(shapely.geometry.shape(feature["geometry"]))
    ]
    assert inside
    assert ids(client, bbox="4,44,6,46") == inside
    assert ids(client, bbox="4,44,-100,6,46,4000") == inside
    assert not ids(client, bbox="170,-80,-170,80")
    assert len(ids(client, bbox="-62,-80,-63,80")) == len([one for one in items(client)["features"] if one["geometry"]])


@pytest.mark.parametrize("collection", ["regions", "departements"])
def test_core_bbox_of_outlines(client: httpx.Client, collection: str) -> None:
    box = shapely.box(4.8, 44.9, 5.2, 45.2)
    touched = [
        feature["id"]
        for feature in items(client, collection)["features"]
        if feature["geometry"] and box.intersects(shapely.geometry.shape(feature["geometry"]))
    ]
    assert touched
    assert ids(client, collection, bbox="4.8,44.9,5.2,45.2") == touched


@proves("features-1/core", "fc-time-response")
def test_core_datetime_response(client: httpx.Client) -> None:
    """/req/core/fc-time-response: an instant is what `active_on` finds, with what it leaves undetermined."""
    asked = client.get("/v1/poles?active_on=2021-05-12&limit=1000").json()
    found = ids(client, datetime="2021-05-12T10:00:00Z")
    assert {one["id"] for one in asked["items"]} <= set(found)
    assert len(found) == asked["count"] + asked["undetermined"]
    assert ids(client, datetime="2021-05-12") == found
    everything = ids(client)
    assert ids(client, datetime="../..") == everything
    assert set(ids(client, datetime="../2010-01-01T00:00:00Z")) < set(everything)
    assert set(ids(client, datetime="2015-01-01T00:00:00Z/2016-01-01T00:00:00Z")) <= set(everything)
    assert ids(client, "regions", datetime="1990-01-01T00:00:00Z") == ids(client, "regions")


def test_core_unknown_feature_and_collection(client: httpx.Client) -> None:
    for path in (
        "/collections/pole",
        "/collections/pole/items",
        "/collections/poles/items/rien",
        "/collections/regions/items/99",
        "/rien",
    ):
        refused(client.get(OGC + path), 404)


@proves("features-1/core common-1/core", "http")
def test_core_http(client: httpx.Client) -> None:
    """/req/core/http, with what the rest of the registry does: HEAD, OPTIONS, ETag, CORS."""
    path = f"{OGC}/collections/poles/items?limit=2"
    first = client.get(path, headers={"Origin": "https://exemple.fr"})
    assert first.headers["access-control-allow-origin"] == "*"
    assert "Content-Crs" in first.headers["access-control-expose-headers"]
    assert first.headers["cache-control"] == "public, no-cache"
    assert first.headers["etag"].startswith('W/"')  # `timeStamp` differs in each
    assert client.get(path, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    alone = client.get(f"{OGC}/collections/poles/items/distro")
    assert alone.headers["etag"].startswith('"')
    page = client.get(f"{OGC}/collections/poles/items/distro?f=html")
    assert page.headers["etag"] != alone.headers["etag"]
    head = client.head(path)
    assert (head.status_code, head.content) == (200, b"")
    assert client.options(path).headers["allow"] == "GET, HEAD, OPTIONS"
    assert refused(client.post(path), 405)
    assert client.get("/ogc/").headers["location"] == "/ogc"
    assert client.get(f"{OGC}/collections/", follow_redirects=True).status_code == 200


def test_core_codes_stay_texts(client: httpx.Client) -> None:
    feature = items(client, region="01")["features"][0]
    assert feature["properties"]["region"] == "01"
    assert got(client, "/collections/regions/items/01")["id"] == "01"


def test_core_a_pole_without_a_known_place_has_no_geometry(client: httpx.Client) -> None:
    assert got(client, "/collections/poles/items/ardaines")["geometry"] is None


def checked(client: httpx.Client, path: str, status: int = 200) -> Page:
    """Return a page that is as valid and accessible as a program can tell."""
    page, markup = seen(client, path, status), Markup()
    markup.feed(page.text)
    markup.check()
    return page


@pytest.mark.parametrize("path", HTML_PATHS)
@proves("features-1/html common-1/html", "definition")
def test_html_content(client: httpx.Client, path: str) -> None:
    """/req/html/definition, content: a page in French that any browser gets, of well nested tags, from this host only."""
    checked(client, OGC + path)
    assert client.get(OGC + path, params={"f": "html"}).status_code == 200
    assert client.get(OGC + path, headers={"Accept": "*/*"}).headers["content-type"] != "text/html; charset=utf-8"


@proves("features-1/html common-1/html", "content")
def test_html_shows_what_the_json_says(client: httpx.Client) -> None:
    for name in COLLECTIONS:
        text = client.get(f"{OGC}/collections/{name}/items?f=html").text
        for feature in got(client, f"/collections/{name}/items")["features"]:
            assert f"/ogc/collections/{name}/items/{feature['id']}" in text


def test_html_escapes_what_people_write(client: httpx.Client) -> None:
    text = client.get(f"{OGC}/collections/poles/items", params={"f": "html", "filter": "name = '<script>\"'"}).text
    assert "<script>" not in text


def test_html_of_an_error(client: httpx.Client) -> None:
    """A browser, whose form takes filters, is told in a page what is wrong."""
    for path, status in (
        ("/collections/poles/items?filter=regoin=<b>", 400),
        ("/collections/rien", 404),
        ("/collections/poles/items/rien", 404),
        ("/rien", 404),
    ):
        assert "<b>" not in checked(client, OGC + path, status).text
        asked_for = client.get(OGC + path, params={**httpx.URL(path).params, "f": "html"})
        assert (asked_for.status_code, asked_for.headers["content-type"]) == (status, "text/html; charset=utf-8")
    assert refused(client.get(f"{OGC}/collections/rien?f=json", headers=HTML), 404)


def test_media_type_that_is_not_offered_is_406(client: httpx.Client) -> None:
    refused(client.get(f"{OGC}/conformance", headers={"Accept": "image/png"}), 406)


class Markup(HTMLParser):
    """One page: its tags are closed in order, its parts have what assistive tools need."""

    VOID = frozenset({"meta", "link", "input", "br"})

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(attrs) == len(dict(attrs))
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def check(self) -> None:
        assert not self.open
        identifiers = [attributes["id"] for _, attributes in self.tags if "id" in attributes]
        assert self.named("html")[0]["lang"] == "fr"
        assert len(self.named("h1")) == len(self.named("main")) == 1
        levels = [int(tag[1]) for tag, _ in self.tags if tag in {"h1", "h2", "h3"}]
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert len(self.named("table")) == len(self.named("caption"))
        assert all("scope" in one for one in self.named("th"))
        labelled = {one.get("for") for one in self.named("label")}
        for tag in ("input", "select"):
            assert all(one.get("type") == "hidden" or one.get("id") in labelled for one in self.named(tag))
        assert all(one.get("aria-hidden") or one.get("aria-label") for one in self.named("svg"))
        named = [
            one.get(name) for _, one in self.tags for name in ("aria-labelledby", "aria-describedby") if name in one
        ]
        assert set(named) <= set(identifiers)
        assert not self.named("script")
        assert not self.named("style")
        loaded = [one["href"] or "" for one in self.named("link") if one["rel"] in {"stylesheet", "icon", "preload"}]
        assert all(one.startswith("/static/") for one in loaded)
