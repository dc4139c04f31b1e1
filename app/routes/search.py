"""Searches by POST: the filters of a list in a JSON body, and an area that no address has room for."""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Annotated, Any, NamedTuple, TypeVar

from fastapi import APIRouter, Depends, Request, Response
from pydantic import BaseModel, ConfigDict

from app.errors import Fault, Invalid
from app.models import Public
from app.queries import areas, door
from app.queries.asked import PlacedQuery
from app.queries.spatial import Area
from app.renderers.document import COLUMNS
from app.renderers.negotiation import wanted_format
from app.routes import streams
from app.routes.asking import Asking, DatabaseDep, asking, at_the_door
from app.routes.bodies import json_body
from app.routes.documentation import READING_ERRORS, page_of, reading
from app.routes.documentation_later import told_later
from app.settings import Settings

QueryT = TypeVar("QueryT", bound=PlacedQuery)
Json = dict[str, Any]
AREA = "within"
_ERRORS = (*READING_ERRORS, 401, 413, 415, 429)


class InBody(BaseModel):
    """The address of a search has no parameters: all is in its body."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


class Searched(NamedTuple):
    """A search as it was understood."""

    asking: Asking
    query: Any


def searched(shape: type[QueryT]) -> Callable[..., Awaitable[Searched]]:
    """Return the dependency that reads a search. Raises what `json_body` raises; Invalid with every fault at once."""

    async def read(
        request: Request,
        asked: Annotated[Asking, Depends(asking)],
        _nothing: Annotated[InBody, Depends(at_the_door(InBody))],
        posted: Annotated[tuple[bytes, Any], Depends(json_body("max_body"))],
    ) -> Searched:
        body = posted[1]
        query = _understood(shape, body, request.app.state.settings)
        wanted = wanted_format(asked.suffix.removeprefix("."), query.f, request.headers.get("accept"))
        told = replace(asked, wanted=wanted, posted=body, if_none_match=None, if_modified_since=None)
        return Searched(told, query)

    return read


def _understood(shape: type[QueryT], body: Any, limits: Settings) -> QueryT:
    if not isinstance(body, dict):
        raise Invalid("Le corps : attendu, un objet JSON.", faults=[Fault(pointer="", expected="un objet JSON")])
    faults: list[Fault] = []
    area: Area | None = None
    try:
        area = areas.read(body[AREA], limits.max_points, f"/{AREA}") if body.get(AREA) is not None else None
    except Invalid as error:
        faults += error.faults
    filters = {name: value for name, value in body.items() if name != AREA}
    pairs = [pair for name, value in filters.items() for pair in _written(name, value, faults)]
    query: QueryT | None = None
    try:
        query = door.read(shape, pairs, limits.max_page)
    except Invalid as error:
        faults += _in_body(error.faults)
    if faults or query is None:
        told = " ; ".join(f"{fault.pointer} : attendu, {fault.expected}" for fault in faults[:5])
        raise Invalid(f"{told}.", faults=faults)
    return query.within(area)


def _in_body(faults: Iterable[Fault]) -> list[Fault]:
    """Return faults of parameters as faults of the body that held them."""
    return [fault.model_copy(update={"parameter": None, "pointer": f"/{fault.parameter}"}) for fault in faults]


def _written(name: str, value: Any, faults: list[Fault]) -> Iterable[tuple[str, str]]:
    """Yield a member of a body as an address would say it: a text, a number, yes or no, or a list of them."""
    values = value if isinstance(value, list) else [value]
    if value is None:
        return
    if not all(isinstance(one, str | int | float) for one in values):
        faults.append(Fault(pointer=f"/{name}", expected="un texte, un nombre, ou une liste de textes"))
    elif values:
        yield name, ",".join(str(int(one)) if isinstance(one, bool) else str(one) for one in values)


def add_search(router: APIRouter, shape: type[PlacedQuery], public: type[Public], noun: str, name: str) -> None:
    """Add the search of one kind of record to its router."""
    fields = list(public.model_fields)

    async def search(database: DatabaseDep, asked: Annotated[Searched, Depends(searched(shape))]) -> Response:
        """Les mêmes filtres que la liste, chacun une valeur ou plusieurs, et `within` : ce que contient un polygone.

        Le lien `next` porte `method` et `body` : la même recherche, une page plus loin.
        """
        try:
            return await streams.records(database, asked.asking, asked.query, fields)
        except Invalid as error:  # what the vocabulary or the outlines do not know
            raise Invalid(error.detail, faults=_in_body(error.faults)) from None

    about = _documented(shape, public)
    summary = f"Chercher des {noun} dans une zone, ou par beaucoup de filtres"
    router.add_api_route("/search", search, methods=["POST"], name=name, operation_id=name, summary=summary, **about)


@told_later
def _documented(shape: type[PlacedQuery], public: type[Public]) -> dict[str, Any]:
    about = reading(shape, page_of(public, placed=True), COLUMNS[shape.kind], errors=_ERRORS)
    del about["responses"][304]
    return about | {"openapi_extra": {"parameters": [], "requestBody": _body(shape), "security": []}}


def _body(shape: type[PlacedQuery]) -> Json:
    """Return the body of a search for OpenAPI: the parameters of its list, each as one value or several."""
    members: Json = {
        AREA: {
            "type": "object",
            "description": "Polygone ou MultiPolygone GeoJSON, MAX_POINTS points au plus, bords compris ; les "
            "trous sont des trous",
            "properties": {
                "type": {"enum": ["Polygon", "MultiPolygon", "Feature"]},
                "coordinates": {"type": "array", "items": {}},
            },
            "required": ["type"],
        }
    }
    for parameter in door.described(shape):
        one = {name: told for name, told in parameter["schema"].items() if name not in {"examples", "default"}}
        if one.get("type") == "array":
            one = {"anyOf": [one["items"], {"type": "array", "items": one["items"]}]}
        members[parameter["name"]] = {"description": parameter["description"], **one}
    schema = {"type": "object", "properties": members, "additionalProperties": False}
    return {"required": True, "content": {"application/json": {"schema": schema}}}
