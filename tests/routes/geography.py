"""Outlines read from `seed/reference` in plain Python, and who works where a point lies: an oracle without our code."""

import json
import random
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import shapely
from shapely.geometry import shape

from tests.routes import oracle

SHORE, BORDER = 0.001, 0.005  # degrees: as /docs say of `covers`


@cache
def features(file: str) -> dict[str, Any]:
    text = (oracle.FOLDER / f"reference/{file}.geojson").read_text(encoding="utf-8")
    return {feature["id"]: feature["geometry"] for feature in json.loads(text)["features"]}


@cache
def shapes(file: str) -> dict[str, Any]:
    return {code: shape(geometry) for code, geometry in features(file).items()}


def near(file: str, point: Any, degrees: float) -> list[str]:
    """Compare with every outline, one after the other."""
    known = shapes(file)
    distances = shapely.distance(np.array(list(known.values())), point)
    return [code for code, distance in zip(known, distances, strict=True) if distance <= degrees]


class Place(NamedTuple):
    """A point, and what outlines say of it."""

    point: Any
    departements: list[str]
    epcis: list[str]
    sure: bool  # one EPCI holds it, and no other is near

    @property
    def covers(self) -> str:
        return f"{self.point.x},{self.point.y}"

    @property
    def regions(self) -> set[str]:
        rows = {row["code"]: row["region"] for row in oracle.rows("reference/departements")}
        return {rows[code] for code in self.departements}

    def answer(self) -> tuple[list[str], list[str]]:
        """Return the ids of the poles that work there, and of those that may."""
        holding = {f"departement:{code}" for code in self.departements} | {f"region:{code}" for code in self.regions}
        holding |= {f"epci:{code}" for code in self.epcis} if self.sure else set()
        certain = oracle.ids(lambda pole: bool(holding & set(pole.units)))
        possible = oracle.ids(
            lambda pole: any(map(self._may_hold, pole.units)) or (not pole.units and pole.region in self.regions)
        )
        return certain, [pole for pole in possible if pole not in certain]

    def _may_hold(self, unit: str) -> bool:
        """Return whether a unit that is smaller than a département may hold the point."""
        kind, mine = unit.partition(":")[0], oracle.communes_of(unit)
        if kind in {"departement", "region"}:
            return False
        if self.epcis:
            return any(mine <= oracle.communes_of(f"epci:{code}") for code in self.epcis)
        return any(mine & oracle.communes_of(f"departement:{code}") for code in self.departements)


def place(longitude: float, latitude: float) -> Place:
    point = shapely.Point(longitude, latitude)
    departements = near("departements", point, 0) or near("departements", point, SHORE)
    holding, epcis = near("epci_leger", point, 0), near("epci_leger", point, BORDER)
    return Place(point, departements, epcis, sure=len(holding) == len(epcis) == 1)


def random_points(departement: str, number: int) -> list[tuple[float, float]]:
    """Return points inside a département, the same ones every time."""
    drawn, known = random.Random(departement), shapes("departements")[departement]
    west, south, east, north = known.bounds
    points: list[tuple[float, float]] = []
    while len(points) < number:
        point = round(drawn.uniform(west, east), 5), round(drawn.uniform(south, north), 5)
        if shapely.intersects_xy(known, *point):
            points.append(point)
    return points
