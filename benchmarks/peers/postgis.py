"""The table of poles that services of PostGIS publish, in a database beside that of the set."""

from typing import Final

import psycopg
from psycopg import sql
from sqlalchemy import make_url

from benchmarks import databases
from benchmarks.peers import table

_TYPES: Final = {int: "bigint", float: "double precision", list: "jsonb"}
# Waves in one text too: what filters of CQL compare.
_BEFORE: Final = """
CREATE EXTENSION IF NOT EXISTS postgis;
CREATE TABLE poles ({columns}, PRIMARY KEY (id));
"""
_AFTER: Final = """
ALTER TABLE poles ADD wave_list text, ADD geom geometry(Point, 4326);
UPDATE poles SET wave_list = waves::text, geom = ST_SetSRID(ST_MakePoint(longitude, latitude), 4326);
CREATE INDEX ON poles USING gist (geom);
CREATE INDEX ON poles USING gist ((geom::geography));
CREATE INDEX ON poles (region);
CREATE FUNCTION near(lon float8 DEFAULT 0, lat float8 DEFAULT 0, radius float8 DEFAULT 50)
RETURNS TABLE ({columns}, geom geometry(Point, 4326), distance_km float8) LANGUAGE sql STABLE AS $$
  SELECT {names}, poles.geom, ST_Distance(poles.geom::geography, asked.place) / 1000
  FROM poles, (SELECT ST_SetSRID(ST_MakePoint(lon, lat), 4326)::geography AS place) AS asked
  WHERE ST_DWithin(poles.geom::geography, asked.place, radius * 1000)
$$;
"""


def filled(url: str) -> str:
    """Return the URL (of libpq) of the database of peers beside this set; it is made if it is not there."""
    beside = make_url(url).set(database=f"{make_url(url).database}_peers")
    there = beside.set(drivername="postgresql").render_as_string(hide_password=False)
    databases.created(there)
    with psycopg.connect(there) as connection:
        if connection.execute("SELECT to_regclass('poles')").fetchone() == (None,):
            fill(connection, url)
    with psycopg.connect(there, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE poles")
    return there


def fill(connection: psycopg.Connection, url: str) -> None:
    """Write the table from the stored features of a set, in one transaction."""
    columns = table.columns(url)
    typed = [
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(_TYPES.get(kind, "text")))
        for name, kind in columns.items()
    ]
    names = [sql.Identifier("poles", name) for name in columns]
    parts = {"columns": sql.SQL(", ").join(typed), "names": sql.SQL(", ").join(names)}
    connection.execute(sql.SQL(_BEFORE).format(**parts))
    with connection.cursor().copy("COPY poles FROM STDIN") as copy:
        for row in table.rows(url):
            copy.write_row(table.cells(row))
    connection.execute(sql.SQL(_AFTER).format(**parts))
