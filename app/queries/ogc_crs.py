"""Coordinate systems of OGC API – Features, Part 2: their addresses, and the way from and to longitude and latitude."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import shapely

from app.queries.spatial import Area, Box, area_of

if TYPE_CHECKING:
    from pyproj import Transformer

_STEPS: Final = 64  # a straight side in one system bends in another: it is cut in as many pieces


@dataclass(frozen=True, slots=True)
class Crs:
    """A coordinate system: its address, what pyproj calls it, and whether latitude comes first."""

    uri: str
    authority: str
    name: str
    decimals: int = 3
    latitude_first: bool = False
    is_straight: bool = False  # its boxes are boxes of longitude and latitude too

    @property
    def is_plain(self) -> bool:
        """Longitude, then latitude: as coordinates are stored."""
        return self is CRS84


def _epsg(code: int, name: str, **more: Any) -> Crs:
    return Crs(f"http://www.opengis.net/def/crs/EPSG/0/{code}", f"EPSG:{code}", name, **more)


CRS84: Final = Crs(
    "http://www.opengis.net/def/crs/OGC/1.3/CRS84",
    "OGC:CRS84",
    "WGS 84, longitude puis latitude",
    decimals=7,
    is_straight=True,
)
SYSTEMS: Final = (
    CRS84,
    _epsg(4326, "WGS 84, latitude puis longitude", decimals=7, latitude_first=True, is_straight=True),
    _epsg(3857, "Web Mercator", is_straight=True),
    _epsg(2154, "RGF93 v1 / Lambert-93 (métropole)"),
    _epsg(5490, "RGAF09 / UTM 20N (Antilles)"),
    _epsg(2972, "RGFG95 / UTM 22N (Guyane)"),
    _epsg(2975, "RGR92 / UTM 40S (La Réunion)"),
    _epsg(4471, "RGM04 / UTM 38S (Mayotte)"),
)
BY_URI: Final = {system.uri: system for system in SYSTEMS}


@cache
def _transformer(source: Crs, target: Crs) -> "Transformer":
    from pyproj import Transformer

    return Transformer.from_crs(source.authority, target.authority)


def onto(target: Crs) -> Callable[[Any], Any]:
    """Return what turns the coordinates of a GeoJSON geometry, however nested, into another system."""
    turn = _transformer(CRS84, target).transform

    def turned(coordinates: Any) -> Any:
        if not isinstance(coordinates[0], list):
            return [round(number, target.decimals) for number in turn(*coordinates[:2])]
        if not isinstance(coordinates[0][0], list):  # a line: all its points at once
            columns = turn([position[0] for position in coordinates], [position[1] for position in coordinates])
            return [[round(number, target.decimals) for number in position] for position in zip(*columns, strict=True)]
        return [turned(part) for part in coordinates]

    return turned


def read_box(numbers: Sequence[float], system: Crs) -> Box | Area:
    """Return what a box of 4 numbers (6 with heights) bounds. Raises ValueError with what was expected."""
    if len(numbers) == 6:  # noqa: PLR2004  two corners with heights, which no record has
        numbers = [*numbers[:2], *numbers[3:5]]
    if len(numbers) != len(Box._fields):
        raise ValueError("quatre nombres (six avec des hauteurs) : le coin inférieur, puis le coin supérieur")
    if system.latitude_first:
        numbers = [numbers[1], numbers[0], numbers[3], numbers[2]]
    if system.authority in {"OGC:CRS84", "EPSG:4326"}:
        return _checked(Box(*numbers))
    west, south, east, north = numbers
    if west > east or south > north:
        raise ValueError("un coin inférieur plus petit que le coin supérieur")
    if system.is_straight:
        (west, east), (south, north) = _transformer(system, CRS84).transform([west, east], [south, north])
        return _checked(Box(west, south, east, north))
    return area_of(shape_in_degrees(shapely.box(*numbers), system))


def shape_in_degrees(shape: shapely.Geometry, system: Crs) -> shapely.Geometry:
    """Return a shape in longitude and latitude. Raises ValueError where it is outside of what its system knows."""
    if system.is_plain:
        turned = shape
    else:
        extent = max(shape.bounds[2] - shape.bounds[0], shape.bounds[3] - shape.bounds[1])
        pieces = shape if system.is_straight or not extent else shapely.segmentize(shape, extent / _STEPS)
        turned = shapely.transform(pieces, lambda points: _columns(_transformer(system, CRS84), points))
    west, south, east, north = turned.bounds
    _checked(Box(west, south, east, north))
    return turned


def _columns(transformer: "Transformer", points: Any) -> Any:
    points[:, 0], points[:, 1] = transformer.transform(points[:, 0], points[:, 1])
    return points


def _checked(box: Box) -> Box:
    known = all(map(math.isfinite, box)) and abs(box.west) <= 180 and abs(box.east) <= 180  # noqa: PLR2004  degrees
    if not known or not -90 <= box.south <= box.north <= 90:  # noqa: PLR2004  degrees
        raise ValueError("des coordonnées que ce système connaît, le sud avant le nord")
    return box
