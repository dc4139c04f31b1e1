"""Areas that people draw: GeoJSON polygons, refused with a place and a reason, never mended in silence."""

import math
import re
from collections.abc import Iterator
from typing import Any, Final

import shapely

from app.errors import Fault, Invalid, shortened
from app.queries.spatial import Area, Box, area_of

_TYPES: Final = ("Polygon", "MultiPolygon")
_RING: Final = 4  # positions of a triangle that closes
# Where French records may be: métropole; Antilles and Guyane; La Réunion and Mayotte; Saint-Pierre-et-Miquelon.
_FRANCE: Final = (
    Box(-5.7, 41.2, 9.8, 51.3),
    Box(-63.3, 2, -51, 18.3),
    Box(44.8, -21.6, 56, -12.4),
    Box(-57, 46.6, -56, 47.3),
)
_REASONS: Final = {
    "Self-intersection": "un contour qui ne se coupe pas",
    "Ring Self-intersection": "un contour qui ne se touche pas lui-même",
    "Hole lies outside shell": "un trou à l’intérieur de son contour",
    "Holes are nested": "des trous qui ne sont pas l’un dans l’autre",
    "Interior is disconnected": "un intérieur d’un seul tenant",
    "Nested shells": "des polygones qui ne sont pas l’un dans l’autre",
    "Duplicate Rings": "un contour une seule fois",
    "Too few points in geometry component": "un contour de trois points différents au moins",
}


def read(value: Any, most: int, place: str = "/within") -> Area:
    """Return the area that a GeoJSON geometry (or feature) of so many points at most draws.

    Raises Invalid, with what is wrong and where.
    """
    geometry = value
    if isinstance(value, dict) and value.get("type") == "Feature":
        geometry, place = value.get("geometry"), f"{place}/geometry"
    if not isinstance(geometry, dict) or geometry.get("type") not in _TYPES:
        shown = geometry.get("type") if isinstance(geometry, dict) else None
        raise _refusal(place, shown, "un objet GeoJSON de type Polygon ou MultiPolygon")
    coordinates: Any = geometry.get("coordinates")
    polygons: Any = coordinates if geometry["type"] == "MultiPolygon" else [coordinates]
    rings = list(_rings(polygons, f"{place}/coordinates", several=geometry["type"] == "MultiPolygon"))
    points = sum(len(ring) for _, ring in rings)
    if points > most:
        raise _refusal(f"{place}/coordinates", points, f"{most} points au plus : simplifiez le contour")
    for where, ring in rings:
        _must_be_a_ring(ring, where)
    _must_not_be_swapped([position for _, ring in rings for position in ring], f"{place}/coordinates")
    shape = shapely.MultiPolygon([(polygon[0], polygon[1:]) for polygon in polygons])
    shape = shape.geoms[0] if len(shape.geoms) == 1 else shape
    if not shape.is_valid:
        raise _refusal(f"{place}/coordinates", None, _why(shape))
    return area_of(shape)


def _rings(polygons: Any, place: str, *, several: bool) -> Iterator[tuple[str, list[Any]]]:
    """Yield each ring with its place; raise Invalid where lists are not nested as GeoJSON says, or are empty."""
    if not isinstance(polygons, list) or not polygons:
        raise _refusal(place, polygons, "une liste de polygones, qui n’est pas vide")
    for number, polygon in enumerate(polygons):
        where = f"{place}/{number}" if several else place
        if not isinstance(polygon, list) or not polygon:
            raise _refusal(where, polygon, "une liste de contours : le premier est le bord, les autres sont des trous")
        for position, ring in enumerate(polygon):
            if not isinstance(ring, list):
                raise _refusal(f"{where}/{position}", ring, "une liste de positions [longitude, latitude]")
            yield f"{where}/{position}", ring


def _must_be_a_ring(ring: list[Any], place: str) -> None:
    for number, position in enumerate(ring):
        where = f"{place}/{number}"
        if not isinstance(position, list) or len(position) != 2 or not all(map(_is_number, position)):  # noqa: PLR2004
            raise _refusal(where, position, "une position de deux nombres, [longitude, latitude] en degrés")
        longitude, latitude = position
        if abs(latitude) > 90 and abs(longitude) <= 90 and abs(latitude) <= 180:  # noqa: PLR2004  degrees
            raise _refusal(where, position, "la longitude d’abord : longitude et latitude semblent inversées")
        if abs(longitude) > 180 or abs(latitude) > 90:  # noqa: PLR2004
            raise _refusal(where, position, "une longitude de -180 à 180 et une latitude de -90 à 90")
    if len(ring) < _RING:
        raise _refusal(place, len(ring), f"un contour d’au moins {_RING} positions, la dernière égale à la première")
    if ring[0] != ring[-1]:
        raise _refusal(f"{place}/{len(ring) - 1}", ring[-1], f"un contour fermé : la première position, {ring[0]}")


def _must_not_be_swapped(positions: list[Any], place: str) -> None:
    """Raise Invalid for an area that would touch France only with its two numbers the other way round."""
    xs, ys = [position[0] for position in positions], [position[1] for position in positions]
    box, swapped = Box(min(xs), min(ys), max(xs), max(ys)), Box(min(ys), min(xs), max(ys), max(xs))
    if not any(_meet(box, part) for part in _FRANCE) and any(_meet(swapped, part) for part in _FRANCE):
        raise _refusal(place, positions[0], "la longitude d’abord : longitude et latitude semblent inversées")


def _meet(one: Box, other: Box) -> bool:
    return one.west <= other.east and other.west <= one.east and one.south <= other.north and other.south <= one.north


def _is_number(value: Any) -> bool:
    return (isinstance(value, int) and not isinstance(value, bool)) or (
        isinstance(value, float) and math.isfinite(value)
    )


def _why(shape: Any) -> str:
    reason, _, where = shapely.is_valid_reason(shape).partition("[")
    at = re.fullmatch(r"(\S+) (\S+)\]", where)
    expected = _REASONS.get(reason, "un polygone valide au sens de GeoJSON")
    return f"{expected} (voir en {at[1]}, {at[2]})" if at else expected


def _refusal(place: str, value: Any, expected: str) -> Invalid:
    shown = value if isinstance(value, int | float | str | None) else str(value)
    fault = Fault(pointer=place, value=shortened(shown), expected=expected)
    return Invalid(f"{place} : attendu, {expected}.", faults=[fault])
