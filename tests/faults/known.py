"""The right requests that mutants are made from: those of the documentation and of the pages, by holders of every role."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from fastapi import FastAPI

from app.database import Database
from app.models import KeyRole
from app.routes.openapi import EXAMPLES, operations
from tests.faults.mutants import Known, Sent
from tests.routes.writing import new_key

# Examples name records that they have made themselves; these stand in every registry.
STANDING: Final = {
    "pole-des-savoir-faire": "archer-pole-sud",
    "regie-de-quartier": "groupe-archer",
    "ami-ptce-2026": "aap-2013",
    "s-57f10ea421": "s-63b8ad6520",
}
PAGES: Final = (
    "/", "/?q=archer&region=84", "/poles/archer-pole-sud", "/poles/archer-pole-sud/signaler?field=website", "/organisations/groupe-archer", "/waves", "/waves/aap-2013",
    "/regions/84", "/regions/84/evolution.csv", "/sources/s-63b8ad6520", "/stats", "/stats/regions.csv", "/donnees", "/api", "/a-propos", "/sitemap.xml", "/robots.txt",
    "/map.svg?region=84&wave=2013", "/embed?region=84", "/embed/fragment?region=84", "/embed.js", "/integrer", "/docs", "/openapi.json", "/problems/invalide", "/metrics",
    "/ogc", "/ogc/conformance", "/ogc/api", "/ogc/collections", "/ogc/collections/poles", "/ogc/collections/poles/queryables", "/ogc/collections/poles/schema",
    "/ogc/collections/poles/items?filter=region%3D%2784%27%20AND%20founded_year%3E2014&limit=3", "/ogc/collections/organisations/items?bbox=4,44,6,46&f=html",
    "/ogc/collections/regions/items?limit=1&crs=http://www.opengis.net/def/crs/EPSG/0/2154", "/ogc/collections/poles/items/archer-pole-sud",
    "/v1/poles?lat=45&lon=5&radius=40", "/v1/poles?covers=-1.55,47.21", "/v1/poles?active_on=2021&as_of=1", "/v1/poles?territory=departement:26&sort=-founded&offset=2",
    "/v1/regions.geojson?geometry=light", "/v1/poles.xlsx?region=84", "/v1/poles?bbox=4,44,6,46&facets=region,wave",
)  # fmt: skip
FORM: Final = (
    (b"content-type", b"application/x-www-form-urlencoded"),
    b"field=website&value=https%3A%2F%2Fwww.example.fr&source=https%3A%2F%2Fwww.example.fr%2Fa&message=Oui&contact=",
)


def known_of(app: FastAPI, database: Database) -> Known:
    """Return the documentation's requests, on records that stand, as the holders of keys of each role send them."""
    document = app.openapi()
    methods = {
        operation["operationId"]: method.upper()
        for item in document["paths"].values()
        for method, operation in item.items()
    }
    told = EXAMPLES.read_text(encoding="utf-8")
    for absent, standing in STANDING.items():
        told = told.replace(absent, standing)
    requests: list[tuple[Sent, Any]] = []
    for name, one in json.loads(told)["operations"].items():
        path, body = re.sub(r"\bp-[0-9a-f]{16}\b", "p-0000000000000000", one["path"]), one.get("body")
        media = b"text/csv" if isinstance(body, str) else b"application/json"
        content = body.encode() if isinstance(body, str) else b"" if body is None else json.dumps(body).encode()
        headers = ((b"if-match", b"*"), (b"content-type", media))
        writes = methods[name] != "GET"
        requests.append(
            (sent(methods[name], path, headers if writes else (), content), None if media == b"text/csv" else body)
        )
    requests += [(sent("GET", path), None) for path in PAGES]
    requests.append((sent("POST", "/poles/archer-pole-sud/signaler", FORM[:1], FORM[1]), None))
    return Known(requests, sorted(parameters(document)), [b"", b"", b"Bearer odd", *keys(database)])


def sent(method: str, address: str, headers: Any = (), body: bytes = b"") -> Sent:
    parts = urlsplit(address)
    return Sent(method, parts.path, tuple(parse_qsl(parts.query)), headers, body)


def parameters(document: Any) -> Iterator[tuple[str, str]]:
    for operation in operations(document):
        for one in operation.get("parameters", ()):
            if one["in"] == "query":
                examples = one.get("example"), *one.get("examples", {}), one["schema"].get("default")
                yield from {(one["name"], str(value)) for value in examples if value is not None} or {
                    (one["name"], "1")
                }
    yield from {("filter", "region='84'"), ("filter-lang", "cql2-json"), ("crs", "http://www.opengis.net/def/crs/OGC/1.3/CRS84"),
                ("bbox-crs", "http://www.opengis.net/def/crs/EPSG/0/4326"), ("datetime", "2021/.."), ("sortby", "-name"), ("geometry", "light")}  # fmt: skip


def keys(database: Database) -> list[bytes]:
    """Return a key of each role; most often one that may write all, so that most writes are judged by what they say."""
    roles = {role: ["84"] if role is KeyRole.CURATOR else [] for role in KeyRole}
    made = {role: f"Bearer {new_key(database, role.value, role, regions)}".encode() for role, regions in roles.items()}
    return [*made.values(), *[made[KeyRole.NATIONAL]] * 4]
