"""Documents of OGC API – Features: landing page, conformance, collections, features with their links."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from app.renderers import geojson, listing
from app.renderers.columns import Column, flat
from app.renderers.document import dumps
from app.renderers.listing import Link

Json = dict[str, Any]
Turn = Callable[[Any], Any]
OGC: Final = "http://www.opengis.net/def/rel/ogc/1.0"
QUERYABLES: Final = f"{OGC}/queryables"
SORTABLES: Final = f"{OGC}/sortables"
_SPEC: Final = "http://www.opengis.net/spec"
CONFORMANCE: Final = (
    *(f"{_SPEC}/ogcapi-common-1/1.0/conf/{name}" for name in ("core", "landing-page", "json", "html", "oas30")),
    f"{_SPEC}/ogcapi-common-2/1.0/conf/collections",
    *(f"{_SPEC}/ogcapi-features-1/1.0/conf/{name}" for name in ("core", "oas30", "html", "geojson")),
    f"{_SPEC}/ogcapi-features-2/1.0/conf/crs",
    *(
        f"{_SPEC}/ogcapi-features-3/1.0/conf/{name}"
        for name in ("queryables", "queryables-query-parameters", "filter", "features-filter")
    ),
    *(
        f"{_SPEC}/cql2/1.0/conf/{name}"
        for name in (
            "cql2-text",
            "cql2-json",
            "basic-cql2",
            "advanced-comparison-operators",
            "case-insensitive-comparison",
            "accent-insensitive-comparison",
            "basic-spatial-functions",
            "basic-spatial-functions-plus",
        )
    ),
    *(f"{_SPEC}/ogcapi-features-8/1.0/conf/{name}" for name in ("sortables", "sorting", "features-sorting")),
)
TITLE: Final = "Registre des PTCE – OGC API Features"
DESCRIPTION: Final = (
    "Les pôles territoriaux de coopération économique et leurs organisations, pour QGIS, GDAL et tout client d’OGC "
    "API. Chaque fiche cite ses sources."
)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a collection says of itself."""

    id: str
    title: str
    description: str
    box: Sequence[float] | None
    begin: str | None
    crs: Sequence[str]


def landing(links: Sequence[Link]) -> Json:
    return {"title": TITLE, "description": DESCRIPTION, "attribution": "Registre des PTCE", "links": _links(links)}


def conformance() -> Json:
    return {"conformsTo": list(CONFORMANCE)}


def collections(shown: Sequence[Json], links: Sequence[Link]) -> Json:
    return {"links": _links(links), "collections": list(shown)}


def collection(shown: Shown, links: Sequence[Link]) -> Json:
    extent: Json = {}
    if shown.box is not None:
        extent["spatial"] = {"bbox": [list(shown.box)], "crs": shown.crs[0]}
    if shown.begin is not None:
        begin = f"{shown.begin}T00:00:00Z"
        extent["temporal"] = {
            "interval": [[begin, None]],
            "trs": "http://www.opengis.net/def/uom/ISO-8601/0/Gregorian",
        }
    return {
        "id": shown.id,
        "title": shown.title,
        "description": shown.description,
        "itemType": "feature",
        "extent": extent,
        "crs": list(shown.crs),
        "storageCrs": shown.crs[0],
        "license": listing.LICENCE,
        "links": _links(links),
    }


def place(document: Mapping[str, Any], columns: Iterable[Column], outline: bytes | None) -> bytes:
    """Return the feature of a place: its outline, where one is known."""
    return geojson.redrawn(geojson.feature(flat(document, columns)), outline or b"null")


def turned(feature: bytes, turn: Turn) -> bytes:
    """Return a feature with its coordinates in another system."""
    read: Json = json.loads(feature)
    if read["geometry"] is not None:
        read["geometry"]["coordinates"] = turn(read["geometry"]["coordinates"])
    return dumps(read)


def feature_collection(
    features: Sequence[bytes], total: int, serial: int, recorded_at: datetime, now: datetime, links: Sequence[Link]
) -> bytes:
    members = {
        "numberMatched": total,
        "numberReturned": len(features),
        "timeStamp": listing.utc(now.replace(microsecond=0)),
        "serial": serial,
        "licence": listing.LICENCE,
        "attribution": listing.attribution(serial, recorded_at),
        "links": _links(links),
    }
    return b'{"type":"FeatureCollection","features":[' + b",".join(features) + b"]," + dumps(members)[1:]


def feature(stored: bytes, links: Sequence[Link]) -> bytes:
    """Return a feature with its links."""
    return stored[:-1] + b',"links":' + dumps(_links(links)) + b"}"


def _links(links: Sequence[Link]) -> list[dict[str, str]]:
    return [link.as_json() for link in links]
