"""Every filter of /v1/poles that is not geometric, against an oracle that reads the seed in plain Python."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from tests.routes import oracle
from tests.routes.asking import asked, listed
from tests.routes.oracle import Pole

Wanted = Callable[[Pole], bool]


def text(*prefixes: str) -> Wanted:
    return lambda pole: pole.has(*prefixes)


def region(*codes: str) -> Wanted:
    return lambda pole: pole.region in codes


def departement(*codes: str) -> Wanted:
    return lambda pole: pole.departement in codes


def wave(*ids: str) -> Wanted:
    return lambda pole: bool(pole.waves & set(ids))


def status(*values: str) -> Wanted:
    return lambda pole: pole.status in values


def sector(*codes: str) -> Wanted:
    return lambda pole: bool(set(codes) & set(pole.sectors))


def member(*ids: str) -> Wanted:
    return lambda pole: bool(set(ids) & set(pole.members))


def award(wave_id: str, outcome: str) -> Wanted:
    return lambda pole: any((label.wave, label.outcome) == (wave_id, outcome) for label in pole.labels)


CASES: list[tuple[str, Wanted]] = [
    # No filter: every record, whatever its status.
    ("", lambda _pole: True),
    # q: every word, each as a beginning, accents, case, apostrophes, hyphens and ligatures folded on both sides.
    ("q=coop", text("coop")),
    ("q=COOPÉRATIVE culturelle", text("cooperative", "culturelle")),
    ("q=ecologie", text("ecologie")),
    ("q=écologie", text("ecologie")),
    ("q=cœur de savoie", text("coeur", "de", "savoie")),
    ("q=coeur savoie", text("coeur", "savoie")),
    ("q=l'atelier 26", text("l", "atelier", "26")),
    ("q=l’atelier", text("l", "atelier")),
    ("q=gouttes d'or", text("gouttes", "d", "or")),
    ("q=saint-étienne", text("saint", "etienne")),
    ("q=archer", text("archer")),
    ("q=69", text("69")),
    ("q=zzzz", text("zzzz")),
    ("q=aucun pôle ne dit xylophone", text("xylophone")),
    # region: code, ISO code, name, without accents, abbreviated, in any case.
    ("region=84", region("84")),
    ("region=01", region("01")),
    ("region=FR-NAQ", region("75")),
    ("region=fr-naq", region("75")),
    ("region=NAQ", region("75")),
    ("region=Nouvelle-Aquitaine", region("75")),
    ("region=nouvelle aquitaine", region("75")),
    ("region=Île-de-France", region("11")),
    ("region=ile de france", region("11")),
    ("region=IDF", region("11")),
    ("region=PACA", region("93")),
    ("region=Provence-Alpes-Côte d’Azur", region("93")),
    ("region=provence alpes cote d'azur", region("93")),
    ("region=AURA", region("84")),
    ("region=La Réunion", region("04")),
    ("region=reunion", region("04")),
    ("region=94", region("94")),
    ("region=Corse", region("94")),
    ("region=84,11", region("84", "11")),
    ("region=84&region=11", region("84", "11")),
    ("region=84, bretagne&region=NAQ", region("84", "53", "75")),
    ("region=Rhône-Alpes", departement("01", "07", "26", "38", "42", "69", "73", "74")),
    ("region=nord pas de calais", departement("59", "62")),
    ("region=Languedoc-Roussillon,11", lambda pole: pole.region == "11" or departement("11", "30", "34", "48", "66")(pole)),
    ("codeRegion=84", region("84")),
    # departement
    ("departement=01", departement("01")),
    ("departement=974", departement("974")),
    ("departement=2A", departement("2A")),
    ("departement=Haute-Garonne", departement("31")),
    ("departement=ardèche", departement("07")),
    ("departement=COTES D'ARMOR", departement("22")),
    ("departement=26,69", departement("26", "69")),
    ("codeDepartement=44", departement("44")),
    # commune of the seat, former codes included
    ("commune=26281", lambda pole: pole.commune == "26281"),
    ("commune=75056", lambda pole: pole.commune == "75056"),
    ("commune=75118", lambda pole: pole.commune == "75056"),
    ("commune=13201,69383", lambda pole: pole.commune in {"13055", "69123"}),
    ("commune=42190", lambda pole: pole.commune == "42218"),
    ("commune=59355", lambda pole: pole.commune == "59350"),
    ("commune=2a004", lambda pole: pole.commune == "2A004"),
    ("commune=01001", lambda pole: pole.commune == "01001"),
    ("codeCommune=26281", lambda pole: pole.commune == "26281"),
    # epci of the seat
    ("epci=200071926", lambda pole: pole.epci == "200071926"),
    ("epci=244400404", lambda pole: pole.epci == "244400404"),
    ("epci=Nantes Métropole", lambda pole: pole.epci == "244400404"),
    ("codeEpci=200054807", lambda pole: pole.epci == "200054807"),
    # wave, outcome, and both of the same label
    ("wave=aap-2013", wave("aap-2013")),
    ("wave=2013", wave("aap-2013")),
    ("wave=2013,2015", wave("aap-2013", "aap-2015")),
    ("wave=AMI-2021", wave("ami-2021")),
    ("wave=ami-2025", wave("ami-2025")),
    ("wave=offre-services-2021", wave("offre-services-2021")),
    ("outcome=laureate", lambda pole: "laureate" in pole.outcomes),
    ("outcome=supported", lambda pole: "supported" in pole.outcomes),
    ("outcome=laureate,supported", lambda pole: bool(pole.labels)),
    ("wave=ami-2021&outcome=laureate", award("ami-2021", "laureate")),
    ("wave=ami-2021&outcome=supported", award("ami-2021", "supported")),
    ("wave=aap-2013&outcome=supported", award("aap-2013", "supported")),
    ("wave=2013,2021&outcome=supported", award("ami-2021", "supported")),
    # status, sector, member
    ("status=active", status("active")),
    ("status=active,emerging", status("active", "emerging")),
    ("status=unknown&status=inactive", status("unknown", "inactive")),
    ("sector=culture", sector("culture")),
    ("sector=circular_economy", sector("circular_economy")),
    ("sector=Alimentation et agriculture", sector("food_agriculture")),
    ("sector=culture,digital", sector("culture", "digital")),
    ("member=bge", member("bge")),
    ("member=219300639", member("ville-de-romainville")),
    ("member=bge,saint-etienne-metropole", member("bge", "saint-etienne-metropole")),
    # several filters: all of them
    ("region=84&wave=2013", lambda pole: pole.region == "84" and "aap-2013" in pole.waves),
    ("region=11,93&status=active&q=coop", lambda pole: pole.region in {"11", "93"} and pole.status == "active" and pole.has("coop")),
    ("sector=culture&departement=31&status=active", lambda pole: sector("culture")(pole) and pole.departement == "31" and pole.status == "active"),
    ("region=84&departement=44", lambda _pole: False),
    ("member=bge&status=active", lambda pole: "bge" in pole.members and pole.status == "active"),
    # What a form sends of its empty boxes is not a filter.
    ("q=&region=&wave=&status=&active_on=&sector=%20", lambda _pole: True),
]  # fmt: skip


@pytest.mark.parametrize(("query", "wanted"), CASES, ids=[query for query, _ in CASES])
def test_a_filter_finds_what_the_seed_says(client: httpx.Client, query: str, wanted: Wanted) -> None:
    assert listed(client, query.replace("+", "%2B").replace(" ", "%20")) == oracle.ids(wanted)


def test_the_oracle_knows_the_registry() -> None:
    assert len(oracle.poles()) == 115
    found = [query for query, wanted in CASES if oracle.ids(wanted)]
    assert len(found) > 0.8 * len(CASES)  # a table of empty answers would prove nothing


def test_every_code_of_a_closed_list_filters_as_the_seed_says(client: httpx.Client) -> None:
    for code in oracle.names("reference/regions", "code", "nom"):
        assert listed(client, f"region={code}") == oracle.ids(region(code))
    for code in oracle.names("sectors", "code", "label_fr"):
        assert listed(client, f"sector={code}") == oracle.ids(sector(code))
    for code in oracle.names("waves", "id", "name_fr"):
        assert listed(client, f"wave={code}") == oracle.ids(wave(code))


@pytest.mark.parametrize("name", ["regions", "departements"])
def test_every_official_name_is_understood(client: httpx.Client, name: str) -> None:
    for code, written in oracle.names(f"reference/{name}", "code", "nom").items():
        answer = asked(client, f"/v1/poles?{name.removesuffix('s')}={quote(written)}&limit=1")
        assert answer["filters"] == {name.removesuffix("s"): [code]}


ECHOES: list[tuple[str, dict[str, Any]]] = [
    ("region=Île-de-France,84", {"region": ["11", "84"]}),
    ("codeRegion=PACA", {"region": ["93"]}),
    ("region=84&region=AURA", {"region": ["84"]}),
    ("wave=2013", {"wave": ["aap-2013"]}),
    ("member=219300639", {"member": ["ville-de-romainville"]}),
    ("commune=75118", {"commune": ["75056"]}),
    ("departement=ardeche", {"departement": ["07"]}),
    ("sector=Alimentation et agriculture", {"sector": ["food_agriculture"]}),
    ("epci=nantes metropole", {"epci": ["244400404"]}),
    ("region=Nord-Pas-de-Calais", {"region": ["departement:59", "departement:62"]}),
    ("territory=COMMUNE:26281", {"territory": ["commune:26281"]}),
    ("status=active,active&outcome=laureate", {"status": ["active"], "outcome": ["laureate"]}),
    ("active_on=2021-05-12", {"active_on": "2021-05-12"}),
    ("updated_since=2026-01-01", {"updated_since": "2025-12-31T23:00:00Z"}),
    ("q=Cœur", {"q": "Cœur"}),
    ("limit=5&offset=2&sort=-name&fields=id&facets=region&f=json&as_of=1", {}),
    ("q=&region=", {}),
]


@pytest.mark.parametrize(("query", "echo"), ECHOES, ids=[query for query, _ in ECHOES])
def test_filters_are_echoed_as_they_were_understood(client: httpx.Client, query: str, echo: dict[str, Any]) -> None:
    assert asked(client, f"/v1/poles?{query.replace(' ', '%20')}")["filters"] == echo


NOTICES = [
    ("region=Rhône-Alpes", ["Rhône-Alpes", "2016", "01, 07, 26, 38, 42, 69, 73, 74"]),
    ("region=picardie", ["Picardie", "02, 60, 80"]),
    ("commune=75118", ["75118", "75056", "Paris"]),
    ("commune=42190", ["42190", "42218", "Saint-Étienne"]),
    ("territory=commune:42190", ["42190", "42218", "Saint-Étienne"]),
]


@pytest.mark.parametrize(("query", "said"), NOTICES, ids=[query for query, _ in NOTICES])
def test_what_is_not_a_current_code_comes_with_a_notice(client: httpx.Client, query: str, said: list[str]) -> None:
    (notice,) = asked(client, f"/v1/poles?{query}")["notices"]
    assert all(piece in notice for piece in said), notice


@pytest.mark.parametrize("query", ["region=84", "commune=26281", "wave=2013", "q=coop", "territory=region:84"])
def test_a_current_code_comes_without_notice(client: httpx.Client, query: str) -> None:
    assert asked(client, f"/v1/poles?{query}")["notices"] == []
