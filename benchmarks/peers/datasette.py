"""Datasette, on a SQLite file that never changes, with the indexes and the FTS5 table that its manual advises."""

import json
import sqlite3
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from benchmarks.peers import table
from benchmarks.services import Service
from benchmarks.works import Query, Work

NAME: Final = "datasette"
DATABASE: Final = "sqlite"
PACKAGES: Final = ("datasette==0.65.5", "uvloop", "httptools")

_TYPES: Final = {int: "INTEGER", float: "REAL"}
_AFTER: Final = """
CREATE INDEX poles_place ON poles (longitude, latitude);
CREATE INDEX poles_region ON poles (region);
CREATE VIRTUAL TABLE poles_fts USING fts5 (
  name, acronym, description, content="poles", tokenize='unicode61 remove_diacritics 2', prefix='3 5'
);
INSERT INTO poles_fts (rowid, name, acronym, description) SELECT rowid, name, acronym, description FROM poles;
ANALYZE;
"""
# A box around the circle, which the index of places finds, then distances; what is asked comes as text.
NEAR: Final = """
WITH asked AS (
  SELECT CAST(:lat AS REAL) AS lat, CAST(:lon AS REAL) AS lon, CAST(:radius AS REAL) AS radius
), near AS (
  SELECT poles.*, radius, 12742 * asin(sqrt(
    pow(sin(radians(latitude - lat) / 2), 2)
    + cos(radians(lat)) * cos(radians(latitude)) * pow(sin(radians(longitude - lon) / 2), 2)
  )) AS distance_km FROM asked, poles
  WHERE longitude BETWEEN lon - radius / 111 / cos(radians(lat)) AND lon + radius / 111 / cos(radians(lat))
  AND latitude BETWEEN lat - radius / 111 AND lat + radius / 111
)
SELECT * FROM near WHERE distance_km <= radius ORDER BY distance_km LIMIT :limit
"""


def service(programs: Path, folder: Path, url: str) -> Service:
    poles = url.rpartition("/")[2].removesuffix(".sqlite")
    file, metadata = folder.resolve() / f"{poles}.db", folder.resolve() / "datasette.json"
    if not file.exists():
        fill(file, url)
    # Named as the file: what it is served as.
    metadata.write_text(json.dumps({"databases": {poles: {"queries": {"near": {"sql": NEAR}}}}}), encoding="utf-8")
    settings = ("--setting", "suggest_facets", "off", "--setting", "max_csv_mb", "0")
    command = (str(programs / NAME), "serve", "-i", str(file), "-m", str(metadata), "-p", "{port}", *settings)

    def path(work: Work, query: Query) -> str | None:
        address = address_of(work, query)
        return None if address is None else f"/{poles}/{address}"

    return Service(NAME, command, path, f"/{poles}/poles.json?_size=1")


def fill(file: Path, url: str) -> None:
    """Make the file that is served, from the stored features of a set."""
    made = file.with_suffix(".made")
    made.unlink(missing_ok=True)
    columns = table.columns(url)
    written = ", ".join(f'"{name}" {_TYPES.get(kind, "TEXT")}' for name, kind in columns.items())
    connection = sqlite3.connect(made)
    with connection:
        connection.execute(f"CREATE TABLE poles ({written.replace(' TEXT', ' TEXT PRIMARY KEY', 1)})")
        places = ", ".join("?" * len(columns))
        connection.executemany(f"INSERT INTO poles VALUES ({places})", map(table.cells, table.rows(url)))  # noqa: S608
        connection.executescript(_AFTER)
    connection.close()
    made.rename(file)


def address_of(work: Work, query: Query) -> str | None:
    """Return the address of a query below the database; counts are exact, as in the registry."""
    if "id" in query:
        return f"poles/{query['id']}.json?_shape=objects"
    if "lat" in query:
        return f"near.json?{urlencode({**query, '_shape': 'objects'})}"
    if query.get("limit") == "all" and work.form == ".csv":
        return "poles.csv?_stream=on&_size=max"
    if "limit" in query:
        return None  # its pages are told by a key, not by a number; GeoJSON it has none
    asked = {"_shape": "objects", "_size": "100"}
    if "bbox" in query:
        west, south, east, north = query["bbox"].split(",")
        asked |= {"longitude__gte": west, "longitude__lte": east, "latitude__gte": south, "latitude__lte": north}
    if "region" in query:
        waves = " OR ".join(f"waves LIKE '%{wave}%'" for wave in query["wave"].split(","))
        asked |= {"region__in": query["region"], "_where": f"({waves})"}
    if "q" in query:
        asked |= {"_search": " ".join(f"{word}*" for word in query["q"].split()), "_searchmode": "raw"}
    return f"poles.json?{urlencode(asked)}"
