"""Real clients: GDAL (`gdal-bin` of Debian) and OWSLib open every collection, filter and read it all."""

import json
import os
import re
import shutil
import subprocess
from typing import Any

import httpx
import pytest
from owslib.ogcapi.features import Features

from tests.ogc.asking import COLLECTIONS, ids, items

NO_GDAL = "gdal-bin is not installed: ogrinfo and ogr2ogr read the registry where they are"
needs_gdal = pytest.mark.skipif(shutil.which("ogr2ogr") is None, reason=NO_GDAL)
# GDAL 3.6 asks for 10 features at a time.
ONE_PAGE = ("-oo", "PAGE_SIZE=1000")


def gdal(address: str, program: str, *arguments: str) -> tuple[str, list[str]]:
    """Run a program of GDAL on the registry; give what it says and the addresses that it asks for."""
    made = subprocess.run(
        [program, *(one.replace("ADDRESS", f"OAPIF:{address}/ogc") for one in arguments)],
        capture_output=True, text=True, check=True, timeout=120,
        env=os.environ | {"CPL_DEBUG": "HTTP", "NO_PROXY": "127.0.0.1", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert "ERROR" not in made.stderr
    assert "Warning" not in made.stderr
    return made.stdout, re.findall(r"Fetch\((.*)\)", made.stderr)


def read(address: str, collection: str, *options: str) -> tuple[list[dict[str, Any]], list[str]]:
    """Read a collection by GDAL into GeoJSON."""
    said, asked = gdal(address, "ogr2ogr", "-f", "GeoJSON", *options, "/vsistdout/", "ADDRESS", collection)
    return json.loads(said)["features"], asked


def keys(features: list[dict[str, Any]]) -> list[str]:
    return [feature["properties"].get("id") or feature["properties"]["code"] for feature in features]


@needs_gdal
def test_gdal_lists_the_collections(address: str, client: httpx.Client) -> None:
    said, _ = gdal(address, "ogrinfo", "-ro", "ADDRESS")
    assert re.findall(r"^\d+: (\w+)", said, re.MULTILINE) == list(COLLECTIONS)
    about, _ = gdal(address, "ogrinfo", "-ro", "-so", "ADDRESS", "poles")
    box = client.get("/ogc/collections/poles").json()["extent"]["spatial"]["bbox"][0]
    extent = re.search(r"Extent: \((.*), (.*)\) - \((.*), (.*)\)", about)
    assert extent
    assert [float(one) for one in extent.groups()] == pytest.approx(box)
    assert "Feature Count: 115" in about
    for name in ("region", "departement", "commune", "epci", "postcode"):
        assert f"\n{name}: String (0.0)\n" in about


@needs_gdal
@pytest.mark.parametrize("collection", ["poles", "regions", "departements"])
def test_gdal_reads_everything_page_by_page(address: str, client: httpx.Client, collection: str) -> None:
    features, asked = read(address, collection)
    assert keys(features) == ids(client, collection)
    assert any("offset=" in one for one in asked)
    for mine, ours in zip(features, items(client, collection)["features"], strict=True):
        for name in set(ours["properties"]) & {"code", "region", "departement", "commune", "epci", "name"}:
            assert mine["properties"][name] == ours["properties"][name]
        assert (mine["geometry"] is None) == (ours["geometry"] is None)
        if ours["geometry"] and ours["geometry"]["type"] == "Point":
            assert mine["geometry"]["coordinates"] == pytest.approx(ours["geometry"]["coordinates"])


@needs_gdal
@pytest.mark.parametrize("collection", ["organisations", "epcis"])
def test_gdal_reads_large_collections_in_large_pages(address: str, client: httpx.Client, collection: str) -> None:
    features, _ = read(address, collection, *ONE_PAGE)
    assert keys(features) == ids(client, collection)


@needs_gdal
@pytest.mark.slow
@pytest.mark.parametrize("collection", ["organisations", "epcis"])
def test_gdal_reads_large_collections_page_by_page(address: str, client: httpx.Client, collection: str) -> None:
    features, asked = read(address, collection)
    assert keys(features) == ids(client, collection)
    assert len(asked) > len(features) / 10


@needs_gdal
@pytest.mark.parametrize(
    ("collection", "where", "pushed"),
    [
        ("poles", "region = '01'", {"region": "01"}),
        ("poles", "region = '84' AND founded_year = 2014", {"region": "84", "founded_year": "2014"}),
        ("organisations", "kind = 'association' AND departement = '26'", {"kind": "association", "departement": "26"}),
        ("departements", "region = '01'", {"region": "01"}),
    ],
)
def test_gdal_pushes_equalities_to_the_server(
    address: str, client: httpx.Client, collection: str, where: str, pushed: dict[str, str]
) -> None:
    features, asked = read(address, collection, "-where", where)
    assert keys(features) == ids(client, collection, **pushed)
    assert features
    assert pushed.items() <= dict(httpx.URL(asked[-1]).params).items()
    if "region" in pushed:
        assert {feature["properties"]["region"] for feature in features} == {pushed["region"]}


@needs_gdal
@pytest.mark.parametrize("collection", ["poles", "regions"])
def test_gdal_pushes_a_box_to_the_server(address: str, client: httpx.Client, collection: str) -> None:
    features, asked = read(address, collection, "-spat", "4", "44", "6", "46")
    assert keys(features) == ids(client, collection, bbox="4,44,6,46")
    assert any("bbox=4,44,6,46" in one for one in asked)


@needs_gdal
def test_gdal_filters_what_it_cannot_push(address: str, client: httpx.Client) -> None:
    features, _ = read(address, "poles", "-where", "founded_year > 2015", *ONE_PAGE)
    assert keys(features) == ids(client, filter="founded_year > 2015")


def test_owslib_reads_the_collections(address: str) -> None:
    service = Features(f"{address}/ogc")
    assert service.feature_collections() == list(COLLECTIONS)
    assert "http://www.opengis.net/spec/ogcapi-features-1/1.0/conf/core" in service.conformance()["conformsTo"]
    assert service.api()["openapi"].startswith("3.0.")
    for collection in COLLECTIONS:
        assert service.collection(collection)["id"] == collection
        assert "geometry" in service.collection_queryables(collection)["properties"]
        page = service.collection_items(collection, limit=5)
        assert page["numberReturned"] == 5
        first = page["features"][0]["id"]
        assert service.collection_item(collection, first)["id"] == first


def test_owslib_filters(address: str, client: httpx.Client) -> None:
    service = Features(f"{address}/ogc")
    near = service.collection_items("poles", bbox=[4, 44, 6, 46], limit=1000)
    assert [one["id"] for one in near["features"]] == ids(client, bbox="4,44,6,46")
    text = "region = '84' AND founded_year > 2010"
    found = service.collection_items("poles", filter=text, limit=1000)
    assert [one["id"] for one in found["features"]] == ids(client, filter=text)
