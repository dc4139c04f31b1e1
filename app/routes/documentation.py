"""What OpenAPI says of routes: parameters from the query shapes, bodies from the public shapes, possible errors."""

from collections.abc import Sequence
from functools import cache
from typing import Annotated, Any, Final, get_args

from fastapi import Path
from pydantic import BaseModel, ConfigDict, Field, create_model

from app.errors import Gone, Problem, catalogue
from app.models.base import Public
from app.models.pole import SeatPublic, TerritoryPublic
from app.queries import door
from app.renderers import listing
from app.renderers.columns import Column
from app.renderers.negotiation import MEDIA, Format
from app.routes.documentation_later import told_later

PROBLEM: Final = "application/problem+json"
SERVICE_ERRORS = (400, 414, 431, 500)
READING_ERRORS = (400, 404, 406, 414, 422, 431, 500, 503)
RECORD_ERRORS = (*READING_ERRORS, 410)
TITLES = {error.status: error.title for error in catalogue().values()}
_REF = "#/components/schemas/{model}"
_JSON_TYPES = {"text": "string", "integer": "integer", "number": "number"}


PoleId = Annotated[str, Path(description="Identifiant permanent du pôle", examples=["archer-pole-sud"])]
OrganisationId = Annotated[str, Path(description="Identifiant permanent de l’organisation", examples=["groupe-archer"])]
WaveId = Annotated[str, Path(description="Identifiant permanent de la vague", examples=["aap-2013"])]
RegionCodePath = Annotated[str, Path(description="Code INSEE de la région, toujours du texte", examples=["84"])]
ProblemSlug = Annotated[str, Path(description="Nom de l’erreur, dans son champ `type`", examples=["invalide"])]


class LinkPublic(Public):
    rel: str = Field(description="Relation", examples=["next"])
    href: str
    type: str
    title: str | None = None
    method: str | None = Field(default=None, description="`POST`, pour la page d’une recherche ; sinon absent : `GET`")
    body: dict[str, Any] | None = Field(default=None, description="Corps à envoyer avec `POST`")


class FacetValue(Public):
    value: str
    label: str
    count: int


class EnvelopePublic(BaseModel):
    """What every list says beside its items."""

    count: int = Field(description="Nombre total de fiches", examples=[115])
    limit: int = Field(examples=[100])
    offset: int = Field(examples=[0])
    serial: int = Field(description="Numéro d’écriture du registre : sa version", examples=[1])
    as_of: str = Field(description="Instant de cet état (UTC)", examples=["2026-11-24T08:00:00Z"])
    filters: dict[str, Any] = Field(description="Filtres, tels qu’ils ont été compris", examples=[{"region": ["84"]}])
    facets: dict[str, list[FacetValue]] = Field(description="Chaque facette, comptée sans son propre filtre")
    undetermined: int = Field(description="Fiches dont le registre ne sait pas si elles répondent à la requête")
    notices: list[str] = Field(description="Ce qu’il faut savoir de cette réponse")
    links: list[LinkPublic]
    licence: str = Field(examples=["etalab-2.0"])
    attribution: str = Field(description="Mention à afficher")


@cache
def page_of(public: type[Public], *, placed: bool = False) -> type[BaseModel]:
    """Return the shape of a list; with `fields=`, its items hold the fields asked for only.

    Those of a `placed` list say how far they are from the point asked for.
    """
    noun = public.__name__.removesuffix("Public")
    item = _found(public, noun) if placed else public
    items: Any = list[item | partial(item)]  # type: ignore[misc]  # a shape made at run time
    name = f"{noun}List"
    return create_model(name, __base__=EnvelopePublic, __doc__="Une page d’une liste.", items=(items, ...))


def _found(public: type[Public], noun: str) -> type[Public]:
    told = Field(default=None, description="Distance au point demandé, à vol d’oiseau, en km", examples=[1.076])
    return create_model(f"{noun}Found", __base__=public, __doc__=public.__doc__, distance_km=(float | None, told))


@cache
def partial(public: type[Public]) -> type[BaseModel]:
    """Return a shape whose fields may be missing, all but the first, as `fields=` leaves them."""
    identifier = None if public in {SeatPublic, TerritoryPublic} else next(iter(public.model_fields))
    fields: dict[str, Any] = {}
    for name, field in public.model_fields.items():
        nested = field.annotation
        if isinstance(nested, type) and issubclass(nested, Public) and name in {"seat", "territory"}:
            nested = partial(nested)
        default = ... if name == identifier else None
        fields[name] = (nested, Field(default=default, description=field.description))
    name = f"{public.__name__.removesuffix('Public')}Part"
    config = ConfigDict(extra="forbid", defer_build=True)
    return create_model(name, __doc__="Les champs demandés par `fields`.", __config__=config, **fields)


def reading(
    query: type[BaseModel] | None,
    public: type[BaseModel],
    columns: Sequence[Column] = (),
    *,
    errors: Sequence[int] = READING_ERRORS,
) -> dict[str, Any]:
    """Return the arguments of a route decorator that describe one that reads."""
    content: dict[str, Any] = {}
    if columns:
        text = {"schema": {"type": "string"}, "example": ",".join(column.name for column in columns) + "\r\n"}
        content = {
            MEDIA[Format.GEOJSON]: {"schema": _geojson(query, columns, single=not public.__name__.endswith("List"))},
            MEDIA[Format.CSV].split(";")[0]: text,
            MEDIA[Format.XLSX]: {"schema": {"type": "string", "format": "binary"}},
        }
    responses: dict[int | str, dict[str, Any]] = {
        200: {
            "model": public,
            "description": "Réponse",
            "content": content,
            "headers": _headers(single=not public.__name__.endswith("List")),
        },
        304: {"description": "Rien n’a changé depuis l’ETag ou la date que vous avez"},
    }
    responses |= problem_responses(*errors)
    if Gone.status in errors:
        responses[308] = {"description": "Fiche fusionnée : `Location` donne celle qui la remplace"}
    parameters = _parameters(query, public, columns) if query else []
    return {"responses": responses, "openapi_extra": {"parameters": parameters}, "response_model": None}


@told_later
def documented_page(
    query: type[BaseModel],
    public: type[Public],
    columns: Sequence[Column],
    *,
    placed: bool = False,
    errors: Sequence[int] = READING_ERRORS,
) -> dict[str, Any]:
    """Return the arguments of a route decorator that describe a list of these."""
    return reading(query, page_of(public, placed=placed), columns, errors=errors)


documented = told_later(reading)


def _parameters(query: type[BaseModel], public: type[BaseModel], columns: Sequence[Column]) -> list[dict[str, Any]]:
    """Return the parameters of this query, with what only this address knows: its fields and its formats."""
    parameters = {parameter["name"]: parameter for parameter in door.described(query)}
    if "fields" in parameters:
        (item, _part) = get_args(get_args(public.model_fields["items"].annotation)[0])
        known = listing.names(columns, item.model_fields)
        shown = [name for name in ("name", "region", "role", "serial", "reason") if name in known]
        parameters["fields"]["schema"] |= {"items": {"type": "string", "enum": known}, "examples": [shown]}
    if not columns:
        parameters["f"]["schema"]["enum"] = [Format.JSON]
        del parameters["excel"]
    return list(parameters.values())


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    content = {PROBLEM: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": TITLES[status], "content": content} for status in statuses}


def _headers(*, single: bool) -> dict[str, Any]:
    text = {"schema": {"type": "string"}}
    count = {} if single else {"Registry-Count": {"description": "Nombre total de fiches", **text}}
    return count | {
        "ETag": {"description": "Version : écriture, registre, format", **text},
        "Last-Modified": {"description": "Instant de cette version", **text},
        "Link": {"description": "Les mêmes liens que dans le corps (RFC 8288)", **text},
        "Registry-Serial": {"description": "Numéro d’écriture du registre", **text},
    }


def _geometries(*, outlined: bool) -> list[dict[str, Any]]:
    """Return the shapes of geometries: a point or nothing, and outlines where they may be asked for."""
    coordinates: dict[str, Any] = {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2}
    shapes: list[dict[str, Any]] = [{"type": "null"}]
    for name in ("Point", None, "Polygon", "MultiPolygon")[: None if outlined else 1]:
        if name:
            properties = {"type": {"const": name}, "coordinates": coordinates}
            shapes.append({"type": "object", "properties": properties, "required": ["type", "coordinates"]})
        coordinates = {"type": "array", "items": coordinates}
    return shapes


def _geojson(query: type[BaseModel] | None, columns: Sequence[Column], *, single: bool) -> dict[str, Any]:
    outlined = query is not None and "geometry" in query.model_fields
    feature = {
        "type": "object",
        "properties": {
            "type": {"const": "Feature"},
            "id": {"type": ["string", "null"]},
            "geometry": {"anyOf": _geometries(outlined=outlined)},
            "properties": {"type": "object", "properties": {column.name: _flat(column) for column in columns}},
        },
        "required": ["type", "geometry", "properties"],
    }
    around = EnvelopePublic.model_json_schema(ref_template=_REF)
    collection = {
        "type": "object",
        "properties": {
            "type": {"const": "FeatureCollection"},
            "features": {"type": "array", "items": feature},
            **around["properties"],
        },
        "required": ["type", "features", *around["required"]],
    }
    return feature if single else collection


def _flat(column: Column) -> dict[str, Any]:
    if column.type == "list":
        return {"type": "array", "items": {"type": "string"}}
    return {"type": [_JSON_TYPES[column.type], "null"]}


def problem_schema() -> dict[str, Any]:
    """Return the shapes of errors by name."""
    problem = Problem.model_json_schema(ref_template=_REF)
    shapes: dict[str, Any] = problem.pop("$defs") | {"Problem": problem}
    shapes["Problem"]["description"] = "Le corps de toute erreur (RFC 9457)."
    shapes["Fault"]["description"] = "Une valeur en cause, et où : un paramètre, ou un endroit du corps."
    return shapes
