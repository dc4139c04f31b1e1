"""Maps of the features of a page: points over the régions, or outlines shaded by their number of poles."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from app.renderers import maps
from app.renderers.maps import Country
from app.renderers.sheet import legend, step_of

Json = dict[str, Any]
_GROUND: Final = 1


def points(sheet: Country, features: Sequence[Json], label: str, href: Callable[[str], str]) -> Json | None:
    """Return the map of those whose place is known; nothing where there are none."""
    made = []
    for feature in features:
        if feature["geometry"] is not None:
            told, (longitude, latitude) = feature["properties"], feature["geometry"]["coordinates"]
            x, y = sheet.point(longitude, latitude, told["region"])
            made.append({"x": x, "y": y, "name": told["name"], "href": href(feature["id"])})
    shapes = [{"path": path, "step": _GROUND, "name": None, "href": None} for path in sheet.paths.values()]
    return _map(label, shapes, made) if made else None


def outlines(paths: Mapping[str, str], features: Sequence[Json], label: str, href: Callable[[str], str]) -> Json | None:
    """Return the map of those whose outline is known; nothing where there are none."""
    known = [feature for feature in features if feature["id"] in paths]
    step = step_of(feature["properties"]["poles"] for feature in known)
    shapes = [
        {
            "path": paths[feature["id"]],
            "step": math.ceil(feature["properties"]["poles"] / step),
            "name": feature["properties"]["name"],
            "poles": feature["properties"]["poles"],
            "href": href(feature["id"]),
        }
        for feature in known
    ]
    return _map(label, shapes, [], legend(step)) if known else None


def _map(label: str, shapes: Sequence[Json], made: Sequence[Json], told: Sequence[str] = ()) -> Json:
    sheet = {"width": maps.WIDTH, "height": maps.HEIGHT}
    return {**sheet, "label": label, "shapes": shapes, "points": made, "legend": told}
