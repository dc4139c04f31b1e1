"""Organisations, the members of a pole, and what their filters find, against the seed."""

from collections.abc import Callable

import httpx
import pytest

from tests.routes import oracle
from tests.routes.asking import asked, listed, refused
from tests.routes.oracle import Organisation

ROLES = ["carrier", "founder", "member", "partner"]


def region_of(organisation: Organisation) -> str:
    regions = oracle.names("reference/communes", "code", "region")
    return regions.get(organisation.commune, "")


CASES: list[tuple[str, Callable[[Organisation], bool]]] = [
    ("", lambda _one: True),
    ("kind=association", lambda one: one.kind == "association"),
    ("kind=mutual,foundation", lambda one: one.kind in {"mutual", "foundation"}),
    ("role=carrier", lambda one: "carrier" in one.roles),
    ("role=founder,partner", lambda one: bool(one.roles & {"founder", "partner"})),
    ("pole=archer-pole-sud", lambda one: "archer-pole-sud" in one.poles),
    ("pole=archer-pole-sud,3-eva", lambda one: bool({"archer-pole-sud", "3-eva"} & set(one.poles))),
    ("pole=archer-pole-sud&role=carrier", lambda one: "archer-pole-sud" in one.poles and "carrier" in one.roles),
    ("siren=219300639", lambda one: one.siren == "219300639"),
    ("siren=219300639,246300701", lambda one: one.siren in {"219300639", "246300701"}),
    ("commune=11206", lambda one: one.commune == "11206"),
    ("region=84", lambda one: region_of(one) == "84"),
    ("region=bretagne&kind=association", lambda one: region_of(one) == "53" and one.kind == "association"),
    ("departement=93", lambda one: one.commune.startswith("93")),
    ("codeDepartement=93", lambda one: one.commune.startswith("93")),
    ("kind=cooperative&role=carrier", lambda one: one.kind == "cooperative" and "carrier" in one.roles),
]


@pytest.mark.parametrize(("query", "wanted"), CASES, ids=[query for query, _ in CASES])
def test_a_filter_finds_what_the_seed_says(
    client: httpx.Client, query: str, wanted: Callable[[Organisation], bool]
) -> None:
    assert listed(client, query, "/v1/organisations") == oracle.organisation_ids(wanted)


@pytest.mark.parametrize("query", ["q=prefecture", "q=préfecture limoux", "q=Ville de Nevers", "q=219300639"])
def test_words_find_organisations(client: httpx.Client, query: str) -> None:
    found = listed(client, query, "/v1/organisations")
    words = oracle.words(query.removeprefix("q="))
    named = oracle.organisation_ids(
        lambda one: all(any(word.startswith(it) for word in [*oracle.words(one.name), one.siren]) for it in words)
    )
    assert named
    assert set(named) <= set(found)


@pytest.mark.parametrize(("query", "parameter"), [
    ("kind=asso", "kind"), ("role=porteur", "role"), ("pole=archer", "pole"), ("siren=123456789", "siren"),
    ("siren=abc", "siren"), ("wave=2013", "wave"), ("organisation_kind=company", "organisation_kind"),
])  # fmt: skip
def test_an_unknown_value_is_refused(client: httpx.Client, query: str, parameter: str) -> None:
    (fault,) = refused(client.get(f"/v1/organisations?{query}"), 422)["errors"]
    assert fault["parameter"] == parameter


def test_an_organisation_shows_its_poles(client: httpx.Client) -> None:
    for organisation in oracle.organisations()[::20]:
        document = asked(client, f"/v1/organisations/{organisation.id}")
        assert (document["name"], document["kind"]) == (organisation.name, organisation.kind)
        assert document["siren"] == (organisation.siren or None)
        assert sorted(one["pole"]["id"] for one in document["poles"]) == sorted(organisation.poles)
        assert (document["commune"] or {"code": ""})["code"] == organisation.commune
        assert (document["region"] or {"code": ""})["code"] == region_of(organisation)


def test_an_id_may_be_a_poles_and_an_organisations(client: httpx.Client) -> None:
    assert asked(client, "/v1/poles/3-eva")["url"] == "/poles/3-eva"
    assert asked(client, "/v1/organisations/3-eva")["url"] == "/organisations/3-eva"


@pytest.mark.parametrize("pole", ["archer-pole-sud", "3-eva", "jardins-du-gros-morne", "ag2i-bourg-en-bresse"])
def test_the_members_of_a_pole_are_those_a_source_names(client: httpx.Client, pole: str) -> None:
    rows = [row for row in oracle.rows("memberships") if row["pole_id"] == pole]
    wanted = sorted(rows, key=lambda row: (ROLES.index(row["role"]), row["organisation_id"]))
    answer = asked(client, f"/v1/poles/{pole}/members?limit=1000")
    assert [(one["organisation"]["id"], one["role"]) for one in answer["items"]] == [
        (row["organisation_id"], row["role"]) for row in wanted
    ]
    assert answer["count"] == len(wanted)
    for item, row in zip(answer["items"], wanted, strict=True):
        assert (item["since"] or "", item["until"] or "") == (row["since"], row["until"])
        assert [source["id"] for source in item["sources"]] == sorted(oracle.split(row["source_ids"]))
    assert asked(client, f"/v1/poles/{pole}")["members"] == answer["items"]
    for role in ROLES:
        some = asked(client, f"/v1/poles/{pole}/members?role={role}")
        assert some["items"] == [item for item in answer["items"] if item["role"] == role]
        assert some["count"] == len(some["items"])


def test_an_unknown_role_is_refused(client: httpx.Client) -> None:
    (fault,) = refused(client.get("/v1/poles/3-eva/members?role=porteur"), 422)["errors"]
    assert "carrier" in fault["expected"]


@pytest.mark.parametrize("path", ["/v1/poles/archer-pole-sud", "/v1/organisations/bge", "/v1/waves/aap-2013"])
def test_the_history_begins_with_the_seed(client: httpx.Client, path: str) -> None:
    answer = asked(client, f"{path}/history")
    (entry,) = answer["items"]
    assert (entry["serial"], entry["action"], entry["changes"]) == (1, "created", [])
    assert entry["editor"]
    assert entry["reason"]
    assert entry["recorded_at"] == asked(client, path)["revision"]["recorded_at"]
