"""The OpenAPI 3.0 document of OGC API – Features: self-contained, with the paths of each collection written out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.errors import Problem
from app.renderers import ogc, ogc_schemas
from app.renderers.columns import Column
from app.renderers.ogc_openapi30 import converted

Json = dict[str, Any]
_REF: Final = "#/components/schemas/"
_PROBLEM: Final = "application/problem+json"
_GEOJSON: Final = "application/geo+json"
_JSON: Final = "application/json"
_SCHEMA: Final = "application/schema+json"
_POSITION: Final = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 3}
_LINK: Final = {
    "type": "object",
    "required": ["href", "rel"],
    "properties": {name: {"type": "string"} for name in ("href", "rel", "type", "title")},
}
_LINKS: Final = {"type": "array", "items": {"$ref": f"{_REF}Link"}}
_EXTENT: Final = {
    "type": "object",
    "properties": {
        "spatial": {
            "type": "object",
            "properties": {
                "bbox": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "array",
                        "items": {"type": "number"},
                        "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
                    },
                },
                "crs": {"type": "string"},
            },
        },
        "temporal": {
            "type": "object",
            "properties": {
                "interval": {
                    "type": "array",
                    "items": {
                        "type": "array",
                        "minItems": 2,
                        "maxItems": 2,
                        "items": {"type": ["string", "null"], "format": "date-time"},
                    },
                },
                "trs": {"type": "string"},
            },
        },
    },
}
_COLLECTION: Final = {
    "type": "object",
    "required": ["id", "links"],
    "properties": {
        **{name: {"type": "string"} for name in ("id", "title", "description", "license", "storageCrs")},
        "itemType": {"const": "feature"},
        "extent": _EXTENT,
        "crs": {"type": "array", "items": {"type": "string"}},
        "links": _LINKS,
    },
}
_COMMON: Final[Json] = {
    "Link": _LINK,
    "LandingPage": {
        "type": "object",
        "required": ["links"],
        "properties": {
            **{name: {"type": "string"} for name in ("title", "description", "attribution")},
            "links": _LINKS,
        },
    },
    "Conformance": {
        "type": "object",
        "required": ["conformsTo"],
        "properties": {"conformsTo": {"type": "array", "items": {"type": "string"}}},
    },
    "Collection": _COLLECTION,
    "Collections": {
        "type": "object",
        "required": ["links", "collections"],
        "properties": {"links": _LINKS, "collections": {"type": "array", "items": {"$ref": f"{_REF}Collection"}}},
    },
    "Schema": {"type": "object", "required": ["type", "properties"], "properties": {"properties": {"type": "object"}}},
    "Point": {
        "type": "object",
        "required": ["type", "coordinates"],
        "properties": {"type": {"const": "Point"}, "coordinates": _POSITION},
    },
    "Outline": {
        "type": "object",
        "required": ["type", "coordinates"],
        "properties": {
            "type": {"enum": ["Polygon", "MultiPolygon"], "type": "string"},
            "coordinates": {"type": "array", "items": {"type": "array", "items": {}}},
        },
    },
}


@dataclass(frozen=True, slots=True)
class Described:
    """What the document says of one collection; parameters as OpenAPI 3.1 has them."""

    id: str
    title: str
    columns: Sequence[Column]
    geometry: str
    parameters: Sequence[Json]
    item_parameters: Sequence[Json]
    example: str


def document(address: str, pages: Sequence[Json], described: Sequence[Described]) -> Json:
    schemas = {**_COMMON, **_problem()}
    paths: Json = {
        "/": _get("getLandingPage", "Page d’accueil", _JSON, "LandingPage", pages),
        "/conformance": _get("getConformance", "Classes de conformité", _JSON, "Conformance", pages),
        "/api": _get("getApi", "Ce document", "application/vnd.oai.openapi+json;version=3.0", None, pages),
        "/collections": _get("getCollections", "Collections", _JSON, "Collections", pages),
    }
    for one in described:
        noun = one.id.capitalize()
        schemas |= _shapes(noun, one)
        base = f"/collections/{one.id}"
        paths[base] = _get(f"get{noun}", one.title, _JSON, "Collection", pages)
        paths[f"{base}/items"] = _get(
            f"get{noun}Items", f"{one.title} : fiches", _GEOJSON, f"{noun}Features", one.parameters
        )
        path = {
            "name": "id",
            "in": "path",
            "required": True,
            "schema": {"type": "string"},
            "example": one.example,
            "description": "Identifiant de la fiche",
        }
        paths[f"{base}/items/{{id}}"] = _get(
            f"get{noun}Item", f"{one.title} : une fiche", _GEOJSON, f"{noun}Feature", [path, *one.item_parameters]
        )
        for part, title in (("queryables", "filtres"), ("sortables", "ordres"), ("schema", "schéma")):
            paths[f"{base}/{part}"] = _get(
                f"get{noun}{part.capitalize()}", f"{one.title} : {title}", _SCHEMA, "Schema", pages
            )
    return {
        "openapi": "3.0.3",
        "info": {
            "title": ogc.TITLE,
            "version": "0.1.0",
            "description": ogc.DESCRIPTION,
            "license": {
                "name": "Licence Ouverte 2.0",
                "url": "https://www.etalab.gouv.fr/licence-ouverte-open-licence/",
            },
            "contact": {"name": "Registre des PTCE"},
        },
        "servers": [{"url": address, "description": "Ce registre"}],
        "tags": [{"name": "OGC API – Features", "description": "Collections et fiches"}],
        "paths": paths,
        "components": {"schemas": {name: converted(schema) for name, schema in schemas.items()}},
    }


def _get(operation: str, summary: str, media: str, shape: str | None, parameters: Sequence[Json]) -> Json:
    schema = {"$ref": _REF + shape} if shape else {"type": "object"}
    responses: Json = {
        "200": {
            "description": "Réponse",
            "content": {media: {"schema": schema}, "text/html": {"schema": {"type": "string"}}},
        }
    }
    problems = {"400": "Paramètre inconnu ou refusé", "404": "Introuvable", "406": "Format non disponible"}
    for status, meaning in {**problems, "500": "Erreur interne", "503": "Service indisponible"}.items():
        responses[status] = {"description": meaning, "content": {_PROBLEM: {"schema": {"$ref": f"{_REF}Problem"}}}}
    return {
        "get": {
            "operationId": operation,
            "summary": summary,
            "tags": ["OGC API – Features"],
            "parameters": [_parameter(one) for one in parameters],
            "responses": responses,
        }
    }


def _parameter(parameter: Mapping[str, Any]) -> Json:
    made = {name: value for name, value in parameter.items() if name != "allowEmptyValue"}
    made["schema"] = converted(parameter["schema"])
    if parameter["in"] == "query":
        made |= {"style": "form", "explode": False}  # as the standard writes them, lists or not
    if made["schema"].get("type") == "array" and made["schema"]["items"].get("type") == "number":
        made["schema"]["items"].pop("minLength", None)
    return made


def _shapes(noun: str, one: Described) -> Json:
    properties = ogc_schemas.schema("", one.title, one.columns, one.geometry)["properties"]
    properties.pop("geometry")
    known = {name: _nullable(about) for name, about in properties.items()}
    geometry = "Point" if one.geometry == "point" else "Outline"
    feature = {
        "type": "object",
        "required": ["type", "id", "geometry", "properties"],
        "properties": {
            "type": {"const": "Feature"},
            "id": {"type": "string"},
            "geometry": {"anyOf": [{"$ref": _REF + geometry}, {"type": "null"}]},
            "properties": {"type": "object", "properties": known},
            "links": _LINKS,
        },
    }
    collected = {
        "type": "object",
        "required": ["type", "features"],
        "properties": {
            "type": {"const": "FeatureCollection"},
            "features": {"type": "array", "items": {"$ref": f"{_REF}{noun}Feature"}},
            "numberMatched": {"type": "integer", "minimum": 0},
            "numberReturned": {"type": "integer", "minimum": 0},
            "timeStamp": {"type": "string", "format": "date-time"},
            "serial": {"type": "integer"},
            "licence": {"type": "string"},
            "attribution": {"type": "string"},
            "links": _LINKS,
        },
    }
    return {f"{noun}Feature": feature, f"{noun}Features": collected}


def _nullable(about: Json) -> Json:
    if isinstance(about["type"], str) and about["type"] != "array":
        return about | {"type": [about["type"], "null"]}
    return about


def _problem() -> Json:
    schema = Problem.model_json_schema()
    return {**schema.get("$defs", {}), "Problem": schema}
