"""Boxes: `bbox` finds the records whose point it holds, borders included, and none whose place is not known."""

import random
from typing import Any

import httpx
import pytest

from tests.routes.asking import asked, listed, refused

Points = dict[str, tuple[float, float]]


@pytest.fixture(scope="module", params=["/v1/poles", "/v1/organisations"])
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def points(client: httpx.Client, path: str) -> Points:
    """The point of each record that has one, from its GeoJSON; in order of the list."""
    features = client.get(f"{path}.geojson?limit=1000").json()["features"]
    return {one["id"]: tuple(one["geometry"]["coordinates"]) for one in features if one["geometry"]}


def held(points: Points, west: float, south: float, east: float, north: float) -> list[str]:
    """Return what a box holds, by plain comparison."""

    def within(longitude: float) -> bool:
        return west <= longitude <= east if west <= east else longitude >= west or longitude <= east

    return [one for one, (x, y) in points.items() if within(x) and south <= y <= north]


def test_some_records_have_no_point_and_are_in_no_box(client: httpx.Client, path: str, points: Points) -> None:
    every = listed(client, "bbox=-180,-90,180,90", path)
    assert every == list(points)
    assert len(every) < asked(client, path)["count"]


def test_random_boxes_hold_what_comparison_says(client: httpx.Client, path: str, points: Points) -> None:
    chance = random.Random(2014)
    places = list(points.values())
    for number in range(75):
        (x, y), (other_x, other_y) = chance.choice(places), chance.choice(places)
        if number % 3 == 0:  # borders that pass through points
            box = min(x, other_x), min(y, other_y), max(x, other_x), max(y, other_y)
        elif number % 3 == 1:  # a hair inside or outside of a point
            hair = chance.choice((-1e-7, -1e-9, 1e-9, 1e-7))
            box = x + hair, y - 1, x + 2, y + 1
        else:
            west, east = sorted((chance.uniform(-65, 60), chance.uniform(-65, 60)))
            south, north = sorted((chance.uniform(-25, 52), chance.uniform(-25, 52)))
            box = west, south, east, north
        written = ",".join(f"{degrees:.12f}" for degrees in box)
        exact = tuple(float(degrees) for degrees in written.split(","))
        assert listed(client, f"bbox={written}", path) == held(points, *exact), written


def test_a_box_across_the_antimeridian_has_two_sides(client: httpx.Client, path: str, points: Points) -> None:
    found = listed(client, "bbox=40,-30,-50,30", path)
    assert found == held(points, 40, -30, -50, 30)
    assert {points[one][0] > 0 for one in found} == {True, False}, "Mayotte or La Réunion, and the Antilles"


@pytest.mark.parametrize(("other", "value"), [
    ("region", "84"), ("q", "pole"), ("as_of", "1"), ("updated_since", "2020-01-01"), ("sort", "-founded"),
])  # fmt: skip
def test_a_box_combines_with_every_other_filter(client: httpx.Client, path: str, other: str, value: str) -> None:
    inside = set(listed(client, "bbox=4,44,6,46.5", path))
    both = listed(client, f"{other}={value}&bbox=4,44,6,46.5", path)
    assert both == [one for one in listed(client, f"{other}={value}", path) if one in inside]


def test_one_query_has_the_same_records_in_every_format(client: httpx.Client, path: str) -> None:
    count = asked(client, f"{path}?bbox=4,44,6,46.5")["count"]
    for form in ("csv", "geojson", "xlsx"):
        assert client.get(f"{path}.{form}?bbox=4,44,6,46.5").headers["registry-count"] == str(count)


def test_a_box_is_echoed_as_it_was_understood(client: httpx.Client, path: str) -> None:
    for written, echo in (("4.8, 44.9,5,+45.20", "4.8,44.9,5,45.2"), ("4.8,44.9,0,5,45.2,4000", "4.8,44.9,5,45.2")):
        answer = client.get(path, params={"bbox": written}).json()
        assert answer["filters"] == {"bbox": echo}


@pytest.mark.parametrize("written", [
    "4.8,44.9,5.2", "4.8,44.9,5.2,45.2,1", "4.8,45.2,5.2,44.9", "181,0,182,1", "0,-91,1,1", "0,0,1,90.1", "a,b,c,d",
    "nan,0,1,1", "inf,0,1,1", "1e1,0,1,1", "4.8;44.9;5.2;45.2", "0x1,0,1,1", "٤,0,1,1", "1_0,0,1,1", "0,0,1,1" + "0" * 99,
])  # fmt: skip
def test_what_is_no_box_is_refused(client: httpx.Client, path: str, written: str) -> None:
    problem: dict[str, Any] = refused(client.get(path, params={"bbox": written}), 422)
    (fault,) = problem["errors"]
    assert fault["parameter"] == "bbox"
    assert "ouest,sud,est,nord" in fault["expected"]
