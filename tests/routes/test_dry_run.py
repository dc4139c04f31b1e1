"""`?dry_run=true`: what a write would do, exactly as it then does it; and nothing written meanwhile."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.changes import state
from tests.conftest import Server
from tests.routes import oracle
from tests.routes.asking import asked, lasting_content, listed, refused
from tests.routes.writing import NOTHING, Editor, Json, edited, written

LISTS = {"pole": "/v1/poles", "organisation": "/v1/organisations", "wave": "/v1/waves"}
PAGE = "https://presse.example/a-blanc"
Found = set[tuple[str, str, str]]
# In this order: each starts from what those before it left. Kind, id and action of every record that changes.
STEPS: list[tuple[str, str, Any, Json, Found]] = [
    ("POST", "/v1/poles", {"name": "Pôle d’essai", "seat": {"commune": "35238"}, "sectors": ["culture"]}, {"source": PAGE},
     {("pole", "pole-d-essai", "created")}),
    ("POST", "/v1/organisations", {"name": "Structure d’essai", "commune": "35238", "siren": "219300639"}, {},
     {("organisation", "structure-d-essai", "created")}),
    ("POST", "/v1/waves", {"name": "Appel d’essai", "kind": "AMI"}, {}, {("wave", "appel-d-essai", "created")}),
    ("POST", "/v1/memberships", {"pole": "pole-d-essai", "organisation": "structure-d-essai", "role": "carrier"}, {},
     {("pole", "pole-d-essai", "updated"), ("organisation", "structure-d-essai", "updated")}),
    ("POST", "/v1/poles/pole-d-essai/members", {"organisation": "bge"}, {},
     {("pole", "pole-d-essai", "updated"), ("organisation", "bge", "updated")}),
    ("POST", "/v1/labels", {"pole": "pole-d-essai", "wave": "appel-d-essai", "outcome": "laureate"}, {},
     {("pole", "pole-d-essai", "updated"), ("wave", "appel-d-essai", "updated")}),
    ("PATCH", "/v1/poles/pole-d-essai", {"status": "active", "seat": {"commune": "26281"}, "sectors": ["housing"]}, {"reason": "Déménagement"},
     {("pole", "pole-d-essai", "updated")}),
    ("PUT", "/v1/poles/pole-d-essai", {"name": "Pôle essayé", "territory": {"units": ["departement:26"]}}, {},
     {("pole", "pole-d-essai", "updated"), ("organisation", "structure-d-essai", "updated"), ("organisation", "bge", "updated"),
      ("wave", "appel-d-essai", "updated")}),
    ("PATCH", "/v1/organisations/structure-d-essai", {"name": "Structure essayée", "kind": "cooperative", "commune": None}, {},
     {("organisation", "structure-d-essai", "updated"), ("pole", "pole-d-essai", "updated")}),
    ("PATCH", "/v1/memberships/pole-d-essai@structure-d-essai", {"role": "partner", "since": "2020"}, {},
     {("pole", "pole-d-essai", "updated"), ("organisation", "structure-d-essai", "updated")}),
    ("PUT", "/v1/labels/pole-d-essai@appel-d-essai", {"outcome": "supported"}, {},
     {("pole", "pole-d-essai", "updated"), ("wave", "appel-d-essai", "updated")}),
    ("DELETE", "/v1/memberships/pole-d-essai@bge", NOTHING, {},
     {("pole", "pole-d-essai", "updated"), ("organisation", "bge", "updated")}),
    ("POST", "/v1/poles/pole-d-essai/merge", {"into": "archer-pole-sud"}, {"reason": "Doublon"},
     {("pole", "pole-d-essai", "merged"), ("pole", "archer-pole-sud", "updated"), ("organisation", "structure-d-essai", "updated"),
      ("wave", "appel-d-essai", "updated")}),
    ("POST", "/v1/poles/pole-d-essai/restore", NOTHING, {}, {("pole", "pole-d-essai", "restored")}),
    ("DELETE", "/v1/organisations/structure-d-essai", NOTHING, {"successor": "bge"},
     {("organisation", "structure-d-essai", "retired"), ("pole", "archer-pole-sud", "updated")}),
    ("POST", "/v1/organisations/structure-d-essai/restore", NOTHING, {},
     {("organisation", "structure-d-essai", "restored"), ("pole", "archer-pole-sud", "updated")}),
    ("DELETE", "/v1/poles/3-eva", NOTHING, {},
     {("pole", "3-eva", "retired"), *(("organisation", one, "updated") for one in ("3-eva", "sapie", "sous-prefecture-de-limoux")),
      *(("wave", one["wave_id"], "updated") for one in oracle.rows("labels") if one["pole_id"] == "3-eva")}),
    ("POST", "/v1/sources", {"url": f"{PAGE}/2"}, {}, set()),
    ("PATCH", "/v1/poles/pole-d-essai", {}, {}, set()),
    ("PUT", "/v1/poles/pole-d-essai", {"name": "Pôle essayé", "territory": {"units": ["departement:26"]}}, {}, set()),
]  # fmt: skip


@pytest.fixture(scope="module")
def editor(server: Server, template: str) -> Iterator[Editor]:
    """One registry for the file: trials change nothing of it, writes go on from each other."""
    with edited(server, template) as made:
        made.send("POST", "/v1/poles", {})  # the first use of the key is recorded
        yield made


def tried(editor: Editor, method: str, path: str, body: Any, **query: Any) -> list[Json]:
    answer = written(editor.edit(method, path, body, dry_run="true", **query))
    assert set(answer) == {"dry_run", "revisions"}
    assert answer["dry_run"] is True
    revisions: list[Json] = answer["revisions"]
    return revisions


def found(editor: Editor, one: Json, *, now: bool) -> list[tuple[str, str]]:
    """Return the filters of a consequence that do not say of its record what they should."""
    return [
        (filter_["filter"], filter_["value"])
        for side, shows in (("enters", now), ("leaves", not now))
        for filter_ in one[side]
        if (one["id"] in listed(editor.client, f"{filter_['filter']}={filter_['value']}", LISTS[one["kind"]])) != shows
    ]


def test_a_trial_says_what_each_write_then_does(editor: Editor) -> None:
    for method, path, body, query, wanted in STEPS:
        print(method, path)
        before = editor.serial()
        trial = tried(editor, method, path, body, **query)
        assert {(one["kind"], one["id"], one["action"]) for one in trial} == wanted
        assert editor.serial() == before
        assert [one["id"] for one in trial if found(editor, one, now=False)] == []
        gone = [(bool(one["enters"]), bool(one["leaves"])) for one in trial if one["action"] in {"retired", "merged"}]
        assert gone == [(False, True)] * len(gone)

        response = editor.edit(method, path, body, **query)
        assert response.status_code in {200, 201}, response.text
        assert editor.serial() == before + bool(trial or path == "/v1/sources")
        assert state.published(editor.database, editor.serial()) == {(one["kind"], one["id"]) for one in trial}
        for one in trial:
            entry = editor.history(f"{LISTS[one['kind']]}/{one['id']}")[0]
            assert (entry["action"], entry["changes"]) == (one["action"], one["changes"])
            assert found(editor, one, now=True) == []


def test_a_trial_of_any_write_leaves_every_table_as_it_was(editor: Editor) -> None:
    twin = "/v1/sources/s-00562fe7ba"
    trials: list[tuple[str, str, Any, Json]] = [
        ("POST", "/v1/poles", {"name": "Jamais écrit"}, {"source": f"{PAGE}/jamais"}),
        ("PUT", "/v1/poles/coopaxis", {"name": "Jamais écrit"}, {"reason": "x"}),
        ("PATCH", "/v1/poles/coopaxis", {"seat": {"commune": "26281"}}, {}),
        ("DELETE", "/v1/poles/coopaxis", NOTHING, {}),
        ("POST", "/v1/poles/coopaxis/merge", {"into": "bou-sol"}, {}),
        ("POST", "/v1/waves/aap-2015/merge", {"into": "aap-2013"}, {}),
        ("POST", "/v1/organisations/bge/merge", {"into": "3-eva"}, {}),
        ("DELETE", "/v1/organisations/bge", NOTHING, {}),
        ("PATCH", "/v1/waves/aap-2013", {"name": "Jamais"}, {}),
        ("POST", "/v1/labels", {"pole": "bou-sol", "wave": "aap-2013", "outcome": "supported"}, {}),
        ("DELETE", "/v1/memberships/archer-pole-sud@groupe-archer", NOTHING, {}),
        ("POST", "/v1/sources", {"url": f"{PAGE}/jamais"}, {}),
        ("PATCH", twin, {"publisher": "Jamais"}, {}),
        ("DELETE", twin, NOTHING, {}),
    ]
    before = state.contents(editor.database)
    past = {path: editor.client.get(path).content for path in ("/v1/poles?limit=1000", "/v1/stats", twin)}
    for method, path, body, query in trials:
        headers = {"If-Match": "*", "Idempotency-Key": f"essai {method} {path}"}
        for flag in ("true", "1"):
            response = editor.send(method, path, body, headers, dry_run=flag, **query)
            assert written(response)["dry_run"] is True
            assert {"etag", "location", "registry-serial"} & set(response.headers) == set()
    assert {path: editor.client.get(path).content for path in past} == past
    assert state.contents(editor.database) == before


def test_a_trial_shows_the_difference_field_by_field(editor: Editor) -> None:
    path = "/v1/poles/bou-sol"
    was = editor.read(path)
    (one,) = tried(editor, "PATCH", path, {"acronym": "BS", "seat": {"commune": "13001"}, "status": "inactive"})
    changes = {change["field"]: (change["before"], change["after"]) for change in one["changes"]}
    assert changes["acronym"] == (None, "BS")
    assert changes["status"] == ("active", "inactive")
    assert changes["seat.commune"] == (was["seat"]["commune"], {"code": "13001", "name": "Aix-en-Provence"})
    assert "sources" in changes
    assert {(it["filter"], it["value"]) for it in one["leaves"]} == {("status", "active"), ("commune", "13055")}
    assert {(it["filter"], it["value"]) for it in one["enters"]} == {("status", "inactive"), ("commune", "13001")}
    assert editor.read(path) == was


REFUSED: list[tuple[str, str, Any, str | None, int]] = [
    ("POST", "/v1/poles", {}, None, 422),
    ("POST", "/v1/poles", {"name": "x", "seat": {"commune": "99999"}}, None, 422),
    ("PATCH", "/v1/poles/coopaxis", {}, None, 428),
    ("PATCH", "/v1/poles/coopaxis", {}, '"1-0.1-json"', 412),
    ("PATCH", "/v1/poles/pas-la", {}, "*", 404),
    ("POST", "/v1/memberships", {"pole": "archer-pole-sud", "organisation": "groupe-archer"}, None, 409),
    ("POST", "/v1/poles/coopaxis/restore", NOTHING, None, 409),
]


@pytest.mark.parametrize(("method", "path", "body", "tag", "status"), REFUSED)
def test_a_trial_is_refused_as_the_write_would_be(
    editor: Editor, method: str, path: str, body: Any, tag: str | None, status: int
) -> None:
    headers = {"If-Match": tag} if tag else {}
    trial = editor.send(method, path, body, headers, dry_run="true")
    write = editor.send(method, path, body, headers)
    assert refused(trial, status)["type"] == refused(write, status)["type"]
    assert lasting_content(trial) == lasting_content(write)


@pytest.mark.parametrize("flag", ["0", "false", ""])
def test_what_is_no_trial_is_written(editor: Editor, flag: str) -> None:
    before = editor.serial()
    response: httpx.Response = editor.send("POST", "/v1/poles", {"name": "Écrit"}, dry_run=flag)
    assert written(response, 201)["name"] == "Écrit"
    assert editor.serial() == before + 1
    assert asked(editor.client, httpx.URL(response.headers["location"]).path) == response.json()
