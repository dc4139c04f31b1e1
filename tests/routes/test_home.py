"""The home page as a person without JavaScript has it: filters in a form, a map of links, a list, downloads."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.routes.asking import asked, table

HTML = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


class Page(HTMLParser):
    """The links, resources and texts of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.names: list[str] = []
        self.ids: list[str] = []
        self.text = text
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        assert "style" not in told, "the policy of the site lets no inline style through"
        assert not [name for name in told if name.startswith("on")]
        if tag == "a":
            self.links.append(told["href"])
        data = told.get("type") == "application/ld+json" or told.get("rel") in {"canonical", "alternate"}
        if tag in {"script", "img", "iframe", "source", "link"} and not data:
            self.loaded.append(told.get("src") or told["href"])
        if "name" in told and tag in {"input", "select", "textarea"}:
            self.names.append(told["name"])
        if "id" in told:
            self.ids.append(told["id"])


def seen(client: httpx.Client, path: str = "/", status: int = 200) -> Page:
    response = client.get(path, headers=HTML)
    assert response.status_code == status, response.text[:500]
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "unsafe-inline" not in response.headers["content-security-policy"]
    assert "set-cookie" not in response.headers
    page = Page(response.text)
    assert len(page.ids) == len(set(page.ids))
    return page


def rows(page: Page) -> list[str]:
    return re.findall(r'<th scope="row"><a href="(/poles/[^"]+)">', page.text)


def test_it_shows_the_first_poles_and_says_how_many_there_are(client: httpx.Client) -> None:
    page = seen(client)
    answer = asked(client, "/v1/poles?limit=25")
    assert rows(page) == [pole["url"] for pole in answer["items"]]
    assert f"{answer['count']} pôles trouvés" in page.text


def test_all_that_it_loads_is_its_own_and_never_changes(client: httpx.Client) -> None:
    for path in seen(client).loaded:
        assert path.startswith("/static/")
        response = client.get(path).raise_for_status()
        assert "immutable" in response.headers["cache-control"]
    assert client.get("/static/000000000000/site.css").status_code == 404
    assert client.get("/static/000000000000/..%2Ftemplates%2Fbase.html").status_code == 404


def walked(client: httpx.Client) -> Iterator[list[str]]:
    path: str | None = "/"
    while path:
        page = seen(client, path)
        yield rows(page)
        found = re.search(r'rel="next" href="([^"]+)"', page.text)
        path = found[1].replace("&amp;", "&") if found else None


def test_next_leads_through_every_pole(client: httpx.Client) -> None:
    every = [row for page in walked(client) for row in page]
    assert every == [pole["url"] for pole in asked(client, "/v1/poles?limit=1000")["items"]]


@pytest.mark.parametrize("query", [
    "region=84", "departement=26", "wave=aap-2013", "status=active", "sector=culture", "q=coop", "active_on=2015-01-01",
    "region=84&status=active&q=", "region=Bretagne", "near=Valence&region=84", "bbox=4,44,6,46", "as_of=1", "near=", "member=bge",
])  # fmt: skip
def test_it_filters_as_the_api_does_and_downloads_what_is_seen(client: httpx.Client, query: str) -> None:
    page = seen(client, f"/?{query}")
    (csv,) = [link for link in page.links if urlsplit(link).path == "/v1/poles.csv" and "limit=1000&" not in f"{link}&"[:22]][:1]  # fmt: skip
    told = [f"/poles/{row['id']}" for row in table(client.get(csv).content)]
    assert rows(page) == told[:25]
    assert f"{len(told)} pôle" in page.text
    for suffix in ("xlsx", "geojson", "json"):
        (link,) = [one for one in page.links if urlsplit(one).path == f"/v1/poles.{suffix}"]
        assert client.get(link).headers["registry-count"] == str(len(told))


def test_the_map_links_each_region_and_keeps_the_other_filters(client: httpx.Client) -> None:
    page = seen(client, "/?status=active&offset=25")
    counts = {
        one["value"]: one["count"] for one in asked(client, "/v1/poles?status=active&facets=region")["facets"]["region"]
    }
    drawn = re.findall(r'<a href="([^"]+)" aria-label="([^"]+) : ([0-9]+) pôle', page.text)
    assert len(drawn) == 18
    for href, name, count in drawn:
        asks = parse_qs(urlsplit(href.replace("&amp;", "&")).query)
        assert asks["status"] == ["active"]
        assert "offset" not in asks
        assert int(count) == counts.get(asks["region"][0], 0), name


def test_a_pole_without_a_commune_is_placed_nowhere_and_counted(client: httpx.Client) -> None:
    features = asked(client, "/v1/poles.geojson?limit=1000")["features"]
    placed = [one for one in features if one["geometry"]]
    page = seen(client)
    assert page.text.count('r="5"') == len(placed)
    assert f"{len(features) - len(placed)} pôles sans commune connue" in page.text


def test_near_a_commune_the_nearest_comes_first(client: httpx.Client) -> None:
    page = seen(client, "/?near=romans-sur-isère")
    assert rows(page)[0] == "/poles/archer-pole-sud"
    assert "du plus proche de Romans-sur-Isère" in page.text
    nowhere = seen(client, "/?near=xyzxyz")
    assert "Aucune commune ne commence par" in nowhere.text


def test_every_status_has_its_date(client: httpx.Client) -> None:
    page = seen(client, "/?q=3+EVA")
    assert "(9 avril 2022)" in page.text


@pytest.mark.parametrize(("query", "status", "said"), [
    ("status=actif", 422, "active"), ("regoin=84", 422, "region"), ("as_of=9999", 422, "as_of"), ("limit=0", 422, "limit"),
    ("covers=45,5", 422, "covers"), ("q=%3Cscript%3Ealert(1)%3C/script%3E", 200, "&lt;script&gt;"),
    ("near=%22%3E%3Cimg+src%3Dx%3E", 200, "&lt;img"),
])  # fmt: skip
def test_bad_filters_are_told_and_run_nothing(client: httpx.Client, query: str, status: int, said: str) -> None:
    page = seen(client, f"/?{query}", status)
    assert said in page.text
    assert "<script>alert" not in page.text
    assert "<img" not in page.text


def test_a_page_that_is_not_there_wears_the_same_dress(client: httpx.Client) -> None:
    page = seen(client, "/rien-ici", 404)
    assert "Introuvable" in page.text
    assert "Registre des" in page.text
    assert client.get("/rien-ici").headers["content-type"] == "application/problem+json"


def test_what_has_not_changed_is_not_sent_again(client: httpx.Client) -> None:
    tag = client.get("/", headers=HTML).headers["etag"]
    again = client.get("/", headers=HTML | {"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")


def test_a_commune_is_told_from_others_of_its_name(client: httpx.Client) -> None:
    for written, nearest in {
        "Saint-Denis": "ecopal-reunion",  # the most populated
        "Saint-Denis (La Réunion)": "ecopal-reunion",
        "saint denis (974)": "ecopal-reunion",
        "Saint-Denis (Seine-Saint-Denis)": "le-phares",
    }.items():
        assert rows(seen(client, f"/?near={written}"))[0] == f"/poles/{nearest}", written
    assert "Aucune commune" in seen(client, "/?near=Saint-Denis (Nulle part)").text


def test_a_form_that_is_sent_again_asks_the_same(client: httpx.Client) -> None:
    page = seen(client, "/?region=84,Bretagne&departement=2A&member=bge&limit=10")
    assert '<option value="84,Bretagne" selected>Auvergne-Rhône-Alpes ou Bretagne</option>' in page.text
    assert '<option value="2A" selected>Corse-du-Sud</option>' in page.text
    assert '<input type="hidden" name="member" value="bge">' in page.text
    assert "/?region=84,Bretagne&amp;departement=2A&amp;limit=10" in page.text, "a link takes it off"
    assert 'name="limit"' not in page.text
