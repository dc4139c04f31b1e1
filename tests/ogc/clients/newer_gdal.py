"""A newer GDAL (3.12), as it stands in the wheel of pyogrio.

In a process of its own: it keeps the interpreter to itself while it waits, and the server of the tests answers from there.
"""

import math
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from multiprocessing import get_context
from typing import Any

import pyogrio
import shapely
from numpy import ndarray

from tests.ogc.clients.reading import NOTHING, Box, Feature

LOST = NOTHING


@cache
def _process() -> ProcessPoolExecutor:
    return ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"))


def collections(address: str) -> list[str]:
    return [str(name) for name, _ in _process().submit(pyogrio.list_layers, f"OAPIF:{address}/ogc").result(120)]


def read(
    address: str, collection: str, *, page: int | None = None, box: Box | None = None, where: str | None = None
) -> list[Feature]:
    options = {"PAGE_SIZE": page} if page else {}
    reading = _process().submit(
        pyogrio.raw.read, f"OAPIF:{address}/ogc", layer=collection, bbox=box, where=where, **options
    )
    meta, _, shapes, columns = reading.result(120)
    rows = zip(*columns, strict=True)
    return [
        Feature(dict(zip(meta["fields"], map(_value, row), strict=True)), shapely.from_wkb(shape))
        for row, shape in zip(rows, shapes, strict=True)
    ]


def _value(value: Any) -> Any:
    if isinstance(value, ndarray):
        return value.tolist()
    return None if isinstance(value, float) and math.isnan(value) else value
