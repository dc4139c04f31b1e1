"""Pages without a mouse, enlarged, on paper, and for those whom movement disturbs."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import NEEDS_CHROMIUM, ON_SQLITE_ONLY
from tests.test_pages_browser import PATHS

pytestmark = [
    ON_SQLITE_ONLY,
    NEEDS_CHROMIUM,
]
PARIS = "/poles/le-phares"
# What the keyboard stands on: where it is in the document, whether one sees it, and whether one sees that it is there.
FOCUSED = """() => {
  const one = document.activeElement;
  const all = [...document.querySelectorAll("*")];
  const box = one.getBoundingClientRect();
  const { outlineStyle, outlineWidth } = getComputedStyle(one);
  return {
    at: one === document.body ? -1 : all.indexOf(one),
    seen: box.width > 0 && box.right > 0 && box.bottom > 0 && box.top < innerHeight,
    marked: outlineStyle !== "none" && parseFloat(outlineWidth) >= 2,
    what: one.outerHTML.slice(0, 120),
  };
}"""
STOPS = "a[href], button, input, select, textarea, summary, pre[tabindex='0'], iframe"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    made = browser.new_page(locale="fr-FR", viewport={"width": 1280, "height": 800})
    yield made
    made.close()


@pytest.mark.parametrize("path", [f"{PARIS}/signaler", "/waves/aap-2015", "/api", "/integrer"])
def test_the_keyboard_goes_everywhere_in_order_and_is_always_seen(page: Page, address: str, path: str) -> None:
    page.goto(address + path)
    stops = page.locator(STOPS).count()
    walked = []
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    for _ in range(stops):
        stop = page.evaluate(FOCUSED)
        if "<iframe" in stop["what"]:
            break  # what is inside has a walk of its own
        assert stop["at"] > 0, "the keyboard left the page before its end"
        assert stop["seen"], stop["what"]
        assert stop["marked"], stop["what"]
        walked.append(stop["at"])
        page.keyboard.press("Tab")
    else:
        assert len(walked) == stops
    assert walked == sorted(set(walked)), "the order of the keyboard is the order of the page, and nothing holds it"


def test_one_key_leads_past_the_menu(page: Page, address: str) -> None:
    page.goto(address + PARIS)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("#contenu$"))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_at_twice_the_size_nothing_overflows_and_nothing_is_lost(browser: Browser, address: str) -> None:
    # 1280 pixels at 200 % are 640 of CSS, as WCAG 1.4.4 and 1.4.10 count them.
    enlarged = browser.new_page(viewport={"width": 640, "height": 400}, device_scale_factor=2)
    for path in (*PATHS[::3], "/integrer"):
        enlarged.goto(address + path)
        assert enlarged.evaluate("document.documentElement.scrollWidth") <= 640, path
        cut = """() => [...document.querySelectorAll("main *")].filter((one) => {
          const { overflowX } = getComputedStyle(one);
          return !one.closest(".unseen, thead, pre, iframe, svg, select") && overflowX !== "visible" && one.scrollWidth > one.clientWidth + 1;
        }).map((one) => one.outerHTML.slice(0, 100))"""
        assert enlarged.evaluate(cut) == [], path
    enlarged.close()


def test_on_paper_each_fact_keeps_its_note_and_each_note_its_source(browser: Browser, address: str) -> None:
    page = browser.new_page(color_scheme="dark")
    page.goto(address + PARIS)
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)", "paper is white"
    notes = page.locator(".note")
    assert notes.count() > 20
    for number in range(0, notes.count(), 5):
        expect(notes.nth(number)).to_be_visible()
    for label in set(notes.evaluate_all("all => all.map((one) => one.getAttribute('href'))")):
        source = page.locator(label)
        expect(source).to_be_visible()
        expect(source).to_contain_text("http")
    for hidden in ("nav", ".downloads", ".report-link", ".copy", ".tip"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator(".citation")).to_contain_text("as_of=")
    page.close()


def test_nothing_moves_for_those_whom_it_disturbs(page: Page, address: str) -> None:
    page.emulate_media(reduced_motion="reduce")
    moving = """() => [...document.querySelectorAll("*")].filter((one) => {
      const { transitionDuration, animationName, scrollBehavior } = getComputedStyle(one);
      return parseFloat(transitionDuration) > 0 || animationName !== "none" || scrollBehavior === "smooth";
    }).map((one) => one.outerHTML.slice(0, 100))"""
    for path in ("/", PARIS, "/stats", "/embed?region=84"):
        page.goto(address + path)
        assert page.evaluate(moving) == [], path


def test_what_is_made_to_be_copied_has_a_button_that_copies_it(browser: Browser, address: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    for path, text in ((PARIS, ".citation"), ("/api", "pre"), ("/integrer", "pre")):
        page.goto(address + path)
        button = page.get_by_role("button", name="Copier").first
        button.press("Enter")
        expect(page.get_by_role("button", name="Copié").first).to_be_visible()
        assert page.evaluate("navigator.clipboard.readText()") == page.locator(text).first.inner_text()
    context.close()
