"""Bad input of places and filters: refused by name, within 100 ms of the processor's time, with nothing searched."""

import json
import re
import time
from typing import Any, Final
from urllib.parse import quote_plus

import httpx
import pytest

from tests.conftest import ON_SQLITE_ONLY
from tests.routes.asking import refused
from tests.routes.test_search import SQUARE, polygon, ring_of
from tests.routes.test_statements import statements

pytestmark = ON_SQLITE_ONLY
MOST: Final = 0.1  # seconds
# What tells the state of the registry and what words mean; records are in other tables.
NOT_SEARCHED: Final = {"write", "registry", "spelling"}
BOW_TIE: Final = [[4.0, 44.0], [6.0, 46.0], [6.0, 44.0], [4.0, 46.0], [4.0, 44.0]]
NOT_A_NUMBER: Final = '{"within": {"type": "Polygon", "coordinates": [[[NaN, 1], [1, 1], [1, 2], [NaN, 1]]]}}'
SQL: Final = "84'; DROP TABLE pole; --"


def intersects(geometry: Any) -> str:
    tree = {"op": "s_intersects", "args": [{"property": "geometry"}, geometry]}
    return "filter-lang=cql2-json&filter=" + quote_plus(json.dumps(tree))


# Where it is asked, what is asked (a query or the body of a search), which parameter or place the error names.
BODIES: Final = {
    "10,001 points": (json.dumps({"within": polygon(ring_of(10_001))}), "/within/coordinates"),
    "NaN": (NOT_A_NUMBER, "/within/coordinates/0/0/0"),
    "3D": (json.dumps({"within": polygon([[*point, 0] for point in SQUARE])}), "/within/coordinates/0/0"),
    "bow-tie": (json.dumps({"within": polygon(BOW_TIE)}), "/within/coordinates"),
    "empty polygon": (json.dumps({"within": polygon()}), "/within/coordinates"),
    "empty geometry": (json.dumps({"within": {"type": "Feature", "geometry": None}}), "/within/geometry"),
    "three corners": (json.dumps({"bbox": [180, 0, -180]}), "/bbox"),
    "radius -1": (json.dumps({"lat": 45, "lon": 5, "radius": -1}), "/radius"),
    "radius 25,000": (json.dumps({"lat": 45, "lon": 5, "radius": 25_000}), "/radius"),
    "lat 91": (json.dumps({"lat": 91, "lon": 5}), "/lat"),
    "unknown property": (json.dumps({"regoin": "84"}), "/regoin"),
    "SQL": (json.dumps({"region": SQL}), "/region"),
}
LISTS: Final = {
    "bbox=180,0,-180": "bbox", "bbox=NaN,0,1,1": "bbox", "lat=NaN&lon=5": "lat", "lat=91&lon=5": "lat", "covers=5,91": "covers",
    "lat=45&lon=5&radius=-1": "radius", "lat=45&lon=5&radius=25000": "radius", "lat=45&lon=5&radius=NaN": "radius",
    "regoin=84": "regoin", f"region={quote_plus(SQL)}": "region", f"sort={quote_plus(SQL)}": "sort",
}  # fmt: skip
OGC: Final = {
    "bbox=180,0,-180": "bbox", "bbox=NaN,0,1,1": "bbox", "inconnu=1": "inconnu", "filter=inconnu=1": "filter", "sortby=inconnu": "sortby",
    f"filter={'NOT+' * 10_000}true": "filter", f"filter={'NOT+' * 2000}true": "filter", f"filter=region='{quote_plus(SQL)}'": "filter",
    intersects(polygon(ring_of(90), BOW_TIE)): "filter", intersects(polygon(BOW_TIE)): "filter",
    intersects(polygon([[*point, 0] for point in SQUARE])): "filter", intersects(polygon()): "filter", intersects(None): "filter",
    intersects({"type": "Point", "coordinates": [float("nan"), 1]}): "filter", "filter=S_INTERSECTS(geometry,POLYGON+EMPTY)": "filter",
    f"founded_year={quote_plus(SQL)}": "founded_year",
}  # fmt: skip
CASES: Final = [
    *(pytest.param("POST", "/v1/poles/search", *case, 422, id=f"search {name}") for name, case in BODIES.items()),
    *(pytest.param("GET", f"/v1/poles?{query}", "", name, 422, id=f"v1 {query[:40]}") for query, name in LISTS.items()),
    *(
        pytest.param("GET", f"/ogc/collections/poles/items?{query}", "", name, 400, id=f"ogc {number} {query[:40]}")
        for number, (query, name) in enumerate(OGC.items())
    ),
]


def searched(sent: list[str]) -> set[str]:
    """Return the tables of records that statements read."""
    return {table for one in sent for table in re.findall(r"\b(?:FROM|JOIN) (\w+)", one)} - NOT_SEARCHED


@pytest.mark.parametrize(("method", "path", "body", "name", "status"), CASES)
def test_bad_input_is_named_at_once_and_nothing_is_searched(
    client: httpx.Client, method: str, path: str, body: str, name: str, status: int
) -> None:
    took = []
    for _ in range(3):  # the time of this process alone, and the best: other work on the machine counts for nothing
        begin = time.process_time()
        with statements() as sent:
            response = client.request(method, path, content=body, headers={"Content-Type": "application/json"})
        took.append(time.process_time() - begin)
    too_long = len(path) > 8192
    (fault,) = refused(response, 414 if too_long else status)["errors"]
    assert fault.get("parameter", fault.get("pointer")) == name
    assert fault["expected"]
    assert searched(sent) == set()
    assert min(took) < MOST


def test_what_is_searched_is_seen(client: httpx.Client) -> None:
    for path in ("/v1/poles?q=coop", "/ogc/collections/poles/items?filter=name='a'"):
        with statements() as sent:
            assert client.get(path).status_code == 200
        assert "document" in searched(sent)


def test_sql_in_a_text_is_a_text(client: httpx.Client) -> None:
    for path in (
        f"/v1/poles?q={quote_plus(SQL)}",
        "/ogc/collections/poles/items?filter=name='" + quote_plus(SQL.replace("'", "''")) + "'",
    ):
        answer = client.get(path).raise_for_status().json()
        assert answer.get("count", answer.get("numberMatched")) == 0
    assert client.get("/v1/poles?limit=1").json()["count"] > 0
