"""Facets are disjunctive: each count is the count one gets by also choosing that value."""

from urllib.parse import quote

import httpx
import pytest

from tests.routes import oracle
from tests.routes.asking import asked

POLE_FACETS = ("region", "departement", "status", "wave", "outcome", "sector")
QUERIES = [
    "",
    "region=84",
    "region=84,11&status=active",
    "wave=ami-2021",
    "outcome=supported",
    "outcome=laureate&region=11",
    "wave=ami-2021&outcome=supported",
    "wave=2013,2015&outcome=laureate&status=active,unknown",
    "wave=aap-2013&outcome=supported",
    "sector=culture&status=active",
    "q=coop",
    "departement=31&region=76",
    "region=Rhône-Alpes&wave=2013",
    "active_on=2021-05-12&wave=2021",
    "territory=region:84",
    "member=bge",
    "region=84&departement=44",
]


def chosen(query: str, name: str, value: str) -> str:
    """Return the query with this one value of a filter in place of its own."""
    others = [pair for pair in query.split("&") if pair and not pair.startswith(f"{name}=")]
    return "&".join([*others, f"{name}={quote(value)}"])


@pytest.mark.parametrize("query", QUERIES)
def test_a_facet_counts_what_choosing_it_gives(client: httpx.Client, query: str) -> None:
    answer = asked(client, f"/v1/poles?{query}&facets={','.join(POLE_FACETS)}&limit=1")
    assert list(answer["facets"]) == list(POLE_FACETS)
    for name, values in answer["facets"].items():
        for shown in values:
            there = asked(client, f"/v1/poles?{chosen(query, name, shown['value'])}&limit=1")
            assert there["count"] == shown["count"] > 0, (name, shown)


@pytest.mark.parametrize("query", QUERIES)
def test_a_value_that_a_facet_does_not_show_gives_nothing(client: httpx.Client, query: str) -> None:
    answer = asked(client, f"/v1/poles?{query}&facets=region,wave,outcome,status&limit=1")
    known = {
        "region": oracle.names("reference/regions", "code", "nom"),
        "wave": oracle.names("waves", "id", "name_fr"),
        "outcome": ("laureate", "supported"),
        "status": ("active", "emerging", "inactive", "unknown"),
    }
    for name, values in known.items():
        shown = {value["value"] for value in answer["facets"][name]}
        for hidden in set(values) - shown:
            assert asked(client, f"/v1/poles?{chosen(query, name, hidden)}&limit=1")["count"] == 0, (name, hidden)


@pytest.mark.parametrize(
    "query", ["", "kind=association", "role=carrier", "region=84&role=member", "q=ville", "pole=archer-pole-sud"]
)
def test_facets_of_organisations_count_what_choosing_gives(client: httpx.Client, query: str) -> None:
    answer = asked(client, f"/v1/organisations?{query}&facets=region,departement,kind,role&limit=1")
    for name, values in answer["facets"].items():
        for shown in values:
            there = asked(client, f"/v1/organisations?{chosen(query, name, shown['value'])}&limit=1")
            assert there["count"] == shown["count"] > 0, (name, shown)


def test_facets_are_those_of_the_seed(client: httpx.Client) -> None:
    facets = asked(client, "/v1/poles?facets=region,status,wave,sector&limit=1")["facets"]
    poles = oracle.poles()
    wanted = {
        "region": oracle.counted(pole.region for pole in poles),
        "status": oracle.counted(pole.status for pole in poles),
        "wave": oracle.counted(wave for pole in poles for wave in pole.waves),
        "sector": oracle.counted(sector for pole in poles for sector in pole.sectors),
    }
    for name, counts in wanted.items():
        assert {value["value"]: value["count"] for value in facets[name]} == counts
    labels = {value["value"]: value["label"] for value in facets["region"]}
    assert labels == {code: oracle.unit_name(f"region:{code}") for code in labels}


def test_the_most_frequent_value_comes_first(client: httpx.Client) -> None:
    for values in asked(client, f"/v1/poles?facets={','.join(POLE_FACETS)}&limit=1")["facets"].values():
        counts = [value["count"] for value in values]
        assert counts == sorted(counts, reverse=True)


def test_wave_and_outcome_count_the_same_label(client: httpx.Client) -> None:
    """The 2021 call alone supported poles without money: no other wave may count under `outcome=supported`."""
    waves = asked(client, "/v1/poles?outcome=supported&facets=wave&limit=1")["facets"]["wave"]
    assert [(value["value"], value["count"]) for value in waves] == [("ami-2021", 7)]
    outcomes = asked(client, "/v1/poles?wave=2021&facets=outcome&limit=1")["facets"]["outcome"]
    assert {value["value"]: value["count"] for value in outcomes} == {"laureate": 15, "supported": 7}


def test_facets_do_not_depend_on_the_page(client: httpx.Client) -> None:
    every = asked(client, "/v1/poles?facets=region&limit=1000")["facets"]
    assert asked(client, "/v1/poles?facets=region&limit=3&offset=50")["facets"] == every
    assert asked(client, "/v1/poles.geojson?facets=region&limit=3&offset=100000")["facets"] == every


def test_a_list_without_facets_has_none(client: httpx.Client) -> None:
    assert asked(client, "/v1/poles?limit=1")["facets"] == {}
