"""The pages in a real browser: from the map to a report, nothing asked elsewhere, nothing refused, nothing overflows."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from app.database import Database
from tests.conftest import NEEDS_CHROMIUM, ON_SQLITE_ONLY, serving

pytestmark = [
    ON_SQLITE_ONLY,
    NEEDS_CHROMIUM,
]
PATHS = (
    *(
        "/",
        "/poles/le-phares",
        "/poles/le-phares/signaler",
        "/organisations/groupe-archer",
        "/waves",
        "/waves/aap-2013",
    ),
    *("/regions/84", "/sources/s-63b8ad6520", "/stats", "/donnees", "/api", "/a-propos", "/rien"),
    *("/ogc", "/ogc/api", "/ogc/collections/poles/items", "/ogc/collections/departements/items/26", "/ogc/rien"),
)


def watched(page: Page) -> tuple[list[str], list[str]]:
    """Return what a page will ask for, and what the browser will complain of: errors, refusals of its policy."""
    asked: list[str] = []
    complaints: list[str] = []

    def failed(request: Request) -> None:
        if "ERR_ABORTED" not in (request.failure or ""):  # the page was left before its icon came
            complaints.append(f"{request.url}: {request.failure}")

    page.on("request", lambda request: asked.append(request.url))
    page.on("requestfailed", failed)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(f"{said.type}: {said.text}"))
    return asked, complaints


def test_from_the_map_to_a_source_and_to_a_report(browser: Browser, fresh: Database) -> None:
    with serving(fresh.url) as address:
        page = browser.new_page(locale="fr-FR")
        asked, complaints = watched(page)
        page.goto(address)
        page.get_by_label("Mot, nom, organisation").fill("archer")
        page.get_by_role("button", name="Chercher").click()
        page.get_by_role("link", name="Pôle Sud Archer").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Pôle Sud Archer")

        note = page.locator(".facts .note").first
        note.focus()
        expect(note.locator(".tip")).to_be_visible()
        page.keyboard.press("Escape")
        expect(note.locator(".tip")).to_be_hidden()
        note.press("Enter")
        expect(page.locator("#source-1")).to_be_in_viewport()
        page.locator("#source-1 a").first.click()
        expect(page).to_have_url(f"{address}/sources/{urlsplit(page.url).path.rpartition('/')[2]}")
        page.get_by_role("link", name="Pôle Sud Archer").first.click()

        page.get_by_role("link", name="Signaler une erreur").click()
        page.get_by_label("Ce qui est faux").select_option("website")
        page.get_by_label("Ce qu’il faut y lire").fill("nulle part")
        page.get_by_label("Adresse d’une page").fill("https://www.example.fr/article")
        assert complaints == []
        page.get_by_role("button", name="Envoyer").click()
        expect(page.get_by_role("alert")).to_contain_text("Rien n’a encore été envoyé")
        expect(page.get_by_label("Ce qu’il faut y lire")).to_have_value("nulle part")
        page.get_by_label("Ce qu’il faut y lire").fill("https://pole.example.fr")
        page.get_by_role("button", name="Envoyer").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Votre proposition")
        expect(page.locator("main")).to_contain_text("En attente")

        # Chromium says in its console that a form was refused (422): the only thing that it says.
        assert [said for said in complaints if "422" not in said] == []
        assert len(complaints) <= 1
        assert [url for url in asked if not url.startswith(f"{address}/")] == []
        page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_overflows_a_phone_or_a_tablet_or_breaks_its_policy(
    browser: Browser, address: str, scheme: str
) -> None:
    options = {"viewport": {"width": 320, "height": 640}, "color_scheme": scheme, "locale": "fr-FR"}
    page = browser.new_page(**options)  # type: ignore[arg-type]  # playwright types each option
    asked, complaints = watched(page)
    for path in PATHS:
        page.goto(address + path)
        for width in (320, 768):
            page.set_viewport_size({"width": width, "height": 640})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
    assert [said for said in complaints if "404" not in said] == []
    assert [url for url in asked if not url.startswith(f"{address}/")] == []
    page.close()
