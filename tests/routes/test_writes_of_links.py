"""Memberships and labels: links between records, each with an address, dates and sources of its own."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Server
from tests.routes.asking import asked, listed, refused
from tests.routes.writing import Editor, Json, edited, written

PAGE = "https://presse.example/adhesion"


@pytest.fixture(scope="module")
def editor(server: Server, template: str) -> Iterator[Editor]:
    """One registry for the file: each test links records of its own."""
    with edited(server, template) as made:
        yield made


@pytest.fixture
def pole(editor: Editor) -> str:
    identity: str = editor.create("/v1/poles", {"name": "Pôle à relier"})["id"]
    return identity


@pytest.fixture
def other(editor: Editor) -> str:
    identity: str = editor.create("/v1/organisations", {"name": "Structure à relier"})["id"]
    return identity


@pytest.fixture
def wave(editor: Editor) -> str:
    call = {"name": "Appel à relier", "kind": "AMI", "opened_on": "2024-03-15"}
    identity: str = editor.create("/v1/waves", call)["id"]
    return identity


def without_revision(document: Json) -> Json:
    return {name: value for name, value in document.items() if name != "revision"}


def test_a_membership_is_shown_by_both_its_ends(editor: Editor, pole: str, other: str) -> None:
    body = {"pole": pole, "organisation": other, "role": "carrier", "since": "2019-05"}
    before = editor.serial()
    response = editor.send("POST", "/v1/memberships", body, source=PAGE)
    document = written(response, 201)
    path = f"/v1/memberships/{pole}@{other}"
    assert response.headers["location"].endswith(path)
    read = editor.client.get(response.headers["location"])
    assert (read.content, read.headers["etag"]) == (response.content, response.headers["etag"])
    assert response.headers["etag"] == editor.etag(f"/v1/poles/{pole}")
    assert (document["pole"]["id"], document["organisation"]["id"]) == (pole, other)
    assert (document["role"], document["since"], document["until"]) == ("carrier", "2019-05", None)
    assert [source["url"] for source in document["sources"]] == [PAGE]
    (member,) = editor.read(f"/v1/poles/{pole}")["members"]
    assert member == {name: value for name, value in document.items() if name not in {"pole", "revision"}}
    (membership,) = editor.read(f"/v1/organisations/{other}")["poles"]
    assert (membership["pole"]["id"], membership["role"], membership["since"]) == (pole, "carrier", "2019-05")
    assert listed(editor.client, f"member={other}") == [pole]
    assert listed(editor.client, f"pole={pole}&role=carrier", "/v1/organisations") == [other]
    assert editor.serial() == before + 1
    assert editor.history(f"/v1/poles/{pole}")[0]["source"] == PAGE
    assert editor.history(f"/v1/organisations/{other}")[0]["serial"] == before + 1


def test_a_label_is_shown_by_both_its_ends(editor: Editor, pole: str, wave: str) -> None:
    body = {"pole": {"id": pole}, "wave": wave, "outcome": "laureate", "awarded_on": "2024-09", "funding_eur": 100000}
    document = editor.create("/v1/labels", body, source=PAGE)
    assert (document["evidence"], document["funding_eur"], document["notes"]) == ("stated", 100000, None)
    (label,) = editor.read(f"/v1/poles/{pole}")["labels"]
    assert label == {name: value for name, value in document.items() if name not in {"pole", "revision"}}
    shown = editor.read(f"/v1/waves/{wave}")
    assert [one["pole"]["id"] for one in shown["labels"]] == [pole]
    assert (shown["found"], shown["inferred"], shown["supported"]) == (1, 0, 0)
    assert listed(editor.client, f"wave={wave}&outcome=laureate") == [pole]
    editor.patch(f"/v1/labels/{pole}@{wave}", {"outcome": "supported", "evidence": "inferred"})
    shown = editor.read(f"/v1/waves/{wave}")
    assert (shown["found"], shown["inferred"], shown["supported"]) == (0, 0, 1)
    assert listed(editor.client, f"wave={wave}&outcome=laureate") == []


def test_a_member_is_added_at_the_address_of_its_pole(editor: Editor, pole: str, other: str) -> None:
    path = f"/v1/poles/{pole}/members"
    response = editor.send("POST", path, {"organisation": {"id": other}, "role": "founder"})
    assert written(response, 201)["pole"]["id"] == pole
    assert response.headers["location"].endswith(f"/v1/memberships/{pole}@{other}")
    assert [one["role"] for one in asked(editor.client, path)["items"]] == ["founder"]
    (fault,) = refused(editor.send("POST", path, {"organisation": other, "pole": pole}), 422)["errors"]
    assert fault["pointer"] == "/pole"
    refused(editor.send("POST", path, {"organisation": other}), 409)
    refused(editor.send("POST", "/v1/poles/pas-la/members", {"organisation": other}), 404)
    editor.delete(f"/v1/poles/{pole}", reason="Fini")
    assert "Fini" in refused(editor.send("POST", path, {"organisation": other}), 410)["detail"]


def test_a_link_is_made_once(editor: Editor) -> None:
    before = editor.serial()
    problem = refused(
        editor.send("POST", "/v1/memberships", {"pole": "archer-pole-sud", "organisation": "groupe-archer"}), 409
    )
    assert "/v1/memberships/archer-pole-sud@groupe-archer" in problem["detail"]
    body = {"pole": "archer-pole-sud", "wave": "aap-2013", "outcome": "laureate"}
    assert "/v1/labels/archer-pole-sud@aap-2013" in refused(editor.send("POST", "/v1/labels", body), 409)["detail"]
    assert editor.serial() == before


@pytest.mark.parametrize(("path", "body", "pointers"), [
    ("/v1/memberships", {}, {"/pole", "/organisation"}),
    ("/v1/memberships", {"pole": "pas-la", "organisation": "ni-elle"}, {"/pole", "/organisation"}),
    ("/v1/memberships", {"pole": "groupe-archer", "organisation": "bge"}, {"/pole"}),
    ("/v1/memberships", {"pole": "3-eva", "organisation": "bge", "role": "porteur"}, {"/role"}),
    ("/v1/memberships", {"pole": "3-eva", "organisation": "bge", "wave": "aap-2013"}, {"/wave"}),
    ("/v1/memberships", {"pole": "3-eva", "organisation": "bge", "since": "2020-02", "until": "2020-01-31"}, {"/until"}),
    ("/v1/memberships", {"pole": "3-eva", "organisation": "bge", "since": "2020-13", "until": "hier"}, {"/since", "/until"}),
    ("/v1/labels", {"pole": "3-eva", "wave": "aap-2013"}, {"/outcome"}),
    ("/v1/labels", {"pole": "3-eva", "wave": "aap-2014", "outcome": "laureate"}, {"/wave"}),
    ("/v1/labels", {"pole": "3-eva", "wave": "ami-2023", "outcome": "laureate", "awarded_on": "2023-05-31"}, {"/awarded_on"}),
    ("/v1/labels", {"pole": "3-eva", "wave": "ami-2023", "outcome": "gagné", "funding_eur": -1}, {"/outcome", "/funding_eur"}),
    ("/v1/labels", {"pole": ["3-eva"], "wave": {"nom": "aap-2013"}, "outcome": "laureate"}, {"/pole", "/wave"}),
])  # fmt: skip
def test_a_link_that_cannot_be_is_refused(editor: Editor, path: str, body: Json, pointers: set[str]) -> None:
    before = editor.serial()
    assert {fault["pointer"] for fault in refused(editor.send("POST", path, body), 422)["errors"]} == pointers
    assert editor.serial() == before


def test_a_date_as_wide_as_its_rule_is_taken(editor: Editor, pole: str, other: str, wave: str) -> None:
    editor.create("/v1/memberships", {"pole": pole, "organisation": other, "since": "2020-02-03", "until": "2020-02"})
    editor.create("/v1/labels", {"pole": pole, "wave": wave, "outcome": "laureate", "awarded_on": "2024"})
    (fault,) = refused(editor.edit("PATCH", f"/v1/labels/{pole}@{wave}", {"awarded_on": "2024-03-14"}), 422)["errors"]
    assert fault["pointer"] == "/awarded_on"
    assert editor.patch(f"/v1/labels/{pole}@{wave}", {"awarded_on": "2024-03-15"})["awarded_on"] == "2024-03-15"
    (fault,) = refused(editor.edit("PATCH", f"/v1/waves/{wave}", {"opened_on": "2024-04"}), 422)["errors"]
    assert fault["pointer"] == "/opened_on"
    assert pole in fault["expected"]


@pytest.mark.parametrize("path", ["/v1/memberships/3-eva@sapie", "/v1/labels/archer-pole-sud@aap-2013"])
def test_a_link_put_back_as_it_was_read_changes_nothing(editor: Editor, path: str) -> None:
    before = editor.serial()
    document = editor.read(path)
    for method, body in (("PUT", document), ("PATCH", {}), ("PATCH", document)):
        response = editor.edit(method, path, body)
        assert written(response) == document
        assert "registry-serial" not in response.headers
    assert editor.serial() == before


@pytest.mark.parametrize(("patch", "wanted"), [
    ({"role": "founder"}, {"role": "founder"}),
    ({"since": None, "until": "2022"}, {"since": None, "until": "2022"}),
    ({"role": None}, {"role": "member"}),
    ({"role": "carrier", "since": "2019-05"}, {}),
])  # fmt: skip
def test_a_link_is_patched(editor: Editor, pole: str, other: str, patch: Json, wanted: Json) -> None:
    body = {"pole": pole, "organisation": other, "role": "carrier", "since": "2019-05"}
    was = editor.create("/v1/memberships", body)
    path = f"/v1/memberships/{pole}@{other}"
    document = editor.patch(path, patch)
    shown = {name: value for name, value in without_revision(document).items() if name != "sources"}
    assert shown == {name: value for name, value in without_revision(was).items() if name != "sources"} | wanted
    assert editor.read(path) == document
    if wanted:
        change = editor.history(f"/v1/poles/{pole}")[0]["changes"][0]
        assert change["field"] in {"members", "carriers"}


def test_the_ends_of_a_link_cannot_be_changed(editor: Editor) -> None:
    path = "/v1/memberships/3-eva@sapie"
    document = editor.read(path)
    moved = {"pole": "bou-sol", "organisation": {"id": "bge"}, "revision": {"serial": 0}}
    for method, body in (("PATCH", moved), ("PUT", document | moved)):
        found = refused(editor.edit(method, path, body), 422)["errors"]
        assert {fault["pointer"] for fault in found} == {"/pole", "/organisation", "/revision"}
    assert editor.read(path) == document


def test_a_removed_link_is_gone_and_readable_in_the_past(editor: Editor, pole: str, other: str, wave: str) -> None:
    links = {
        f"/v1/memberships/{pole}@{other}": {"pole": pole, "organisation": other},
        f"/v1/labels/{pole}@{wave}": {"pole": pole, "wave": wave, "outcome": "laureate"},
    }
    for path, body in links.items():
        document = editor.create(path.rpartition("/")[0], body, source=PAGE)
        there = editor.serial()
        removed = editor.delete(path, reason="Départ en mai")
        assert without_revision(removed) == without_revision(document)
        assert "Départ en mai" in refused(editor.client.get(path), 410)["detail"]
        for method, change in (("PUT", {"role": "member"}), ("PATCH", {}), ("DELETE", None)):
            assert "Départ en mai" in refused(editor.send(method, path, change, {"If-Match": "*"}), 410)["detail"]
        assert editor.read(f"{path}?as_of={there}") == document
        refused(editor.client.get(f"{path}?as_of={there - 1}"), 404)
        assert editor.history(f"/v1/poles/{pole}")[0]["reason"] == "Départ en mai"
    shown = editor.read(f"/v1/poles/{pole}")
    assert (shown["members"], shown["labels"]) == ([], [])
    assert editor.read(f"/v1/organisations/{other}")["poles"] == []
    assert editor.read(f"/v1/waves/{wave}")["found"] == 0
    for path, body in links.items():
        again = editor.create(path.rpartition("/")[0], body)
        assert [source["publisher"] for source in again["sources"]] == [editor.name]
        assert editor.read(path) == again


@pytest.mark.parametrize("path", ["/v1/memberships/3-eva@groupe-archer", "/v1/memberships/3-eva", "/v1/memberships/@",
                                  "/v1/memberships/3-eva@", "/v1/memberships/@sapie", "/v1/memberships/3-eva@sapie@sapie",
                                  "/v1/labels/3-eva@aap-2013", "/v1/labels/pas-la@aap-2013", "/v1/labels/3-eva@%00", "/v1/labels/%00@aap-2013",
                                  "/v1/memberships/%00", "/v1/memberships/" + "x" * 3000 + "@sapie"])  # fmt: skip
def test_a_link_that_is_not_there_is_404(editor: Editor, path: str) -> None:
    refused(editor.client.get(path), 404)
    for method, body in (("PUT", {"role": "member"}), ("PATCH", {}), ("DELETE", None)):
        refused(editor.send(method, path, body, {"If-Match": "*"}), 404)


def test_a_link_that_is_not_there_comes_with_a_hint(editor: Editor) -> None:
    assert "3-eva@sapie" in refused(editor.client.get("/v1/memberships/3-eva@sapi"), 404)["detail"]


def test_a_renamed_organisation_republishes_its_poles(editor: Editor) -> None:
    poles = [pole["pole"]["id"] for pole in editor.read("/v1/organisations/bge")["poles"]]
    assert len(poles) == 2
    before = {pole: editor.read(f"/v1/poles/{pole}") for pole in poles}
    editor.patch("/v1/organisations/bge", {"name": "Boutiques de gestion", "acronym": "BGE", "siren": "219300639"})
    serial = editor.serial()
    for pole in poles:
        document = editor.read(f"/v1/poles/{pole}")
        (member,) = (one["organisation"] for one in document["members"] if one["organisation"]["id"] == "bge")
        assert (member["name"], member["acronym"], member["siren"]) == ("Boutiques de gestion", "BGE", "219300639")
        assert document["revision"]["serial"] == serial
        assert pole in listed(editor.client, "q=boutiques de gestion")
        entry, *_ = editor.history(f"/v1/poles/{pole}")
        assert [change["field"] for change in entry["changes"]] == ["members"]
        assert editor.read(f"/v1/poles/{pole}?as_of={serial - 1}") == before[pole]
    editor.patch("/v1/organisations/bge", {"legal_form": "Association loi 1901"})
    assert {editor.read(f"/v1/poles/{pole}")["revision"]["serial"] for pole in poles} == {serial}


def test_a_renamed_wave_republishes_its_poles_and_a_renamed_pole_its_organisations(
    editor: Editor, pole: str, other: str, wave: str
) -> None:
    editor.create("/v1/memberships", {"pole": pole, "organisation": other})
    editor.create("/v1/labels", {"pole": pole, "wave": wave, "outcome": "laureate"})
    editor.patch(f"/v1/waves/{wave}", {"name": "Appel renommé"})
    assert editor.read(f"/v1/poles/{pole}")["labels"][0]["wave"]["name"] == "Appel renommé"
    editor.patch(f"/v1/poles/{pole}", {"name": "Pôle renommé"})
    serial = editor.serial()
    for path, field in ((f"/v1/organisations/{other}", "poles"), (f"/v1/waves/{wave}", "labels")):
        document = editor.read(path)
        assert document[field][0]["pole"]["name"] == "Pôle renommé"
        assert document["revision"]["serial"] == serial
    assert editor.read(f"/v1/memberships/{pole}@{other}")["pole"]["name"] == "Pôle renommé"


@pytest.mark.parametrize("kind", ["organisation", "wave"])
def test_a_link_to_what_is_gone_cannot_be_made(editor: Editor, pole: str, other: str, wave: str, kind: str) -> None:
    gone, path, body = {
        "organisation": (f"/v1/organisations/{other}", "/v1/memberships", {"pole": pole, "organisation": other}),
        "wave": (f"/v1/waves/{wave}", "/v1/labels", {"pole": pole, "wave": wave, "outcome": "laureate"}),
    }[kind]
    link: Any = editor.create(path, body)
    key = f"{pole}@{link[kind]['id']}"
    editor.delete(gone, reason="Structure dissoute")
    refused(editor.client.get(f"{path}/{key}"), 410)
    (fault,) = refused(editor.send("POST", path, body), 422)["errors"]
    assert fault["pointer"] == f"/{kind}"
    editor.act(f"{gone}/restore")
    assert without_revision(editor.read(f"{path}/{key}")) == without_revision(link)
    refused(editor.send("POST", path, body), 409)
