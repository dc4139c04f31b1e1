"""QGIS as Debian has it (`python3-qgis`, 3.22), without a screen."""

import json
import os
import subprocess
import tempfile
from importlib.machinery import PathFinder
from pathlib import Path
from typing import Any

import pytest
import shapely

from tests.ogc.clients.reading import LISTS_OF_LATER_FEATURES, Box, Feature

LOST = LISTS_OF_LATER_FEATURES
needed = pytest.mark.skipif(
    PathFinder.find_spec("qgis", ["/usr/lib/python3/dist-packages"]) is None,
    reason="python3-qgis is not installed: QGIS opens the registry where it is",
)


def collections(address: str) -> list[str]:
    names: list[str] = _answer(address)
    return names


def read(
    address: str, collection: str, *, page: int | None = None, box: Box | None = None, where: str | None = None
) -> list[Feature]:
    answer = _answer(address, collection=collection, page=page, box=box, where=where)
    return [Feature(one["properties"], one["geometry"] and shapely.from_wkb(one["geometry"])) for one in answer]


def _answer(address: str, **question: Any) -> Any:
    with tempfile.TemporaryDirectory() as home:  # no settings or plugins of whoever runs the tests
        made = subprocess.run(
            ["/usr/bin/python3", Path(__file__).with_name("qgis_layers.py"), f"{address}/ogc", json.dumps(question)],
            capture_output=True, text=True, check=True, timeout=300,
            env=os.environ | {"HOME": home, "XDG_RUNTIME_DIR": home, "QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
    return json.loads(made.stdout)
