"""@camptocamp/ogc-client, as maps in browsers use it, in Node.js."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import shapely

from tests.ogc.clients.reading import NOTHING, Box, Feature

LOST = NOTHING
HERE = Path(__file__).parent
needed = pytest.mark.skipif(
    not shutil.which("node") or not (HERE / "node_modules").exists(),
    reason="needs Node.js and `npm ci --prefix tests/ogc/clients` (@camptocamp/ogc-client)",
)


def collections(address: str) -> list[str]:
    names: list[str] = _answer(address)
    return names


def read(
    address: str, collection: str, *, page: int | None = None, box: Box | None = None, where: str | None = None
) -> list[Feature]:
    answer = _answer(address, collection=collection, page=page or 1000, box=box, where=where)
    return [
        Feature({"id": one["id"]} | one["properties"], one["geometry"] and shapely.geometry.shape(one["geometry"]))
        for one in answer
    ]


def _answer(address: str, **question: Any) -> Any:
    made = subprocess.run(
        ["node", HERE / "ogc-client.mjs", address, json.dumps(question)],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    return json.loads(made.stdout)
