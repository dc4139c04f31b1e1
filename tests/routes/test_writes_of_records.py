"""Poles, organisations and waves are created, replaced and patched: what a body means, and what it may not say."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Server
from tests.routes.asking import asked, refused
from tests.routes.writing import Editor, Json, edited, faults, written

LISTS = ("/v1/poles", "/v1/organisations", "/v1/waves")
CALL = {"kind": "AMI"}


@pytest.fixture(scope="module")
def editor(server: Server, template: str) -> Iterator[Editor]:
    """One registry for the file: each test writes records of its own."""
    with edited(server, template) as made:
        yield made


@pytest.mark.parametrize(("path", "body"), [
    ("/v1/poles", {"name": "Pôle d’Été"}),
    ("/v1/organisations", {"name": "Régie d’Été"}),
    ("/v1/waves", {"name": "Appel d’Été", **CALL}),
])  # fmt: skip
def test_a_record_is_created_from_little(editor: Editor, path: str, body: Json) -> None:
    before = editor.serial()
    response = editor.send("POST", path, body)
    document = written(response, 201)
    address = f"{path}/{document['id']}"
    assert response.headers["location"] == f"{editor.client.base_url}{address}"
    assert response.headers["registry-serial"] == str(before + 1) == str(editor.serial())
    read = editor.client.get(response.headers["location"])
    assert read.content == response.content
    assert read.headers["etag"] == response.headers["etag"]
    assert document["name"] == body["name"]
    assert document["revision"] | {"recorded_at": ""} == {"serial": before + 1, "recorded_at": "", "action": "created"}
    assert [source["publisher"] for source in document["sources"]] == [editor.name]
    assert document["id"] in {one["id"] for one in asked(editor.client, f"{path}?q=ete&limit=1000")["items"]}


@pytest.mark.parametrize(("name", "wanted"), [
    ("Pôle de l’Œuvre d’Été", "pole-de-l-oeuvre-d-ete"),
    ("  Pôle   entre --- deux !  ", "pole-entre-deux"),
    ("ESS'PACE n° 2", "ess-pace-n-2"),
    ("Straße des Ærø", "strasse-des-aero"),
    ("Coopérative 合作 Été", "cooperative-ete"),
    ("mot " * 60, "mot" + "-mot" * 19),
    ("x" * 500, "x" * 80),
])  # fmt: skip
def test_an_id_is_made_from_the_name(editor: Editor, name: str, wanted: str) -> None:
    assert editor.create("/v1/poles", {"name": name})["id"] == wanted
    assert editor.create("/v1/poles", {"name": name})["id"] == f"{wanted}-2"
    assert editor.create("/v1/poles", {"name": name})["id"] == f"{wanted}-3"
    assert editor.read(f"/v1/poles/{wanted}-3")["name"] == " ".join(name.split(" ")).strip()


@pytest.mark.parametrize("name", ["合作社", "…", "—"])
def test_a_name_that_makes_no_id_is_refused(editor: Editor, name: str) -> None:
    fault = faults(editor.send("POST", "/v1/poles", {"name": name}))["/name"]
    assert "lettre" in fault["expected"]
    assert fault["value"] == name


def test_an_id_is_never_used_again_nor_changed(editor: Editor) -> None:
    path = "/v1/organisations/regie-ephemere"
    editor.create("/v1/organisations", {"name": "Régie éphémère"})
    assert editor.patch(path, {"name": "Régie durable"})["id"] == "regie-ephemere"
    assert editor.create("/v1/organisations", {"name": "Régie éphémère"})["id"] == "regie-ephemere-2"
    editor.delete(f"{path}-2", reason="Doublon")
    assert editor.create("/v1/organisations", {"name": "Régie éphémère"})["id"] == "regie-ephemere-3"
    refused(editor.client.get(f"{path}-2"), 410)
    refused(editor.send("POST", "/v1/organisations", {"name": "Autre", "id": "choisi"}), 422)


@pytest.mark.parametrize("path", LISTS)
def test_a_document_put_back_as_it_was_read_changes_nothing(editor: Editor, path: str) -> None:
    before = editor.serial()
    for document in asked(editor.client, f"{path}?limit=1000")["items"][:: 5 if "org" in path else 1]:
        response = editor.edit("PUT", f"{path}/{document['id']}", document)
        assert written(response) == document
        assert "registry-serial" not in response.headers
        assert response.headers["etag"] == editor.etag(f"{path}/{document['id']}")
    assert editor.serial() == before


def test_put_replaces_all_that_can_be_written(editor: Editor) -> None:
    body = {
        "name": "Pôle complet", "acronym": "PC", "former_names": ["Pôle naissant", "Pôle d’antan"], "status": "active",
        "status_as_of": "2025-03", "description": "Deux lignes.\nEt un tiret – long.", "founded_year": 2014,
        "ended_on": None, "website": "https://pole.example/", "member_count": 12, "job_count": 0, "notes": "À vérifier.",
        "sectors": ["culture", "housing"],
    }  # fmt: skip
    seat = {"address": "1 place Jean-Jaurès", "postcode": "26100", "commune": "26281"}
    territory = {"text": "Romanais", "units": ["commune:26281", "departement:26", "region:84"]}
    document = editor.create("/v1/poles", body | {"seat": seat, "territory": territory})
    for name, value in body.items():
        if name != "sectors":
            assert document[name] == value, name
    assert [one["code"] for one in document["sectors"]] == body["sectors"]
    assert [one["name"] for one in document["territory"]["units"]][:2] == ["Romans-sur-Isère", "Drôme"]
    assert document["territory"]["text"] == "Romanais"
    assert document["seat"]["postcode"] == "26100"

    swapped = document | {"former_names": ["Pôle d’antan"], "sectors": ["housing", {"code": "culture", "name": "?"}]}
    again = editor.put("/v1/poles/pole-complet", swapped)
    assert again["former_names"] == ["Pôle d’antan"]
    assert [one["code"] for one in again["sectors"]] == ["housing", "culture"]

    bare = editor.put("/v1/poles/pole-complet", {"name": "Pôle nu"})
    assert bare["id"] == "pole-complet"
    kept = {"id", "url", "name", "revision", "sources", "seat", "territory", "status"}
    assert {name: value for name, value in bare.items() if name not in kept and value} == {}
    assert bare["status"] == "unknown"
    assert bare["territory"] == {"text": None, "units": []}
    assert {name: value for name, value in bare["seat"].items() if value} == {"precision": "none"}
    assert editor.read("/v1/poles/pole-complet?as_of=" + str(again["revision"]["serial"])) == again


COMPUTED: list[tuple[str, Json, set[str]]] = [
    ("/v1/poles/archer-pole-sud", {"id": "autre"}, {"/id"}),
    ("/v1/poles/archer-pole-sud", {"url": "/poles/autre", "known_member_count": 99}, {"/url", "/known_member_count"}),
    ("/v1/poles/archer-pole-sud", {"revision": {"serial": 0}}, {"/revision"}),
    ("/v1/poles/archer-pole-sud", {"labels": []}, {"/labels"}),
    ("/v1/poles/archer-pole-sud", {"members": [{"organisation": "bge"}], "carriers": []}, {"/members", "/carriers"}),
    ("/v1/poles/archer-pole-sud", {"seat": {"epci": {"code": "200054807", "name": "Marseille"}}}, {"/seat/epci"}),
    (
        "/v1/organisations/groupe-archer",
        {"region": {"code": "93", "name": "Sud"}, "longitude": 1.5},
        {"/region", "/longitude"},
    ),
    ("/v1/organisations/groupe-archer", {"poles": []}, {"/poles"}),
    ("/v1/waves/aap-2013", {"found": 0, "missing": 7, "labels": []}, {"/found", "/missing", "/labels"}),
]


@pytest.mark.parametrize(("path", "changed", "pointers"), COMPUTED, ids=[str(case[1])[:40] for case in COMPUTED])
def test_what_the_registry_computes_cannot_be_changed(
    editor: Editor, path: str, changed: Json, pointers: set[str]
) -> None:
    before = editor.read(path)
    found = faults(editor.edit("PATCH", path, changed))
    assert set(found) == pointers
    assert all("calcule" in fault["expected"] for fault in found.values())
    seat = {"seat": before["seat"] | changed["seat"]} if "seat" in changed else {}
    assert set(faults(editor.edit("PUT", path, before | changed | seat))) == pointers
    assert editor.read(path) == before


START = {"name": "Pôle à patcher", "acronym": "PAP", "former_names": ["Un", "Deux"], "member_count": 3,
         "territory": {"text": "Le val", "units": ["departement:26", "region:84"]}, "sectors": ["culture", "housing"]}  # fmt: skip
PATCHES: list[tuple[Json, Json]] = [
    ({}, {}),
    ({"acronym": None}, {"acronym": None}),
    ({"acronym": "NEUF", "member_count": None}, {"acronym": "NEUF", "member_count": None}),
    ({"former_names": ["Trois"]}, {"former_names": ["Trois"]}),
    ({"former_names": []}, {"former_names": []}),
    ({"former_names": None}, {"former_names": []}),
    ({"territory": {"text": None}}, {"territory.text": None}),
    ({"territory": {"units": ["region:84"]}}, {"territory.units": ["region:84"]}),
    ({"territory": None}, {"territory.text": None, "territory.units": []}),
    ({"territory": {}}, {}),
    ({"territory": {"text": "Le val"}, "acronym": "PAP"}, {}),
    ({"sectors": ["housing"]}, {"sectors": ["housing"]}),
    ({"member_count": 0}, {"member_count": 0}),
    ({"description": None, "notes": None}, {}),
    ({"name": "  Pôle patché  "}, {"name": "Pôle patché"}),
]


def flat(document: Json) -> Json:
    shown = {
        name: document[name] for name in ("name", "acronym", "former_names", "member_count", "description", "notes")
    }
    units = [unit["unit"] for unit in document["territory"]["units"]]
    sectors = [sector["code"] for sector in document["sectors"]]
    return shown | {"territory.text": document["territory"]["text"], "territory.units": units, "sectors": sectors}


@pytest.mark.parametrize(("patch", "wanted"), PATCHES, ids=[str(patch)[:50] for patch, _ in PATCHES])
@pytest.mark.parametrize("media", ["application/json", "application/merge-patch+json; charset=utf-8"])
def test_a_patch_changes_what_it_names_and_nothing_else(editor: Editor, media: str, patch: Json, wanted: Json) -> None:
    """RFC 7396: null takes away, objects are merged, lists are replaced."""
    document = editor.create("/v1/poles", START)
    path = f"/v1/poles/{document['id']}"
    headers = {"If-Match": editor.etag(path), "Content-Type": media}
    response = editor.send("PATCH", path, patch, headers)
    assert flat(written(response)) == flat(document) | wanted
    assert ("registry-serial" in response.headers) == bool(wanted)
    assert editor.read(path) == response.json()
    assert len(editor.history(path)) == 1 + bool(wanted)


def test_a_patch_cannot_take_a_name_away(editor: Editor) -> None:
    found = faults(editor.edit("PATCH", "/v1/poles/3-eva", {"name": None}))
    assert found["/name"]["expected"].startswith("une valeur")
    assert set(faults(editor.edit("PATCH", "/v1/waves/aap-2013", {"name": None, "kind": None}))) == {"/name", "/kind"}


BREACHES: list[tuple[str, Json, dict[str, str]]] = [
    ("/v1/poles", {"seat": {"commune": "26281", "departement": "35", "region": "53"}}, {"/seat/departement": "26, celui de la commune", "/seat/longitude": "un point dans le département 35"}),
    ("/v1/poles", {"seat": {"commune": "26281", "region": "53"}}, {"/seat/region": "84, celle du département 26"}),
    ("/v1/poles", {"seat": {"commune": "26281", "longitude": 2.3, "latitude": 48.8}}, {"/seat/longitude": "un point dans le département 26"}),
    ("/v1/poles", {"seat": {"commune": "26281", "longitude": 5.05}}, {"/seat/longitude": "longitude et latitude ensemble"}),
    ("/v1/poles", {"seat": {"commune": "26281", "latitude": 45.0}}, {"/seat/longitude": "longitude et latitude ensemble"}),
    ("/v1/poles", {"seat": {"departement": "26", "longitude": 5.05, "latitude": 45.04}}, {"/seat/longitude": "aucun point"}),
    ("/v1/poles", {"seat": {"commune": "26281", "precision": "address"}}, {"/seat/precision": "la précision de ce qui est rempli"}),
    ("/v1/poles", {"seat": {"commune": "26281", "precision": "region"}}, {"/seat/precision": "la précision de ce qui est rempli"}),
    ("/v1/poles", {"seat": {"region": "84", "precision": "none"}}, {"/seat/precision": "la précision de ce qui est rempli"}),
    ("/v1/poles", {"seat": {"commune": "99999"}}, {"/seat/commune": "commune actuelle"}),
    ("/v1/poles", {"seat": {"departement": "99"}}, {"/seat/departement": "le code d’un département"}),
    ("/v1/poles", {"seat": {"region": "99"}}, {"/seat/region": "84"}),
    ("/v1/poles", {"founded_year": 2015, "ended_on": "2014-12-31"}, {"/ended_on": "après la création (2015)"}),
    ("/v1/poles", {"territory": {"units": ["region:84", "commune:99999", "epci:000000000"]}},
     {"/territory/units/1": "une unité qui existe", "/territory/units/2": "une unité qui existe"}),
    ("/v1/poles", {"sectors": ["culture", "cultures"]}, {"/sectors/1": "le code d’un secteur"}),
    ("/v1/organisations", {"siren": "123456789"}, {"/siren": "la clé est juste"}),
    ("/v1/organisations", {"commune": "99999", "siren": "123456789"}, {"/commune": "commune actuelle", "/siren": "la clé"}),
    ("/v1/waves", {**CALL, "opened_on": "2026-05", "closed_on": "2026-04-30"}, {"/closed_on": "après 2026-05"}),
    ("/v1/waves", {**CALL, "opened_on": "2026", "results_on": "2025"}, {"/results_on": "après 2026"}),
    ("/v1/waves", {**CALL, "closed_on": "2026-05-02", "results_on": "2026-05-01"}, {"/results_on": "après 2026-05-02"}),
    ("/v1/waves", {**CALL, "candidates": 3, "laureates": 4}, {"/laureates": "au plus le nombre de candidatures (3)"}),
    ("/v1/poles", {"seat": {"commune": "99999"}, "founded_year": 2015, "ended_on": "2014", "sectors": ["x"], "territory": {"units": ["region:99"]}},
     {"/seat/commune": "commune actuelle", "/ended_on": "après", "/sectors/0": "secteur", "/territory/units/0": "unité"}),
]  # fmt: skip


@pytest.mark.parametrize(("path", "body", "wanted"), BREACHES, ids=[str(body)[:70] for _, body, _ in BREACHES])
def test_rules_across_fields_hold(editor: Editor, path: str, body: Json, wanted: dict[str, str]) -> None:
    before = editor.serial()
    found = faults(editor.send("POST", path, {"name": "Essai"} | body))
    assert set(found) == set(wanted)
    assert [pointer for pointer, expected in wanted.items() if expected not in found[pointer]["expected"]] == []
    assert editor.serial() == before


@pytest.mark.parametrize(("path", "body"), [
    ("/v1/poles", {"founded_year": 2015, "ended_on": "2015"}),
    ("/v1/waves", {**CALL, "opened_on": "2026-05-02", "closed_on": "2026-05", "results_on": "2026"}),
    ("/v1/waves", {**CALL, "candidates": 4, "laureates": 4}),
    ("/v1/organisations", {"siren": "219300639", "commune": "26281"}),
])  # fmt: skip
def test_what_only_just_keeps_a_rule_is_taken(editor: Editor, path: str, body: Json) -> None:
    document = editor.create(path, {"name": "Juste"} | body)
    assert {name: document[name] for name in body if name != "commune"} == {
        n: v for n, v in body.items() if n != "commune"
    }


@pytest.mark.parametrize(("body", "pointer", "suggestion"), [
    ({"nom": "x", "name": "y"}, "/nom", ...),
    ({"name": "x", "acronyme": "y"}, "/acronyme", "acronym"),
    ({"name": "x", "seat": {"comune": "26281"}}, "/seat/comune", "commune"),
    ({"name": "x", "territory": {"unit": []}}, "/territory/unit", "units"),
    ({"name": "x", "status": "actif"}, "/status", "active"),
    ({"name": "x", "sectors": ["cultur"]}, "/sectors/0", "culture"),
    ({"name": "x", "retired": True}, "/retired", ...),
    ({"name": "x", "a/b~c": 1}, "/a~1b~0c", None),
    ({"name": "x", "seat_commune": "26281"}, "/seat_commune", ...),
])  # fmt: skip
def test_what_is_not_known_is_refused_with_a_hint(editor: Editor, body: Json, pointer: str, suggestion: Any) -> None:
    (found,) = faults(editor.send("POST", "/v1/poles", body)).items()
    assert found[0] == pointer
    if suggestion is not ...:
        assert found[1].get("suggestion") == suggestion


def test_no_record_takes_the_address_of_a_search(editor: Editor) -> None:
    assert editor.create("/v1/poles", {"name": "Search"})["id"] == "search-2"


def test_every_fault_of_a_body_is_named_at_once(editor: Editor) -> None:
    body = {
        "name": "", "statut": 1, "status": "clos", "founded_year": "deux mille", "member_count": -1, "website": "pole.fr",
        "ended_on": "2024-02-30", "seat": {"commune": "Romans", "longitude": 200, "postcode": 26100, "zone": 1},
        "former_names": ["bien", "", 3], "territory": {"units": ["canton:2601"]}, "sources": [{"id": "S 1"}], "id": "x",
    }  # fmt: skip
    problem = refused(editor.send("POST", "/v1/poles", body), 422)
    assert {fault["pointer"] for fault in problem["errors"]} == {
        "/name", "/statut", "/status", "/founded_year", "/member_count", "/website", "/ended_on", "/seat/commune",
        "/seat/longitude", "/seat/postcode", "/seat/zone", "/former_names/1", "/former_names/2", "/territory/units/0",
        "/sources/0/id", "/id",
    }  # fmt: skip
    assert "(et 11 autres)" in problem["detail"]


@pytest.mark.parametrize(("path", "body", "pointers"), [
    (
        "/v1/poles",
        {"name": 1, "founded_year": "x", "sectors": ["sport"], "seat": {"commune": "99999"}, "sources": [{"id": "s-0"}]},
        {"/name", "/founded_year", "/sectors/0", "/seat/commune", "/sources/0/id"},
    ),
    ("/v1/poles", {"name": "☮", "territory": {"units": ["epci:1"]}, "sources": []}, {"/name", "/territory/units/0", "/sources"}),
    (
        "/v1/organisations",
        {"kind": "association", "siren": "123456789", "commune": "99999", "website": "x", "sources": [{"id": "s-0"}]},
        {"/name", "/siren", "/commune", "/website", "/sources/0/id"},
    ),
    (
        "/v1/waves",
        {"name": "W", "kind": "AMI", "opened_on": "2022", "closed_on": "2021", "budget_eur": "x", "sources": [{"id": "s-0"}]},
        {"/closed_on", "/budget_eur", "/sources/0/id"},
    ),
    (
        "/v1/memberships",
        {"pole": "archer-pole-sud", "organisation": "3-eva", "since": "2022", "until": "2021", "role": "x", "sources": []},
        {"/until", "/role", "/sources"},
    ),
    (
        "/v1/labels",
        {"pole": "pas-la", "wave": "aap-2013", "outcome": "laureate", "funding_eur": -1, "sources": [{"id": "s-0"}]},
        {"/pole", "/funding_eur", "/sources/0/id"},
    ),
])  # fmt: skip
def test_faults_of_shape_of_rules_and_of_sources_are_named_at_once(
    editor: Editor, path: str, body: Json, pointers: set[str]
) -> None:
    assert set(faults(editor.send("POST", path, body))) == pointers


@pytest.mark.parametrize("path", LISTS)
def test_a_record_that_is_not_there_cannot_be_edited(editor: Editor, path: str) -> None:
    for method, body in (("PUT", {"name": "Neuf", **CALL}), ("PATCH", {"name": "Neuf"}), ("DELETE", None)):
        problem = refused(editor.send(method, f"{path}/pas-la", body, {"If-Match": "*"}), 404)
        assert "pas-la" in problem["detail"]
        for strange in ("%00", "a%00b", "A", "x" * 3000, "%C3%A9", "a'%20OR%201=1"):
            refused(editor.send(method, f"{path}/{strange}", body, {"If-Match": "*"}), 404)
    for action in ("merge", "restore"):
        for identity in ("pas-la", "%00", "x" * 3000):
            refused(editor.send("POST", f"{path}/{identity}/{action}", {"into": "3-eva"}), 404)


def test_every_write_tells_who_why_and_from_what(editor: Editor) -> None:
    path = "/v1/poles/" + editor.create("/v1/poles", {"name": "Pôle raconté", "member_count": 3})["id"]
    page = "https://presse.example/article?a=1&b=2"
    editor.patch(path, {"member_count": 5, "seat": {"commune": "26281"}}, reason="L’assemblée du 3 mai", source=page)
    editor.put(path, editor.read(path) | {"status": "active"})
    latest, edit, creation = editor.history(path)
    assert [entry["editor"] for entry in (latest, edit, creation)] == [editor.name] * 3
    assert [entry["reason"] for entry in (latest, edit, creation)] == [
        "Modification",
        "L’assemblée du 3 mai",
        "Création",
    ]
    assert [entry["source"] for entry in (latest, edit)] == ["/sources/editeur-cellule-nationale", page]
    assert [entry["action"] for entry in (latest, edit, creation)] == ["updated", "updated", "created"]
    changes = {change["field"]: (change["before"], change["after"]) for change in edit["changes"]}
    assert changes["member_count"] == (3, 5)
    assert changes["seat.commune"] == (None, {"code": "26281", "name": "Romans-sur-Isère"})
    assert {"seat.region", "seat.precision", "seat.longitude", "sources"} <= set(changes)
    assert [(c["field"], c["before"], c["after"]) for c in latest["changes"] if c["field"] != "sources"] == [
        ("status", "unknown", "active")
    ]
    assert creation["changes"] == []
