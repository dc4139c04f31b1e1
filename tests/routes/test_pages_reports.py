"""Reporting an error from a page, on both databases: the form that a browser sends becomes a proposal, or says why not."""

import re
from collections.abc import Iterator
from html import unescape
from typing import Final
from urllib.parse import urlsplit

import httpx
import pytest

from app.renderers.pages_reports import CORRECTED
from tests.conftest import ON_SQLITE_ONLY, Server, copied, serving
from tests.routes.asking import asked
from tests.routes.test_home import HTML, Page, seen
from tests.routes.writing import Editor, edited

ARCHER = "/poles/archer-pole-sud"
FORM = f"{ARCHER}/signaler"
NEWS = "https://www.example.fr/article"
SITE = {
    "field": "website",
    "value": "https://pole.example.fr",
    "source": NEWS,
    "message": "",
    "contact": "marie@example.fr",
}

WRITTEN: Final = (
    ("status", "Arrêté", {"status": "inactive"}),
    ("status", "emerging", {"status": "emerging"}),
    ("founded_year", "2006", {"founded_year": "2006"}),
    ("founded_year", "", {"founded_year": None}),
    ("former_names", "Pôle Sud\r\n\r\n Pôle du Sud ", {"former_names": ["Pôle Sud", "Pôle du Sud"]}),
    ("seat.commune", "26362", {"seat": {"commune": "26362"}}),
    ("territory.text", "La Drôme\r\net l’Ardèche", {"territory": {"text": "La Drôme\net l’Ardèche"}}),
    ("description", " Œuvre & “cœur” +5 % ", {"description": "Œuvre & “cœur” +5 %"}),
)
WRONG: Final[tuple[tuple[dict[str, str], set[str], str], ...]] = (
    ({"value": "nulle part"}, {"value"}, "une adresse qui commence par http"),
    ({"source": "zzz"}, {"source"}, "une adresse"),
    ({"source": ""}, {"source"}, "obligatoire"),
    ({"value": "zzz", "source": ""}, {"value", "source"}, "obligatoire"),
    ({"field": "status", "value": "fermé"}, {"value"}, "emerging"),
    ({"field": "founded_year", "value": "jadis"}, {"value"}, "un nombre entier"),
    ({"field": "name", "value": ""}, {"value"}, ""),
    ({"field": "name", "value": "Pôle Sud Archer"}, {"value"}, "la fiche dit déjà cela"),
    ({"field": "zzz"}, {"field"}, "un champ de la liste"),
    ({"field": ""}, {"field"}, "un champ de la liste"),
    ({"field": "seat.commune", "value": "99999"}, {"value"}, ""),
    ({"field": "ended_on", "value": "2021-02-30"}, {"value"}, "calendrier"),
    ({"contact": "x" * 201}, {"contact"}, "200"),
    ({"message": "x" * 2001}, {"message"}, "2000"),
    ({"value": "https://a.fr/\x00"}, {"value"}, ""),
)


@pytest.fixture
def editor(server: Server, template: str) -> Iterator[Editor]:
    with edited(server, template) as made:
        yield made


def sent(client: httpx.Client, path: str = FORM, **boxes: str) -> httpx.Response:
    return client.post(path, data=SITE | boxes, headers=HTML)


def refused(response: httpx.Response, status: int = 422) -> Page:
    assert response.status_code == status, response.text[:500]
    assert response.headers["cache-control"] == "private, no-store"
    return Page(response.text)


def followed(client: httpx.Client, response: httpx.Response) -> tuple[str, Page]:
    """Return the address that a report led to, and its page."""
    assert response.status_code == 303, response.text
    path = urlsplit(response.headers["location"]).path
    return path, seen(client, path)


def test_a_form_becomes_a_proposal_that_a_curator_accepts(editor: Editor) -> None:
    path, page = followed(editor.client, sent(editor.client))
    assert re.fullmatch(r"/propositions/p-[0-9a-f]{16}", path)
    assert "En attente" in page.text
    assert path in page.text
    told = editor.send("GET", f"/v1/proposals/{path.rpartition('/')[2]}").json()
    assert told["change"] == {"website": SITE["value"]}
    assert (told["source"], told["contact"], told["message"], told["regions"]) == (
        NEWS,
        "marie@example.fr",
        None,
        ["84"],
    )
    editor.act(f"/v1/proposals/{told['id']}/accept")
    decided = seen(editor.client, path).text
    assert "Acceptée" in decided
    assert "Cellule nationale" in decided
    shown = seen(editor.client, ARCHER)
    assert SITE["value"] in shown.links
    assert NEWS in shown.links
    for text in (page.text, decided, shown.text):
        assert "marie@example.fr" not in text


def test_sent_twice_it_is_kept_once_and_refused_it_says_why(editor: Editor) -> None:
    path, _ = followed(editor.client, sent(editor.client))
    assert followed(editor.client, sent(editor.client, contact=""))[0] == path
    editor.act(f"/v1/proposals/{path.rpartition('/')[2]}/refuse", {"reason": "Page <b>introuvable</b>"})
    page = seen(editor.client, path).text
    assert "Refusée" in page
    assert "Page &lt;b&gt;introuvable&lt;/b&gt;" in page


def test_each_field_is_read_as_people_write_it(editor: Editor) -> None:
    for field, value, change in WRITTEN:
        path, _ = followed(editor.client, sent(editor.client, field=field, value=value))
        assert editor.send("GET", f"/v1/proposals/{path.rpartition('/')[2]}").json()["change"] == change


def test_what_is_wrong_is_said_beside_its_box_and_the_form_is_kept(editor: Editor) -> None:
    for boxes, wrong, said in WRONG:
        page = refused(sent(editor.client, **boxes))
        text = unescape(page.text)
        assert set(re.findall(r'id="(\w+)"[^>]*aria-invalid="true"', page.text)) == wrong, boxes
        assert said in text
        kept = {name: value for name, value in (SITE | boxes).items() if name != "field" and "\x00" not in value}
        assert [name for name, value in kept.items() if value not in text] == []
        if boxes.get("field", "website") in CORRECTED:
            assert f'<option value="{boxes.get("field", "website")}" selected>' in page.text
    assert asked(editor.client, "/v1/poles?limit=1")["serial"] == 1
    assert editor.send("GET", "/v1/proposals").json()["count"] == 0


@pytest.mark.parametrize(("content", "media", "status"), [
    (b"field=website&field=name", "application/x-www-form-urlencoded", 422), (b"field=%ff", "application/x-www-form-urlencoded", 400),
    (b"a=1&b=2&c=3&d=4&e=5&f=6", "application/x-www-form-urlencoded", 422), (b"zzz=1", "application/x-www-form-urlencoded", 422),
    (b"\xff", "application/x-www-form-urlencoded", 400), (b"{}", "application/json", 415), (b"x", "multipart/form-data; boundary=x", 415),
    (b"value=" + b"x" * 64_000, "application/x-www-form-urlencoded", 413), (b"", "application/x-www-form-urlencoded", 422),
])  # fmt: skip
@ON_SQLITE_ONLY
def test_what_is_no_form_of_ours_is_refused(client: httpx.Client, content: bytes, media: str, status: int) -> None:
    answer = client.post(FORM, content=content, headers=HTML | {"Content-Type": media})
    assert answer.status_code == status, answer.text[:300]
    assert answer.headers["content-type"].startswith("text/html")


@ON_SQLITE_ONLY
def test_it_spends_the_same_rate_as_the_api_and_keeps_the_form(server: Server, template: str) -> None:
    with (
        copied(server, template) as database,
        serving(database.url, proposal_rate="2/hour") as address,
        httpx.Client(base_url=address) as client,
    ):
        assert sent(client).status_code == 303
        body = {"kind": "pole", "record": "archer-pole-sud", "change": {"acronym": "PSA"}, "source": NEWS}
        assert client.post("/v1/proposals", json=body).status_code == 201
        answer = sent(client)
        page = refused(answer, 429)
        assert int(answer.headers["retry-after"]) > 0
        assert "Trop de requêtes" in page.text
        assert SITE["contact"] in page.text


@ON_SQLITE_ONLY
def test_the_form_has_what_the_record_says_now_and_no_secret_field(client: httpx.Client) -> None:
    page = seen(client, f"{FORM}?field=website")
    assert page.names == ["field", "value", "source", "message", "contact"]
    assert '<option value="website" selected>' in page.text
    assert "Statut : En activité" in page.text
    assert seen(client, f"{FORM}?field=zzz").names == page.names
    assert FORM in seen(client, ARCHER).links


def test_a_retired_pole_is_corrected_no_more(editor: Editor) -> None:
    editor.delete("/v1/poles/3-eva", reason="Créé par erreur")
    assert "Créé par erreur" in seen(editor.client, "/poles/3-eva/signaler", 410).text
    assert sent(editor.client, "/poles/3-eva/signaler").status_code in {410, 422}
