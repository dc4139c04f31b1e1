"""OWSLib opens every collection, and filters."""

import httpx
from owslib.ogcapi.features import Features

from tests.conftest import ON_SQLITE_ONLY
from tests.ogc.asking import COLLECTIONS, ids

pytestmark = ON_SQLITE_ONLY


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
