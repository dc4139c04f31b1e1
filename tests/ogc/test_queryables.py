"""Part 3 (queryables and their parameters) and the draft of Part 8 (sortables, sorting)."""

from typing import Any

import httpx
import pytest

from tests.ogc.asking import COLLECTIONS, OGC, bad, got, ids, items
from tests.ogc.requirements import proves

REL = "http://www.opengis.net/def/rel/ogc/1.0/"
SCHEMA = "application/schema+json"


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("noun", ["queryables", "sortables", "schema"])
@proves("features-3/queryables", "get-queryables-op get-queryables-response queryables-link")
@proves("features-8/sortables", "get-sortables-op get-sortables-success sortables-link")
@proves("features-8/features-sorting", "get-sortables-op sortables-link")
def test_schema_resources(client: httpx.Client, collection: str, noun: str) -> None:
    """/req/queryables/get-queryables-op, -response, queryables-link; the same of sortables."""
    rel = "describedby" if noun == "schema" else REL + noun
    for path in (f"/collections/{collection}", f"/collections/{collection}/items"):
        (href,) = {one["href"] for one in got(client, path)["links"] if one["rel"] == rel}
        assert f'rel="{rel}"' in client.head(OGC + path).headers["link"]
    response = client.get(href, headers={"Accept": SCHEMA})
    assert response.headers["content-type"] == SCHEMA
    schema = response.json()
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == href
    assert schema["type"] == "object"
    for about in schema["properties"].values():
        assert about["title"]
        assert "type" in about or about["format"].startswith("geometry-")
    if noun != "schema":
        assert schema["additionalProperties"] is False


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_codes_are_declared_as_texts(client: httpx.Client, collection: str) -> None:
    properties = got(client, f"/collections/{collection}/schema")["properties"]
    for name in set(properties) & {"code", "region", "departement", "commune", "epci", "postcode", "siren"}:
        assert properties[name]["type"] == "string"


@pytest.mark.parametrize("collection", COLLECTIONS)
@proves("features-3/queryables-query-parameters", "parameters")
def test_queryables_query_parameters(client: httpx.Client, collection: str) -> None:
    """/req/queryables-query-parameters/parameters: each finds what has that value, as the same filter does."""
    features = items(client, collection)["features"]
    whole = collection != "epcis"
    documented = {
        one["name"] for one in got(client, "/api")["paths"][f"/collections/{collection}/items"]["get"]["parameters"]
    }
    for name, about in got(client, f"/collections/{collection}/queryables")["properties"].items():
        if "format" in about and "type" not in about:
            continue
        assert name in documented
        for value in sample(features, name):
            wanted = [one["id"] for one in features if has(one["properties"][name], value)]
            found = ids(client, collection, **{name: value})
            assert found == wanted if whole else set(wanted) <= set(found), name
            if name != "recorded_at":
                quoted = str(value) if about["type"] in {"integer", "number"} else "'" + value.replace("'", "''") + "'"
                if len(quoted) < 2000:
                    assert ids(client, collection, filter=f'"{name}" = {quoted}') == found


def sample(features: list[dict[str, Any]], name: str) -> list[Any]:
    values = [one["properties"][name] for one in features]
    flat = [one for value in values for one in (value if isinstance(value, list) else [value])]
    known = sorted({one for one in flat if one is not None and len(str(one)) < 900}, key=str)
    return [known[0], known[-1]] if known else []


def has(value: Any, wanted: Any) -> bool:
    return bool(wanted in value if isinstance(value, list) else value == wanted)


def test_unknown_value_finds_nothing(client: httpx.Client) -> None:
    assert not ids(client, region="99")
    assert not ids(client, waves="aap-1999")
    assert not ids(client, name="'; DROP TABLE pole; --")


def test_empty_boxes_of_a_form_are_ignored(client: httpx.Client) -> None:
    assert ids(client, filter="", sortby="", region="") == ids(client)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("founded_year", "deux mille"),
        ("longitude", "NaN"),
        ("recorded_at", "hier"),
        ("recorded_at", "2021-05-12T00:00:00"),
    ],
)
def test_value_of_another_type_is_refused(client: httpx.Client, name: str, value: str) -> None:
    bad(client, "/collections/poles/items", name, **{name: value})


@pytest.mark.parametrize("collection", COLLECTIONS)
@proves("features-8/sorting", "sortby-response")
@proves("features-8/features-sorting", "response sortby-param")
def test_sorting_by_each_sortable(client: httpx.Client, collection: str) -> None:
    """/req/sorting/sortby-response, features-sorting/response: upwards and downwards, what is not known last."""
    sortables = got(client, f"/collections/{collection}/sortables")
    for name in sortables["properties"]:
        if name == "name" and collection in {"poles", "organisations"}:
            continue  # in the order of the alphabet, see below
        limit = 50 if collection == "epcis" else 1000
        up = [one["properties"][name] for one in items(client, collection, sortby=f"+{name}", limit=limit)["features"]]
        known = [value for value in up if value is not None]
        assert known == sorted(known)
        assert up[len(known) :] == [None] * (len(up) - len(known))
        down = [
            one["properties"][name] for one in items(client, collection, sortby=f"-{name}", limit=limit)["features"]
        ]
        known = [value for value in down if value is not None]
        assert known == sorted(known, reverse=True)


@proves("features-8/sortables", "defaultSortOrder-definition")
def test_sorting_by_default(client: httpx.Client) -> None:
    for collection in COLLECTIONS[:-1]:
        (order,) = got(client, f"/collections/{collection}/sortables")["defaultSortOrder"]
        assert ids(client, collection, sortby=order) == ids(client, collection)


def test_names_are_in_the_order_of_the_alphabet(client: httpx.Client) -> None:
    assert ids(client) == [one["id"] for one in client.get("/v1/poles?fields=id&limit=1000").json()["items"]]
    assert ids(client, sortby="-name") != ids(client)


def test_sorting_by_several(client: httpx.Client) -> None:
    rows = [one["properties"] for one in items(client, filter="region IS NOT NULL", sortby="-region,name")["features"]]
    regions = [row["region"] for row in rows]
    assert regions == sorted(regions, reverse=True)


@pytest.mark.parametrize(
    "sortby", ["inconnu", "waves", "geometry", "name,", "THIS IS NOT A SORTBY EXPRESSION", "--name", "name desc"]
)
@proves("features-8/sorting", "sortby-definition")
def test_sorting_by_something_else_is_refused(client: httpx.Client, sortby: str) -> None:
    """/req/sorting/sortby-definition; sortables whose `additionalProperties` is false."""
    bad(client, "/collections/poles/items", "sortby", sortby=sortby)
