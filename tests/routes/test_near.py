"""Near a point: `lat`, `lon`, `radius`; nearest first, `distance_km` as the crow flies, the same on both databases."""

import random
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.routes.asking import asked, listed, refused, table
from tests.routes.space import Points, metres, points_of

PATHS = ("/v1/poles", "/v1/organisations")


@pytest.fixture(scope="module", params=PATHS)
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def points(client: httpx.Client, path: str) -> Points:
    return points_of(client, path)


def must_be_nearest_first(client: httpx.Client, path: str, points: Points, query: str, centre: tuple[float, float], radius: float) -> None:  # fmt: skip
    """Compare a whole answer with arithmetic: ids, distances within a metre, order."""
    answer = asked(client, f"{path}?{query}&limit=1000&fields=name")
    told = {item["id"]: item["distance_km"] * 1000 for item in answer["items"]}
    wanted = {one: how_far for one, point in points.items() if (how_far := metres(centre, point)) <= radius * 1000}
    hair = {one for one, point in points.items() if abs(metres(centre, point) - radius * 1000) < 1}
    assert set(told) - hair == set(wanted) - hair, query
    assert all(abs(told[one] - wanted[one]) < 1 for one in set(told) & set(wanted))
    assert list(told.values()) == sorted(told.values())
    assert answer["count"] == len(told)


def test_random_circles_hold_what_arithmetic_says(client: httpx.Client, path: str, points: Points) -> None:
    @settings(max_examples=100, deadline=None, derandomize=True, database=None)
    @given(st.floats(-63, 57), st.floats(-24, 52), st.floats(0.5, 3000))
    def check(longitude: float, latitude: float, radius: float) -> None:
        written = f"lon={longitude:.6f}&lat={latitude:.6f}&radius={radius:.3f}"
        centre = (round(longitude, 6), round(latitude, 6))
        must_be_nearest_first(client, path, points, written, centre, round(radius, 3))

    check()


@pytest.mark.parametrize(("longitude", "latitude", "radius"), [
    (45.23, -12.78, 30), (55.5, -20.9, 50), (-61.0, 14.6, 100), (-52.3, 4.9, 300),  # overseas
    (179.99, -20, 14000), (-179.99, -20, 14000), (180, 0, 13000),  # across the antimeridian
    (0, 90, 6000), (12, -90, 9000), (3, 89.9, 6000),  # around a pole of the Earth
    (2.35, 48.85, 20016), (2.35, 48.85, 0.001),
])  # fmt: skip
def test_circles_at_the_limits(
    client: httpx.Client, path: str, points: Points, longitude: float, latitude: float, radius: float
) -> None:
    query = f"lon={longitude}&lat={latitude}&radius={radius}"
    must_be_nearest_first(client, path, points, query, (longitude, latitude), radius)


def test_a_circle_through_a_point_holds_it(client: httpx.Client, path: str, points: Points) -> None:
    chance = random.Random(56)
    for one in chance.sample(list(points), 10):
        centre = (5.0, 45.0)
        radius = metres(centre, points[one]) / 1000
        just, short = f"{radius + 1e-5:.6f}", f"{radius - 1e-5:.6f}"
        assert one in listed(client, f"lon=5&lat=45&radius={just}", path)
        assert one not in listed(client, f"lon=5&lat=45&radius={short}", path)


def test_without_a_radius_the_nearest_come_first_and_all_follow(
    client: httpx.Client, path: str, points: Points
) -> None:
    nearest = asked(client, f"{path}?lat=45.05&lon=5.05&limit=3&fields=name")
    assert nearest["count"] == len(points)
    every = asked(client, f"{path}?lat=45.05&lon=5.05&limit=1000&fields=name")["items"]
    assert nearest["items"] == every[:3]
    assert {item["id"] for item in every} == set(points)
    pages = [asked(client, f"{path}?lat=45.05&lon=5.05&limit=10&offset={at}&fields=name")["items"] for at in (0, 10)]
    assert pages[0] + pages[1] == every[:20]


def test_records_at_the_same_place_stand_in_order_of_name(client: httpx.Client, path: str, points: Points) -> None:
    by_name = {one: position for position, one in enumerate(points)}
    items = asked(client, f"{path}?lat=48.85&lon=2.35&limit=1000&fields=name")["items"]
    keys = [(item["distance_km"], by_name[item["id"]]) for item in items if item["distance_km"] < 1]
    tied = [one for one in keys if [distance for distance, _ in keys].count(one[0]) > 1]
    assert tied == sorted(tied)


@pytest.mark.parametrize("longitude", ["lon", "long", "lng"])
def test_longitude_has_the_names_that_people_write(client: httpx.Client, longitude: str) -> None:
    first = asked(client, f"/v1/poles?lat=45.05&{longitude}=5.05&limit=1")["items"][0]
    assert (first["id"], first["distance_km"]) == ("archer-pole-sud", 1.076)


def test_how_far_stands_in_every_format(client: httpx.Client, path: str) -> None:
    query = "lat=45.05&lon=5.05&radius=60&limit=1000"
    told = {item["id"]: item["distance_km"] for item in asked(client, f"{path}?{query}")["items"]}
    assert len(told) > 4
    rows = table(client.get(f"{path}.csv?{query}").content)
    assert {row["id"]: float(row["distance_km"]) for row in rows} == told
    assert [row["id"] for row in rows] == list(told)
    excel = table(client.get(f"{path}.csv?{query}&excel=1").content.removeprefix(b"\xef\xbb\xbf"), ";")
    assert {row["id"]: float(row["distance_km"].replace(",", ".")) for row in excel} == told
    features = asked(client, f"{path}.geojson?{query}")["features"]
    assert {one["id"]: one["properties"]["distance_km"] for one in features} == told
    assert client.get(f"{path}.xlsx?{query}").headers["registry-count"] == str(len(told))
    assert "distance_km" not in client.get(f"{path}.csv?limit=1").text


def test_a_circle_combines_with_every_other_filter(client: httpx.Client) -> None:
    near = asked(client, "/v1/poles?lat=48.85&lon=2.35&radius=400&limit=1000&fields=name")["items"]
    for other in ("status=active", "q=pole", "region=11,84", "bbox=1,48,3,49", "as_of=1", "wave=2013&outcome=laureate"):
        kept = set(listed(client, other))
        found = asked(client, f"/v1/poles?lat=48.85&lon=2.35&radius=400&{other}&limit=1000&fields=name")["items"]
        assert found == [item for item in near if item["id"] in kept], other
    counted = asked(client, "/v1/poles?lat=48.85&lon=2.35&radius=400&facets=region&limit=1")
    assert sum(one["count"] for one in counted["facets"]["region"]) <= counted["count"] == len(near)
    by_name = listed(client, "lat=48.85&lon=2.35&radius=400&sort=name")
    assert set(by_name) == {item["id"] for item in near}
    assert by_name == [one for one in listed(client, "") if one in set(by_name)]
    assert counted["filters"] == {"lat": "48.85", "lon": "2.35", "radius": "400"}


@pytest.mark.parametrize(("query", "parameter", "expected"), [
    ("lat=45", "lon", "lat et lon vont ensemble"), ("lon=5", "lat", "lat et lon vont ensemble"),
    ("radius=3", "radius", "le centre du cercle"), ("sort=distance", "sort", "le point d’où mesurer"),
    ("lat=45&lon=5&radius=0", "radius", "plus grand que 0"), ("lat=45&lon=5&radius=-1", "radius", "plus grand que 0"),
    ("lat=45&lon=5&radius=25000", "radius", "au plus égal à 20016"), ("lat=45&lon=5&radius=nan", "radius", "un nombre"),
    ("lat=91&lon=5", "lat", "au plus égal à 90"), ("lat=45&lon=-181", "lon", "au moins égal à -180"),
    ("lat=45,1&lon=5", "lat", "un point pour les décimales"), ("lat=inf&lon=5", "lat", "un nombre"),
    ("lat=45&lon=5&lng=6", "lon", "une seule valeur"), ("lat=45&lon=5&radius=1e3", "radius", "un nombre"),
])  # fmt: skip
def test_what_is_no_circle_is_refused(client: httpx.Client, path: str, query: str, parameter: str, expected: str) -> None:  # fmt: skip
    problem: dict[str, Any] = refused(client.get(f"{path}?{query}"), 422)
    (fault,) = problem["errors"]
    assert fault["parameter"] == parameter
    assert expected in fault["expected"]


def test_waves_stand_nowhere(client: httpx.Client) -> None:
    for query in ("sort=distance", "lat=45&lon=5", "bbox=0,0,1,1"):
        refused(client.get(f"/v1/waves?{query}"), 422)
