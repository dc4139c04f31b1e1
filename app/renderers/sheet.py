"""A sheet of France to look at: régions shaded by their number of poles, points, a legend, and who stands beside it."""

import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, Final

from app.renderers import maps
from app.renderers.maps import Country

_STEPS: Final = 5
_RADIUS: Final = 5  # pixels


def sheet(
    drawn: Country,
    names: Mapping[str, str],
    counts: Mapping[str, int],
    features: Iterable[Mapping[str, Any]],
    *,
    chosen: Collection[str] = (),
    href: Callable[[str], str] | None = None,
    by: str = "region",
) -> dict[str, Any]:
    """Return what a template draws: `counts` by code of the parts that are shaded (`by`), `href` of one of them.

    A pole whose point is not known is placed nowhere: it is counted beside, under its région or département.
    """
    step = step_of(counts.values())
    points, unplaced = [], Counter[str]()
    for feature in features:
        told = feature["properties"]
        if feature["geometry"] is None:
            unplaced[told[by] or ""] += 1
            continue
        longitude, latitude = feature["geometry"]["coordinates"]
        x, y = drawn.point(longitude, latitude, told["region"])
        points.append({"x": x, "y": y, "r": _RADIUS, "name": told["name"], "href": told["url"]})
    return {
        "width": maps.WIDTH,
        "height": maps.HEIGHT,
        "regions": [
            {
                "name": names[code],
                "count": counts.get(code, 0),
                "href": href(code) if href else None,
                "chosen": code in chosen,
                "step": math.ceil(counts.get(code, 0) / step),
                "path": outline,
            }
            for code, outline in drawn.paths.items()
        ],
        "points": points,
        "by": {"region": "région", "departement": "département"}[by],
        "legend": legend(step),
        "unplaced": [
            {
                "name": names.get(code, "lieu non connu"),
                "count": number,
                "href": href(code) if href and code else None,
            }
            for code, number in unplaced.most_common()
        ],
        "unplaced_count": sum(unplaced.values()),
    }


def step_of(counts: Iterable[int]) -> int:
    """Return by how many poles a shade differs from the next."""
    return max(1, math.ceil(max(counts, default=1) / _STEPS))


def legend(step: int) -> list[str]:
    return ["0", *(_between(step * at + 1, step * (at + 1)) for at in range(_STEPS))]


def _between(first: int, last: int) -> str:
    return str(first) if first == last else f"{first} à {last}"
