"""What the tests of real clients share: a client, features as it reads them, and what the server is asked meanwhile."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import httpx
import numpy as np
import shapely

from tests.ogc.asking import Json

Box = tuple[float, float, float, float]
NOTHING: frozenset[str] = frozenset()
# Types are those of the first ten features: a list that is empty in all of them is no list in the others.
LISTS_OF_LATER_FEATURES = frozenset({"former_names"})


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature as a client has it."""

    properties: Json
    geometry: Any

    @property
    def id(self) -> str:
        identifier: str = self.properties["id"]
        return identifier


class Client(Protocol):
    """A client: a module of this folder. Where nothing is told, pages are as large as it wants them."""

    # Properties that it does not read as they are.
    LOST: frozenset[str]

    def collections(self, address: str) -> list[str]: ...

    def read(
        self,
        address: str,
        collection: str,
        *,
        page: int | None = None,
        box: Box | None = None,
        where: str | None = None,
    ) -> list[Feature]: ...


@contextmanager
def asked() -> Iterator[list[httpx.URL]]:
    """Collect what a server of this process is asked for: its own log of accesses tells."""
    told: list[httpx.URL] = []

    def collect(record: logging.LogRecord) -> bool:
        _client, _method, path, *_ = record.args or ()
        told.append(httpx.URL(str(path)))
        return False  # told here, nowhere else

    log = logging.getLogger("uvicorn.access")
    level = log.level
    log.setLevel(logging.INFO)
    log.addFilter(collect)
    try:
        yield told
    finally:
        log.removeFilter(collect)
        log.setLevel(level)


def pages(told: list[httpx.URL]) -> list[dict[str, str]]:
    """Return the parameters of each page of features that was asked for."""
    return [dict(url.params) for url in told if url.path.endswith("/items")]


def check(features: list[Feature], answered: list[Json], lost: frozenset[str] = NOTHING) -> None:
    """Check that a client has what our JSON says: ids in their order, texts as texts, figures, lists, coordinates."""
    assert [feature.id for feature in features] == [feature["id"] for feature in answered]
    for mine, ours in zip(features, answered, strict=True):
        for name, value in ours["properties"].items():
            if name not in lost | {"recorded_at"}:  # each client has a type of its own for an instant
                assert _as(value, mine.properties.get(name)) == value, (mine.id, name)
        assert (mine.geometry is None) == (ours["geometry"] is None)
        if mine.geometry is not None:
            here = shapely.get_coordinates(mine.geometry)
            there = shapely.get_coordinates(shapely.geometry.shape(ours["geometry"]))
            assert here.shape == there.shape, mine.id
            assert np.allclose(here, there, rtol=0, atol=1e-7), mine.id


def _as(ours: object, theirs: Any) -> object:
    """Return a list as one, where a client has none, or a text; anything else as it came."""
    if not isinstance(ours, list):
        return theirs
    if theirs == f"({len(ours)}:{','.join(ours)})":  # as GDAL writes a list in a file that has none
        return ours
    return json.loads(theirs) if isinstance(theirs, str) else list(theirs or ())
