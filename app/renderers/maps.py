"""Maps that the server draws: outlines and points on one sheet, the overseas régions in frames of their own."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

import shapely

if TYPE_CHECKING:
    from pyproj import Transformer

WIDTH: Final = 620
HEIGHT: Final = 706
_LOWEST: Final = 360  # pixels that a sheet has at least
_MARGIN: Final = 6
_MAINLAND: Final = 578  # pixels that the mainland has
_INSETS: Final = (600, 104)  # where the row of frames begins, and how high it is
_SMALLEST: Final = 3.0  # square pixels: an island that nobody sees is not drawn
_SIMPLER: Final = 0.5  # pixels
# Official projections: Lambert-93, and those of each overseas territory.
METROPOLE: Final = 2154
MERCATOR: Final = 3857  # that of the tiles which may lie under a map
OVERSEAS: Final[Mapping[str, int]] = {"01": 5490, "02": 5490, "03": 2972, "04": 2975, "06": 4471}


@dataclass(frozen=True)
class Frame:
    """A part of the sheet with its own projection: pixels, and the outlines that it must hold."""

    epsg: int
    x: float
    y: float
    width: float
    height: float
    shapes: tuple[shapely.Geometry, ...]

    @cached_property
    def _to_metres(self) -> "Transformer":
        from pyproj import Transformer

        return Transformer.from_crs(4326, self.epsg, always_xy=True)

    @cached_property
    def _scale(self) -> tuple[float, float, float]:
        """Return pixels per metre, and the metres of the frame's top left corner."""
        west, south, east, north = shapely.total_bounds([self._flat(shape) for shape in self.shapes])
        scale = min((self.width - 2 * _MARGIN) / (east - west), (self.height - 2 * _MARGIN) / (north - south))
        left = (west + east) / 2 - self.width / 2 / scale
        return scale, left, (south + north) / 2 + self.height / 2 / scale

    @property
    def ratio(self) -> float:
        """Return how many times higher than wide its outlines are."""
        west, south, east, north = shapely.total_bounds([self._flat(shape) for shape in self.shapes])
        return float((north - south) / (east - west))

    def corners(self, height: float) -> tuple[float, ...]:
        """Return the metres of a sheet of this height in this projection: west, south, east, north."""
        scale, left, top = self._scale
        west, north = left - self.x / scale, top + self.y / scale
        return west, north - height / scale, west + WIDTH / scale, north

    def _flat(self, shape: shapely.Geometry) -> shapely.Geometry:
        return shapely.transform(shape, self._to_metres.transform, interleaved=False)

    @cached_property
    def _bounds(self) -> shapely.Geometry:
        return shapely.box(*shapely.total_bounds(self.shapes))

    def shows(self, shape: shapely.Geometry) -> bool:
        """Return whether a shape may be drawn here: no two frames show the same part of the world."""
        return bool(self._bounds.intersects(shape))

    def pixels(self, shape: shapely.Geometry) -> shapely.Geometry:
        """Return a shape on the sheet."""
        scale, left, top = self._scale
        return shapely.transform(
            self._flat(shape),
            lambda x, y: ((x - left) * scale + self.x, (top - y) * scale + self.y),
            interleaved=False,
        )


@dataclass(frozen=True)
class Country:
    """The régions on one sheet: their paths, and where a point of one of them falls."""

    frames: Mapping[str, Frame]
    paths: Mapping[str, str]
    height: int = HEIGHT

    def point(self, longitude: float, latitude: float, region: str | None) -> tuple[float, float]:
        """Return the pixels of a point; its région says in which frame it stands."""
        frame = self.frames.get(region or "") or self.frames[""]
        drawn = frame.pixels(shapely.Point(longitude, latitude))
        return round(drawn.x, 1), round(drawn.y, 1)

    def path(self, shape: shapely.Geometry) -> str:
        """Return the path of an outline in the frame that shows it."""
        frame = next((one for one in self.frames.values() if one.shows(shape)), self.frames[""])
        return path(frame.pixels(shape))


def country(outlines: Mapping[str, shapely.Geometry], epsg: int = METROPOLE) -> Country:
    """Return the sheet of these régions, by code; `epsg` is the projection of the mainland."""
    mainland = tuple(shape for code, shape in outlines.items() if code not in OVERSEAS)
    top, height = _INSETS
    frames = {"": Frame(epsg, 0, 0, WIDTH, _MAINLAND, mainland)}
    apart = [code for code in OVERSEAS if code in outlines]
    for position, code in enumerate(apart):
        width = WIDTH / len(apart)
        frames[code] = Frame(OVERSEAS[code], position * width, top, width, height, (outlines[code],))
    return Country(frames, {code: path(frames.get(code, frames[""]).pixels(shape)) for code, shape in outlines.items()})


def region(code: str, outlines: Mapping[str, shapely.Geometry], epsg: int | None = None) -> Country:
    """Return the sheet of one région: the paths of its départements, by code."""
    frame = Frame(epsg or OVERSEAS.get(code, METROPOLE), 0, 0, WIDTH, HEIGHT, tuple(outlines.values()))
    # A wide région leaves no empty band; a collectivité has no outline.
    height = round(min(max(frame.ratio * WIDTH, _LOWEST), HEIGHT)) if outlines else _LOWEST
    frame = replace(frame, height=height)
    return Country({"": frame}, {one: path(frame.pixels(shape)) for one, shape in outlines.items()}, height)


def path(shape: shapely.Geometry) -> str:
    """Return the data of an SVG path, simplified to what can be seen."""
    parts = shapely.get_parts(shape.simplify(_SIMPLER))
    seen = [part for part in parts if part.area >= _SMALLEST] or list(parts)
    return "".join(_ring(ring.coords) for part in seen for ring in (part.exterior, *part.interiors))


def _ring(coordinates: Iterable[tuple[float, ...]]) -> str:
    points = [f"{x:.1f} {y:.1f}" for x, y, *_ in coordinates]
    return f"M{'L'.join(points[:-1])}Z"
