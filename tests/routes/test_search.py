"""Searches by POST: `within` an area, and the filters of the list in a body; bad areas are named, not mended."""

import json
import math
import random
import time
from typing import Any, Final

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.database import Database
from app.queries import areas
from app.queries.asked import PoleQuery
from app.queries.conditions import conditions
from app.queries.records import select_page
from tests.routes.asking import asked, refused, table
from tests.routes.space import Points, inside, points_of

Json = dict[str, Any]
SQUARE: Final = [[4.0, 44.0], [6.0, 44.0], [6.0, 46.0], [4.0, 46.0], [4.0, 44.0]]
HOLE: Final = [[4.5, 44.5], [4.5, 45.5], [5.5, 45.5], [5.5, 44.5], [4.5, 44.5]]
ISLAND: Final = [[4.9, 44.9], [5.1, 44.9], [5.1, 45.1], [4.9, 44.9]]
FAR: Final = [[-62.0, 14.0], [-60.0, 14.0], [-60.0, 17.0], [-62.0, 17.0], [-62.0, 14.0]]


@pytest.fixture(scope="module", params=["/v1/poles", "/v1/organisations"])
def path(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def points(client: httpx.Client, path: str) -> Points:
    return points_of(client, path)


def polygon(*rings: list[list[float]]) -> Json:
    return {"type": "Polygon", "coordinates": list(rings)}


def several(*polygons: list[list[list[float]]]) -> Json:
    return {"type": "MultiPolygon", "coordinates": list(polygons)}


def searched(client: httpx.Client, path: str, body: Any) -> Json:
    response = client.post(f"{path}/search", json=body)
    assert response.status_code == 200, response.text[:500]
    answer: Json = response.json()
    return answer


def found(client: httpx.Client, path: str, body: Json) -> list[str]:
    answer = searched(client, path, {"limit": 1000, "fields": "name"} | body)
    ids = [item["id"] for item in answer["items"]]
    assert answer["count"] == len(ids)
    return ids


@pytest.mark.parametrize("area", [
    polygon(SQUARE), polygon(SQUARE, HOLE), several([SQUARE], [FAR]), several([SQUARE, HOLE], [ISLAND], [FAR]),
    polygon([[-180, -90], [180, -90], [180, 90], [-180, 90], [-180, -90]]),
    several([[[170, -60], [180, -60], [180, 60], [170, 60], [170, -60]]], [FAR]),
    {"type": "Feature", "geometry": polygon(SQUARE, HOLE), "properties": None},
])  # fmt: skip
def test_an_area_holds_what_shapely_says(client: httpx.Client, path: str, points: Points, area: Json) -> None:
    wanted = inside(points, area.get("geometry", area))
    ids = found(client, path, {"within": area})
    assert ids == [one for one in points if one in wanted]


def stars(draw: st.DrawFn) -> Json:
    """Draw a star around a point: a valid polygon of any shape, now and then with a hole."""
    x, y = draw(st.sampled_from([(2.3, 47.0), (5.0, 45.0), (-61.2, 15.5), (55.5, -21.1), (-1.5, 48.0)]))
    turns = draw(st.integers(3, 40))
    spread = draw(st.floats(0.05, 6))
    chance = random.Random(draw(st.integers(0, 10_000)))

    def ring(scale: float) -> list[list[float]]:
        corners = []
        for turn in range(turns):
            angle, far = 2 * math.pi * turn / turns, scale * spread * chance.uniform(0.5, 1)
            corners.append([round(x + far * math.cos(angle), 7), round(y + far * math.sin(angle), 7)])
        return [*corners, corners[0]]

    return polygon(ring(1), ring(0.2)) if draw(st.booleans()) and turns > 6 else polygon(ring(1))


def test_random_areas_hold_what_shapely_says(client: httpx.Client) -> None:
    points = points_of(client, "/v1/organisations")

    @settings(max_examples=150, deadline=None, derandomize=True, database=None)
    @given(st.composite(stars)())
    def check(area: Json) -> None:
        wanted = inside(points, area)
        assert found(client, "/v1/organisations", {"within": area}) == [one for one in points if one in wanted]

    check()


def test_a_point_on_the_border_is_inside(client: httpx.Client, path: str, points: Points) -> None:
    for one in list(points)[::17]:
        x, y = points[one]
        corner = polygon([[x, y], [x + 1, y], [x + 1, y + 1], [x, y]])
        edge = polygon([[x - 1, y], [x + 1, y], [x, y - 1], [x - 1, y]])
        assert one in found(client, path, {"within": corner})
        assert one in found(client, path, {"within": edge})


def test_every_filter_of_the_list_is_one_of_the_search(client: httpx.Client) -> None:
    for query, body in (
        ("region=84,93&status=active", {"region": ["84", "93"], "status": "active"}),
        ("wave=2013&outcome=laureate&facets=region", {"wave": 2013, "outcome": ["laureate"], "facets": ["region"]}),
        ("bbox=4,44,6,46&sort=-founded", {"bbox": [4, 44, 6, 46], "sort": "-founded"}),
        ("lat=45.05&lon=5.05&radius=60", {"lat": 45.05, "lng": 5.05, "radius": 60}),
        ("as_of=1&q=pole&limit=5&offset=5", {"as_of": 1, "q": "pole", "limit": 5, "offset": 5}),
        ("territory=region:84&active_on=2021-05-12", {"territory": "region:84", "active_on": "2021-05-12"}),
        ("", {"region": None, "status": [], "q": ""}),
    ):
        listed, answer = asked(client, f"/v1/poles?{query}"), searched(client, "/v1/poles", body)
        assert {name: answer[name] for name in answer if name != "links"} == {
            name: listed[name] for name in listed if name != "links"
        }


def test_an_area_combines_with_every_other_filter(client: httpx.Client) -> None:
    area = {"within": polygon([[-2, 47], [6, 43], [7, 49], [1, 51], [-2, 47]])}
    whole = found(client, "/v1/poles", area)
    for other in ({"region": ["84", "11"]}, {"q": "pole"}, {"bbox": "1,44,6,49"}, {"status": "active"}):
        alone = set(found(client, "/v1/poles", other))
        assert found(client, "/v1/poles", area | other) == [one for one in whole if one in alone]
    near = searched(client, "/v1/poles", area | {"lat": 48.85, "lon": 2.35, "limit": 1000})
    assert {item["id"] for item in near["items"]} == set(whole)
    assert [item["distance_km"] for item in near["items"]] == sorted(item["distance_km"] for item in near["items"])


def test_next_carries_the_method_and_the_body(client: httpx.Client) -> None:
    body = {"within": polygon(SQUARE), "limit": 2, "fields": ["name"]}
    walked, answer = [], searched(client, "/v1/poles", body)
    while True:
        walked += [item["id"] for item in answer["items"]]
        following = [link for link in answer["links"] if link["rel"] == "next"]
        if not following:
            break
        (link,) = following
        assert link["method"] == "POST"
        assert link["body"]["as_of"] == answer["serial"]
        answer = client.request(link["method"], link["href"], json=link["body"]).raise_for_status().json()
    assert walked == found(client, "/v1/poles", {"within": polygon(SQUARE)})
    for link in answer["links"]:
        if link["rel"] == "alternate":
            again = client.post(link["href"], json=link["body"])
            assert again.headers["content-type"].startswith(link["type"])


def test_a_search_answers_in_every_format(client: httpx.Client, path: str) -> None:
    body = {"within": polygon(SQUARE)}
    ids = found(client, path, body)
    assert [row["id"] for row in table(client.post(f"{path}/search.csv", json=body).content)] == ids
    features = client.post(f"{path}/search", json=body | {"f": "geojson"}).json()["features"]
    assert [one["id"] for one in features] == ids
    xlsx = client.post(
        f"{path}/search",
        json=body,
        headers={"Accept": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
    )
    assert xlsx.content.startswith(b"PK")
    refused(client.post(f"{path}/search.pdf", json=body), 406)


def ring_of(number: int) -> list[list[float]]:
    """Return a circle of so many positions around the Drôme."""
    turns = [2 * math.pi * turn / (number - 1) for turn in range(number - 1)]
    corners = [[5 + math.cos(turn), 45 + math.sin(turn)] for turn in turns]
    return [*corners, corners[0]]


BAD: Final[dict[str, tuple[Any, str, str]]] = {
    "too many points": (polygon(ring_of(10_001)), "/within/coordinates", "10000 points au plus"),
    "three numbers": (polygon([[*point, 0] for point in SQUARE]), "/within/coordinates/0/0", "deux nombres"),
    "bow-tie": (polygon([[4, 44], [6, 46], [6, 44], [4, 46], [4, 44]]), "/within/coordinates", "ne se coupe pas (voir en 5, 45)"),
    "not closed": (polygon(SQUARE[:-1]), "/within/coordinates/0/3", "un contour fermé"),
    "two points": (polygon([[4, 44], [5, 45], [4, 44]]), "/within/coordinates/0", "au moins 4 positions"),
    "flat": (polygon([[4, 44], [5, 44], [6, 44], [4, 44]]), "/within/coordinates", "voir en"),
    "empty": (polygon(), "/within/coordinates", "une liste de contours"),
    "empty ring": (polygon([]), "/within/coordinates/0", "au moins 4 positions"),
    "no geometry": ({"type": "Feature", "geometry": None}, "/within/geometry", "Polygon ou MultiPolygon"),
    "a point": ({"type": "Point", "coordinates": [5, 45]}, "/within", "Polygon ou MultiPolygon"),
    "a collection": ({"type": "GeometryCollection", "geometries": []}, "/within", "Polygon ou MultiPolygon"),
    "swapped": (polygon([[y, x] for x, y in SQUARE]), "/within/coordinates", "inversées"),
    "swapped overseas": (polygon([[y, x] for x, y in FAR]), "/within/coordinates", "inversées"),
    "latitude over 90": (polygon([[48, 150], [49, 150], [49, 151], [48, 150]]), "/within/coordinates/0/0", "inversées"),
    "out of range": (polygon([[200, 44], [201, 44], [201, 45], [200, 44]]), "/within/coordinates/0/0", "-180 à 180"),
    "a text": ({"type": "Polygon", "coordinates": [[["4", "44"], [5, 45], [6, 44], ["4", "44"]]]}, "/within/coordinates/0/0", "deux nombres"),
    "a huge number": (polygon([[10**40, 44], [5, 45], [6, 44], [10**40, 44]]), "/within/coordinates/0/0", "-180 à 180"),
    "yes": (polygon([[True, 44], [5, 45], [6, 44], [True, 44]]), "/within/coordinates/0/0", "deux nombres"),
    "hole outside": (polygon(SQUARE, FAR), "/within/coordinates", "un trou à l’intérieur"),
    "wrong nesting": ({"type": "MultiPolygon", "coordinates": [SQUARE]}, "/within/coordinates/0/0/0", "deux nombres"),
    "a text for all": ("POLYGON((4 44, 6 44, 6 46, 4 44))", "/within", "Polygon ou MultiPolygon"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_a_bad_area_is_named_at_once(client: httpx.Client, case: str) -> None:
    area, pointer, expected = BAD[case]
    content = json.dumps({"within": area}).encode()
    start = time.monotonic()
    response = client.post("/v1/poles/search", content=content, headers={"Content-Type": "application/json"})
    assert time.monotonic() - start < 2, "one request, however bad"
    (fault,) = refused(response, 422)["errors"]
    assert fault["pointer"] == pointer
    assert expected in fault["expected"]


def test_ten_thousand_points_are_an_area(client: httpx.Client, points: Points, path: str) -> None:
    area = polygon(ring_of(10_000))
    assert set(found(client, path, {"within": area})) == inside(points, area)


@pytest.mark.parametrize(("body", "pointers"), [
    (b'{"within": {"type": "Polygon", "coordinates": [[[NaN, 1], [1, 1], [1, 2], [NaN, 1]]]}}', {"/within/coordinates/0/0/0"}),
    (b"[]", {""}), (b"3", {""}), (b'{"regoin": "84"}', {"/regoin"}), (b'{"region": {"code": "84"}}', {"/region"}),
    (b'{"region": [["84"]]}', {"/region"}), (b'{"region": "85", "status": "x", "within": 3}', {"/status", "/within"}),
    (b'{"limit": [1, 2]}', {"/limit"}), (b'{"limit": 1001}', {"/limit"}), (b'{"q": "\\u0000"}', {"/q"}),
    (b'{"region": "84", "region": "11"}', {"/region"}),
])  # fmt: skip
def test_a_bad_body_is_told_all_at_once(client: httpx.Client, body: bytes, pointers: set[str]) -> None:
    response = client.post("/v1/poles/search", content=body, headers={"Content-Type": "application/json"})
    assert {fault["pointer"] for fault in refused(response, 422)["errors"]} == pointers


@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_a_search_is_no_record(client: httpx.Client, path: str, method: str) -> None:
    answer = client.request(method, f"{path}/search")
    refused(answer, 405)
    assert answer.headers["allow"] == "OPTIONS, POST"
    assert client.options(f"{path}/search").headers["allow"] == "OPTIONS, POST"


def test_the_address_of_a_search_has_no_parameters(client: httpx.Client) -> None:
    refused(client.post("/v1/poles/search?region=84", json={}), 422)
    refused(client.post("/v1/poles/search", content=b"{}"), 415)
    refused(
        client.post("/v1/poles/search", content=b" " * 1_000_001, headers={"Content-Type": "application/json"}), 413
    )


@pytest.mark.parametrize("query", [
    PoleQuery.model_validate({"bbox": "4,44,6,46"}), PoleQuery(lat=45, lon=5, radius=60),
    PoleQuery().within(areas.read(polygon(SQUARE), 10_000)),
], ids=["box", "circle", "area"])  # fmt: skip
def test_the_index_of_space_is_used(registry: Database, query: PoleQuery) -> None:
    statement = select_page(query, conditions(query, [], 1_000_000))
    compiled = statement.compile(registry.engine, compile_kwargs={"render_postcompile": True})
    given: Any = compiled.params
    if compiled.positiontup:
        given = tuple(compiled.params[name] for name in compiled.positiontup)
    with registry.reading() as session:
        if not registry.is_sqlite:
            session.execute(text("SET LOCAL enable_seqscan = off"))  # at this size PostgreSQL would rather read all
        explain = "EXPLAIN QUERY PLAN" if registry.is_sqlite else "EXPLAIN"
        plan = session.connection().exec_driver_sql(f"{explain} {compiled}", given)
        shown = "\n".join(str(row) for row in plan)
    wanted = "SCAN revision_box VIRTUAL TABLE INDEX" if registry.is_sqlite else "ix_revision_box_point"
    if not query.area:  # of so few rows PostgreSQL takes any index
        wanted = "ix_revision_place (kind=? AND longitude>?" if registry.is_sqlite else "Index Scan using ix_revision"
    assert wanted in shown, shown
