"""From what a fact was read: `?source=` of a write, `sources` of a body, the editor where nothing else is said."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Server
from tests.routes.asking import asked, refused
from tests.routes.writing import Editor, Json, edited, written

PAGES = "https://presse.example/citations"
SELF = "editeur-cellule-nationale"
KNOWN, ALSO = "s-00562fe7ba", "s-01bda6af0a"


@pytest.fixture(scope="module")
def editor(server: Server, template: str) -> Iterator[Editor]:
    """One registry for the file: each test cites for records of its own."""
    with edited(server, template) as made:
        yield made


@pytest.fixture
def path(editor: Editor) -> str:
    """A pole whose whole record one page backs."""
    return "/v1/poles/" + str(editor.create("/v1/poles", {"name": "Pôle sourcé"}, source=f"{PAGES}/1")["id"])


def cited(document: Json) -> dict[str, list[str]]:
    """Return what backs what: fields by page, none for the whole record."""
    return {source["url"].removeprefix(f"{PAGES}/"): source["fields"] for source in document["sources"]}


def test_a_new_address_becomes_a_source(editor: Editor) -> None:
    page = f"{PAGES}/neuve?x=1&y=é"
    document = editor.create("/v1/poles", {"name": "Pôle neuf"}, source=page)
    (source,) = document["sources"]
    assert (source["url"], source["publisher"], source["fields"], source["retired"]) == (
        page,
        "presse.example",
        [],
        False,
    )
    shown = editor.read(f"/v1/sources/{source['id']}")
    assert (shown["url"], shown["citations"]) == (page, 1)
    again = editor.create("/v1/organisations", {"name": "Structure neuve"}, source=page)
    assert [one["id"] for one in again["sources"]] == [source["id"]]
    assert editor.history(f"/v1/organisations/{again['id']}")[0]["source"] == page


def test_a_source_is_named_by_its_id_too(editor: Editor) -> None:
    document = editor.create("/v1/poles", {"name": "Pôle neuf"}, source=KNOWN)
    assert [one["id"] for one in document["sources"]] == [KNOWN]
    url = editor.read(f"/v1/sources/{KNOWN}")["url"]
    assert editor.history(f"/v1/poles/{document['id']}")[0]["source"] == url


def test_without_a_source_the_editor_is_one(editor: Editor) -> None:
    document = editor.create("/v1/poles", {"name": "Pôle neuf"})
    (source,) = document["sources"]
    assert (source["id"], source["publisher"], source["url"]) == (SELF, editor.name, f"/sources/{SELF}")
    again = editor.create("/v1/poles", {"name": "Pôle neuf"}, source=SELF)
    assert again["sources"] == [source]
    assert editor.read(f"/v1/sources/{SELF}")["url"] == source["url"]


@pytest.mark.parametrize(("source", "expected"), [
    ("pas-une-source", "l’adresse d’une page"), ("ftp://presse.example/", "l’adresse d’une page"),
    ("https://presse.example/un deux", "sans espace"), ("https://" + "a" * 2001, "2000"), ("http://", "l’adresse"),
    ("s-00562fe7bb", "l’adresse d’une page"), ("https://a\x00b/", "caractère de contrôle"),
])  # fmt: skip
def test_what_is_no_source_is_refused(editor: Editor, source: str, expected: str) -> None:
    before = editor.serial()
    (fault,) = refused(editor.send("POST", "/v1/poles", {"name": "x"}, source=source), 422)["errors"]
    assert fault["parameter"] == "source"
    assert expected in fault["expected"]
    if source == "s-00562fe7bb":
        assert fault["suggestion"] == KNOWN
    assert editor.serial() == before


def test_an_edit_backs_the_fields_that_it_changes(editor: Editor, path: str) -> None:
    assert cited(editor.read(path)) == {"1": []}
    seat = {"commune": "26281"}
    document = editor.patch(path, {"member_count": 5, "seat": seat, "territory": {"text": "Val"}}, source=f"{PAGES}/2")
    assert cited(document) == {
        "1": [],
        "2": ["member_count", "seat.commune", "seat.departement", "seat.latitude", "seat.longitude", "seat.precision",
              "seat.region", "territory.text"],
    }  # fmt: skip
    document = editor.patch(path, {"member_count": 6, "sectors": ["culture"]}, source=f"{PAGES}/3")
    assert cited(document)["3"] == ["member_count", "sectors"]
    assert "member_count" not in cited(document)["2"]
    document = editor.patch(path, {"territory": {"units": ["region:84"]}, "former_names": ["Avant"]})
    assert cited(document)[f"/sources/{SELF}"] == ["former_names", "territory.units"]
    change = next(one for one in editor.history(path)[0]["changes"] if one["field"] == "sources")
    assert [one["id"] for one in change["after"]] == [SELF], "the entry that is new, not all"


def test_a_body_says_which_source_backs_what(editor: Editor, path: str) -> None:
    before = editor.read(path)
    (first,) = before["sources"]
    document = editor.patch(path, {"sources": [first, {"id": KNOWN, "fields": ["name", "seat.commune"]}, {"id": ALSO}]})
    assert {one["id"]: one["fields"] for one in document["sources"]} == {
        first["id"]: [], KNOWN: ["name", "seat.commune"], ALSO: [],
    }  # fmt: skip
    document = editor.patch(path, {"sources": [{"id": KNOWN}]})
    assert {one["id"]: one["fields"] for one in document["sources"]} == {KNOWN: []}
    document = editor.patch(path, {"acronym": "PS", "sources": [{"id": KNOWN}, {"id": ALSO, "fields": ["acronym"]}]})
    assert {one["id"]: one["fields"] for one in document["sources"]} == {KNOWN: [], ALSO: ["acronym"]}
    document = editor.patch(path, {"acronym": "PSS", "sources": [{"id": KNOWN}]}, source=f"{PAGES}/2")
    assert {one["id"]: one["fields"] for one in document["sources"] if one["id"] == KNOWN} == {KNOWN: []}
    assert cited(document)["2"] == ["acronym"]
    assert editor.edit("PUT", path, document).json() == document


def test_a_body_that_creates_says_its_sources(editor: Editor) -> None:
    asks: dict[str, Json] = {
        "/v1/poles": {"name": "Pôle cité"},
        "/v1/organisations": {"name": "Structure citée"},
        "/v1/waves": {"name": "Appel cité", "kind": "AMI"},
    }
    for list_, body in asks.items():
        document = editor.create(list_, body | {"sources": [{"id": ALSO}, {"id": KNOWN, "fields": ["name"]}]})
        assert {one["id"]: one["fields"] for one in document["sources"]} == {ALSO: [], KNOWN: ["name"]}
    pole, other = (editor.create(list_, asks[list_])["id"] for list_ in ("/v1/poles", "/v1/organisations"))
    link = editor.create("/v1/memberships", {"pole": pole, "organisation": other, "sources": [{"id": KNOWN}]})
    assert [one["id"] for one in link["sources"]] == [KNOWN]
    changed = editor.patch(f"/v1/memberships/{pole}@{other}", {"since": "2020"}, source=f"{PAGES}/2")
    assert cited(changed)["2"] == ["since"]


@pytest.mark.parametrize(("sources", "pointers"), [
    ([], {"/sources"}),
    ([{"id": "s-0000000000"}, {"id": KNOWN}, {"id": "s-1111111111"}], {"/sources/0/id", "/sources/2/id"}),
    ([{}], {"/sources/0/id"}),
    ([{"id": KNOWN, "field": ["name"]}], {"/sources/0/field"}),
    ([{"id": KNOWN, "fields": "name"}], {"/sources/0/fields"}),
    ([{"id": KNOWN, "fields": [""]}], {"/sources/0/fields/0"}),
    ([{"id": KNOWN, "fields": ["name", "nom"]}, {"id": ALSO, "fields": ["seat.ville", "labels", "id", "sources"]}],
     {"/sources/0/fields/1", "/sources/1/fields/0", "/sources/1/fields/1", "/sources/1/fields/2", "/sources/1/fields/3"}),
    ([{"id": "s-0000000000", "fields": ["x"]}], {"/sources/0/id", "/sources/0/fields/0"}),
    ([KNOWN], {"/sources/0"}),
    (KNOWN, {"/sources"}),
])  # fmt: skip
def test_sources_that_are_none_are_refused(editor: Editor, path: str, sources: Any, pointers: set[str]) -> None:
    before = editor.read(path)
    found = refused(editor.edit("PATCH", path, {"sources": sources}), 422)["errors"]
    assert {fault["pointer"] for fault in found} == pointers
    assert editor.read(path) == before


@pytest.mark.parametrize(("list_", "body", "field", "suggestion"), [
    ("/v1/poles", {"name": "Pôle"}, "seat.comune", "seat.commune"),
    ("/v1/poles", {"name": "Pôle"}, "territory.unit", "territory.units"),
    ("/v1/organisations", {"name": "Structure"}, "sirene", "siren"),
    ("/v1/waves", {"name": "Appel", "kind": "AMI"}, "laureate", "laureates"),
    ("/v1/memberships", {"pole": "3-eva", "organisation": "bge"}, "roles", "role"),
    ("/v1/labels", {"pole": "3-eva", "wave": "ami-2025", "outcome": "laureate"}, "awarded", "awarded_on"),
])  # fmt: skip
def test_a_source_backs_a_field_that_there_is(
    editor: Editor, list_: str, body: Json, field: str, suggestion: str
) -> None:
    wrong = body | {"sources": [{"id": KNOWN, "fields": [field]}]}
    (fault,) = refused(editor.send("POST", list_, wrong), 422)["errors"]
    assert (fault["pointer"], fault["value"], fault["suggestion"]) == ("/sources/0/fields/0", field, suggestion)
    document = editor.create(list_, body | {"sources": [{"id": KNOWN, "fields": [suggestion]}]})
    assert {one["id"]: one["fields"] for one in document["sources"]}[KNOWN] == [suggestion]


def test_a_source_cited_twice_is_cited_once(editor: Editor, path: str) -> None:
    twice = [{"id": KNOWN, "fields": ["name"]}, {"id": KNOWN, "fields": ["name", "acronym", "name"]}]
    document = editor.patch(path, {"sources": twice})
    assert [(one["id"], one["fields"]) for one in document["sources"]] == [(KNOWN, ["acronym", "name"])]


def test_a_source_of_a_record_and_of_a_field_stays_both(editor: Editor) -> None:
    """A document shows only the fields of such a source: putting it back must not lose that it backs the whole."""
    path = "/v1/organisations/clermont-auvergne-metropole"
    document = editor.read(path)
    (both,) = (one for one in document["sources"] if one["fields"] == ["siren"])
    citations = editor.read(f"/v1/sources/{both['id']}")["citations"]
    assert editor.put(path, document) == document
    more = editor.put(path, document | {"sources": [*document["sources"], {"id": KNOWN}]})
    assert {one["id"] for one in more["sources"]} == {one["id"] for one in document["sources"]} | {KNOWN}
    assert editor.read(f"/v1/sources/{both['id']}")["citations"] == citations
    assert editor.patch(path, {"sources": document["sources"]})["sources"] == document["sources"]


def test_a_number_of_citations_is_that_of_what_is_cited(editor: Editor, path: str) -> None:
    before = editor.read(f"/v1/sources/{ALSO}")["citations"]
    editor.patch(path, {"sources": [{"id": ALSO, "fields": ["name", "acronym"]}]})
    assert editor.read(f"/v1/sources/{ALSO}")["citations"] == before + 2
    response = editor.edit("PATCH", path, {"sources": [{"id": KNOWN}]}, dry_run="true")
    assert written(response)["dry_run"] is True
    assert editor.read(f"/v1/sources/{ALSO}")["citations"] == before + 2
    assert asked(editor.client, f"{path}?as_of={editor.serial()}")["sources"][0]["fields"] == ["acronym", "name"]
