"""Real clients open every collection, read it page by page, and leave filters to the server; codes stay texts."""

import re
from math import ceil

import httpx
import pytest

from tests.conftest import ON_SQLITE_ONLY
from tests.ogc.asking import COLLECTIONS, Json, items, link
from tests.ogc.clients import gdal, headless_qgis, newer_gdal, ogc_client
from tests.ogc.clients.reading import Client, asked, check, pages

QGIS = pytest.param(headless_qgis, id="qgis", marks=[headless_qgis.needed, pytest.mark.slow])
CLIENTS = [
    pytest.param(gdal, id="gdal", marks=gdal.needed),
    pytest.param(newer_gdal, id="newer_gdal"),
    pytest.param(ogc_client, id="ogc_client", marks=ogc_client.needed),
]
PAGES = {"poles": 20, "organisations": 100, "regions": 10, "departements": 50, "epcis": 500}
every_client = pytest.mark.parametrize("reader", [*CLIENTS, QGIS])


def answered(client: httpx.Client, collection: str, **query: str) -> list[Json]:
    """Return all that a query finds, in our JSON."""
    answer = items(client, collection, **query)
    found: list[Json] = answer["features"]
    while following := link(answer, "next"):
        answer = client.get(following).raise_for_status().json()
        found += answer["features"]
    return found


def read_by_pages(reader: Client, address: str, client: httpx.Client, collection: str, page: int) -> None:
    ours = answered(client, collection)
    with asked() as told:
        theirs = reader.read(address, collection, page=page)
    check(theirs, ours, reader.LOST)
    following = {one["offset"] for one in pages(told) if one.get("offset", "0") != "0"}
    assert len(following) >= ceil(len(ours) / page) - 1
    assert max(int(one["limit"]) for one in pages(told)) == page


@ON_SQLITE_ONLY
@every_client
def test_client_lists_the_collections(reader: Client, address: str) -> None:
    assert reader.collections(address) == list(COLLECTIONS)


@ON_SQLITE_ONLY
@every_client
@pytest.mark.parametrize("collection", COLLECTIONS)
def test_client_reads_everything_page_by_page(
    reader: Client, address: str, client: httpx.Client, collection: str
) -> None:
    read_by_pages(reader, address, client, collection, PAGES[collection])


@pytest.mark.slow
@every_client
@pytest.mark.parametrize("collection", COLLECTIONS)
def test_client_reads_everything_ten_at_a_time(
    reader: Client, address: str, client: httpx.Client, collection: str
) -> None:
    read_by_pages(reader, address, client, collection, 10)


@ON_SQLITE_ONLY
@every_client
@pytest.mark.parametrize("collection", ["poles", "regions"])
def test_client_pushes_a_box_to_the_server(reader: Client, address: str, client: httpx.Client, collection: str) -> None:
    ours = answered(client, collection, bbox="4,44,6,46")
    with asked() as told:
        theirs = reader.read(address, collection, box=(4, 44, 6, 46))
    check(theirs, ours, reader.LOST)
    assert pages(told)[-1]["bbox"] == "4,44,6,46"


@ON_SQLITE_ONLY
@pytest.mark.parametrize("reader", CLIENTS)
@pytest.mark.parametrize(
    ("collection", "where"),
    [
        ("poles", "region = '01'"),
        ("departements", "region = '01'"),
        ("organisations", "kind = 'association' AND departement = '26'"),
        ("poles", "founded_year > 2014 OR region = '01'"),
        ("poles", "name LIKE 'P%' AND NOT region = '84'"),
    ],
)
def test_client_pushes_a_filter_to_the_server(
    reader: Client, address: str, client: httpx.Client, collection: str, where: str
) -> None:
    ours = answered(client, collection, filter=where)
    with asked() as told:
        theirs = reader.read(address, collection, where=where)
    check(theirs, ours, reader.LOST)
    assert re.sub(r"[()]", "", pages(told)[-1]["filter"]) == where


@ON_SQLITE_ONLY
@pytest.mark.parametrize("reader", [QGIS])
@pytest.mark.parametrize("where", ["region = '01'", "founded_year > 2014 OR region = '01'"])
def test_older_qgis_filters_by_itself(reader: Client, address: str, client: httpx.Client, where: str) -> None:
    ours = answered(client, "poles", filter=where)
    with asked() as told:
        theirs = reader.read(address, "poles", where=where)
    check(theirs, ours, reader.LOST)
    assert not any({"filter", "region"} & page.keys() for page in pages(told))
