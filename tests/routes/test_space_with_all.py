"""Each way to ask for a place, with each of the other filters, a state, an order, pages, facets and every format."""

from typing import Any, Final

import httpx
import pytest

from tests.routes.asking import FORMATS, asked, ids_of
from tests.routes.test_search import polygon

Json = dict[str, Any]
FRANCE: Final = [[-1.0, 43.0], [7.5, 43.0], [7.5, 51.0], [-1.0, 50.0], [-1.0, 43.0]]
EVERYWHERE: Final[dict[str, Json]] = {
    "box": {"bbox": "-1,43,7.5,51"},
    "circle": {"lat": 46, "lon": 4, "radius": 400},
    "nearest": {"lat": 46, "lon": 4},
    "area": {"within": polygon(FRANCE)},
}
PLACES: Final[dict[str, dict[str, Json]]] = {
    "/v1/poles": {**EVERYWHERE, "covers": {"covers": "-1.55,47.21"}, "territory": {"territory": "region:84"}},
    "/v1/organisations": EVERYWHERE,
}
SHARED: Final[list[Json]] = [
    *({"q": "coop"}, {"region": "84"}, {"departement": "26"}, {"commune": "26281"}, {"epci": "200068781"}),
    *({"updated_since": "2020-01-01"}, {"as_of": 1}, {"bbox": "1,44,6,49"}, {"lat": 45, "lon": 5, "radius": 300}),
]
OTHERS: Final[dict[str, list[Json]]] = {
    "/v1/poles": [
        *SHARED,
        *({"wave": "2013"}, {"outcome": "laureate"}, {"status": "active"}, {"sector": "culture"}, {"member": "bge"}),
        *({"active_on": "2021-05-12"}, {"territory": "region:84"}, {"covers": "-1.55,47.21"}),
    ],
    "/v1/organisations": [
        *SHARED,
        *({"pole": "archer-pole-sud"}, {"siren": "246300701"}, {"role": "carrier"}, {"kind": "association"}),
    ],
}
SORTED: Final = ("name", "-name", "updated", "-updated")
CASES: Final = [(path, place) for path, places in PLACES.items() for place in places]


def searched(client: httpx.Client, path: str, body: Json) -> Json:
    answer: Json = (
        client.post(f"{path}/search", json={"fields": "name", "limit": 1000} | body).raise_for_status().json()
    )
    return answer


def ids(answer: Json) -> list[str]:
    return [item["id"] for item in answer["items"]]


def clash(one: Json, other: Json) -> bool:
    """Return whether two questions are asked by the same parameter, which has one value."""
    return bool(set(one) & set(other))


@pytest.fixture(scope="module")
def alone(client: httpx.Client) -> dict[str, list[set[str]]]:
    """What each filter finds by itself."""
    return {path: [set(ids(searched(client, path, other))) for other in others] for path, others in OTHERS.items()}


@pytest.mark.parametrize(("path", "place"), CASES)
def test_every_other_filter_narrows_a_place(
    client: httpx.Client, alone: dict[str, list[set[str]]], path: str, place: str
) -> None:
    asked_place = PLACES[path][place]
    whole = ids(searched(client, path, asked_place))
    assert whole
    for other, found in zip(OTHERS[path], alone[path], strict=True):
        if not clash(asked_place, other):
            both = ids(searched(client, path, asked_place | other))
            if "lat" in other:  # its own distances give the order
                assert set(both) == found & set(whole), other
            else:
                assert both == [one for one in whole if one in found], other


@pytest.mark.parametrize(("path", "place"), CASES)
def test_orders_pages_and_facets_of_a_place(client: httpx.Client, path: str, place: str) -> None:
    asked_place = PLACES[path][place]
    whole = searched(client, path, asked_place | {"facets": ["region"]})
    assert sum(one["count"] for one in whole["facets"]["region"]) <= whole["count"] == len(whole["items"])
    for order in SORTED:
        every = ids(searched(client, path, {"sort": order}))
        found = ids(searched(client, path, asked_place | {"sort": order}))
        assert found == [one for one in every if one in set(ids(whole))], order
    size = max(1, len(whole["items"]) // 3)
    pages = [ids(searched(client, path, asked_place | {"limit": size, "offset": at})) for at in range(0, whole["count"], size)]  # fmt: skip
    assert [one for page in pages for one in page] == ids(whole)
    if "lat" in asked_place:
        assert ids(searched(client, path, asked_place | {"sort": "distance"})) == ids(whole), (
            "nearest first is the order"
        )
        told = [item["distance_km"] for item in whole["items"]]
        assert told == sorted(told)


@pytest.mark.parametrize(("path", "place"), CASES)
def test_a_place_has_the_same_records_in_every_format(client: httpx.Client, path: str, place: str) -> None:
    asked_place = PLACES[path][place]
    whole = ids(searched(client, path, asked_place))
    for form in FORMATS:
        if "within" in asked_place:
            response = client.post(f"{path}/search", json=asked_place | {"f": form, "limit": 1000})
        else:
            response = client.get(f"{path}.{form}", params=asked_place | {"limit": 1000})
        assert ids_of(response, form) == whole, form


@pytest.mark.parametrize("path", PLACES)
def test_what_has_no_known_place_is_counted_and_placed_nowhere(client: httpx.Client, path: str) -> None:
    """It is in JSON and CSV, without geometry in GeoJSON and OGC API, in the count of its région; in no place."""
    every = asked(client, f"{path}?limit=1000")["items"]
    seats = {one["id"]: one.get("seat", one) for one in every}
    unknown = {one for one, seat in seats.items() if seat["longitude"] is None}
    assert unknown
    for place in EVERYWHERE.values():
        assert not unknown & set(ids(searched(client, path, place)))
    for form in ("csv", "json"):
        assert unknown <= set(ids_of(client.get(f"{path}.{form}?limit=1000"), form))
    for where in (f"{path}.geojson", f"/ogc/collections/{path.removeprefix('/v1/')}/items"):
        features = asked(client, f"{where}?limit=1000")["features"]
        assert {one["id"] for one in features if one["geometry"] is None} == unknown
    if path == "/v1/poles":
        assert all(seats[one]["precision"] not in {"address", "commune"} for one in unknown)
        for noun, name in (("regions", "region"), ("departements", "departement")):
            counts = {one["code"]: one["poles"] for one in asked(client, f"/v1/{noun}?limit=1000")["items"]}
            known = [seat[name]["code"] for seat in seats.values() if seat[name]]
            assert {code: count for code, count in counts.items() if count} == {one: known.count(one) for one in known}
            assert any(seats[one][name] for one in unknown)
