"""Rules across fields, in one place: what a shape alone cannot see. Each yields (field, value, expected), in French."""

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import shapely

from app.models import Precision, UnitKind
from app.models.base import first_day, last_day
from app.models.numbers import siren_is_valid
from app.models.pole import PoleBase
from app.models.territory import CommuneBase, DepartementBase
from app.models.wave import LabelBase, WaveBase
from app.queries import outlines as known
from app.queries.outlines import Detail

# Outlines are simplified to 0.0001°: a point of a commune on the border may fall just outside.
OUTLINE_TOLERANCE = 0.001


class Breach(NamedTuple):
    """A rule that a record breaks."""

    field: str
    value: str
    expected: str


class Outlines:
    """Outlines of the départements; those without an outline (collectivités) contain every point."""

    def __init__(self, shapes: Mapping[str, shapely.Geometry]) -> None:
        self._shapes = {code: shapely.buffer(shape, OUTLINE_TOLERANCE) for code, shape in shapes.items()}
        for shape in self._shapes.values():
            shapely.prepare(shape)

    def contain(self, departement: str, longitude: float, latitude: float) -> bool:
        shape = self._shapes.get(departement)
        return shape is None or bool(shapely.intersects_xy(shape, longitude, latitude))


def pole_breaches(
    pole: PoleBase, communes: Mapping[str, CommuneBase], departements: Mapping[str, DepartementBase], outlines: Outlines
) -> Iterable[Breach]:
    yield from _seat_breaches(pole, communes, departements)
    yield from _date_breaches(pole)
    point = pole.longitude, pole.latitude
    if (point[0] is None) != (point[1] is None):
        yield Breach("longitude", str(point[0]), "longitude et latitude ensemble, ou aucune")
    elif point[0] is not None and point[1] is not None:
        if pole.seat_commune is None:
            yield Breach("longitude", str(point[0]), "aucun point tant que la commune n’est pas connue")
        elif pole.departement and not outlines.contain(pole.departement, point[0], point[1]):
            yield Breach("longitude", f"{point[0]}, {point[1]}", f"un point dans le département {pole.departement}")


def _seat_breaches(
    pole: PoleBase, communes: Mapping[str, CommuneBase], departements: Mapping[str, DepartementBase]
) -> Iterable[Breach]:
    commune = communes.get(pole.seat_commune or "")
    if commune and commune.departement != pole.departement:
        yield Breach(
            "departement", pole.departement or "", f"{commune.departement}, celui de la commune {commune.code}"
        )
    departement = departements.get(pole.departement or "")
    if departement and departement.region != pole.region:
        yield Breach("region", pole.region or "", f"{departement.region}, celle du département {departement.code}")
    known = {
        Precision.ADDRESS: pole.seat_commune and pole.seat_address,
        Precision.COMMUNE: pole.seat_commune,
        Precision.DEPARTEMENT: pole.departement and not pole.seat_commune,
        Precision.REGION: pole.region and not pole.departement,
        Precision.NONE: not pole.region,
    }
    if not known[pole.seat_precision]:
        yield Breach("seat_precision", pole.seat_precision, "la précision de ce qui est rempli (adresse, commune, …)")


def _date_breaches(pole: PoleBase) -> Iterable[Breach]:
    if pole.ended_on and pole.founded_year and last_day(pole.ended_on) < first_day(str(pole.founded_year)):
        yield Breach("ended_on", pole.ended_on, f"une date après la création ({pole.founded_year})")


def wave_breaches(wave: WaveBase) -> Iterable[Breach]:
    """Yield what is out of order: opening, end, results; more laureates than candidates."""
    dates = [(name, getattr(wave, name)) for name in ("opened_on", "closed_on", "results_on") if getattr(wave, name)]
    for (_, before), (name, after) in pairwise(dates):
        if last_day(after) < first_day(before):
            yield Breach(name, after, f"une date après {before}, celle de l’étape d’avant")
    if wave.candidates is not None and wave.laureates is not None and wave.laureates > wave.candidates:
        yield Breach("laureates", str(wave.laureates), f"au plus le nombre de candidatures ({wave.candidates})")


def label_breaches(label: LabelBase, wave: WaveBase) -> Iterable[Breach]:
    """Yield a date of award before its wave opened."""
    if label.awarded_on and wave.opened_on and last_day(label.awarded_on) < first_day(wave.opened_on):
        yield Breach("awarded_on", label.awarded_on, f"une date après l’ouverture de la vague ({wave.opened_on})")


def siren_breaches(siren: str | None) -> Iterable[Breach]:
    if siren is not None and not siren_is_valid(siren):
        yield Breach("siren", siren, "un SIREN dont la clé est juste (9 chiffres)")


def period_breaches(since: str | None, until: str | None) -> Iterable[Breach]:
    if since and until and last_day(until) < first_day(since):
        yield Breach("until", until, f"une date après le début ({since})")


@cache
def read_outlines(seed_dir: Path) -> Outlines:
    return Outlines(known.layer(seed_dir, UnitKind.DEPARTEMENT, Detail.FULL).shapes)
