"""What only GDAL does: what it knows of a layer, and what it filters itself."""

import re

import httpx
import pytest

from tests.conftest import ON_SQLITE_ONLY
from tests.ogc.asking import ids
from tests.ogc.clients import gdal, newer_gdal
from tests.ogc.clients.reading import Client, asked, pages

pytestmark = ON_SQLITE_ONLY


@gdal.needed
def test_gdal_knows_the_extent_the_count_and_the_types_before_it_reads(address: str, client: httpx.Client) -> None:
    about = gdal.run(address, "ogrinfo", "-ro", "-so", "ADDRESS", "poles")
    box = client.get("/ogc/collections/poles").json()["extent"]["spatial"]["bbox"][0]
    extent = re.search(r"Extent: \((.*), (.*)\) - \((.*), (.*)\)", about)
    assert extent
    assert [float(one) for one in extent.groups()] == pytest.approx(box)
    assert "Feature Count: 115" in about
    for name in ("region", "departement", "commune", "epci", "postcode"):
        assert f"\n{name}: String (0.0)\n" in about


@pytest.mark.parametrize("reader", [pytest.param(gdal, marks=gdal.needed), newer_gdal], ids=["gdal", "newer_gdal"])
def test_gdal_filters_what_it_cannot_push(reader: Client, address: str, client: httpx.Client) -> None:
    with asked() as told:
        features = reader.read(address, "poles", page=1000, where="region IN ('01', '02') AND founded_year > 2000")
    assert [one.id for one in features] == ids(client, filter="region IN ('01', '02') AND founded_year > 2000")
    assert pages(told)[-1]["filter"] == "founded_year > 2000"


@pytest.mark.parametrize("reader", [pytest.param(gdal, marks=gdal.needed), newer_gdal], ids=["gdal", "newer_gdal"])
@pytest.mark.parametrize(
    ("where", "today"),
    [
        ("name ILIKE 'p%'", "CASEI(name) LIKE CASEI('p%')"),
        ("NOT (name ILIKE '%d''or%' OR region = '84')", "NOT (CASEI(name) LIKE CASEI('%d''or%') OR region = '84')"),
        ("founded_year BETWEEN 2010 AND 2014", "founded_year >= 2010 AND founded_year <= 2014"),
        ("epci IS NULL AND longitude > 4.25", "epci IS NULL AND longitude > 4.25"),
    ],
)
def test_gdal_writes_an_older_cql(reader: Client, address: str, client: httpx.Client, where: str, today: str) -> None:
    with asked() as told:
        features = reader.read(address, "poles", page=1000, where=where)
    assert [one.id for one in features] == ids(client, filter=today)
    assert pages(told)[-1]["filter-lang"] == "cql-text"
    assert pages(told)[-1]["filter"]
