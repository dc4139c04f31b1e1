"""Peers are asked for the same poles as the registry; those who are installed are measured by `python -m benchmarks`."""

import sqlite3
from pathlib import Path

import httpx
import psycopg
import pytest
from sqlalchemy import make_url

from app.database import Database
from benchmarks import works
from benchmarks.peers import datasette, postgis, pygeoapi, tipg
from tests.conftest import ON_SQLITE_ONLY

POLES = 10_000
BOX = "bbox=-2,47,1,49"
NEAR = {"lat": "48.1", "lon": "-1.7", "radius": "60", "limit": "5"}


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in answer.json()["features"]]


@ON_SQLITE_ONLY
def test_the_file_of_datasette_has_the_poles_of_the_registry(
    registry: Database, client: httpx.Client, tmp_path: Path
) -> None:
    file = tmp_path / "poles.db"
    datasette.fill(file, registry.url)
    connection = sqlite3.connect(file)
    near = [row[0] for row in connection.execute(datasette.NEAR, NEAR)]
    assert near == ids(client.get("/v1/poles.geojson", params=NEAR))
    counted = "SELECT count(*) FROM poles WHERE longitude BETWEEN -2 AND 1 AND latitude BETWEEN 47 AND 49"
    found = int(client.get(f"/v1/poles?{BOX}").headers["registry-count"])
    assert connection.execute(counted).fetchone() == (found,)
    words = "SELECT count(*) FROM poles_fts WHERE poles_fts MATCH 'cooperat*'"
    assert connection.execute(words).fetchone()[0] > 10
    connection.close()


@pytest.mark.parametrize("server", ["postgresql"], indirect=True, scope="session")
def test_the_table_of_postgis_has_the_poles_of_the_registry(
    registry: Database, client: httpx.Client, empty: Database
) -> None:
    there = make_url(empty.url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(there) as connection:
        postgis.fill(connection, registry.url)
        near = "SELECT id FROM near(%(lon)s, %(lat)s, %(radius)s) ORDER BY distance_km LIMIT 5"
        found = [name for (name,) in connection.execute(near, NEAR)]
        assert found == ids(client.get("/v1/poles.geojson", params=NEAR))
        counted = "SELECT count(*) FROM poles WHERE geom && ST_MakeEnvelope(-2, 47, 1, 49, 4326)"
        in_box = int(client.get(f"/v1/poles?{BOX}").headers["registry-count"])
        assert connection.execute(counted).fetchone() == (in_box,)


@pytest.mark.parametrize("work", [work for work in works.WORKS if work.method == "GET"], ids=lambda work: work.name)
def test_a_work_that_a_peer_cannot_do_has_no_address(work: works.Work) -> None:
    query = works.list_of(work, POLES)[0]
    whole = query.get("limit") == "all"
    assert (datasette.address_of(work, query) is None) == ("offset" in query or (whole and work.form == ".geojson"))
    assert (tipg.address_of(work, query) is None) == ("q" in query or whole)
    assert (pygeoapi.address_of(work, query) is None) == (bool({"q", "lat"} & query.keys()) or whole)
