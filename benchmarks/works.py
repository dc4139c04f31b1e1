"""The works: what is measured, each a fixed list of 1,000 queries for a set of so many poles.

A box, a circle and the words that are asked for follow the size of the set, so that answers have one size in all.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Final
from urllib.parse import urlencode

from app.queries.text import words
from benchmarks import data

QUERIES: Final = 1000
_SMALL: Final = 1000  # poles: with fewer, no région or word finds a hundred
_REGIONS: Final = ("11", "24", "27", "28", "32", "44", "52", "53", "75", "76", "84", "93", "94")
_FRANCE: Final = (-5.2, 41.3, 9.6, 51.1)

Query = Mapping[str, str]  # of an address; of a record only its `id`


@dataclass(frozen=True, slots=True)
class Work:
    """One kind of request; `form` is the suffix of the format."""

    name: str
    queries: Callable[[int], Iterator[Query]]
    form: str = ""
    method: str = "GET"
    known: bool = False  # asked with the ETag that the answers have
    again: bool = False  # the registry keeps the answers
    per: int = 1  # requests that do what the figure tells of
    rivals: bool = True


def list_of(work: Work, poles: int) -> list[Query]:
    """Return the queries of a work: as many as there are, again from the first to make a thousand."""
    made = [query for _, query in zip(range(QUERIES), work.queries(poles), strict=False)]
    return [made[number % len(made)] for number in range(QUERIES)]


def path(work: Work, query: Query) -> str:
    """Return the address of a query in the registry."""
    if "id" in query:
        return f"/v1/poles/{query['id']}{work.form}"
    return f"/v1/poles{work.form}?{urlencode(query, safe=',')}"


def _some(poles: int) -> Iterator[data.Facts]:
    chance = _chance()
    while True:
        yield data.facts(chance.randrange(poles))


def _records(poles: int) -> Iterator[Query]:
    return ({"id": known.pole.id} for known in _some(poles))


def _boxes(poles: int) -> Iterator[Query]:
    half = 0.8 * (10_000 / poles) ** 0.5
    for known in _some(poles):
        x, y = _point(known)
        yield {"bbox": ",".join(f"{one:.4f}" for one in (x - half, y - half * 0.75, x + half, y + half * 0.75))}


def _near(poles: int) -> Iterator[Query]:
    radius = "500" if poles < _SMALL else "50"
    for known in _some(poles):
        x, y = _point(known)
        yield {"lat": f"{y:.4f}", "lon": f"{x:.4f}", "radius": radius, "limit": "20"}


def _regions(poles: int) -> Iterator[Query]:
    some = [",".join(chosen) for many in (1, 2, 3) for chosen in combinations(data.WAVES, many)]
    every = poles < _SMALL
    pairs = [(region, wave) for region in (_turned(_REGIONS) if every else _REGIONS) for wave in some]
    for region, wave in _chance().sample(pairs, len(pairs)):
        yield {"region": region, "wave": ",".join(data.WAVES) if every else wave}


def _texts(poles: int) -> Iterator[Query]:
    """Yield two words of a description, of five letters or more, one of them only begun."""
    if poles < _SMALL:  # words that most have
        yield from ({"q": f"{first} {last}"} for first in ("Pôle", "reseau", "MAISON") for last in ("Coopé", "solid"))
        return
    chance = _chance()
    for known in _some(poles):
        long = [word for word in words(known.pole.description or "") if len(word) > len("pôle")]
        first, second = chance.sample(long, 2)
        yield {"q": f"{first} {second[:5]}"}


def _france(_poles: int) -> Iterator[Query]:
    west, south, east, north = _FRANCE
    for number in range(QUERIES):
        yield {"bbox": f"{west - number / 1e4:.4f},{south},{east},{north}"}


def _pages(poles: int) -> Iterator[Query]:
    return ({"limit": "1000", "offset": str(offset)} for offset in range(0, min(poles, 10_000), 1000))


def _whole(_poles: int) -> Iterator[Query]:
    yield {"limit": "all"}


def _turned(values: tuple[str, ...]) -> list[str]:
    return [",".join(values[start:] + values[:start]) for start in range(len(values))]


def _point(known: data.Facts) -> tuple[float, float]:
    return known.pole.longitude or 0.0, known.pole.latitude or 0.0


def _chance() -> random.Random:
    return random.Random("works")  # noqa: S311  the same lists each time


RECORD: Final = Work("one record", _records)
BOX: Final = Work("box, 100", _boxes, ".geojson")
_FIRST: Final = (
    RECORD,
    BOX,
    Work("nearest 20 in 50 km", _near, ".geojson"),
    Work("région and wave, 100", _regions, ".geojson"),
    Work("text, 100 and count", _texts, ".geojson"),
    Work("all of France, 100 and count", _france, ".geojson"),
)
WORKS: Final = (
    *_FIRST,
    *(replace(work, name=f"{work.name}, again", again=True) for work in _FIRST),
    Work("304", _boxes, ".geojson", known=True, again=True, rivals=False),
    Work("GeoJSON, 10,000", _pages, ".geojson", per=10),
    Work("CSV, 10,000", _pages, ".csv", per=10),
    Work("export, GeoJSON", _whole, ".geojson", rivals=False),
    Work("export, CSV", _whole, ".csv", rivals=False),
    Work("one write", _records, method="PATCH", rivals=False),
)
