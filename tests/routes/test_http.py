"""HTTP itself: caches, HEAD, OPTIONS, CORS, methods, headers."""

from typing import Any

import httpx
import pytest

from app.database import Database
from tests.conftest import serving
from tests.routes.asking import FORMATS, asked, lasting, refused

LISTS = ["/v1/poles", "/v1/organisations", "/v1/waves", "/v1/sources", "/v1/sectors", "/v1/regions", "/v1/departements", "/v1/epcis",
         "/v1/communes", "/v1/poles/archer-pole-sud/members", "/v1/poles/archer-pole-sud/history",
         "/v1/organisations/bge/history", "/v1/waves/aap-2013/history"]  # fmt: skip
ITEMS = ["/v1/poles/archer-pole-sud", "/v1/organisations/bge", "/v1/waves/aap-2013", "/v1/regions/84", "/v1/stats",
         "/v1/sources/s-63b8ad6520"]  # fmt: skip
OTHERS = [
    "/problems",
    "/problems/invalide",
    "/health/live",
    "/health/ready",
    "/openapi.json",
    "/docs",
    "/v1/proposals.atom",
]
PRIVATE = {"/v1/proposals", "/v1/proposals/{id}"}  # what is answered depends on the key: see test_proposals.py
LINKS = ["/v1/memberships/archer-pole-sud@groupe-archer", "/v1/labels/archer-pole-sud@aap-2013"]
SOURCE = "/v1/sources/s-63b8ad6520"
SUFFIXED = ["/v1/poles.csv", "/v1/poles.geojson", "/v1/poles/archer-pole-sud.xlsx"]


def allowed(path: str) -> str:
    """Return the methods of an address, written by hand: lists take new records, records are edited."""
    noun = path.partition(".")[0].removeprefix("/v1/")
    if noun in {"poles", "organisations", "waves", "sources", "poles/archer-pole-sud/members"}:
        return "GET, HEAD, OPTIONS, POST"
    if noun in {"poles/archer-pole-sud", "organisations/bge", "waves/aap-2013", "sources/s-63b8ad6520"} or "@" in noun:
        return "DELETE, GET, HEAD, OPTIONS, PATCH, PUT"
    return "GET, HEAD, OPTIONS"


def test_the_tables_above_hold_every_route(client: httpx.Client) -> None:
    parameters = {"/v1/poles/{id}": "archer-pole-sud", "/v1/organisations/{id}": "bge", "/v1/waves/{id}": "aap-2013"}
    links = {"/v1/memberships/{key}": LINKS[0], "/v1/labels/{key}": LINKS[1], "/v1/sources/{id}": SOURCE}
    documented = set()
    for path, item in asked(client, "/openapi.json")["paths"].items():
        if "get" not in item:
            continue
        shown = path.replace("{code}", "84").replace("{slug}", "invalide")
        for start, value in parameters.items():
            if path.startswith(start):
                shown = path.replace("{id}", value)
        documented.add(links.get(path, shown))
    assert documented == set(LISTS + ITEMS + LINKS + OTHERS) - {"/openapi.json", "/docs"} | PRIVATE


@pytest.mark.parametrize("path", LISTS + ITEMS + SUFFIXED)
def test_what_has_not_changed_is_not_sent_again(client: httpx.Client, path: str) -> None:
    first = client.get(path)
    etag, modified = first.headers["etag"], first.headers["last-modified"]
    assert etag.startswith('"')
    tags = [etag, f"W/{etag}", f'"other", {etag}', f'W/"x",W/{etag} , "y"', "*"]
    for headers in [*({"If-None-Match": tag} for tag in tags), {"If-Modified-Since": modified}]:
        again = client.get(path, headers=headers)
        assert again.status_code == 304, headers
        assert again.content == b""
        for name in ("etag", "last-modified", "cache-control", "vary"):
            assert again.headers[name] == first.headers[name]


@pytest.mark.parametrize("path", [*LISTS[:1], *ITEMS[:1], "/v1/stats", "/v1/poles.csv"])
def test_what_the_client_does_not_have_is_sent(client: httpx.Client, path: str) -> None:
    first = client.get(path)
    etag = first.headers["etag"].strip('"')
    for headers in (
        {"If-None-Match": '"other"'},
        {"If-None-Match": f'"{etag}x"'},
        {"If-None-Match": etag},  # a tag has quotes
        {"If-None-Match": ""},
        {"If-Modified-Since": "Thu, 01 Jan 2015 00:00:00 GMT"},
        {"If-Modified-Since": "hier"},
        {"If-Modified-Since": "Fri, 99 Foo 2015 00:00:00 GMT"},
        # The tag decides where there is one.
        {"If-None-Match": '"other"', "If-Modified-Since": first.headers["last-modified"]},
    ):
        again = client.get(path, headers=headers)
        assert again.status_code == 200, headers
        assert again.content == first.content


def test_several_lines_of_tags_are_one_list(client: httpx.Client) -> None:
    etag = client.get("/v1/poles").headers["etag"]
    headers = [("If-None-Match", '"other"'), ("If-None-Match", etag)]
    assert client.get("/v1/poles", headers=headers).status_code == 304


def test_each_format_has_its_own_tag(client: httpx.Client) -> None:
    for path in ("/v1/poles", "/v1/poles/archer-pole-sud"):
        tags = {client.get(f"{path}.{format_}").headers["etag"] for format_ in FORMATS}
        assert len(tags) == len(FORMATS)
    etag = client.get("/v1/poles.csv").headers["etag"]
    assert client.get("/v1/poles.json", headers={"If-None-Match": etag}).status_code == 200


def test_a_tag_is_not_that_of_another_database(client: httpx.Client, fresh: Database) -> None:
    """Two registries at the same serial hold different facts: the epoch in the tag tells them apart."""
    first = client.get("/v1/poles").headers["etag"]
    assert client.get("/v1/poles/archer-pole-sud").headers["etag"].split("-")[1] == first.split("-")[1]
    with serving(fresh.url) as address:
        copied = httpx.get(f"{address}/v1/poles").headers["etag"]
    assert copied == first  # a copy is the same registry


@pytest.mark.parametrize("path", LISTS + ITEMS + OTHERS + SUFFIXED)
def test_head_has_the_headers_of_get_and_no_body(client: httpx.Client, path: str) -> None:
    get, head = client.get(path), client.head(path)
    assert head.status_code == get.status_code == 200
    assert head.content == b""
    assert lasting(head) == lasting(get)


@pytest.mark.parametrize(("path", "status"), [("/v1/poles/zzz-zzz", 404), ("/v1/poles?x=1", 422), ("/v1/poles.xml", 406),
                                              ("/nowhere", 404)])  # fmt: skip
def test_head_of_an_error_is_the_error_without_body(client: httpx.Client, path: str, status: int) -> None:
    head = client.head(path)
    assert head.status_code == status
    assert head.content == b""
    assert head.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", LISTS + ITEMS + OTHERS + SUFFIXED + ["/"])
def test_options_says_what_is_allowed(client: httpx.Client, path: str) -> None:
    response = client.options(path)
    assert response.status_code == 204
    assert response.content == b""
    assert response.headers["allow"] == allowed(path)


@pytest.mark.parametrize("path", ["/v1/nowhere", "/nowhere", "/v1"])
def test_options_of_no_route_is_a_problem(client: httpx.Client, path: str) -> None:
    refused(client.options(path), 404)


@pytest.mark.parametrize(
    "path", ["/v1/poles", "/v1/poles.csv", "/v1/poles/archer-pole-sud", "/v1/stats", "/v1/poles?x=1"]
)
def test_any_site_may_read(client: httpx.Client, path: str) -> None:
    response = client.get(path, headers={"Origin": "https://cress.example.fr"})
    assert response.headers["access-control-allow-origin"] == "*"
    exposed = response.headers["access-control-expose-headers"].lower()
    for name in ("etag", "link", "registry-serial", "registry-count", "content-disposition"):
        assert name in exposed


@pytest.mark.parametrize("path", ["/v1/poles", "/v1/poles/archer-pole-sud.geojson", "/v1/communes"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_browser_may_ask_before_reading(client: httpx.Client, path: str, method: str) -> None:
    headers = {
        "Origin": "https://cress.example.fr",
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "if-none-match, x-requested-with",
    }
    response = client.options(path, headers=headers)
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == "*"
    assert method in response.headers["access-control-allow-methods"]
    assert "if-none-match" in response.headers["access-control-allow-headers"].lower()


@pytest.mark.parametrize("path", LISTS + ITEMS + OTHERS + SUFFIXED)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "PROPFIND"])
def test_a_method_that_is_not_there_is_refused(client: httpx.Client, path: str, method: str) -> None:
    response = client.request(method, path)
    if method in allowed(path):
        refused(response, 401)  # what is there asks for a key
        return
    problem = refused(response, 405)
    assert response.headers["allow"] == allowed(path)
    assert method in problem["detail"]
    assert problem["instance"] == path


@pytest.mark.parametrize("path", LISTS + ITEMS + SUFFIXED)
def test_answers_say_how_to_keep_them(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert headers["cache-control"] == "public, no-cache"
    assert "accept" in headers["vary"].lower()
    assert headers["content-language"] == "fr"
    assert headers["registry-serial"] == "1"
    assert headers["last-modified"].endswith("GMT")


@pytest.mark.parametrize("path", ["/v1/poles?x=1", "/v1/poles/zzz-zzz", "/nowhere"])
def test_errors_are_not_kept_as_answers(client: httpx.Client, path: str) -> None:
    headers = client.get(path).headers
    assert "etag" not in headers
    assert "last-modified" not in headers
    assert headers["cache-control"] == "no-store"  # 404 and 410 may be kept otherwise


def test_a_cache_guesses_nothing(client: httpx.Client) -> None:
    """What says nothing of it is asked each time; a way on (308) and a refusal are not kept at all."""
    for path, told in (("/health/live", "no-cache"), ("/openapi.json", "no-cache"), ("/v1/poles/", "no-store")):
        assert client.get(path).headers["cache-control"] == told


def test_links_start_with_the_public_address(registry: Database) -> None:
    with serving(registry.url, public_url="https://ptce.example.fr/") as address:
        answer: dict[str, Any] = httpx.get(f"{address}/v1/poles?limit=1").json()
        row = httpx.get(f"{address}/v1/poles.csv?limit=1").text.splitlines()[1]
    here = [one["href"] for one in answer["links"] if "etalab" not in one["href"]]
    assert all(href.startswith("https://ptce.example.fr/") and "fr//" not in href for href in here)
    assert ",https://ptce.example.fr/poles/" in row


def test_the_root_is_a_page_that_leads_to_the_documentation(client: httpx.Client) -> None:
    response = client.get("/")
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert 'href="/docs"' in response.text
    assert client.get("/docs").status_code == 200


def test_shared_caches_may_be_let_answer_for_a_while(registry: Database) -> None:
    """With CACHE_MAX_AGE: all public answers, past states too; browsers still ask, and nothing else is kept."""
    with serving(registry.url, cache_max_age=60) as address, httpx.Client(base_url=address) as client:
        for path in (
            "/v1/poles", "/v1/poles.csv", "/v1/poles/archer-pole-sud", "/v1/poles?as_of=1", "/", "/poles/archer-pole-sud", "/map.svg",
            "/stats/waves.csv", "/sitemap.xml", "/integrer", "/embed", "/ogc/collections", "/ogc/collections/poles/items?f=html",
        ):  # fmt: skip
            for again in (client.get(path), client.get(path)):
                assert again.headers["cache-control"] == "public, max-age=0, must-revalidate, s-maxage=60"
        assert client.get("/v1/poles/zzz-zzz").headers["cache-control"] == "no-store"
        assert client.get("/v1/poles", headers={"Authorization": "Bearer x"}).headers["cache-control"] == "no-store"
