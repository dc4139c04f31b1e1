"""Spots: the units that hold a point, read from outlines, and the terms of the index that say who works there."""

import re
from pathlib import Path
from typing import Annotated, Final, NamedTuple

from pydantic import BeforeValidator

from app.errors import invalid_parameter
from app.models import UnitKind
from app.queries.outlines import Detail, layer

SHORE: Final = 0.001  # degrees: a quay may lie just outside the outline of its département
BORDER: Final = 0.005  # degrees, some 500 m: nearer to a border, a light outline does not decide
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,20})?")
_EXPECTED: Final = "deux nombres en degrés, longitude,latitude, comme 5.05,45.05"
_IN_FRANCE: Final = (
    "un point d’un département français, longitude,latitude en degrés, comme 5.05,45.05 ; les collectivités "
    "d’outre-mer n’ont pas de contour : pour elles, territory=departement:975"
)


class Point(NamedTuple):
    """A point that was asked for."""

    longitude: float
    latitude: float

    def __str__(self) -> str:
        return ",".join(repr(degrees).removesuffix(".0") for degrees in self)


class Spot(NamedTuple):
    """A point and its units: those that hold it for sure, and the EPCI of which one may, or which no outline tells."""

    point: Point
    units: tuple[str, ...]
    maybe: tuple[str, ...]

    def __str__(self) -> str:
        return str(self.point)

    @property
    def certain(self) -> list[tuple[str, str]]:
        """The terms of poles that declare a unit which holds the point."""
        return [("territory", unit) for unit in self.units]

    @property
    def possible(self) -> list[tuple[str, str]]:
        """Also those of poles that declare a unit which may hold it, or none."""
        regions = [unit.partition(":")[2] for unit in self.units if unit.startswith("region:")]
        inside = [("territory_in", unit) for unit in self.maybe]  # the unit itself, and what lies in it
        return [*self.certain, *inside, *(("territory_unknown", region) for region in regions)]

    @property
    def notice(self) -> str:
        doubt = "" if any(unit.startswith("epci:") for unit in self.units) else ", intercommunalité non décidée"
        return (
            f"covers : ce point est dans {', '.join(self.units)}{doubt}, d’après des contours simplifiés ; les pôles "
            "qui déclarent des communes de là, ou une intercommunalité dont la limite est à moins de 500 m, sont "
            "comptés dans « undetermined »"
        )


def spot_at(point: Point, seed_dir: Path) -> Spot:
    """Return what holds a point. Raises Invalid for one in no département: at sea, abroad, or with swapped numbers."""
    departements = _departements(point, seed_dir)
    if not departements:
        swapped = Point(point.latitude, point.longitude)
        hint = str(swapped) if _departements(swapped, seed_dir) else None
        raise invalid_parameter("covers", str(point), _IN_FRANCE, hint)
    regions = layer(seed_dir, UnitKind.REGION, Detail.FULL)
    epcis = layer(seed_dir, UnitKind.EPCI)
    holding, near = epcis.near(*point), [f"epci:{code}" for code in epcis.near(*point, BORDER)]
    units = [
        *(f"departement:{code}" for code in departements),
        *(f"region:{code}" for code in regions.near(*point) or regions.near(*point, SHORE)),
        *(near if len(holding) == len(near) == 1 else ()),
    ]
    # Where no EPCI is near, as on an island that a light outline leaves out, any unit of the département may be.
    return Spot(point, tuple(units), tuple(near or units[: len(departements)]))


def _departements(point: Point, seed_dir: Path) -> list[str]:
    known = layer(seed_dir, UnitKind.DEPARTEMENT, Detail.FULL)
    return known.near(*point) or known.near(*point, SHORE)


def _point(value: object) -> Point:
    pieces = [piece.strip() for piece in str(value).split(",")]
    if len(pieces) == len(Point._fields) and all(_NUMBER.fullmatch(piece) for piece in pieces):
        point = Point(*map(float, pieces))
        if abs(point.longitude) <= 180 and abs(point.latitude) <= 90:  # noqa: PLR2004  degrees
            return point
    raise ValueError(_EXPECTED)


PointValue = Annotated[Point, BeforeValidator(_point)]
