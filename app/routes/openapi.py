"""The OpenAPI document: FastAPI's, with the shapes that no route returns by itself, and real answers as examples."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts

from app.errors import catalogue
from app.queries.door import paged
from app.renderers.negotiation import MEDIA, Format
from app.routes.documentation import PROBLEM, problem_schema
from app.routes.documentation_later import told
from app.routes.documentation_of_writes import SECURITY, body_schemas
from app.settings import Settings

Json = dict[str, Any]

# What the seeded registry answered to one request for each operation; a test asks again and compares.
EXAMPLES: Final = Path(__file__).with_name("examples.json")
_LIMIT: Final = re.compile(r"\b(MAX_POINTS|MAX_SHEET)\b")  # in a description: its value stands there
_REF: Final = "#/components/schemas/"


def describe(app: FastAPI) -> Json:
    """Return the OpenAPI document of the application, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            contact=app.contact,
            license_info=app.license_info,
            routes=[told(context) for context in iter_route_contexts(app.routes)],
            tags=app.openapi_tags,
            servers=app.servers,
        )
        document["paths"] = _with_limits(document["paths"], app.state.settings)
        examples: Json = json.loads(EXAMPLES.read_text(encoding="utf-8"))
        components = document["components"]
        components["schemas"] |= problem_schema() | body_schemas()
        components["securitySchemes"] = SECURITY
        responses = _responses(examples["problems"])
        components["responses"] = {}
        for operation in operations(document):
            _name_features(operation, components["schemas"])
            for name in _share_problems(operation):
                components["responses"][name] = responses[name]
            _bound(operation, app.state.settings.max_page)
            _show(operation, examples["operations"].get(operation["operationId"], {}))
        for unused in ("HTTPValidationError", "ValidationError"):
            components["schemas"].pop(unused, None)
        document["components"]["schemas"] = _plain(components["schemas"])
        document["security"] = []  # reading needs no key
        app.openapi_schema = document
    return app.openapi_schema


def _with_limits(paths: Json, settings: Settings) -> Json:
    def value(name: re.Match[str]) -> str:
        return f"{getattr(settings, name[0].lower()):,}".replace(",", " ")

    told: Json = json.loads(_LIMIT.sub(value, json.dumps(paths)))
    return told


def operations(document: Json) -> Iterator[Json]:
    for item in document["paths"].values():
        yield from item.values()


def _responses(examples: Json) -> Json:
    """Return one response for each error: its real body where the seeded registry can give one."""
    made = {}
    for error in catalogue().values():
        body = examples.get(str(error.status), {}).get("body") or error().problem("/v1/poles").model_dump(
            exclude_none=True
        )
        content = {PROBLEM: {"schema": {"$ref": f"{_REF}Problem"}, "example": body}}
        made[error.__name__] = {"description": f"{error.title}. {error.meaning}", "content": content}
    return made


def _name_features(operation: Json, schemas: Json) -> None:
    """Give the GeoJSON shapes names of their own, after those of the JSON."""
    content = operation["responses"]["200"]["content"]
    shape = content.get(MEDIA[Format.GEOJSON])
    if shape is None:
        return
    noun = content[MEDIA[Format.JSON]]["schema"]["$ref"].removeprefix(_REF).removesuffix("List").removesuffix("Public")
    feature, schema = f"{noun}Feature", shape["schema"]
    features = schema["properties"].get("features")
    if features is None:
        schemas[feature] = schema
        shape["schema"] = {"$ref": _REF + feature}
    else:
        schemas[feature] = features["items"]
        features["items"] = {"$ref": _REF + feature}
        schemas[f"{feature}Collection"] = schema
        shape["schema"] = {"$ref": f"{_REF}{feature}Collection"}


def _share_problems(operation: Json) -> Iterator[str]:
    """Refer to the shared errors, by their names; take away the 422 that FastAPI adds to every path parameter."""
    names = {str(error.status): error.__name__ for error in catalogue().values()}
    responses = operation["responses"]
    for status, response in list(responses.items()):
        if PROBLEM in response.get("content", {}):
            responses[status] = {"$ref": f"#/components/responses/{names[status]}"}
            yield names[status]
        elif status == "422":
            del responses[status]


def _show(operation: Json, shown: Json) -> None:
    """Set the examples of an operation: its body, and its answers by status and media type."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if content["schema"].get("format") != "binary":
            content["example"] = shown.get("body", {})
    answers = shown.get("answers", {})
    for status in {"200", "201"} & set(operation["responses"]):
        content = operation["responses"][status]["content"]
        for media, example in answers.get(status, {}).items():
            content[media]["example"] = example
        for answer in content.values():
            answer["schema"] = _plain(answer["schema"])
    for parameter in operation.get("parameters", ()):
        parameter["schema"].pop("title", None)
        if parameter["in"] == "path":
            # `example`, so that the form of /docs comes filled with an address that exists.
            parameter["example"] = parameter["schema"].pop("examples")[0]


def _bound(operation: Json, page: int) -> None:
    """Say how many records a page has at most: a setting."""
    if "parameters" in operation:
        operation["parameters"] = [
            one | {"schema": paged(one["schema"], page)} if one["name"] == "limit" else one
            for one in operation["parameters"]
        ]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        schema = content["schema"]
        limit = schema.get("properties", {}).get("limit")
        if limit:
            content["schema"] = schema | {"properties": schema["properties"] | {"limit": paged(limit, page)}}


def _plain(schema: Any) -> Any:
    """Leave out titles that only repeat the name of a field, and `null` as a default, which generators misread."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        name: {field: _plain(shape) for field, shape in inner.items()} if name == "properties" else _plain(inner)
        for name, inner in schema.items()
        if not (name == "title" and isinstance(inner, str)) and not (name == "default" and inner is None)
    }
