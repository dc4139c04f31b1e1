"""Geometries written in a filter, in longitude and latitude."""

from typing import Any, Final

import shapely
from shapely.errors import GEOSException

from app.queries.ogc_crs import CRS84, Crs, read_box, shape_in_degrees
from app.queries.spatial import Area, Box, area_of

Shape = list[Box | Area]
_FARTHEST: Final = 1e12
_TYPES: Final = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")


def read_shape(node: Any, crs: Crs) -> Shape:
    """Return the parts of a geometry. Raises ValueError with what was expected."""
    if isinstance(node, dict) and "bbox" in node:
        return [read_box(_numbers(node["bbox"]), crs)]
    if isinstance(node, dict) and node.get("type") == "GeometryCollection" and isinstance(node.get("geometries"), list):
        return [part for one in node["geometries"] for part in read_shape(one, crs)]
    if not isinstance(node, dict) or node.get("type") not in _TYPES:
        raise ValueError("une géométrie : POINT, LINESTRING, POLYGON, leurs MULTI…, BBOX(ouest, sud, est, nord)")
    try:
        shape = shapely.geometry.shape({"type": node["type"], "coordinates": node["coordinates"]})
    except (GEOSException, ValueError, TypeError, KeyError, IndexError, AttributeError):
        raise ValueError("des coordonnées de la forme que veut sa géométrie") from None
    if shape.has_z:
        raise ValueError("des positions de deux nombres : le registre ne connaît pas de hauteur")
    if crs.latitude_first:
        shape = shapely.transform(shape, lambda points: points[:, ::-1])
        crs = CRS84
    if shape.is_empty or not shape.is_valid:
        raise ValueError("une géométrie valide : des contours fermés qui ne se coupent pas")
    turned = shape_in_degrees(shape, crs)
    if isinstance(turned, shapely.Point):
        return [Box(turned.x, turned.y, turned.x, turned.y)]
    return [area_of(turned)]


def _numbers(value: Any) -> list[float]:
    if isinstance(value, list) and all(isinstance(one, int | float) and not isinstance(one, bool) for one in value):
        numbers = [float(one) for one in value if abs(one) < _FARTHEST]
        if len(numbers) == len(value):
            return numbers
    raise ValueError("des nombres dans BBOX")
