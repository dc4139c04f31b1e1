"""Part 1 OpenAPI 3.0: the document is really one, stands alone, and says what the service does."""

import json
import re
from typing import Any

import httpx
import pytest
from openapi_schema_validator import OAS30Validator
from openapi_spec_validator import OpenAPIV30SpecValidator

from app.renderers.ogc_openapi30 import converted
from tests.ogc.asking import COLLECTIONS, OGC, got, items
from tests.ogc.requirements import proves

OPENAPI = "application/vnd.oai.openapi+json;version=3.0"
# What GDAL 3.12 asks for.
GDAL_ACCEPTS = f"{OPENAPI}, application/openapi+json;version=3.0, application/json"


def words(node: Any) -> set[str]:
    """Return every member name that stands where a schema may be."""
    if isinstance(node, list):
        return set().union(*map(words, node))
    if not isinstance(node, dict):
        return set()
    inner = [value for name, value in node.items() if name != "properties"]
    return set(node) | words(inner) | words(list(node.get("properties", {}).values()))


@proves("features-1/oas30 common-1/oas30", "oas-definition-1 oas-definition-2")
def test_oas30_definition(client: httpx.Client) -> None:
    """/req/oas30/oas-definition-1, -2: valid by the 3.0 schema, and nothing to fetch elsewhere."""
    response = client.get(f"{OGC}/api", headers={"Accept": GDAL_ACCEPTS})
    assert response.headers["content-type"] == OPENAPI
    document = response.json()
    assert document["openapi"].startswith("3.0.")
    OpenAPIV30SpecValidator(document).validate()
    assert all(reference.startswith("#/") for reference in re.findall(r'"\$ref": ?"([^"]*)"', response.text))


def test_oas30_has_no_word_of_3_1(client: httpx.Client) -> None:
    document = got(client, "/api")
    schemas = list(document["components"]["schemas"].values())
    schemas += [one["schema"] for path in document["paths"].values() for one in path["get"]["parameters"]]
    used = words(schemas)
    assert not used & {"const", "examples", "$schema", "$id", "$defs", "prefixItems", "if", "patternProperties"}
    text = json.dumps(schemas)
    assert '"type": "null"' not in text
    assert not re.search(r'"type": \[', text)
    assert '"nullable": true' in text


@proves("features-1/oas30 common-1/oas30", "oas-impl completeness exception-codes security")
@proves("common-1/json", "definition content")
def test_oas30_implementation_answers_as_documented(client: httpx.Client) -> None:
    """/req/oas30/oas-impl, completeness, exception-codes: each path, its media type, its shape; each error its own."""
    document = got(client, "/api")
    assert "security" not in document, "all is read without a key, as below"
    for path, item in document["paths"].items():
        operation = item["get"]
        examples = {one["name"]: one["example"] for one in operation["parameters"] if one["in"] == "path"}
        address = document["servers"][0]["url"] + path.format(**examples).rstrip("/")
        media = next(iter(operation["responses"]["200"]["content"]))
        response = client.get(address, params={"limit": 3} if path.endswith("/items") else {})
        assert response.status_code == 200, address
        assert response.headers["content-type"] == media
        schema = operation["responses"]["200"]["content"][media]["schema"]
        OAS30Validator({**schema, "components": document["components"]}).validate(response.json())
        refused = client.get(address, params={"inconnu": "1"})
        assert refused.status_code == 400
        problem = {"$ref": "#/components/schemas/Problem", "components": document["components"]}
        OAS30Validator(problem).validate(refused.json())
        assert refused.headers["content-type"] in operation["responses"]["400"]["content"]


@pytest.mark.parametrize("collection", COLLECTIONS)
@proves("features-1/core", "fc-limit-definition fc-bbox-definition fc-time-definition")
def test_oas30_documents_the_parameters_of_part_1(client: httpx.Client, collection: str) -> None:
    """/req/core/fc-limit-definition, fc-bbox-definition, fc-time-definition."""
    operation = got(client, "/api")["paths"][f"/collections/{collection}/items"]["get"]
    parameters = {one["name"]: one for one in operation["parameters"]}
    limit = parameters["limit"]["schema"]
    assert (limit["type"], limit["minimum"], limit["maximum"], limit["default"]) == ("integer", 1, 1000, 100)
    box = parameters["bbox"]["schema"]
    assert (box["type"], box["items"]) == ("array", {"type": "number"})
    assert {(one["minItems"], one["maxItems"]) for one in box["oneOf"]} == {(4, 4), (6, 6)}
    assert (parameters["bbox"]["style"], parameters["bbox"]["explode"]) == ("form", False)
    assert parameters["datetime"]["schema"]["type"] == "string"
    assert not any(one["required"] for one in operation["parameters"])


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_every_documented_parameter_works(client: httpx.Client, collection: str) -> None:
    operation = got(client, "/api")["paths"][f"/collections/{collection}/items"]["get"]
    tried = {"bbox": "4,44,6,46", "datetime": "2021-05-12T00:00:00Z", "filter": "true", "sortby": "name"}
    for parameter in operation["parameters"]:
        schema = parameter["schema"]
        value = tried.get(parameter["name"], schema.get("default", (schema.get("enum") or ["1"])[0]))
        response = client.get(f"{OGC}/collections/{collection}/items", params={"limit": 1, parameter["name"]: value})
        accepted = 400 if parameter["name"] == "recorded_at" else 200  # an instant, not 1
        assert response.status_code == accepted, (parameter["name"], response.text[:300])


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        ({"type": ["string", "integer"]}, {"anyOf": [{"type": "string"}, {"type": "integer"}]}),
        ({"type": ["string", "null"], "enum": ["a"]}, {"type": "string", "enum": ["a", None], "nullable": True}),
        ({"type": "null"}, {"nullable": True, "enum": [None]}),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": "string", "nullable": True}),
        ({"anyOf": [{"$ref": "#/$defs/A"}, {"type": "null"}]}, {"anyOf": [{"$ref": "#/components/schemas/A"}, {"nullable": True, "enum": [None]}]}),
        ({"anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "null"}]}, {"anyOf": [{"type": "string"}, {"type": "integer"}, {"nullable": True, "enum": [None]}]}),
        ({"const": "a"}, {"enum": ["a"]}),
        ({"type": "string", "examples": ["a", "b"]}, {"type": "string", "example": "a"}),
        ({"exclusiveMinimum": 1}, {"minimum": 1, "exclusiveMinimum": True}),
        ({"minimum": 2, "exclusiveMinimum": 1}, {"minimum": 2}),
        ({"minimum": 1, "exclusiveMinimum": 1}, {"minimum": 1, "exclusiveMinimum": True}),
        ({"exclusiveMaximum": 9, "maximum": 10}, {"maximum": 9, "exclusiveMaximum": True}),
        ({"$ref": "#/$defs/A", "description": "b"}, {"description": "b", "allOf": [{"$ref": "#/components/schemas/A"}]}),
        ({"type": "array", "prefixItems": [{"type": "string"}], "items": False}, {"type": "array", "items": {"anyOf": [{"type": "string"}]}, "maxItems": 1}),
        ({"type": "array"}, {"type": "array", "items": {}}),
        ({"properties": {"const": {"const": 1}, "examples": True}}, {"properties": {"const": {"enum": [1]}, "examples": {}}}),
        ({"type": "string", "contentEncoding": "base64", "$comment": "x"}, {"type": "string", "format": "byte"}),
        ({"items": {"type": ["number", "null"]}, "type": "array"}, {"items": {"type": "number", "nullable": True}, "type": "array"}),
    ],
)  # fmt: skip
def test_schemas_of_3_1_become_schemas_of_3_0(given: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert converted(given) == wanted


def test_features_have_the_shape_of_their_schema(client: httpx.Client) -> None:
    for collection in COLLECTIONS:
        schema = got(client, f"/collections/{collection}/schema")
        for feature in items(client, collection, limit=5)["features"]:
            assert list(feature["properties"]) == [name for name in schema["properties"] if name != "geometry"]
