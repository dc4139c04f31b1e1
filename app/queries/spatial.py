"""Space: boxes on the index of each database, behind one expression; coordinates are degrees (WGS 84)."""

import math
from typing import Any, Final, NamedTuple

from sqlalchemy import Boolean, ColumnElement, and_, literal, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

# The integer R*Tree loses no point on the border of a box; degrees × 1e7 fit its 32 bits.
BOX_SCALE: Final = 10_000_000


class Box(NamedTuple):
    """A box, its borders included; one whose west is east of its east crosses the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    def __str__(self) -> str:
        return ",".join(repr(degrees).removesuffix(".0") for degrees in self)


class BoxMatch(FunctionElement[bool]):
    """The index has a revision in a box, or a hair outside: the point itself is compared beside."""

    inherit_cache = True
    type = Boolean()


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


@compiles(BoxMatch, "sqlite")
def _sqlite(element: BoxMatch, compiler: SQLCompiler, **kwargs: Any) -> str:
    revision, x0, y0, x1, y1 = (compiler.process(clause, **kwargs) for clause in list(element.clauses)[:5])
    # Compiled fragments, values bound.
    found = f"SELECT id FROM revision_box WHERE x1 >= {x0} AND x0 <= {x1} AND y1 >= {y0} AND y0 <= {y1}"  # noqa: S608
    return f"{revision} IN ({found})"


@compiles(BoxMatch, "postgresql")
def _postgresql(element: BoxMatch, compiler: SQLCompiler, **kwargs: Any) -> str:
    clauses = list(element.clauses)
    revision, *box = (compiler.process(clause, **kwargs) for clause in [clauses[0], *clauses[5:]])
    envelope = f"ST_MakeEnvelope({', '.join(f'CAST({degrees} AS float)' for degrees in box)}, 4326)"
    return f"{revision} IN (SELECT revision FROM revision_box WHERE point && {envelope})"  # noqa: S608
