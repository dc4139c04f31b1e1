"""tipg, on a table of PostGIS and, for what is near, a function: its way to publish a query of one's own."""

from pathlib import Path
from typing import Final
from urllib.parse import urlencode

from benchmarks.peers import cql, postgis
from benchmarks.services import Service
from benchmarks.works import Query, Work

NAME: Final = "tipg"
DATABASE: Final = "postgresql"
PACKAGES: Final = ("tipg==1.6.1", "uvicorn", "uvloop", "httptools")


def service(programs: Path, _folder: Path, url: str) -> Service:
    there = postgis.filled(url)
    command = (str(programs / "uvicorn"), "tipg.main:app", "--port", "{port}", "--no-access-log")
    first = "/collections/public.poles/items?limit=1&f=geojson"
    return Service(NAME, command, address_of, first, there, {"DATABASE_URL": there})


def address_of(work: Work, query: Query) -> str | None:
    """Return the address of a query; None for words, whose accents it does not fold, and for all of a set."""
    form = "csv" if work.form == ".csv" else "geojson"
    if "q" in query or query.get("limit") == "all":
        return None
    if "id" in query:
        return f"/collections/public.poles/items/{query['id']}?f=geojson"
    if "lat" in query:
        return f"/collections/public.near/items?{urlencode({**query, 'sortby': 'distance_km', 'f': form})}"
    asked = {"limit": "100", **query, "f": form}
    if "region" in query:
        del asked["region"], asked["wave"]
        asked |= {"filter": cql.labelled(query), "filter-lang": "cql2-text"}
    return f"/collections/public.poles/items?{urlencode(asked, safe=',')}"
