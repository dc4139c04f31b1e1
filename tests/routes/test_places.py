"""Official geography and vocabularies, with the number of poles of each, against the seed."""

import httpx
import pytest

from tests.routes import oracle
from tests.routes.asking import asked, refused

COUNTED = [
    ("/v1/regions", "reference/regions", "code", [pole.region for pole in oracle.poles()]),
    ("/v1/departements", "reference/departements", "code", [pole.departement for pole in oracle.poles()]),
    ("/v1/epcis", "reference/epci", "siren", [pole.epci for pole in oracle.poles()]),
    ("/v1/sectors", "sectors", "code", [sector for pole in oracle.poles() for sector in pole.sectors]),
]


def whole(client: httpx.Client, path: str) -> list[dict[str, object]]:
    items: list[dict[str, object]] = []
    while True:
        page = asked(client, f"{path}{'&' if '?' in path else '?'}limit=1000&offset={len(items)}")
        items += page["items"]
        if len(items) >= page["count"]:
            return items


@pytest.mark.parametrize(("path", "sheet", "key", "values"), COUNTED, ids=[path for path, *_ in COUNTED])
def test_every_official_code_is_listed_with_its_poles(
    client: httpx.Client, path: str, sheet: str, key: str, values: list[str]
) -> None:
    counts = oracle.counted(value for value in values if value)
    wanted = {row[key]: (row.get("nom") or row.get("label_fr"), counts.get(row[key], 0)) for row in oracle.rows(sheet)}
    assert {item["code"]: (item["name"], item["poles"]) for item in whole(client, path)} == wanted
    assert sum(counts.values()) > 50


def test_a_region_shows_its_chamber(client: httpx.Client) -> None:
    chambers = {row["region"]: row for row in oracle.rows("cress")}
    for region in asked(client, "/v1/regions")["items"]:
        row = chambers.get(region["code"])
        if row is None:
            assert region["cress"] is None
            continue
        assert region["cress"]["name"] == row["name"]
        assert region["cress"]["website"] == (row["website"] or None)
        assert [source["id"] for source in region["cress"]["sources"]] == sorted(oracle.split(row["source_ids"]))
        assert asked(client, f"/v1/regions/{region['code']}") == region


@pytest.mark.parametrize(("path", "found"), [
    ("/v1/regions?q=bret", ["53"]), ("/v1/regions?q=ALPES", ["84", "93"]), ("/v1/regions?q=paca", ["93"]),
    ("/v1/regions?q=84", ["84"]), ("/v1/regions?q=reunion", ["04"]), ("/v1/regions?q=zzz", []),
    ("/v1/departements?q=ardè", ["07", "08"]), ("/v1/departements?q=01", ["01"]), ("/v1/departements?q=2a", ["2A"]),
    ("/v1/departements?q=savoie", ["73", "74"]), ("/v1/departements?region=53", ["22", "29", "35", "56"]),
    ("/v1/departements?region=Haute-Normandie", ["27", "76"]), ("/v1/departements?region=53&q=fini", ["29"]),
    ("/v1/epcis?q=nantes metro", ["244400404"]), ("/v1/epcis?q=244400404", ["244400404"]),
    ("/v1/sectors?q=cultur", ["culture"]), ("/v1/sectors?q=numérique", ["digital"]),
])  # fmt: skip
def test_a_place_is_found_by_the_beginning_of_its_name(client: httpx.Client, path: str, found: list[str]) -> None:
    codes = [item["code"] for item in asked(client, path)["items"]]
    assert codes == found


@pytest.mark.parametrize("filter_", ["region=53", "departement=35", "region=84&departement=38", "region=Alsace"])
def test_epcis_of_a_place_are_those_with_communes_there(client: httpx.Client, filter_: str) -> None:
    former = {row["nom"]: set(oracle.split(row["departements"])) for row in oracle.rows("reference/former_regions")}
    asked_for = dict(pair.split("=") for pair in filter_.split("&"))
    region, departement = asked_for.get("region", ""), asked_for.get("departement")
    regions = {row["code"]: row["region"] for row in oracle.rows("reference/departements")}

    def inside(code: str) -> bool:
        there = code in former[region] if region in former else not region or regions[code] == region
        return there and departement in {None, code}

    wanted = {
        row["siren"] for row in oracle.rows("reference/epci") if any(map(inside, oracle.split(row["departements"])))
    }
    assert {item["code"] for item in whole(client, f"/v1/epcis?{filter_}")} == wanted


FIRST = [
    ("romans-sur-isere", "26281"),
    ("Romans sur Isère", "26281"),
    ("st étienne", "42218"),
    ("st-etienne", "42218"),
    ("SAINT ETIENNE", "42218"),
    ("ste foy les lyon", "69202"),
    ("l'haÿ", "94038"),
    ("26281", "26281"),
    ("2a004", "2A004"),
    ("97411", "97411"),
    ("paris", "75056"),
    ("lyon", "69123"),
    ("75118", "75056"),
    ("69003", "69123"),
    ("nantes", "44109"),
    ("saint denis", "97411"),
    ("le mans", "72181"),
    ("villeurb", "69266"),
    ("œuilly", None),
    ("y", "80829"),
]


@pytest.mark.parametrize(("text", "code"), FIRST, ids=[text for text, _ in FIRST])
def test_the_commune_meant_comes_first(client: httpx.Client, text: str, code: str | None) -> None:
    items = asked(client, f"/v1/communes?q={text}&limit=5")["items"]
    assert items
    if code:
        assert items[0]["code"] == code
    else:
        assert oracle.words(items[0]["name"])[0].startswith(oracle.words(text)[0])


def test_a_postcode_finds_its_communes(client: httpx.Client) -> None:
    for postcode in ("26100", "01400", "97400", "20000"):
        wanted = {
            row["code"] for row in oracle.rows("reference/communes") if postcode in oracle.split(row["codes_postaux"])
        }
        found = asked(client, f"/v1/communes?q={postcode}&limit=100")["items"]
        assert {item["code"] for item in found} >= wanted
        assert wanted
        for item in found:
            assert postcode in item["postcodes"] or item["code"].startswith(postcode)


def test_whole_names_come_before_beginnings_and_larger_towns_before_smaller(client: httpx.Client) -> None:
    items = asked(client, "/v1/communes?q=saint denis&limit=1000")["items"]
    names = [" ".join(oracle.words(item["name"])) for item in items]
    ranks = [0 if name == "saint denis" else 1 if name.startswith("saint denis ") else 2 for name in names]
    assert ranks == sorted(ranks)
    exact = [item["population"] for item, rank in zip(items, ranks, strict=True) if rank == 0]
    assert exact == sorted(exact, reverse=True)
    assert len(exact) > 1


def test_words_inside_a_name_are_found(client: httpx.Client) -> None:
    wanted = {
        row["code"] for row in oracle.rows("reference/communes") if " isere" in f" {' '.join(oracle.words(row['nom']))}"
    }
    found = {item["code"] for item in whole(client, "/v1/communes?q=isere")}
    assert found == wanted


@pytest.mark.parametrize(("filter_", "column", "code"), [
    ("departement=2A", "departement", "2A"), ("region=Corse", "region", "94"), ("epci=244400404", "epci", "244400404"),
])  # fmt: skip
def test_communes_of_a_place(client: httpx.Client, filter_: str, column: str, code: str) -> None:
    wanted = sorted(row["code"] for row in oracle.rows("reference/communes") if row[column] == code)
    assert [item["code"] for item in whole(client, f"/v1/communes?{filter_}")] == wanted


def test_a_commune_says_where_it_lies(client: httpx.Client) -> None:
    rows = {row["code"]: row for row in oracle.rows("reference/communes")}
    for code in ("26281", "01001", "2A004", "97411", "75056", "44109"):
        (item,) = [one for one in asked(client, f"/v1/communes?q={code}")["items"] if one["code"] == code]
        row = rows[code]
        assert item["name"] == row["nom"]
        assert (item["departement"]["code"], item["region"]["code"]) == (row["departement"], row["region"])
        assert (item["epci"] or {"code": ""})["code"] == row["epci"]
        assert set(item["postcodes"]) == set(oracle.split(row["codes_postaux"]))
        assert item["poles"] == sum(pole.commune == code for pole in oracle.poles())
        assert (item["longitude"], item["latitude"]) == (float(row["lon"]), float(row["lat"]))


def test_filters_of_places_refuse_what_they_do_not_know(client: httpx.Client) -> None:
    for path in (
        "/v1/departements?region=99",
        "/v1/epcis?departement=99",
        "/v1/communes?epci=1",
        "/v1/regions?region=84",
    ):
        refused(client.get(path), 422)
