"""`fields`: JSON names and flat names, in every format; the identifier stays."""

from typing import Any

import httpx
import pytest

from tests.routes.asking import asked, refused, sheet, table

POLE = "archer-pole-sud"
SEAT = {"commune": {"code": "26281", "name": "Romans-sur-Isère"}}
REGION = {"region": {"code": "84", "name": "Auvergne-Rhône-Alpes"}}

JSON_CASES: list[tuple[str, Any]] = [
    ("name", {"id", "name"}),
    ("id", {"id"}),
    ("name,status,labels", {"id", "name", "status", "labels"}),
    ("name&fields=status", {"id", "name", "status"}),
    ("seat", {"id", "seat"}),
    ("waves", {"id", "labels"}),
    ("serial", {"id", "revision"}),
    ("carriers", {"id", "carriers"}),
]


@pytest.mark.parametrize(("fields", "kept"), JSON_CASES, ids=[fields for fields, _ in JSON_CASES])
def test_json_keeps_the_fields_asked_for(client: httpx.Client, fields: str, kept: set[str]) -> None:
    whole = asked(client, "/v1/poles?limit=1000")["items"]
    items = asked(client, f"/v1/poles?fields={fields}&limit=1000")["items"]
    assert [set(item) for item in items] == [kept] * len(whole)
    for item, document in zip(items, whole, strict=True):
        for name in item:
            if name != "revision":
                assert item[name] == document[name]


def test_a_flat_name_keeps_its_place_in_json(client: httpx.Client) -> None:
    (item,) = [one for one in asked(client, "/v1/poles?fields=region,commune&q=archer")["items"] if one["id"] == POLE]
    assert item == {"id": POLE, "seat": {"commune": SEAT["commune"], "region": REGION["region"]}}


def test_seat_asked_whole_and_in_part_is_whole(client: httpx.Client) -> None:
    whole = asked(client, f"/v1/poles/{POLE}")["seat"]
    items = asked(client, "/v1/poles?fields=seat,region&q=archer")["items"]
    assert [one["seat"] for one in items if one["id"] == POLE] == [whole]


CSV_CASES = [
    ("name,region", ["id", "name", "region"]),
    ("region,name", ["id", "name", "region"]),  # the order of columns is the contract's
    ("waves", ["id", "waves"]),
    ("labels", ["id", "waves"]),
    ("territory", ["id", "territory", "territory_codes"]),
    ("revision", ["id", "serial", "recorded_at"]),
]


@pytest.mark.parametrize(("fields", "columns"), CSV_CASES, ids=[fields for fields, _ in CSV_CASES])
def test_tables_keep_the_columns_asked_for(client: httpx.Client, fields: str, columns: list[str]) -> None:
    rows = table(client.get(f"/v1/poles.csv?fields={fields}&limit=1000").content)
    whole = table(client.get("/v1/poles.csv?limit=1000").content)
    assert rows == [{name: row[name] for name in columns} for row in whole]
    assert list(rows[0]) == columns
    made = sheet(client.get(f"/v1/poles.xlsx?fields={fields}&limit=2").content)
    assert [cell.value for cell in made[1]] == columns


def test_geojson_keeps_the_properties_asked_for_and_the_point(client: httpx.Client) -> None:
    features = asked(client, "/v1/poles.geojson?fields=name,region&limit=1000")["features"]
    whole = asked(client, "/v1/poles.geojson?limit=1000")["features"]
    assert [one["geometry"] for one in features] == [one["geometry"] for one in whole]
    assert [one["id"] for one in features] == [one["id"] for one in whole]
    for one, other in zip(features, whole, strict=True):
        assert one["properties"] == {name: other["properties"][name] for name in ("id", "name", "region")}


@pytest.mark.parametrize("query", ["fields=name,url", "fields=url"])
def test_a_kept_address_is_the_same_as_in_the_whole_list(client: httpx.Client, query: str) -> None:
    for format_ in ("csv", "geojson"):
        part, whole = (client.get(f"/v1/poles.{format_}?{asked_for}&limit=3") for asked_for in (query, ""))
        if format_ == "csv":
            assert [row["url"] for row in table(part.content)] == [row["url"] for row in table(whole.content)]
        else:
            urls = [[one["properties"]["url"] for one in answer.json()["features"]] for answer in (part, whole)]
            assert urls[0] == urls[1]


def test_fields_of_other_lists(client: httpx.Client) -> None:
    assert set(asked(client, "/v1/organisations?fields=siren")["items"][0]) == {"id", "siren"}
    assert set(asked(client, "/v1/waves?fields=found,missing")["items"][0]) == {"id", "found", "missing"}
    assert set(asked(client, "/v1/regions?fields=poles")["items"][0]) == {"code", "poles"}
    assert set(asked(client, "/v1/communes?q=romans&fields=name")["items"][0]) == {"code", "name"}
    members = asked(client, f"/v1/poles/{POLE}/members?fields=role")["items"]
    assert all(set(member) == {"organisation", "role"} for member in members)


def test_an_unknown_field_is_refused_with_a_suggestion(client: httpx.Client) -> None:
    problem = refused(client.get("/v1/poles?fields=name,statut"), 422)
    (fault,) = problem["errors"]
    assert (fault["parameter"], fault["value"], fault["suggestion"]) == ("fields", "statut", "status")
    assert "former_names" in fault["expected"]
