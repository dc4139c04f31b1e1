"""What the tests of space share: the points of the records, and what plain arithmetic says of them."""

import json
import math
from typing import Any

import httpx
import shapely

from tests.routes.asking import asked

Points = dict[str, tuple[float, float]]
EARTH = 6_371_008.7714  # metres


def points_of(client: httpx.Client, path: str, query: str = "") -> Points:
    """Return the point of each record that has one, from its GeoJSON; in order of the list."""
    features = asked(client, f"{path}.geojson?limit=1000&{query}")["features"]
    return {one["id"]: tuple(one["geometry"]["coordinates"]) for one in features if one["geometry"]}


def metres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Return the great-circle distance by the angle between two vectors: another formula than the registry's."""
    (x, y), (other_x, other_y) = (tuple(map(math.radians, point)) for point in (one, other))
    first, second = (
        (math.cos(lat) * math.cos(lon), math.cos(lat) * math.sin(lon), math.sin(lat))
        for lon, lat in ((x, y), (other_x, other_y))
    )
    cross = (
        first[1] * second[2] - first[2] * second[1],
        first[2] * second[0] - first[0] * second[2],
        first[0] * second[1] - first[1] * second[0],
    )
    return EARTH * math.atan2(math.hypot(*cross), sum(a * b for a, b in zip(first, second, strict=True)))


def inside(points: Points, geometry: dict[str, Any]) -> set[str]:
    """Return what lies in a GeoJSON geometry or on its border."""
    shape = shapely.from_geojson(json.dumps(geometry))
    return {one for one, point in points.items() if shape.intersects(shapely.Point(point))}
