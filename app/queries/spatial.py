"""Space: boxes, distances and polygons, one expression each for both databases; coordinates are degrees (WGS 84)."""

import hashlib
import math
import sqlite3
from collections import OrderedDict
from typing import Any, Final, NamedTuple

import shapely
from sqlalchemy import ColumnElement, Engine, Float, and_, event, literal, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.queries.statements import Match, Unsought

# The integer R*Tree loses no point on the border of a box; degrees × 1e7 fit its 32 bits.
BOX_SCALE: Final = 10_000_000
EARTH: Final = 6_371_008.7714  # mean radius, metres
FARTHEST: Final = 20_016.0  # km: half way around; nothing is farther
_HAIR: Final = 1e-6  # degrees: what a rounded box around a circle may lack
_AREAS_KEPT: Final = 64
_WIDE: Final = 40.0  # square degrees, about a third of metropolitan France


class Box(NamedTuple):
    """A box, its borders included; one whose west is east of its east crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    def __str__(self) -> str:
        return ",".join(repr(degrees).removesuffix(".0") for degrees in self)


class Circle(NamedTuple):
    """A point to measure from, and how far to look: km, or without end."""

    longitude: float
    latitude: float
    radius: float | None = None


class Area(NamedTuple):
    """A polygon, or several, that is valid; `key` stands for it in SQL."""

    shape: Any
    key: str

    def __str__(self) -> str:
        return f"{self.shape.geom_type} de {shapely.get_num_coordinates(self.shape)} points"


def area_of(shape: Any) -> Area:
    return Area(shape, hashlib.sha256(shapely.to_wkb(shape)).hexdigest())


class BoxMatch(Match):
    """The index has a revision in a box, or a hair outside: the point itself is compared beside."""

    inherit_cache = True


class Distance(FunctionElement[float]):
    """The great-circle distance between two points (longitude, latitude, longitude, latitude): metres, to the mm."""

    inherit_cache = True
    type = Float()


class AreaMatch(Match):
    """A revision's point lies in an area or on its border."""

    inherit_cache = True


def in_box(revision: Any, longitude: Any, latitude: Any, box: Box) -> ColumnElement[bool]:
    """Return whether a revision's point lies in a box."""
    if box.west > box.east:
        west, east = box._replace(east=180), box._replace(west=-180)
        return or_(in_box(revision, longitude, latitude, west), in_box(revision, longitude, latitude, east))
    low = [math.floor(degrees * BOX_SCALE) for degrees in (box.west, box.south)]
    high = [math.ceil(degrees * BOX_SCALE) for degrees in (box.east, box.north)]
    return and_(
        BoxMatch(revision, *map(literal, (*low, *high)), *map(literal, map(float, box))),
        longitude.between(box.west, box.east),
        latitude.between(box.south, box.north),
    )


def is_wide(box: Box) -> bool:
    """Return whether a box may hold so many points that their index would only list most of them."""
    return (box.east - box.west) * (box.north - box.south) > _WIDE


def between(longitude: Any, latitude: Any, box: Box) -> ColumnElement[bool]:
    """Return whether a point lies in a box, by the index of points of one kind: half the time of one of boxes."""
    if box.west > box.east:
        west, east = box._replace(east=180), box._replace(west=-180)
        return or_(between(longitude, latitude, west), between(longitude, latitude, east))
    if is_wide(box):
        longitude = Unsought(longitude)
    return and_(longitude.between(box.west, box.east), latitude.between(box.south, box.north))


def distance(longitude: Any, latitude: Any, circle: Circle) -> ColumnElement[float]:
    return Distance(longitude, latitude, literal(float(circle.longitude)), literal(float(circle.latitude)))


def in_circle(longitude: Any, latitude: Any, circle: Circle) -> ColumnElement[bool]:
    """Return whether a revision has a point, and one within the radius if there is one."""
    if circle.radius is None:
        return and_(longitude.is_not(None))
    near = between(longitude, latitude, box_around(circle, circle.radius))
    return and_(near, distance(longitude, latitude, circle) <= circle.radius * 1000)


def in_area(revision: Any, longitude: Any, latitude: Any, area: Area) -> ColumnElement[bool]:
    near = in_box(revision, longitude, latitude, Box(*map(float, area.shape.bounds)))
    _areas.keep(area)
    return and_(near, AreaMatch(revision, longitude, latitude, literal(area.key), literal(shapely.to_wkb(area.shape))))


def box_around(circle: Circle, radius: float) -> Box:
    """Return a box that holds every point within so many km."""
    angle = radius * 1000 / EARTH
    south, north = (circle.latitude + math.degrees(turn) for turn in (-angle, angle))
    wide = math.sin(angle) / max(math.cos(math.radians(circle.latitude)), 1e-12)
    if south <= -90 or north >= 90 or wide >= 1:  # noqa: PLR2004  a pole of the Earth is inside
        return Box(-180.0, max(south - _HAIR, -90.0), 180.0, min(north + _HAIR, 90.0))
    turn = math.degrees(math.asin(wide)) + _HAIR
    west, east = circle.longitude - turn, circle.longitude + turn
    return Box(west + 360 if west < -180 else west, south - _HAIR, east - 360 if east > 180 else east, north + _HAIR)  # noqa: PLR2004


def great_circle(longitude: float, latitude: float, other_longitude: float, other_latitude: float) -> float:
    """Return the distance between two points in metres (haversine, mean radius), to the mm."""
    south, north = math.radians(latitude), math.radians(other_latitude)
    across = math.sin(math.radians(other_longitude - longitude) / 2) ** 2
    chord = math.sin((north - south) / 2) ** 2 + math.cos(south) * math.cos(north) * across
    return round(2 * EARTH * math.asin(min(1.0, math.sqrt(chord))), 3)


class _Areas:
    """The areas of the latest queries of this process, prepared: SQLite's function finds them by key."""

    def __init__(self) -> None:
        self._prepared: OrderedDict[str, Any] = OrderedDict()

    def keep(self, area: Area) -> None:
        shapely.prepare(area.shape)
        self._prepared[area.key] = area.shape
        self._prepared.move_to_end(area.key)
        while len(self._prepared) > _AREAS_KEPT:
            self._prepared.popitem(last=False)

    def holds(self, key: str, longitude: float, latitude: float) -> bool:
        return bool(shapely.intersects_xy(self._prepared[key], longitude, latitude))


_areas = _Areas()


@event.listens_for(Engine, "connect")
def _teach_sqlite(connection: Any, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.create_function("ptce_distance", 4, great_circle, deterministic=True)
        connection.create_function("ptce_holds", 3, _areas.holds)


@compiles(BoxMatch, "sqlite")
def _box_sqlite(element: BoxMatch, compiler: SQLCompiler, **kwargs: Any) -> str:
    revision, x0, y0, x1, y1 = (compiler.process(clause, **kwargs) for clause in list(element.clauses)[:5])
    # Compiled fragments, values bound.
    found = f"SELECT id FROM revision_box WHERE x1 >= {x0} AND x0 <= {x1} AND y1 >= {y0} AND y0 <= {y1}"  # noqa: S608
    return f"{revision} IN ({found})"


@compiles(BoxMatch, "postgresql")
def _box_postgresql(element: BoxMatch, compiler: SQLCompiler, **kwargs: Any) -> str:
    clauses = list(element.clauses)
    revision, *box = (compiler.process(clause, **kwargs) for clause in [clauses[0], *clauses[5:]])
    envelope = f"ST_MakeEnvelope({', '.join(f'CAST({degrees} AS float)' for degrees in box)}, 4326)"
    return f"{revision} IN (SELECT revision FROM revision_box WHERE point && {envelope})"  # noqa: S608


@compiles(Distance, "sqlite")
def _distance_sqlite(element: Distance, compiler: SQLCompiler, **kwargs: Any) -> str:
    # A row without a point, which another condition leaves out, must not reach the function.
    x, y, *centre = (compiler.process(clause, **kwargs) for clause in element.clauses)
    return f"CASE WHEN {x} IS NOT NULL THEN ptce_distance({', '.join((x, y, *centre))}) END"


@compiles(Distance, "postgresql")
def _distance_postgresql(element: Distance, compiler: SQLCompiler, **kwargs: Any) -> str:
    x, y, centre_x, centre_y = (f"CAST({compiler.process(one, **kwargs)} AS float)" for one in element.clauses)
    across = f"cos(radians({y})) * cos(radians({centre_y})) * power(sin(radians({centre_x} - {x}) / 2), 2)"
    chord = f"power(sin(radians({centre_y} - {y}) / 2), 2) + {across}"
    metres = f"2 * {EARTH} * asin(least(1.0, sqrt({chord})))"
    return f"CAST(round(CAST({metres} AS numeric), 3) AS float)"


@compiles(AreaMatch, "sqlite")
def _area_sqlite(element: AreaMatch, compiler: SQLCompiler, **kwargs: Any) -> str:
    x, y, key = (compiler.process(clause, **kwargs) for clause in list(element.clauses)[1:4])
    return f"ptce_holds({key}, {x}, {y})"


@compiles(AreaMatch, "postgresql")
def _area_postgresql(element: AreaMatch, compiler: SQLCompiler, **kwargs: Any) -> str:
    revision, *_, wkb = (
        compiler.process(clause, **kwargs) for clause in [*list(element.clauses)[:1], list(element.clauses)[4]]
    )
    found = f"SELECT revision FROM revision_box WHERE ST_Intersects(point, ST_GeomFromWKB({wkb}, 4326))"  # noqa: S608
    return f"{revision} IN ({found})"
