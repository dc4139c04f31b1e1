"""Small maps: one région, what is known of a place in it, and never a guessed point."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import shapely

from app.renderers.maps import METROPOLE, OVERSEAS, Frame, path

WIDTH: Final = 360
HEIGHT: Final = 300


@dataclass(frozen=True, slots=True)
class Drawn:
    """An outline on a small map, with the class that colours it."""

    look: str
    shape: shapely.Geometry


def frame(region: str, shape: shapely.Geometry) -> Frame:
    """Return the sheet of one région, in its own official projection."""
    return Frame(OVERSEAS.get(region, METROPOLE), 0, 0, WIDTH, HEIGHT, (shape,))


def small_map(sheet: Frame, outlines: Sequence[Drawn], points: Sequence[dict[str, Any]], label: str) -> dict[str, Any]:
    """Return what the template of a small map shows; points have `longitude`, `latitude`, `name` and `href`."""
    spots = []
    for point in points:
        at = sheet.pixels(shapely.Point(point["longitude"], point["latitude"]))
        spots.append({"x": round(at.x, 1), "y": round(at.y, 1), "name": point["name"], "href": point.get("href")})
    paths = [{"look": one.look, "d": path(sheet.pixels(one.shape))} for one in outlines]
    return {"width": WIDTH, "height": HEIGHT, "label": label, "paths": paths, "points": spots}
