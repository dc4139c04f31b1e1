"""What others paste: a frame that any page may hold, a component at home in any page, the page that makes the code."""

import html
import http.server
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.conftest import CHROMIUM, ON_SQLITE_ONLY
from tests.routes.asking import asked, refused

pytestmark = ON_SQLITE_ONLY
HTML: Final = {"Accept": "text/html"}
OFFLINE: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("needs chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        made = playwright.chromium.launch(executable_path=CHROMIUM, args=list(OFFLINE))
        yield made
        made.close()


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder that another origin serves, as the site of a CRESS: its path and its address."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *told: Any, **more: Any) -> None:
            super().__init__(*told, directory=str(tmp_path), **more)

        def log_message(self, *_told: Any) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield tmp_path, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def watched(browser: Browser, url: str, width: int = 1000) -> tuple[Page, list[str], list[str]]:
    """Open a page; collect what it says in its console, and what it asks of others."""
    page = browser.new_page(viewport={"width": width, "height": 800})
    said: list[str] = []
    asked_for: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked_for.append(request.url))
    page.goto(url)
    return page, said, asked_for


def test_a_component_in_a_page_of_another_origin(
    browser: Browser, client: httpx.Client, address: str, elsewhere: tuple[Path, str]
) -> None:
    folder, site = elsewhere
    text = f'<!doctype html><title>CRESS</title><h1>Nos pôles</h1><script src="{address}/embed.js" data-region="84" data-view="both"></script>'
    (folder / "index.html").write_text(
        f"<style>ptce-registre {{ --accent: rgb(122, 31, 92); }}</style>{text}", encoding="utf-8"
    )
    (folder / "favicon.ico").write_bytes(b"")
    page, said, asked_for = watched(browser, f"{site}/index.html")
    component = page.locator("ptce-registre")
    component.locator("ul.plain li").first.wait_for()
    told = asked(client, "/v1/poles?region=84&limit=1000")
    assert component.locator("ul.plain li").count() == told["count"]
    assert component.locator("svg.france path").count() == 12, "its départements"
    link = component.locator("ul.plain a").first
    assert link.get_attribute("href") == f"{address}{told['items'][0]['url']}"
    assert link.evaluate("one => getComputedStyle(one).color") == "rgb(122, 31, 92)", "the page sets the colours"
    assert said == []
    assert {url.split("/")[2] for url in asked_for} == {site.split("/")[2], address.split("/")[2]}
    page.keyboard.press("Tab")
    focused = page.evaluate("document.activeElement.shadowRoot?.activeElement?.getAttribute('aria-label')")
    assert re.fullmatch(r".+ : [0-9]+ pôles?", focused), "the first stop of the keyboard is the map"
    page.close()


def test_a_frame_in_a_page_of_another_origin_says_how_high_it_is(
    browser: Browser, address: str, elsewhere: tuple[Path, str]
) -> None:
    folder, site = elsewhere
    text = f"""<!doctype html><title>CRESS</title><iframe src="{address}/embed?region=53&view=list" width="320" height="100"></iframe>
    <script>addEventListener("message", (event) => {{ window.told = event.data; }});</script>"""
    (folder / "index.html").write_text(text, encoding="utf-8")
    (folder / "favicon.ico").write_bytes(b"")
    page, said, _ = watched(browser, f"{site}/index.html")
    page.wait_for_function("window.told && window.told.type === 'ptce-height' && window.told.height > 100")
    frame = page.frames[1]
    assert frame.locator("ul.plain li").count() > 3
    assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth"), "no sideways bar at 320 px"
    assert said == []
    page.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_theme_is_kept_whatever_the_device_prefers(browser: Browser, address: str, theme: str) -> None:
    page = browser.new_page(color_scheme="light" if theme == "dark" else "dark")
    page.goto(f"{address}/embed?region=84&view=map&theme={theme}")
    paper = page.locator(".embed").evaluate("one => getComputedStyle(one).backgroundColor")
    assert paper == {"light": "rgb(255, 255, 255)", "dark": "rgb(19, 24, 22)"}[theme]
    page.close()


@pytest.mark.parametrize(
    ("attributes", "scheme", "paper"),
    [
        ("", "", "rgb(255, 255, 255)"),
        ("", "light dark", "rgb(19, 24, 22)"),
        ('data-theme="light"', "light dark", "rgb(255, 255, 255)"),
        ('data-theme="dark"', "", "rgb(19, 24, 22)"),
    ],
)
def test_a_component_is_dark_where_it_is_told_to_or_where_its_page_is(
    browser: Browser, address: str, elsewhere: tuple[Path, str], attributes: str, scheme: str, paper: str
) -> None:
    folder, site = elsewhere
    script = f'<script src="{address}/embed.js" data-region="975" data-view="list" {attributes}></script>'
    text = f"<!doctype html><title>x</title><style>:root {{ color-scheme: {scheme or 'normal'}; }}</style><h1>x</h1>{script}"
    (folder / "index.html").write_text(text, encoding="utf-8")
    page = browser.new_page(color_scheme="dark")
    page.goto(f"{site}/index.html")
    shown = page.locator("ptce-registre .embed")
    expect(shown).to_have_css("background-color", paper)
    page.close()


def test_a_frame_says_what_is_wrong_with_its_address(
    browser: Browser, address: str, elsewhere: tuple[Path, str]
) -> None:
    folder, site = elsewhere
    frame = f'<!doctype html><title>x</title><iframe src="{address}/embed?regoin=84"></iframe>'
    (folder / "index.html").write_text(frame, encoding="utf-8")
    page = browser.new_page()
    page.goto(f"{site}/index.html")
    expect(page.frame_locator("iframe").locator("main")).to_contain_text("Vouliez-vous « region »")
    page.close()


def test_the_builder_shows_the_code_and_what_it_gives(
    browser: Browser, address: str, elsewhere: tuple[Path, str]
) -> None:
    page, said, asked_for = watched(browser, f"{address}/integrer")
    page.get_by_label("Région").select_option("93")
    page.get_by_label("Montrer").select_option("list")
    page.get_by_role("button", name="Voir le code").click()
    page.frame_locator("iframe.preview").locator("ul.plain li").first.wait_for()
    script, iframe = page.locator("pre").all_inner_texts()
    assert script == f'<script src="{address}/embed.js" data-region="93" data-view="list"></script>'
    assert said == []
    assert {url.split("/")[2] for url in asked_for} == {address.split("/")[2]}
    folder, site = elsewhere
    (folder / "index.html").write_text(f"<!doctype html><title>x</title>{script}{iframe}", encoding="utf-8")
    (folder / "favicon.ico").write_bytes(b"")
    page.goto(f"{site}/index.html")
    page.locator("ptce-registre ul.plain li").first.wait_for()
    assert (
        page.frame_locator("iframe").locator("ul.plain li").count() == page.locator("ptce-registre ul.plain li").count()
    )
    page.close()


@pytest.mark.parametrize("path", ["/embed", "/embed/fragment"])
def test_any_page_may_hold_it_and_it_shows_what_the_api_finds(client: httpx.Client, path: str) -> None:
    for query in ("region=84", "status=active&view=list", "wave=2013&region=53,84", "q=coop", "near=x", "member=bge"):
        response = client.get(f"{path}?{query}", headers=HTML if path == "/embed" else {})
        if query == "near=x":
            assert response.status_code == 422
            continue
        assert "frame-ancestors *" in response.headers["content-security-policy"]
        filters = query.replace("&view=list", "")
        told = asked(client, f"/v1/poles?{filters}&limit=1000")
        assert [html.unescape(one) for one in re.findall(r'<li><a href="[^"]*(/poles/[^"]+)"', response.text)] == [
            pole["url"] for pole in told["items"]
        ]
    again = client.get(f"{path}?region=84", headers={"If-None-Match": client.get(f"{path}?region=84").headers["etag"]})
    assert again.status_code == 304


def test_what_is_wrong_is_said_where_it_is_read(client: httpx.Client) -> None:
    assert "Vouliez-vous" in client.get("/embed?regoin=84", headers=HTML).text
    refused(client.get("/embed/fragment?regoin=84"), 422)
    assert client.get("/integrer?view=carte", headers=HTML).status_code == 422
    assert "&lt;script&gt;alert" not in client.get("/integrer").text
    shown = client.get("/integrer", params={"region": '"><script>alert(1)</script>'}, headers=HTML)
    assert "<script>alert(1)" not in shown.text


def test_the_script_keeps_its_address(client: httpx.Client) -> None:
    response = client.get("/embed.js", headers={"Origin": "https://cress.example"})
    assert response.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "max-age" in response.headers["cache-control"]
    assert response.headers["access-control-allow-origin"] == "*"
