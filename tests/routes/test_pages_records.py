"""The pages of records as a person without JavaScript has them: every fact, every link, every source."""

import json
import re
from html import unescape
from typing import Any

import httpx
import pytest

from app.database import Database
from tests.conftest import ON_SQLITE_ONLY
from tests.routes.asking import asked
from tests.routes.test_home import HTML, Page, seen
from tests.routes.writing import Editor, Serve, an_editor

pytestmark = ON_SQLITE_ONLY
ARCHER = "/poles/archer-pole-sud"
# What https://schema.org says that each property of a type may hold, as far as the pages use them.
SCHEMA_ORG: dict[str, dict[str, set[str]]] = {
    "Organization": {
        "mainEntityOfPage": {"WebPage"},
        "alternateName": {"str"},
        "description": {"str"},
        "sameAs": {"str"},
        "foundingDate": {"str"},
        "dissolutionDate": {"str"},
        "areaServed": {"str"},
        "address": {"PostalAddress"},
        "location": {"Place"},
        "award": {"str"},
        "member": {"Organization"},
        "memberOf": {"Organization"},
        "identifier": {"PropertyValue"},
    },
    "MonetaryGrant": {
        "mainEntityOfPage": {"WebPage"},
        "description": {"str"},
        "funder": {"GovernmentOrganization"},
        "amount": {"MonetaryAmount"},
        "fundedItem": {"Organization"},
    },
    "WebPage": {"license": {"str"}, "dateModified": {"str"}, "citation": {"str"}},
    "PostalAddress": {
        "streetAddress": {"str"},
        "postalCode": {"str"},
        "addressLocality": {"str"},
        "addressRegion": {"str"},
        "addressCountry": {"str"},
    },
    "Place": {"geo": {"GeoCoordinates"}},
    "GeoCoordinates": {"longitude": {"float"}, "latitude": {"float"}},
    "PropertyValue": {"propertyID": {"str"}, "value": {"str"}},
    "MonetaryAmount": {"value": {"int"}, "currency": {"str"}},
    "GovernmentOrganization": {},
}
NEWS = "https://www.example.fr/article"


@pytest.fixture
def editor(fresh: Database, client_of: Serve) -> Editor:
    return an_editor(fresh, client_of(fresh))


def words(page: Page) -> str:
    """Return the text of a page, its blanks as one."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page.text)).split())


def notes(page: Page, value: str) -> list[str]:
    """Return the labels of the notes that follow a value."""
    _, _, after = unescape(page.text).partition(f">{value}")
    marks = re.match(r"[^<]*(?:</a>)?\s*<span class=\"notes\">(.*?</a>)</span>", after, re.DOTALL)
    assert marks, f"nothing is noted of {value}"
    return re.findall(r"sources </span>([0-9–]+)<", marks[1])


def listed_sources(page: Page) -> list[tuple[str, str]]:
    """Return the numbers and ids of the sources at the end."""
    return re.findall(r'<li id="source-(\d+)"><a href="/sources/([^"]+)"', page.text)


def sources_of(document: dict[str, Any]) -> set[str]:
    links = [*document.get("labels", []), *document.get("members", [])]
    return {one["id"] for of in (document, *links) for one in of.get("sources", [])}


def sources_of_links_to(record: str, poles: list[dict[str, Any]]) -> set[str]:
    """Return the sources of the labels and memberships that lead from these poles to a record."""
    links = [
        (link, link.get("wave") or link["organisation"])
        for pole in poles
        for link in (*pole["labels"], *pole["members"])
    ]
    return {one["id"] for link, other in links if other["id"] == record for one in link["sources"]}


@pytest.mark.parametrize("noun", ["poles", "organisations", "waves"])
def test_every_record_has_a_page_with_all_its_links_and_all_its_sources(client: httpx.Client, noun: str) -> None:
    records = asked(client, f"/v1/{noun}?limit=1000")["items"]
    poles = asked(client, "/v1/poles?limit=1000")["items"]
    for record in records[:: 1 if noun == "poles" else 8]:
        page = seen(client, record["url"])
        said = words(page)
        assert record["name"] in said
        linked = [
            *(label.get("wave", label.get("pole"))["url"] for label in record.get("labels", [])),
            *(member["organisation"]["url"] for member in record.get("members", [])),
            *(one["pole"]["url"] for one in record.get("poles", [])),
            *([record["website"]] if record.get("website") else []),
        ]
        assert set(linked) <= set(page.links)
        found = listed_sources(page)
        assert [number for number, _ in found] == [str(number) for number in range(1, len(found) + 1)]
        assert {source for _, source in found} == sources_of(record) | sources_of_links_to(record["id"], poles)
        assert {link for link in page.links if link.startswith("#source-")} <= {
            f"#source-{number}" for number, _ in found
        }
        for suffix in (".json", ".geojson", ".csv", ".xlsx"):
            assert f"/v1{record['url']}{suffix}" in page.links


def test_a_status_never_stands_without_its_date(client: httpx.Client) -> None:
    for pole in asked(client, "/v1/poles?limit=1000")["items"][::5]:
        said = re.search(r'<p class="standing">.*?</p>', seen(client, pole["url"]).text, re.DOTALL)
        assert said
        assert ("date de la source" if pole["status_as_of"] else "sans date connue") in said[0]


def test_a_point_stands_where_the_commune_is_known_and_nowhere_else(client: httpx.Client) -> None:
    for pole in asked(client, "/v1/poles?limit=1000")["items"]:
        page = seen(client, pole["url"])
        assert ("<circle cx=" in page.text.partition("<main")[2]) == (pole["seat"]["longitude"] is not None), pole["id"]
        assert ("aucun point n’est placé" in page.text) == (pole["seat"]["longitude"] is None)


def test_a_fact_is_noted_with_the_source_of_its_field_else_with_those_of_the_record(editor: Editor) -> None:
    before = seen(editor.client, ARCHER)
    whole = notes(before, "2007")
    editor.patch(f"/v1{ARCHER}", {"website": "https://pole.example.fr", "acronym": "PSA"}, source=NEWS)
    page = seen(editor.client, ARCHER)
    (number,) = notes(page, "PSA")
    assert notes(page, "https://pole.example.fr") == [number]
    assert notes(page, "2007") == whole != [number]
    listed = page.text.partition(f'<li id="source-{number}">')[2].partition("</li>")[0]
    assert NEWS in listed
    assert "sigle, site web" in listed or "site web, sigle" in listed


def test_a_retired_source_says_so_where_it_is_cited(editor: Editor) -> None:
    cited = asked(editor.client, f"/v1{ARCHER}")["sources"][0]["id"]
    editor.delete(f"/v1/sources/{cited}")
    page = seen(editor.client, ARCHER)
    assert page.text.count("Source retirée : ce qu’elle appuyait est à vérifier.") == 1
    assert "(source retirée)" in page.text
    assert "Source retirée" in seen(editor.client, f"/sources/{cited}").text


def test_history_reads_as_before_and_after_and_each_state_can_be_read_again(editor: Editor) -> None:
    editor.patch(
        f"/v1{ARCHER}",
        {"status": "inactive", "status_as_of": "2026-10", "seat": {"commune": "26362"}},
        reason="Fermeture",
    )
    page = seen(editor.client, ARCHER)
    said = words(page)
    assert "par Cellule nationale : Fermeture." in said
    assert "Statut avant : En activité → après : Arrêté" in said
    assert "Date du statut avant : 2020 → après : octobre 2026" in said
    assert "Commune du siège avant : Romans-sur-Isère (26281) → après : Valence (26362)" in said
    assert "Arrêté (octobre 2026" in said
    then = seen(editor.client, f"{ARCHER}?as_of=1")
    assert "telle qu’elle était à l’écriture 1" in then.text
    assert "En activité (2020" in words(then)
    assert "Statut avant" not in words(then)
    citation = re.search(r'<p class="citation">(.*?)</p>', page.text)
    assert citation
    assert f"{ARCHER}?as_of={editor.serial()}" in citation[1]
    assert "écriture 2 du " in citation[1]


def test_a_retired_record_says_why_and_leads_to_its_successor(editor: Editor) -> None:
    editor.delete("/v1/poles/3-eva", reason="Créé par erreur", successor="archer-pole-sud")
    page = seen(editor.client, "/poles/3-eva", 410)
    assert "Créé par erreur" in page.text
    assert ARCHER in page.links
    assert "Fiche retirée" in words(page)
    assert "/poles/3-eva?as_of=1" in page.links
    assert "3.EVA" in seen(editor.client, "/poles/3-eva?as_of=1").text
    editor.delete("/v1/organisations/bge", reason="Doublon")
    assert "Aucune fiche ne la remplace" in seen(editor.client, "/organisations/bge", 410).text


def test_a_merged_record_leads_to_the_page_of_its_successor(editor: Editor) -> None:
    answer = editor.send("POST", "/v1/poles/bou-sol/merge", {"into": "archer-pole-sud"}, {"If-Match": "*"})
    assert answer.status_code == 200, answer.text
    for path in ("", "/signaler"):
        moved = editor.client.get(f"/poles/bou-sol{path}", headers=HTML)
        assert (moved.status_code, moved.headers["location"].removeprefix(str(editor.client.base_url).rstrip("/"))) == (
            308,
            ARCHER + path,
        )


@pytest.mark.parametrize(("path", "said"), [
    ("/poles/archer-pole-sut", "archer-pole-sud"), ("/organisations/groupe-arche", "groupe-archer"), ("/waves/aap-2031", "aap-2013"),
    ("/regions/99", "84 (Auvergne-Rhône-Alpes)"), ("/sources/s-0", "Aucune source"), ("/poles/<script>alert(1)", "&lt;script&gt;"),
    ("/poles/archer-pole-sut/signaler", "archer-pole-sud"), ("/propositions/p-0", "Aucune proposition"),
])  # fmt: skip
def test_what_is_unknown_is_a_page_that_suggests(client: httpx.Client, path: str, said: str) -> None:
    page = seen(client, path, 404)
    assert said in page.text
    assert "<script>alert" not in page.text


@pytest.mark.parametrize("path", [ARCHER, "/organisations/groupe-archer", "/waves/aap-2013"])
def test_machines_read_schema_org_in_the_page_and_data_at_its_address(client: httpx.Client, path: str) -> None:
    written = re.search(r'<script type="application/ld\+json">(.*?)</script>', seen(client, path).text)
    assert written
    linked = json.loads(written[1])
    base = str(client.base_url).rstrip("/")
    assert (linked["@context"], linked["@id"]) == ("https://schema.org", base + path)
    assert linked["name"] == asked(client, f"/v1{path}")["name"]
    for wanted in ("application/json", "application/geo+json", "text/csv"):
        answer = client.get(path, headers={"Accept": wanted}, follow_redirects=True)
        assert answer.headers["content-type"].startswith(wanted)
        assert str(answer.url) == f"{base}/v1{path}"
    assert client.get(path).headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("noun", ["poles", "organisations", "waves"])
def test_linked_data_uses_the_words_of_schema_org_as_it_defines_them(client: httpx.Client, noun: str) -> None:
    for record in asked(client, f"/v1/{noun}?limit=1000")["items"][::6]:
        written = re.search(r'<script type="application/ld\+json">(.*?)</script>', seen(client, record["url"]).text)
        assert written
        linked = json.loads(written[1])
        assert linked.pop("@context") == "https://schema.org"
        said_as_defined(linked)


def said_as_defined(thing: dict[str, Any]) -> None:
    kind = thing["@type"]
    for name, value in thing.items():
        if name not in {"@type", "@id", "name", "url"}:
            expected = SCHEMA_ORG[kind][name]
            for one in value if isinstance(value, list) else [value]:
                assert (one["@type"] if isinstance(one, dict) else type(one).__name__) in expected, (kind, name, one)
                if isinstance(one, dict):
                    said_as_defined(one)


def test_what_people_wrote_runs_nothing(editor: Editor) -> None:
    bad = "</script><script>alert(1)</script><img src=x onerror=alert(1)>"
    editor.patch(f"/v1{ARCHER}", {"name": bad, "description": bad, "territory": {"text": bad}}, reason=bad)
    for path in (ARCHER, f"{ARCHER}/signaler", "/regions/84", "/waves/aap-2013", "/organisations/groupe-archer"):
        page = seen(editor.client, path)
        assert "<script>alert" not in page.text
        assert "<img" not in page.text


def test_a_page_is_sent_again_only_when_it_has_changed(editor: Editor) -> None:
    tag = editor.client.get(ARCHER, headers=HTML).headers["etag"]
    again = editor.client.get(ARCHER, headers=HTML | {"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    editor.patch(f"/v1{ARCHER}", {"acronym": "PSA"})
    assert editor.client.get(ARCHER, headers=HTML | {"If-None-Match": tag}).status_code == 200


def test_a_wave_shows_what_was_announced_beside_what_was_found(client: httpx.Client) -> None:
    said = words(seen(client, "/waves/aap-2015"))
    for part in ("Lauréats annoncés 14", "Lauréats retrouvés 11", "Lauréats manquants 3"):
        assert part in said
    page = seen(client, "/waves")
    for wave in asked(client, "/v1/waves?limit=100")["items"]:
        assert wave["url"] in page.links


def test_every_region_has_a_page_with_its_cress_and_all_its_poles(client: httpx.Client) -> None:
    for region in asked(client, "/v1/regions?limit=100")["items"]:
        page = seen(client, region["url"])
        poles = asked(client, f"/v1/poles?region={region['code']}&limit=1000")["items"]
        assert len(poles) == region["poles"]
        assert {pole["url"] for pole in poles} <= set(page.links)
        if region["cress"]:
            assert region["cress"]["name"] in words(page)
            assert region["cress"]["website"] in {*page.links, None}
        placed = sum(pole["seat"]["longitude"] is not None for pole in poles)
        assert page.text.partition("<main")[2].count("<circle cx=") == placed


def test_a_source_lists_all_that_it_backs(client: httpx.Client) -> None:
    for source in asked(client, "/v1/sources?limit=1000")["items"][::12]:
        page = seen(client, f"/sources/{source['id']}")
        assert source["url"] in page.links
        backed = re.findall(r'<span class="date">\((\d+)\)</span>', page.text)
        assert 1 <= sum(map(int, backed)) <= source["citations"]
    first = asked(client, f"/v1{ARCHER}")["sources"][0]["id"]
    assert ARCHER in seen(client, f"/sources/{first}").links
