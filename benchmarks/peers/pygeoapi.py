"""pygeoapi, on a table of PostGIS, behind the server that its own image starts, with one worker."""

import json
import subprocess
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import make_url

from benchmarks.peers import cql, postgis
from benchmarks.services import Service
from benchmarks.works import Query, Work

NAME: Final = "pygeoapi"
DATABASE: Final = "postgresql"
PACKAGES: Final = (
    "pygeoapi==0.21.0",
    "gunicorn",
    "gevent",
    "psycopg2-binary",
    "GeoAlchemy2",
    "pygeofilter[sqlalchemy]",
)


def service(programs: Path, folder: Path, url: str) -> Service:
    there = postgis.filled(url)
    settings, openapi = folder.resolve() / "pygeoapi.yml", folder.resolve() / "pygeoapi-openapi.yml"
    settings.write_text(json.dumps(_settings(there)), encoding="utf-8")  # JSON is YAML
    environment = {"PYGEOAPI_CONFIG": str(settings), "PYGEOAPI_OPENAPI": str(openapi)}
    generate = (programs / NAME, "openapi", "generate", settings, "--output-file", openapi)
    subprocess.run(generate, check=True, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603  our own words
    served = ("--workers", "1", "--worker-class", "gevent", "--bind", "127.0.0.1:{port}", "pygeoapi.flask_app:APP")
    command = (str(programs / "gunicorn"), *served)
    return Service(NAME, command, address_of, "/collections/poles/items?limit=1&f=json", there, environment)


def address_of(work: Work, query: Query) -> str | None:
    """Return the address of a query; None for words, for what is near and for all of a set."""
    form = "csv" if work.form == ".csv" else "json"
    if {"q", "lat"} & query.keys() or query.get("limit") == "all":
        return None
    if "id" in query:
        return f"/collections/poles/items/{query['id']}?f=json"
    asked = {"limit": "100", **query, "f": form}
    if "region" in query:
        del asked["region"], asked["wave"]
        asked |= {"filter": cql.labelled(query), "filter-lang": "cql-text"}
    return f"/collections/poles/items?{urlencode(asked, safe=',')}"


def _settings(there: str) -> dict[str, Any]:
    database = make_url(there)
    provider = {
        "type": "feature",
        "name": "PostgreSQL",
        "data": {
            "host": database.host,
            "port": database.port or 5432,
            "dbname": database.database,
            "user": database.username,
            "password": database.password or "",
            "search_path": ["public"],
        },
        "id_field": "id",
        "table": "poles",
        "geom_field": "geom",
    }
    poles = {
        "type": "collection",
        "title": "Pôles",
        "description": "Pôles",
        "keywords": ["pôles"],
        "links": [],
        "extents": {"spatial": {"bbox": [-180, -90, 180, 90], "crs": "http://www.opengis.net/def/crs/OGC/1.3/CRS84"}},
        "providers": [provider],
    }
    someone = {"name": "Registre", "url": "https://example.fr", "email": "registre@example.fr"}
    return {
        "server": {
            "bind": {"host": "127.0.0.1", "port": 5000},
            "url": "http://127.0.0.1:5000",
            "mimetype": "application/json; charset=UTF-8",
            "encoding": "utf-8",
            "language": "fr-FR",
            "limits": {"default_items": 100, "max_items": 10_000},
            "map": {"url": "https://example.fr/{z}/{x}/{y}.png", "attribution": "–"},
        },
        "logging": {"level": "ERROR"},
        "metadata": {
            "identification": {
                "title": "Pôles",
                "description": "Pôles",
                "keywords": ["pôles"],
                "keywords_type": "theme",
                "terms_of_service": "https://example.fr",
                "url": "https://example.fr",
            },
            "license": {"name": "Licence Ouverte 2.0", "url": "https://example.fr"},
            "provider": someone,
            "contact": someone,
        },
        "resources": {"poles": poles},
    }
