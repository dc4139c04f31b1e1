"""Maps of features as SVG, made on the server: one for each part of France where some are."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Any, Final

Json = Mapping[str, Any]
Ring = Sequence[Sequence[float]]


@dataclass(frozen=True, slots=True)
class Zone:
    """A part of France, and the box (degrees) that shows it."""

    name: str
    west: float
    south: float
    east: float
    north: float
    width: int = 200  # pixels

    def holds(self, position: Sequence[float]) -> bool:
        return self.west <= position[0] <= self.east and self.south <= position[1] <= self.north

    @property
    def scale(self) -> tuple[float, float]:
        """Pixels for a degree of longitude and of latitude."""
        narrow = cos(radians((self.south + self.north) / 2))
        pixels = self.width / ((self.east - self.west) * narrow)
        return pixels * narrow, pixels

    def pixel(self, position: Sequence[float]) -> tuple[float, float]:
        across, down = self.scale
        return round((position[0] - self.west) * across, 1), round((self.north - position[1]) * down, 1)


ZONES: Final = (
    Zone("France métropolitaine", -5.5, 41.2, 9.8, 51.3, width=480),
    Zone("Guadeloupe", -62, 15.7, -60.8, 16.7),
    Zone("Martinique", -61.4, 14.3, -60.7, 15),
    Zone("Guyane", -55, 2, -51.4, 6),
    Zone("La Réunion", 55.1, -21.5, 56, -20.8),
    Zone("Mayotte", 44.9, -13.1, 45.4, -12.6),
)


def maps(features: Sequence[Json], ground: Sequence[bytes]) -> list[dict[str, Any]]:
    """Return what to draw: features (points or outlines) over these outlines."""
    drawn = [zone for zone in ZONES if any(_stands(feature, zone) for feature in features)]
    grounds = [json.loads(outline) for outline in ground] if drawn else []
    return [_map(zone, [feature for feature in features if _stands(feature, zone)], grounds) for zone in drawn]


def _map(zone: Zone, features: Sequence[Json], ground: Sequence[Json]) -> dict[str, Any]:
    height = round((zone.north - zone.south) * zone.scale[1])
    rings = [ring for outline in ground for ring in _rings(outline) if any(map(zone.holds, ring))]
    points, outlines = [], []
    for feature in features:
        geometry, name = feature["geometry"], feature["properties"]["name"]
        if geometry["type"] == "Point":
            x, y = zone.pixel(geometry["coordinates"])
            points.append({"x": x, "y": y, "name": name})
        else:
            outlines.append({"path": _path(zone, _rings(geometry)), "name": name})
    count = f"{len(features)} fiche{'s' if len(features) > 1 else ''}"
    return {
        "title": f"{zone.name} : {count}",
        "width": zone.width,
        "height": height,
        "ground": _path(zone, rings),
        "points": points,
        "outlines": outlines,
    }


def _stands(feature: Json, zone: Zone) -> bool:
    geometry = feature["geometry"]
    if geometry is None:
        return False
    if geometry["type"] == "Point":
        return zone.holds(geometry["coordinates"])
    return zone.holds(next(_rings(geometry))[0])


def _rings(geometry: Json) -> Iterator[Ring]:
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    for polygon in polygons:
        yield from polygon


def _path(zone: Zone, rings: Sequence[Ring] | Iterator[Ring]) -> str:
    return "".join(
        "M" + "L".join(f"{x:g},{y:g}" for x, y in dict.fromkeys(map(zone.pixel, ring))) + "Z" for ring in rings
    )
