"""GDAL as Debian has it (`gdal-bin`, 3.6): ogrinfo and ogr2ogr."""

import json
import os
import re
import shutil
import subprocess

import pytest
import shapely

from tests.ogc.clients.reading import LISTS_OF_LATER_FEATURES, Box, Feature

LOST = LISTS_OF_LATER_FEATURES
needed = pytest.mark.skipif(
    shutil.which("ogr2ogr") is None,
    reason="gdal-bin is not installed: ogrinfo and ogr2ogr read the registry where they are",
)


def run(address: str, program: str, *arguments: str, warnings: str = "") -> str:
    """Run a program of GDAL, with the registry for ADDRESS; give what it says. It may warn of nothing else than told."""
    made = subprocess.run(
        [program, *(one.replace("ADDRESS", f"OAPIF:{address}/ogc") for one in arguments)],
        capture_output=True, text=True, check=True, timeout=120,
        env=os.environ | {"NO_PROXY": "127.0.0.1", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert [line for line in made.stderr.splitlines() if not (warnings and re.search(warnings, line))] == []
    return made.stdout


def collections(address: str) -> list[str]:
    return re.findall(r"^\d+: (\w+)", run(address, "ogrinfo", "-ro", "ADDRESS"), re.MULTILINE)


def read(
    address: str, collection: str, *, page: int | None = None, box: Box | None = None, where: str | None = None
) -> list[Feature]:
    options = [
        *(("-oo", f"PAGE_SIZE={page}") if page else ()),
        *(("-spat", *map(str, box)) if box else ()),
        *(("-where", where) if where else ()),
    ]
    return read_file(address, "ADDRESS", collection, *options)


def read_file(address: str, file: str, *options: str) -> list[Feature]:
    """Read a file, or the registry, into GeoJSON."""
    said = run(address, "ogr2ogr", "-f", "GeoJSON", "/vsistdout/", file, *options)
    return [
        Feature(one["properties"], one["geometry"] and shapely.geometry.shape(one["geometry"]))
        for one in json.loads(said)["features"]
    ]
