"""A sheet of France to look at: régions shaded by their number of poles, points, a legend, and who stands beside it."""

import math
from collections import defaultdict
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
    poles: Iterable[Mapping[str, Any]],
    *,
    chosen: Collection[str] = (),
    href: Callable[[str], str] | None = None,
    by: str = "region",
) -> dict[str, Any]:
    """Return what a template draws: `counts` by code of the parts that are shaded (`by`), `href` of one of them.

    A pole whose point is not known is placed nowhere: it stands beside, under its région or département.
    """
    step = step_of(counts.values())
    points, unplaced = [], defaultdict[str, list[Mapping[str, Any]]](list)
    for pole in poles:
        seat = pole["seat"]
        if seat["longitude"] is None:
            unplaced[_code(seat[by])].append(pole)
            continue
        x, y = drawn.point(seat["longitude"], seat["latitude"], _code(seat["region"]))
        points.append({"x": x, "y": y, "r": _RADIUS, "name": pole["name"], "href": pole["url"], "pole": pole})
    noun = {"region": "région", "departement": "département"}[by]
    return {
        "width": maps.WIDTH,
        "height": drawn.height,
        "regions": [
            {
                "name": names[code],
                "count": counts.get(code, 0),
                "href": href(code) if href else None,
                "chosen": code in chosen,
                "step": math.ceil(counts.get(code, 0) / step),
                "path": outline,
            }
            # Those that are chosen come last: no neighbour covers their border.
            for code, outline in sorted(drawn.paths.items(), key=lambda one: one[0] in chosen)
        ],
        "insets": [
            {"name": names[code], "x": frame.x, "y": frame.y, "width": frame.width, "height": frame.height}
            for code, frame in drawn.frames.items()
            if code
        ],
        "points": points,
        "by": noun,
        "legend": legend(step),
        "unplaced": [
            {
                "name": names.get(code, f"{noun} non {'connue' if by == 'region' else 'connu'}"),
                "poles": beside,
                "href": href(code) if href and code else None,
            }
            for code, beside in sorted(unplaced.items(), key=lambda one: -len(one[1]))
        ],
        "unplaced_count": sum(map(len, unplaced.values())),
    }


def step_of(counts: Iterable[int]) -> int:
    """Return by how many poles a shade differs from the next."""
    return max(1, math.ceil(max(counts, default=1) / _STEPS))


def legend(step: int) -> list[str]:
    return ["0", *(_between(step * at + 1, step * (at + 1)) for at in range(_STEPS))]


def _code(place: Mapping[str, str] | None) -> str:
    return place["code"] if place else ""


def _between(first: int, last: int) -> str:
    return str(first) if first == last else f"{first} à {last}"
