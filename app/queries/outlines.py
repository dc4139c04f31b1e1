"""Outlines of régions, départements and EPCI: read once from the folder of the seed, as GeoJSON and as shapes."""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import cache, cached_property
from pathlib import Path
from typing import Final

import shapely

from app.models import UnitKind


class Detail(StrEnum):
    """How fine an outline is: for a map of the country (0.001°), or as fine as it is known (0.0001°)."""

    LIGHT = "light"
    FULL = "full"


# EPCI have one outline only, a light one.
FILES: Final[Mapping[tuple[UnitKind, Detail], str]] = {
    (UnitKind.REGION, Detail.LIGHT): "reference/regions_leger.geojson",
    (UnitKind.REGION, Detail.FULL): "reference/regions.geojson",
    (UnitKind.DEPARTEMENT, Detail.LIGHT): "reference/departements_leger.geojson",
    (UnitKind.DEPARTEMENT, Detail.FULL): "reference/departements.geojson",
    (UnitKind.EPCI, Detail.LIGHT): "reference/epci_leger.geojson",
    (UnitKind.EPCI, Detail.FULL): "reference/epci_leger.geojson",
}


class Layer:
    """The outlines of one file by code: GeoJSON geometries ready to be joined; shapes and their tree when asked."""

    def __init__(self, geometries: Mapping[str, bytes]) -> None:
        self.geometries = geometries

    @cached_property
    def shapes(self) -> Mapping[str, shapely.Geometry]:
        return {code: shapely.from_geojson(geometry) for code, geometry in self.geometries.items()}

    @cached_property
    def _tree(self) -> tuple[Sequence[str], shapely.STRtree]:
        return list(self.shapes), shapely.STRtree(list(self.shapes.values()))

    def near(self, longitude: float, latitude: float, degrees: float = 0) -> list[str]:
        """Return the codes of the outlines that contain this point, or lie at these degrees from it at most."""
        codes, tree = self._tree
        found = tree.query(shapely.Point(longitude, latitude), predicate="dwithin", distance=degrees)
        return sorted(codes[position] for position in found)


def outline(seed_dir: Path, kind: UnitKind, code: str, detail: Detail = Detail.LIGHT) -> bytes | None:
    """Return a GeoJSON geometry; None where no outline is known: communes, EPT, collectivités d’outre-mer."""
    file = FILES.get((kind, detail))
    return read_file(seed_dir / file).geometries.get(code) if file else None


def shape(seed_dir: Path, kind: UnitKind, code: str, detail: Detail = Detail.LIGHT) -> shapely.Geometry | None:
    """Return the same outline as a shape."""
    file = FILES.get((kind, detail))
    return read_file(seed_dir / file).shapes.get(code) if file else None


def layer(seed_dir: Path, kind: UnitKind, detail: Detail = Detail.LIGHT) -> Layer:
    return read_file(seed_dir / FILES[kind, detail])


@cache
def read_file(file: Path) -> Layer:
    """Read a file of outlines. Raises OSError, ValueError, KeyError where it is not one."""
    collection = json.loads(file.read_text(encoding="utf-8"))
    return Layer(
        {
            feature["id"]: json.dumps(feature["geometry"], separators=(",", ":")).encode()
            for feature in collection["features"]
        }
    )
