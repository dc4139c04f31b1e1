"""What the tests of OGC API share: asking for resources, and following their links."""

from typing import Any

import httpx

from tests.routes.asking import refused

OGC = "/ogc"
COLLECTIONS = ("poles", "organisations", "regions", "departements", "epcis")
CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
GEOJSON = "application/geo+json"
DASHED = {"bbox_crs", "filter_crs", "filter_lang"}
Json = dict[str, Any]


def epsg(code: int) -> str:
    return f"http://www.opengis.net/def/crs/EPSG/0/{code}"


def _parameters(query: Json) -> dict[str, str]:
    return {name.replace("_", "-") if name in DASHED else name: str(value) for name, value in query.items()}


def got(client: httpx.Client, path: str, **query: object) -> Json:
    """Ask for JSON under /ogc that must be there."""
    response = client.get(OGC + path, params=_parameters(query))
    assert response.status_code == 200, response.text[:500]
    answer: Json = response.json()
    return answer


def items(client: httpx.Client, collection: str = "poles", **query: object) -> Json:
    return got(client, f"/collections/{collection}/items", **{"limit": 1000, **query})


def ids(client: httpx.Client, collection: str = "poles", **query: object) -> list[str]:
    """Return the ids of all that a query finds."""
    answer = items(client, collection, **query)
    found = [feature["id"] for feature in answer["features"]]
    if "limit" not in query:
        while href := link(answer, "next"):
            answer = client.get(href).json()
            found += [feature["id"] for feature in answer["features"]]
        assert answer["numberMatched"] == len(found)
    return found


def link(answer: Json, rel: str, media: str | None = None) -> str | None:
    found = [one["href"] for one in answer["links"] if one["rel"] == rel and media in {None, one["type"]}]
    return found[0] if found else None


def bad(client: httpx.Client, path: str, parameter: str, **query: object) -> Json:
    """Check that a parameter is refused as OGC API wants, by name."""
    response = client.get(OGC + path, params=_parameters(query))
    problem = refused(response, 400)
    assert problem["errors"][0]["parameter"] == parameter
    assert parameter in problem["detail"]
    return problem
