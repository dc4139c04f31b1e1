"""Sources are created, changed, retired and restored; what cites them shows it at once, and the past stays as it was."""

from collections.abc import Iterator

import pytest

from tests.changes import state
from tests.conftest import Server
from tests.routes.asking import asked, refused
from tests.routes.writing import NOTHING, Editor, Json, edited, written

PAGES = "https://presse.example/articles"


@pytest.fixture(scope="module")
def editor(server: Server, template: str) -> Iterator[Editor]:
    """One registry for the file: each test cites sources of its own."""
    with edited(server, template) as made:
        yield made


@pytest.fixture
def page(request: pytest.FixtureRequest) -> str:
    """The address of a page that nobody cites yet."""
    return f"{PAGES}/{request.node.name.partition('[')[0]}"


def source_of(editor: Editor, url: str) -> Json:
    (found,) = (one for one in asked(editor.client, f"/v1/sources?q={url}")["items"] if one["url"] == url)
    return dict(found)


def test_a_source_is_created_from_its_address(editor: Editor, page: str) -> None:
    before = editor.serial()
    response = editor.send("POST", "/v1/sources", {"url": page})
    document = written(response, 201)
    path = f"/v1/sources/{document['id']}"
    assert response.headers["location"].endswith(path)
    read = editor.client.get(path)
    assert (read.content, read.headers["etag"]) == (response.content, response.headers["etag"])
    assert (document["url"], document["publisher"], document["title"]) == (page, "presse.example", None)
    assert (document["retired"], document["citations"]) == (False, 0)
    assert editor.serial() == before + 1
    given = {"url": f"{page}/2", "publisher": "La Presse", "title": "Un titre", "seen_on": "2025-03-04"}
    document = editor.create("/v1/sources", given)
    assert {name: document[name] for name in given} == given
    assert source_of(editor, f"{page}/2") == document


@pytest.mark.parametrize(("body", "pointers"), [
    ({}, {"/url"}),
    ({"url": "presse.example"}, {"/url"}),
    ({"url": "ftp://presse.example/"}, {"/url"}),
    ({"url": "javascript:alert(1)"}, {"/url"}),
    ({"url": "https://presse.example/un deux"}, {"/url"}),
    ({"url": "https://presse.example/" + "a" * 2000}, {"/url"}),
    ({"url": f"{PAGES}/x", "seen_on": "hier", "title": ""}, {"/seen_on", "/title"}),
    ({"url": f"{PAGES}/x", "seen_on": 20250304}, {"/seen_on"}),
    ({"url": f"{PAGES}/x", "id": "s-0", "retired": True, "citations": 3}, {"/id", "/retired", "/citations"}),
    ({"url": f"{PAGES}/x", "auteur": "moi"}, {"/auteur"}),
])  # fmt: skip
def test_what_is_no_source_is_refused(editor: Editor, body: Json, pointers: set[str]) -> None:
    before = editor.serial()
    assert {fault["pointer"] for fault in refused(editor.send("POST", "/v1/sources", body), 422)["errors"]} == pointers
    assert editor.serial() == before


def test_an_address_is_a_source_once(editor: Editor, page: str) -> None:
    first = editor.create("/v1/sources", {"url": page})
    second = editor.create("/v1/sources", {"url": f"{page}/2"})
    for response in (
        editor.send("POST", "/v1/sources", {"url": page}),
        editor.edit("PATCH", f"/v1/sources/{second['id']}", {"url": page}),
        editor.edit("PUT", f"/v1/sources/{second['id']}", second | {"url": page}),
    ):
        (fault,) = refused(response, 409)["errors"]
        assert fault["pointer"] == "/url"
        assert first["id"] in fault["expected"]
    editor.delete(f"/v1/sources/{first['id']}")
    assert first["id"] in refused(editor.send("POST", "/v1/sources", {"url": page}), 409)["detail"]


def test_a_source_is_patched_and_put_back(editor: Editor, page: str) -> None:
    document = editor.create("/v1/sources", {"url": page, "title": "Titre"})
    path = f"/v1/sources/{document['id']}"
    before = editor.serial()
    for method, body in (("PUT", document), ("PATCH", document), ("PATCH", {})):
        response = editor.edit(method, path, body)
        assert written(response) == document
        assert "registry-serial" not in response.headers
    assert editor.serial() == before
    assert editor.patch(path, {"title": None}) == document | {"title": None}
    assert editor.patch(path, {"url": f"{page}/neuf", "publisher": "P"})["publisher"] == "P"
    assert editor.read(path)["id"] == document["id"]
    found = refused(editor.edit("PATCH", path, {"citations": 5, "retired": True, "id": "s-0"}), 422)["errors"]
    assert {fault["pointer"] for fault in found} == {"/citations", "/retired", "/id"}


def test_a_changed_source_is_shown_changed_by_all_that_cites_it(editor: Editor, page: str) -> None:
    pole = editor.create("/v1/poles", {"name": "Pôle cité"}, source=page)["id"]
    organisation = editor.create("/v1/organisations", {"name": "Structure citée"}, source=page)["id"]
    wave = editor.create("/v1/waves", {"name": "Appel cité", "kind": "AMI"}, source=page)["id"]
    elsewhere = editor.create("/v1/poles", {"name": "Pôle cité ailleurs"})["id"]
    editor.create("/v1/memberships", {"pole": elsewhere, "organisation": organisation}, source=page)
    editor.create("/v1/labels", {"pole": elsewhere, "wave": wave, "outcome": "laureate"}, source=page)
    source = source_of(editor, page)
    assert source["citations"] == 5
    paths = [f"/v1/poles/{pole}", f"/v1/organisations/{organisation}", f"/v1/waves/{wave}", f"/v1/poles/{elsewhere}",
             f"/v1/memberships/{elsewhere}@{organisation}", f"/v1/labels/{elsewhere}@{wave}"]  # fmt: skip
    before = {path: editor.read(path) for path in paths}
    then = editor.serial()

    editor.patch(f"/v1/sources/{source['id']}", {"publisher": "La Gazette"}, reason="Nom du journal")
    assert state.published(editor.database, then + 1) == {
        ("pole", pole), ("organisation", organisation), ("wave", wave), ("pole", elsewhere),
    }  # fmt: skip
    for path in paths:
        document = editor.read(path)
        shown = [one for one in (*document["sources"], *_of_links(document)) if one["id"] == source["id"]]
        assert {one["publisher"] for one in shown} == {"La Gazette"}, path
        assert editor.read(f"{path}?as_of={then}") == before[path]
    entry, *_ = editor.history(f"/v1/poles/{pole}")
    assert (entry["reason"], [change["field"] for change in entry["changes"]]) == ("Nom du journal", ["sources"])
    editor.patch(f"/v1/sources/{source['id']}", {"title": "Un titre que nul document ne montre"})
    assert {editor.read(path)["revision"]["serial"] for path in paths} == {then + 1}


def _of_links(document: Json) -> list[Json]:
    links = [*document.get("members", ()), *(one for one in document.get("labels", ()) if "sources" in one)]
    return [source for link in links for source in link["sources"]]


def test_a_retired_source_shows_it_in_all_that_cites_it(editor: Editor, page: str) -> None:
    pole = editor.create("/v1/poles", {"name": "Pôle à vérifier"}, source=page)["id"]
    editor.create("/v1/memberships", {"pole": pole, "organisation": "bge"}, source=page)
    source = source_of(editor, page)
    path = f"/v1/sources/{source['id']}"
    before = editor.read(f"/v1/poles/{pole}")
    assert editor.delete(path, reason="Article retiré") == source | {"retired": True}
    document = editor.read(f"/v1/poles/{pole}")
    assert [one["retired"] for one in document["sources"]] == [True]
    assert [one["retired"] for one in document["members"][0]["sources"]] == [True]
    assert editor.read(f"/v1/poles/{pole}?as_of={editor.serial() - 1}") == before
    assert editor.history(f"/v1/poles/{pole}")[0]["reason"] == "Article retiré"
    assert editor.read(path)["retired"] is True
    assert source["id"] not in {one["id"] for one in asked(editor.client, f"/v1/sources?q={page}")["items"]}
    for method, body in (("PUT", source), ("PATCH", {}), ("DELETE", NOTHING)):
        assert "Article retiré" in refused(editor.send(method, path, body, {"If-Match": "*"}), 410)["detail"]
    for named in (page, source["id"]):
        (fault,) = refused(editor.edit("PATCH", f"/v1/poles/{pole}", {"acronym": "A"}, source=named), 422)["errors"]
        assert fault["parameter"] == "source"
    assert editor.edit("PUT", f"/v1/poles/{pole}", document).json() == document

    assert editor.act(f"{path}/restore") == source
    assert editor.read(f"/v1/poles/{pole}")["sources"] == before["sources"]
    assert "pas retirée" in refused(editor.send("POST", f"{path}/restore"), 409)["detail"]
    assert source_of(editor, page) == source


def test_a_source_of_the_seed_can_be_changed(editor: Editor) -> None:
    source = editor.read("/v1/poles/archer-pole-sud")["sources"][0]
    path = f"/v1/sources/{source['id']}"
    document = editor.read(path)
    assert editor.edit("PUT", path, document).json() == document
    editor.patch(path, {"title": "Relu"})
    assert editor.read(path) == document | {"title": "Relu"}


@pytest.mark.parametrize("path", ["/v1/sources/s-0000000000", "/v1/sources/%00", "/v1/sources/" + "a" * 3000])
def test_a_source_that_is_not_there_is_404(editor: Editor, path: str) -> None:
    refused(editor.client.get(path), 404)
    for method, body in (("PUT", {"url": PAGES}), ("PATCH", {}), ("DELETE", NOTHING)):
        refused(editor.send(method, path, body, {"If-Match": "*"}), 404)
    refused(editor.send("POST", f"{path}/restore"), 404)
