"""What fails while a page is made is a page too: in the dress of the site, in French, with what to do."""

import httpx
from sqlalchemy import text

from app.database import Database
from tests.access.pages import spoil
from tests.conftest import ON_SQLITE_ONLY
from tests.routes.asking import refused
from tests.routes.test_home import HTML, Page
from tests.routes.test_pages_records import ARCHER, words
from tests.routes.writing import Serve

pytestmark = ON_SQLITE_ONLY
ADIE = "/organisations/adie"


def failed(client: httpx.Client, path: str, status: int) -> str:
    """Ask for a page that fails; return its words."""
    # uvicorn hangs up after a failure that nothing foresaw: the next request must not meet the end of this one.
    response = client.get(path, headers=HTML | {"Connection": "close"})
    assert response.status_code == status
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "frame-ancestors" in response.headers["content-security-policy"]
    assert "etag" not in response.headers
    page = Page(response.text)
    assert {"/", "/waves", "/stats"} <= set(page.links), "the menu still leads on"
    assert "Traceback" not in response.text
    for asset in page.loaded:
        assert client.get(asset).status_code == 200, "its dress needs no database"
    return words(page)


def test_a_document_that_cannot_be_read_is_a_page_of_500(fresh: Database, client_of: Serve) -> None:
    client = client_of(fresh)
    spoil(fresh, ADIE)
    said = failed(client, ADIE, 500)
    assert "JSONDecodeError" not in said
    assert "Erreur interne" in said
    assert client.get("/organisations/groupe-archer", headers=HTML).status_code == 200, "the others are read"


def test_a_database_that_does_not_answer_is_a_page_of_503(fresh: Database, client_of: Serve) -> None:
    client = client_of(fresh)
    with fresh.engine.begin() as connection:
        connection.execute(text("ALTER TABLE write RENAME TO lost"))
    for path in ("/", ARCHER, f"{ARCHER}/signaler", "/stats", "/regions/84", "/embed?region=84", "/integrer"):
        said = failed(client, path, 503)
        assert "no such table" not in said
        assert client.get(path, headers=HTML).headers["retry-after"] == "5"
    assert refused(client.get("/v1/poles"), 503), "programs are told so in their own form"
