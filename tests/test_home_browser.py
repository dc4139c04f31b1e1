"""The home page in a real browser: filters, map and list as one, all of it in the address, with or without a mouse."""

import csv
import gzip
import io
import re
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Browser, Page, Route, expect

from app.database import Database
from tests.conftest import NEEDS_CHROMIUM, ON_SQLITE_ONLY, serving

PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010804000000b51c0c020000000b4944415478da6364f80f00010501012718e3660000000049454e44ae426082"
)

pytestmark = [
    ON_SQLITE_ONLY,
    NEEDS_CHROMIUM,
]


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Page]]:
    """Opens a page of the site whose network is cut but for our own host; at the end nothing was said, asked, or kept."""
    opened: list[tuple[Page, list[str]]] = []

    def open_page(path: str = "/", **options: object) -> Page:
        page = browser.new_page(**{"locale": "fr-FR", "reduced_motion": "reduce"} | options)  # type: ignore[arg-type]  # playwright types each option
        complaints: list[str] = []
        page.route(lambda url: not url.startswith(f"{address}/"), lambda route: refused(route, complaints))
        page.on("console", lambda said: complaints.append(f"{said.type}: {said.text}"))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(address + path)
        opened.append((page, complaints))
        return page

    yield open_page
    for page, complaints in opened:
        assert complaints == []
        assert page.context.cookies() == []
        page.close()


def refused(route: Route, complaints: list[str]) -> None:
    complaints.append(f"asked elsewhere: {route.request.url}")
    route.abort()


def shown(page: Page) -> dict[str, object]:
    """Return what a reader sees of the list, the boxes and the downloads, and the poles that the map has."""
    return {
        "found": page.locator("#liste").inner_text(),
        "list": page.locator("tbody th a").all_inner_texts(),
        "map": points(page),
        "boxes": page.locator("form.filters").evaluate("form => [...new FormData(form)].join()"),
        "downloads": page.locator(".downloads a").evaluate_all("all => all.map((one) => one.getAttribute('href'))"),
    }


def points(page: Page) -> list[str]:
    waiting = "[...document.querySelector('.atlas template').content.children].map((one) => one.dataset.name)"
    return sorted(page.evaluate(waiting))


def test_a_filter_moves_list_map_counts_and_address_and_back_undoes_it(visit: Callable[..., Page]) -> None:
    page = visit()
    page.evaluate("window.stayed = true")
    first = shown(page)
    page.get_by_label("Région", exact=True).select_option("84")
    expect(page.get_by_role("status")).to_have_text("19 pôles trouvés")
    expect(page).to_have_url(re.compile(r"/\?region=84$"))
    page.get_by_label("Mot, nom, organisation").press_sequentially("archer")
    expect(page.locator("tbody th")).to_have_text(["Pôle Sud Archer"])
    assert points(page) == ["Pôle Sud Archer"]
    assert page.locator(".leaflet-marker-icon").count() == 1
    assert page.get_by_label("Statut").locator("option").all_inner_texts() == ["Tous", "En activité (1)"]
    told = shown(page)
    permalink = urlsplit(page.url)

    page.go_back()
    expect(page.locator("#liste")).to_have_text("19 pôles trouvés")
    page.go_back()
    expect(page.locator("#liste")).to_have_text(str(first["found"]))
    assert shown(page) == first
    assert page.evaluate("window.stayed"), "no page was loaded anew"

    again = visit(f"/?{permalink.query}")
    assert shown(again) == told


def test_what_is_downloaded_is_what_is_seen(visit: Callable[..., Page], client: httpx.Client) -> None:
    page = visit("/?region=93")
    page.get_by_label("Statut").select_option("active")
    expect(page).to_have_url(re.compile("status=active"))
    href = page.get_by_role("link", name="CSV", exact=True).first.get_attribute("href") or ""
    told = [row["name"] for row in csv.DictReader(io.StringIO(client.get(href).text))]
    assert shown(page)["list"] == told != []


def test_a_point_says_who_it_is_and_lets_go_of_the_keyboard(visit: Callable[..., Page]) -> None:
    page = visit("/?region=84")
    point = page.get_by_role("button", name="Pôle Sud Archer")
    point.focus()
    page.keyboard.press("Enter")
    said = page.get_by_role("dialog", name="Pôle Sud Archer")
    expect(said).to_contain_text("En activité (2020)")
    expect(said).to_contain_text("Premier appel à projets PTCE (2013)")
    expect(said).to_contain_text("6 membres connus : Groupe Archer")
    expect(said.get_by_role("link", name="Pôle Sud Archer")).to_be_focused()
    page.keyboard.press("Escape")
    expect(said).to_have_count(0)
    expect(point).to_be_focused()

    point.click()
    said.get_by_role("button", name="Fermer").click()
    expect(point).to_be_focused()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Pôle Sud Archer")


def test_points_that_would_cover_each_other_are_one_until_a_zoom_parts_them(visit: Callable[..., Page]) -> None:
    page = visit()
    many = page.locator(".spot.many")
    before, placed = many.count(), len(points(page))
    names = many.evaluate_all("all => all.map((one) => Number(one.textContent))")
    assert sum(names) + page.locator(".spot:not(.many)").count() == placed
    centres = page.locator(".spot").evaluate_all(
        "all => all.map((one) => one.getBoundingClientRect()).map(({ x, y }) => [x, y])"
    )
    apart = [max(abs(x - a), abs(y - b)) for at, (x, y) in enumerate(centres) for a, b in centres[:at]]
    assert min(apart) >= 24, "a finger has room"
    for _ in range(3):
        page.get_by_role("button", name="Agrandir").click()
    assert many.count() < before
    assert page.locator(".spot.many", has_text="4").count() == 1, "four poles of Toulouse have one place"


def test_the_keyboard_alone_goes_from_a_region_to_its_list(visit: Callable[..., Page]) -> None:
    page = visit()
    page.get_by_role("link", name="Bretagne : 9 pôles").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Carte par département")).to_be_focused()
    expect(page.get_by_role("status")).to_have_text("9 pôles trouvés")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Passer la carte")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#liste")).to_have_text("115 pôles trouvés")
    page.get_by_role("group", name=re.compile("^Carte : les flèches")).focus()
    page.keyboard.press("+")
    expect(page.get_by_role("button", name="Réduire")).not_to_have_class(re.compile("disabled"))


def test_a_town_is_found_among_those_of_its_name(visit: Callable[..., Page]) -> None:
    page = visit(viewport={"width": 320, "height": 640})
    field = page.get_by_label("Près de (commune)")
    field.press_sequentially("saint denis")
    option = page.get_by_role("listbox").get_by_role("option")
    expect(option.first).to_have_text("Saint-Denis (La Réunion)")
    field.press("Escape")
    expect(option).to_have_count(0)
    field.press("Backspace")
    expect(option.nth(1)).to_contain_text("Saint-Denis")
    field.press("ArrowDown")
    expect(field).to_have_attribute("aria-activedescendant", "commune-0")
    field.press("Enter")
    expect(field).to_have_value("Saint-Denis (La Réunion)")
    expect(page.locator("#liste")).to_contain_text("du plus proche de Saint-Denis")
    expect(page.locator("tbody th").first).to_have_text("EcoPAL")
    assert page.evaluate("document.documentElement.scrollWidth") == 320


def test_what_a_point_says_is_read_on_a_phone(visit: Callable[..., Page]) -> None:
    page = visit("/?region=53", viewport={"width": 320, "height": 640}, has_touch=True, is_mobile=True)
    page.locator(".spot").first.tap()
    said = page.locator(".leaflet-container").evaluate(
        "map => [map, map.querySelector('.leaflet-popup'), map.querySelector('.close')].map((one) => one.getBoundingClientRect().toJSON())"
    )
    whole, popup, close = said
    assert popup["left"] >= whole["left"]
    assert popup["top"] >= whole["top"]
    assert close["right"] <= popup["right"] <= whole["right"]


def test_poles_without_a_commune_stand_beside_the_map(visit: Callable[..., Page]) -> None:
    page = visit("/?region=53")
    beside = page.locator(".unplaced a").all_inner_texts()
    assert sorted([*beside, *points(page)]) == sorted(page.locator("tbody th a").all_inner_texts())
    assert len(beside) == 5


def test_the_same_page_without_javascript(visit: Callable[..., Page]) -> None:
    page = visit(java_script_enabled=False)
    page.get_by_label("Statut").select_option("inactive")
    page.get_by_role("button", name="Chercher").click()
    expect(page.locator("#liste")).to_have_text("2 pôles trouvés")
    page.get_by_role("link", name="Tout effacer").click()
    page.get_by_role("link", name=re.compile("^La Réunion : 5 pôles")).click()
    expect(page.locator("tbody tr")).to_have_count(5)
    expect(page.locator("svg.france circle")).to_have_count(1)
    page.get_by_role("link", name="← Toute la France").click()
    page.get_by_role("link", name="Suivants →").click()
    expect(page.locator(".pages span")).to_have_text("26 à 50 sur 115")


def test_tiles_come_from_the_host_of_the_setting_alone(browser: Browser, registry: Database) -> None:
    with serving(registry.url, map_tiles="ign") as address:
        page = browser.new_page(locale="fr-FR")
        complaints: list[str] = []
        asked: set[str] = set()

        def tile(route: Route) -> None:
            asked.add(urlsplit(route.request.url).netloc)
            route.fulfill(body=PIXEL, content_type="image/png")

        page.route(lambda url: not url.startswith(f"{address}/"), tile)
        page.on("console", lambda said: complaints.append(said.text))
        page.goto(f"{address}/?region=84")
        page.locator(".leaflet-tile-loaded").first.wait_for()
        expect(page.locator(".leaflet-control-attribution")).to_have_text("Fond de carte : © IGN, Géoplateforme")
        # A point lies on the tiles where it lies in the world: the sheet has their projection.
        longitude = page.get_by_role("button", name="Pôle Sud Archer").evaluate(
            """(point) => { const [box, tile] = [point, document.querySelector('.leaflet-tile-loaded')].map((one) => one.getBoundingClientRect());
            const told = new URL(document.querySelector('.leaflet-tile-loaded').src).searchParams;
            const degrees = 360 / 2 ** Number(told.get('TILEMATRIX'));
            return (Number(told.get('TILECOL')) + (box.left + box.width / 2 - tile.left) / tile.width) * degrees - 180; }"""
        )
        assert longitude == pytest.approx(5.0381, abs=0.02)
        assert asked == {"data.geopf.fr"}
        assert complaints == []
        page.close()


def test_the_page_and_all_it_loads_weigh_less_than_200_kb(visit: Callable[..., Page], client: httpx.Client) -> None:
    page = visit()
    loaded: list[str] = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    sizes = {url: len(gzip.compress(client.get(url).content)) for url in [page.url, *loaded]}
    print(sizes, sum(sizes.values()))
    assert sum(sizes.values()) < 200_000
