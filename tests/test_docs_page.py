"""/docs in a real browser: it asks nobody else, speaks French, and its form really asks the registry."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from app.routes.openapi import operations
from tests.conftest import NEEDS_CHROMIUM, ON_SQLITE_ONLY

pytestmark = [
    ON_SQLITE_ONLY,
    NEEDS_CHROMIUM,
]


@dataclass
class Visit:
    """The opened page, and what happened since: whom it asked, what it complained of."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def open(self, url: str) -> None:
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("requestfailed", lambda request: self.complaints.append(f"{request.url}: {request.failure}"))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("console", lambda said: self.complaints.append(f"{said.type}: {said.text}"))
        self.page.goto(url)
        expect(self.page.locator(".opblock")).not_to_have_count(0)

    def unfold(self, operation: str) -> Locator:
        block = self.page.locator(f"[id$='-{operation}'].opblock")
        block.locator(".opblock-summary-control").click()
        return block


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Visit]:
    page = browser.new_page(locale="fr-FR")
    visited = Visit(page)
    visited.open(f"{address}/docs")
    yield visited
    page.close()


def test_page_shows_every_operation_in_french(visit: Visit, client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    tags = [tag["name"] for tag in document["tags"]]
    shown = sorted(operations(document), key=lambda operation: tags.index(operation["tags"][0]))
    summaries = [operation["summary"] for operation in shown]
    expect(visit.page.locator(".opblock-summary-description")).to_have_text(summaries)
    assert {"Chercher des pôles", "Lire un pôle", "Membres d’un pôle"} <= set(summaries)
    expect(visit.page.get_by_role("heading", name="Registre des PTCE")).to_be_visible()
    for tag in document["tags"]:
        expect(visit.page.locator(f".opblock-tag[data-tag='{tag['name']}']")).to_contain_text(tag["description"])


def test_form_asks_the_registry_and_nobody_else(visit: Visit, address: str, client: httpx.Client) -> None:
    form = visit.unfold("listPoles")
    form.get_by_role("button", name="Try it out").click()
    form.locator("[data-param-name=q] input[type=text]").fill("coopération")
    form.locator("[data-param-name=limit] input[type=text]").fill("2")
    form.get_by_role("button", name="Execute").click()

    answer = form.locator(".live-responses-table tbody .response")
    expect(answer.locator(".response-col_status")).to_have_text(re.compile(r"^200"))
    url = form.locator(".request-url pre").inner_text().strip()
    shown = json.loads(answer.locator(".highlight-code code").first.inner_text())
    assert len(shown["items"]) == 2
    assert shown == client.get(url).json()

    assert url in visit.asked
    assert f"{address}/openapi.json" in visit.asked
    assert [asked for asked in visit.asked if not asked.startswith(f"{address}/")] == []
    assert visit.complaints == []


def test_form_of_one_pole_is_filled_with_one_that_exists(visit: Visit) -> None:
    form = visit.unfold("getPole")
    form.get_by_role("button", name="Try it out").click()
    form.get_by_role("button", name="Execute").click()
    expect(form.locator(".live-responses-table tbody .response .response-col_status")).to_have_text(re.compile(r"^200"))
    assert visit.complaints == []
