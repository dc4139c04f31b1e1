"""Records leave and come back: retired, merged into another, restored; nothing that they were is lost."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from app.database import Database
from tests.changes import state
from tests.conftest import Server
from tests.routes.asking import FORMATS, asked, ids_of, listed, refused
from tests.routes.writing import Editor, Json, Serve, an_editor, edited, must_hold, written

LISTS = ("/v1/poles", "/v1/organisations", "/v1/waves")
PAGE = "https://presse.example/fusion"


@pytest.fixture(scope="module")
def editor(server: Server, template: str) -> Iterator[Editor]:
    """One registry for the file: each test writes records of its own."""
    with edited(server, template) as made:
        yield made


@pytest.fixture
def alone(fresh: Database, client_of: Serve) -> Iterator[Editor]:
    """A registry of a test's own."""
    yield an_editor(fresh, client_of(fresh))
    must_hold(fresh)


def created(editor: Editor, path: str, name: str, **facts: Any) -> str:
    """Create a record; return its id."""
    kind = {"kind": "AMI"} if path == "/v1/waves" else {}
    identity: str = editor.create(path, {"name": name, **kind, **facts})["id"]
    return identity


def joined(editor: Editor, pole: str, organisation: str, role: str = "member", **facts: Any) -> Json:
    return editor.create(
        "/v1/memberships", {"pole": pole, "organisation": organisation, "role": role} | facts, source=PAGE
    )


def awarded(editor: Editor, pole: str, wave: str, **facts: Any) -> Json:
    return editor.create("/v1/labels", {"pole": pole, "wave": wave, "outcome": "laureate"} | facts, source=PAGE)


def members(editor: Editor, pole: str) -> dict[str, str]:
    return {one["organisation"]["id"]: one["role"] for one in editor.read(f"/v1/poles/{pole}")["members"]}


def poles_of(editor: Editor, organisation: str) -> set[str]:
    return {one["pole"]["id"] for one in editor.read(f"/v1/organisations/{organisation}")["poles"]}


def labels(editor: Editor, pole: str) -> set[str]:
    return {one["wave"]["id"] for one in editor.read(f"/v1/poles/{pole}")["labels"]}


def facts_of(document: Json) -> Json:
    return {name: value for name, value in document.items() if name != "revision"}


def lists_agree(client: httpx.Client) -> None:
    """Check that every list has the same records, count and serial in every format."""
    for path in LISTS:
        pages = {format_: client.get(f"{path}.{format_}?limit=1000") for format_ in ("json", "geojson", "csv")}
        answers = {
            (tuple(ids_of(page, format_)), page.headers["registry-count"], page.headers["registry-serial"])
            for format_, page in pages.items()
        }
        assert len(answers) == 1, path
        ((ids, count, _),) = answers
        assert len(ids) == int(count) == asked(client, f"{path}?limit=1")["count"]


def test_a_retired_record_is_gone_and_says_why(alone: Editor) -> None:
    was = alone.read("/v1/poles/archer-pole-sud")
    last = alone.delete("/v1/poles/archer-pole-sud", reason="Dissous en assemblée", successor="3-eva", source=PAGE)
    assert facts_of(last) == facts_of(was)
    assert last["revision"]["action"] == "retired"
    for format_ in FORMATS:
        problem = refused(alone.client.get(f"/v1/poles/archer-pole-sud.{format_}"), 410)
        assert "Dissous en assemblée" in problem["detail"]
        assert problem["successor"] == "3-eva"
    refused(alone.client.get("/v1/poles/archer-pole-sud/members"), 410)
    refused(alone.client.get("/v1/memberships/archer-pole-sud@groupe-archer"), 410)
    refused(alone.client.get("/v1/labels/archer-pole-sud@aap-2013"), 410)

    entry, *_ = alone.history("/v1/poles/archer-pole-sud")
    assert (entry["action"], entry["reason"], entry["editor"], entry["source"]) == (
        "retired", "Dissous en assemblée", alone.name, PAGE,
    )  # fmt: skip
    assert alone.read("/v1/poles/archer-pole-sud?as_of=1") == was
    assert "archer-pole-sud" in listed(alone.client, "as_of=1")
    for query in ("", "region=84", "q=archer", "wave=aap-2013", "member=groupe-archer", "commune=26281"):
        assert "archer-pole-sud" not in listed(alone.client, query)
    assert poles_of(alone, "groupe-archer") == set()
    wave = alone.read("/v1/waves/aap-2013")
    assert "archer-pole-sud" not in {one["pole"]["id"] for one in wave["labels"]}
    assert wave["found"] == alone.read("/v1/waves/aap-2013?as_of=1")["found"] - 1
    assert asked(alone.client, "/v1/stats")["poles"]["total"] == 114
    lists_agree(alone.client)
    must_hold(alone.database)

    back = alone.act("/v1/poles/archer-pole-sud/restore", reason="Erreur de dossier")
    assert facts_of(back) == facts_of(was)
    assert back["revision"]["action"] == "restored"
    assert poles_of(alone, "groupe-archer") == {"archer-pole-sud"}
    assert facts_of(alone.read("/v1/waves/aap-2013")) == facts_of(alone.read("/v1/waves/aap-2013?as_of=1"))
    assert listed(alone.client, "") == listed(alone.client, "as_of=1")
    assert [one["action"] for one in alone.history("/v1/poles/archer-pole-sud")] == ["restored", "retired", "created"]
    refused(alone.client.get("/v1/poles/archer-pole-sud?as_of=2"), 410)
    lists_agree(alone.client)


@pytest.mark.parametrize("path", LISTS)
def test_a_record_that_is_gone_cannot_be_written(editor: Editor, path: str) -> None:
    gone, stays = (created(editor, path, f"{name} {path[4:]}") for name in ("Partie", "Restée"))
    editor.delete(f"{path}/{gone}", reason="Double compte")
    before = editor.serial()
    for method, body in (("PUT", {"name": "x", "kind": "AMI"}), ("PATCH", {"name": "x"}), ("DELETE", None)):
        assert "Double compte" in refused(editor.send(method, f"{path}/{gone}", body, {"If-Match": "*"}), 410)["detail"]
    refused(editor.send("POST", f"{path}/{gone}/merge", {"into": stays}), 410)
    for into in (gone, stays, "pas-la"):
        (fault,) = refused(editor.send("POST", f"{path}/{stays}/merge", {"into": into}), 422)["errors"]
        assert (fault["pointer"], fault["value"]) == ("/into", into)
        (fault,) = refused(editor.edit("DELETE", f"{path}/{stays}", successor=into), 422)["errors"]
        assert (fault["parameter"], fault["value"]) == ("successor", into)
    assert "n’est ni retirée ni fusionnée" in refused(editor.send("POST", f"{path}/{stays}/restore"), 409)["detail"]
    assert editor.serial() == before
    assert editor.act(f"{path}/{gone}/restore")["revision"]["action"] == "restored"
    refused(editor.send("POST", f"{path}/{gone}/restore"), 409)
    assert editor.read(f"{path}/{gone}")["id"] == gone


def test_members_and_labels_of_a_duplicate_pole_move_with_their_sources(editor: Editor) -> None:
    first, second = (created(editor, "/v1/poles", f"Pôle {name}") for name in ("en double", "qui reste"))
    only, both = (created(editor, "/v1/organisations", f"Structure {name}") for name in ("seule", "commune"))
    old, new = (created(editor, "/v1/waves", f"Appel {name}") for name in ("ancien", "nouveau"))
    joined(editor, first, only, "carrier", since="2014")
    joined(editor, first, both, "member")
    joined(editor, second, both, "founder")
    awarded(editor, first, old, awarded_on="2014-01-10", funding_eur=5000)
    awarded(editor, first, new)
    awarded(editor, second, new, notes="Celle qui reste")
    before = editor.read(f"/v1/poles/{first}")
    lengths = {
        path: len(editor.history(path))
        for path in (
            f"/v1/poles/{first}",
            f"/v1/poles/{second}",
            f"/v1/organisations/{only}",
            f"/v1/organisations/{both}",
            f"/v1/waves/{old}",
            f"/v1/waves/{new}",
        )
    }

    response = editor.send("POST", f"/v1/poles/{first}/merge", {"into": second}, reason="Même pôle", source=PAGE)
    document = written(response)
    assert response.headers["etag"] == editor.etag(f"/v1/poles/{second}")
    assert document == editor.read(f"/v1/poles/{second}")
    assert members(editor, second) == {only: "carrier", both: "founder"}
    assert [one["id"] for one in document["carriers"]] == [only]
    assert labels(editor, second) == {old, new}
    moved = next(one for one in document["members"] if one["organisation"]["id"] == only)
    assert moved == next(one for one in before["members"] if one["organisation"]["id"] == only)
    assert [one["url"] for one in moved["sources"]] == [PAGE]
    label = next(one for one in document["labels"] if one["wave"]["id"] == old)
    assert label == next(one for one in before["labels"] if one["wave"]["id"] == old)
    assert next(one for one in document["labels"] if one["wave"]["id"] == new)["notes"] == "Celle qui reste"

    serial = editor.serial()
    assert {path: len(editor.history(path)) - length for path, length in lengths.items()} == dict.fromkeys(lengths, 1)
    assert state.published(editor.database, serial) == {
        ("pole", first), ("pole", second), ("organisation", only), ("organisation", both), ("wave", old), ("wave", new),
    }  # fmt: skip
    for organisation in (only, both):
        assert poles_of(editor, organisation) == {second}
    for wave in (old, new):
        assert [one["pole"]["id"] for one in editor.read(f"/v1/waves/{wave}")["labels"]] == [second]
    assert [one["action"] for one in editor.history(f"/v1/poles/{second}")] == ["updated"] * 3 + ["created"]
    assert editor.history(f"/v1/poles/{second}")[0]["reason"] == "Même pôle"


def test_a_merged_record_leads_to_the_one_that_stays(editor: Editor) -> None:
    first, second, third = (created(editor, "/v1/poles", f"Maillon {name}") for name in ("un", "deux", "trois"))
    organisation = created(editor, "/v1/organisations", "Structure des maillons")
    joined(editor, first, organisation)
    editor.act(f"/v1/poles/{first}/merge", {"into": second})
    serial = editor.serial()
    editor.act(f"/v1/poles/{second}/merge", {"into": third})
    for suffix in ("", ".csv", ".geojson"):
        response = editor.client.get(f"/v1/poles/{first}{suffix}", follow_redirects=True)
        assert [one.status_code for one in response.history] == [308, 308]
        assert response.url.path == f"/v1/poles/{third}{suffix}"
        assert response.status_code == 200
    assert members(editor, third) == {organisation: "member"}
    assert asked(editor.client, f"/v1/poles/{second}?as_of={serial}")["id"] == second
    assert [one["action"] for one in editor.history(f"/v1/poles/{first}")] == ["merged", "updated", "created"]
    for method, body in (("PUT", {"name": "x"}), ("PATCH", {"name": "x"}), ("DELETE", None)):
        response = editor.send(method, f"/v1/poles/{first}", body, {"If-Match": "*"})
        assert (response.status_code, httpx.URL(response.headers["location"]).path) == (308, f"/v1/poles/{second}")
    response = editor.send("POST", f"/v1/poles/{first}/merge", {"into": third})
    assert (response.status_code, httpx.URL(response.headers["location"]).path) == (308, f"/v1/poles/{second}/merge")
    for link in (f"/v1/memberships/{first}@{organisation}", f"/v1/poles/{first}/members"):
        response = editor.client.get(link, follow_redirects=True)
        assert [one.status_code for one in response.history] == [308, 308]
        assert response.url.path == link.replace(first, third)
        assert response.status_code == 200

    assert editor.act(f"/v1/poles/{first}/restore")["members"] == []
    assert members(editor, third) == {organisation: "member"}
    assert editor.client.get(f"/v1/poles/{second}").status_code == 308
    assert poles_of(editor, organisation) == {third}


def test_a_duplicate_organisation_leaves_its_poles_to_the_one_that_stays(editor: Editor) -> None:
    first, second = (created(editor, "/v1/organisations", f"Régie {name}") for name in ("en double", "qui reste"))
    poles = [created(editor, "/v1/poles", f"Pôle de la régie {name}") for name in ("a", "b")]
    joined(editor, poles[0], first, "carrier")
    joined(editor, poles[1], first, "member", since="2019")
    joined(editor, poles[1], second, "partner", since="2020")
    document = editor.act(f"/v1/organisations/{first}/merge", {"into": second})
    assert {(one["pole"]["id"], one["role"], one["since"]) for one in document["poles"]} == {
        (poles[0], "carrier", None), (poles[1], "partner", "2020"),
    }  # fmt: skip
    assert [members(editor, pole) for pole in poles] == [{second: "carrier"}, {second: "partner"}]
    assert editor.client.get(f"/v1/organisations/{first}").status_code == 308
    assert listed(editor.client, f"member={second}") == sorted(poles)
    changes = editor.history(f"/v1/poles/{poles[0]}")[0]["changes"]
    assert {change["field"] for change in changes} == {"members", "carriers"}


def test_a_duplicate_wave_leaves_its_labels_to_the_one_that_stays(editor: Editor) -> None:
    first, second = (created(editor, "/v1/waves", f"Vague {name}") for name in ("en double", "qui reste"))
    pole = created(editor, "/v1/poles", "Pôle des deux vagues")
    awarded(editor, pole, first, awarded_on="2020")
    assert editor.act(f"/v1/waves/{first}/merge", {"into": second})["found"] == 1
    assert labels(editor, pole) == {second}
    late = created(editor, "/v1/waves", "Vague tardive", opened_on="2022")
    assert "awarded_on" in refused(editor.send("POST", f"/v1/waves/{second}/merge", {"into": late}), 409)["detail"]
    assert labels(editor, pole) == {second}


@pytest.mark.parametrize("how", ["retire", "merge"])
def test_links_of_a_hidden_record_come_back_with_it(editor: Editor, how: str) -> None:
    """A link whose other end is gone is kept; a merge of its pole moves it too."""
    pole, other = (created(editor, "/v1/poles", f"Pôle {how} {name}") for name in ("a", "b"))
    organisation = created(editor, "/v1/organisations", f"Structure {how}")
    wave = created(editor, "/v1/waves", f"Appel {how}")
    joined(editor, pole, organisation, "carrier")
    awarded(editor, pole, wave)
    shown = editor.read(f"/v1/poles/{pole}")
    for path in (f"/v1/organisations/{organisation}", f"/v1/waves/{wave}"):
        editor.delete(path, reason="Mise de côté")
    hidden = editor.read(f"/v1/poles/{pole}")
    assert (hidden["members"], hidden["carriers"], hidden["labels"], hidden["known_member_count"]) == ([], [], [], 0)
    assert pole not in listed(editor.client, "status=unknown&outcome=laureate")
    stays = pole
    if how == "merge":
        editor.act(f"/v1/poles/{pole}/merge", {"into": other})
        stays = other
        assert members(editor, other) == {}
    editor.act(f"/v1/organisations/{organisation}/restore")
    editor.act(f"/v1/waves/{wave}/restore")
    document = editor.read(f"/v1/poles/{stays}")
    for name in ("members", "carriers", "labels", "known_member_count"):
        assert document[name] == shown[name], name
    assert poles_of(editor, organisation) == {stays}


def test_a_merge_of_real_poles_keeps_every_list_in_agreement(alone: Editor) -> None:
    before = {path: alone.client.get(f"{path}?as_of=1").content for path in ("/v1/poles/bou-sol", "/v1/poles/3-eva")}
    moved = members(alone, "bou-sol")
    kept = members(alone, "3-eva")
    alone.act("/v1/poles/bou-sol/merge", {"into": "3-eva"})
    assert members(alone, "3-eva") == moved | kept
    assert listed(alone.client, "member=bou-sol") == ["3-eva"]
    assert {path: alone.client.get(f"{path}?as_of=1").content for path in before} == before
    assert asked(alone.client, "/v1/poles?limit=1")["count"] == 114
    lists_agree(alone.client)
    alone.act("/v1/organisations/bou-sol/merge", {"into": "groupe-archer"})
    alone.act("/v1/waves/aap-2015/merge", {"into": "aap-2013"})
    wave = alone.read("/v1/waves/aap-2013")
    assert wave["found"] == len(listed(alone.client, "wave=aap-2013&outcome=laureate"))
    assert listed(alone.client, "wave=aap-2015&as_of=1") != []
    lists_agree(alone.client)
