"""If-Match: an edit says from which state it starts, so that nobody's work is lost by another's."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Server
from tests.routes.asking import asked, refused
from tests.routes.writing import NOTHING, Editor, Json, edited, written

POLE = "/v1/poles/archer-pole-sud"
EDITED: list[tuple[str, Json]] = [
    (POLE, {"acronym": "PSA"}),
    ("/v1/organisations/groupe-archer", {"acronym": "GA"}),
    ("/v1/waves/aap-2013", {"budget_eur": 3_000_001}),
    ("/v1/memberships/archer-pole-sud@groupe-archer", {"since": "2007"}),
    ("/v1/labels/archer-pole-sud@aap-2013", {"funding_eur": 1}),
    ("/v1/sources/s-00562fe7ba", {"title": "Visite"}),
]
PATHS = [path for path, _ in EDITED]


@pytest.fixture(scope="module")
def editor(server: Server, template: str) -> Iterator[Editor]:
    """One registry for the file: tests read a state right before they need it."""
    with edited(server, template) as made:
        yield made


def edits(editor: Editor, path: str) -> list[tuple[str, Any]]:
    """Return every way to edit what is at an address, with a body that changes nothing."""
    return [("PUT", editor.read(path)), ("PATCH", {}), ("DELETE", NOTHING)]


@pytest.mark.parametrize("path", PATHS)
def test_an_edit_must_say_which_state_it_starts_from(editor: Editor, path: str) -> None:
    before, there = editor.serial(), editor.read(path)
    for method, body in edits(editor, path):
        for headers in ({}, {"If-Match": ""}, {"If-None-Match": "*"}):
            problem = refused(editor.send(method, path, body, headers), 428)
            assert "If-Match" in problem["detail"]
            assert problem["type"] == "/problems/etat-manquant"
    assert (editor.serial(), editor.read(path)) == (before, there)


@pytest.mark.parametrize(("path", "patch"), EDITED, ids=PATHS)
def test_an_edit_of_a_past_state_is_told_the_present_one(editor: Editor, path: str, patch: Json) -> None:
    old = editor.etag(path)
    started_from = editor.read(path)
    editor.patch(path, patch)
    for method, body in (("PUT", started_from), ("PATCH", {"notes": "perdue"}), ("DELETE", NOTHING)):
        before = editor.serial()
        response = editor.send(method, path, body, {"If-Match": old})
        problem = refused(response, 412)
        assert problem["type"] == "/problems/etat-depasse"
        assert problem["current"] == editor.read(path)
        assert response.headers["etag"] == editor.etag(path) != old
        assert editor.serial() == before
    again = editor.send("PUT", path, problem["current"], {"If-Match": response.headers["etag"]})
    assert written(again) == problem["current"]


@pytest.mark.parametrize("path", PATHS)
def test_every_form_of_the_present_etag_will_do(editor: Editor, path: str) -> None:
    document, tag = editor.read(path), editor.etag(path)
    tags = [tag, f"W/{tag}", "*", f'"autre", {tag}', f'{tag}, W/"autre"']
    if "@" not in path:
        tags += [editor.etag(f"{path}.{format_}") for format_ in ("csv", "geojson", "xlsx")]
        assert len(set(tags)) == len(tags)
    for one in tags:
        assert written(editor.send("PUT", path, document, {"If-Match": one})) == document
    headers = [("Authorization", f"Bearer {editor.key}"), ("If-Match", '"autre"'), ("If-Match", tag)]
    assert written(editor.client.put(path, json=document, headers=headers)) == document


@pytest.mark.parametrize("path", PATHS)
def test_no_other_tag_will_do(editor: Editor, path: str) -> None:
    tag = editor.etag(path)
    serial, _, rest = tag.strip('"').partition("-")
    other_epoch = rest.replace(rest.partition(".")[0], "0" * 8)
    tags = [
        "abc", '""', '"', tag.strip('"'), f"'{serial}-{rest}'", f'"{serial}"', f'"{serial}-{other_epoch}"', f'"99{serial}-{rest}"',
        f'"{"9" * 5000}-{rest}"', f'"-1-{rest}"', f'"x{serial}-{rest}"', f'"{serial}-{rest.partition(".")[0]}"', "W/*", '"*"', "**",
        f'"{serial} -{rest}"', f'"0x{serial}-{rest}"',
    ]  # fmt: skip
    before = editor.serial()
    for one in tags:
        for method, body in edits(editor, path):
            response = editor.send(method, path, body, {"If-Match": one})
            assert refused(response, 412)["current"] == editor.read(path), one
            assert response.headers["etag"] == tag
    assert editor.serial() == before


def test_each_answer_gives_the_etag_of_the_next_edit(editor: Editor) -> None:
    response = editor.send("POST", "/v1/poles", {"name": "Pôle en chaîne"})
    path = f"/v1/poles/{written(response, 201)['id']}"
    steps: list[tuple[str, Any]] = [
        ("PATCH", {"acronym": "A"}), ("PUT", {"name": "Pôle en chaîne", "acronym": "B"}), ("PATCH", {}),
        ("PATCH", {"acronym": None}), ("DELETE", NOTHING),
    ]  # fmt: skip
    for method, body in steps:
        response = editor.send(method, path, body, {"If-Match": response.headers["etag"]})
        written(response)
    response = editor.send("POST", f"{path}/restore")
    written(editor.send("PATCH", path, {"acronym": "C"}, {"If-Match": response.headers["etag"]}))
    assert [one["action"] for one in editor.history(path)] == [
        "updated", "restored", "retired", "updated", "updated", "updated", "created",
    ]  # fmt: skip


def test_a_change_elsewhere_that_the_record_shows_makes_its_state_a_past_one(editor: Editor) -> None:
    paths = (POLE, "/v1/memberships/archer-pole-sud@groupe-archer", "/v1/labels/archer-pole-sud@aap-2013")
    old = {path: editor.etag(path) for path in paths}
    assert len(set(old.values())) == 1
    editor.patch("/v1/organisations/groupe-archer", {"name": "Archer et compagnie"})
    for path, tag in old.items():
        problem = refused(editor.send("PATCH", path, {"notes": "x"}, {"If-Match": tag}), 412)
        assert problem["current"] == editor.read(path)
    assert "Archer et compagnie" in str(editor.read(POLE)["members"])


def test_a_source_that_is_cited_meanwhile_is_in_another_state(editor: Editor) -> None:
    document = editor.create("/v1/sources", {"url": "https://presse.example/meanwhile"})
    path = f"/v1/sources/{document['id']}"
    old = editor.etag(path)
    editor.create("/v1/poles", {"name": "Pôle qui cite"}, source=document["id"])
    again = editor.client.get(path, headers={"If-None-Match": old})
    assert (again.status_code, again.json()["citations"]) == (200, 1)
    problem = refused(editor.send("PUT", path, document | {"title": "Titre"}, {"If-Match": old}), 412)
    assert problem["current"] == again.json()
    changed = written(editor.send("PUT", path, again.json() | {"title": "Titre"}, {"If-Match": again.headers["etag"]}))
    assert changed == again.json() | {"title": "Titre"}
    assert editor.client.get(path, headers={"If-None-Match": editor.etag(path)}).status_code == 304


def test_a_past_state_is_said_before_what_is_wrong_with_the_body(editor: Editor) -> None:
    refused(editor.send("PATCH", POLE, {"nom": 1}, {"If-Match": '"1-0.1-json"'}), 412)
    refused(editor.send("PATCH", POLE, {"nom": 1}), 428)
    refused(editor.edit("PATCH", POLE, {"nom": 1}), 422)


def test_what_is_not_there_is_said_before_its_state(editor: Editor) -> None:
    for path in ("/v1/poles/pas-la", "/v1/memberships/3-eva@pas-la", "/v1/sources/pas-la"):
        for method in ("PATCH", "DELETE"):
            refused(editor.send(method, path, {} if method == "PATCH" else NOTHING), 404)


def test_two_editors_of_one_state_do_not_erase_each_other(editor: Editor) -> None:
    path = "/v1/poles/" + editor.create("/v1/poles", {"name": "Pôle disputé"})["id"]
    tag, start = editor.etag(path), editor.read(path)
    written(editor.send("PUT", path, start | {"acronym": "PREMIER"}, {"If-Match": tag}))
    response = editor.send("PUT", path, start | {"website": "https://second.example/"}, {"If-Match": tag})
    mended = refused(response, 412)["current"] | {"website": "https://second.example/"}
    document = written(editor.send("PUT", path, mended, {"If-Match": response.headers["etag"]}))
    assert (document["acronym"], document["website"]) == ("PREMIER", "https://second.example/")
    assert asked(editor.client, path) == document
