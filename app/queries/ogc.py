"""What can be asked of a collection of OGC API – Features: a box, a time, a filter, an order, a page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo, WithJsonSchema, create_model

from app import forms
from app.errors import invalid_parameter
from app.models.base import Integer
from app.queries.asked import AS_OF
from app.queries.ogc_crs import BY_URI, CRS84, SYSTEMS, Crs, read_box
from app.queries.spatial import Area, Box
from app.queries.values import PAGE, PARIS, SIZE, AsOf

MAX_FILTER: Final = 8000
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,15}(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,2})?")
Type = Literal["text", "integer", "number", "list", "instant", "geometry"]


@dataclass(frozen=True, slots=True)
class Queryable:
    """A property that filters and orders may name; a list is met by any of its values."""

    name: str
    type: Type = "text"

    @property
    def is_sortable(self) -> bool:
        return self.type not in {"list", "geometry"}


@dataclass(frozen=True, slots=True)
class Interval:
    """Days from one to another, both included; None is without end."""

    begin: date | None
    end: date | None


def _limit(value: object, info: ValidationInfo) -> object:
    most = (info.context or {}).get("page", PAGE)
    if re.fullmatch("[0-9]{1,18}", str(value)) and int(str(value)):
        return min(int(str(value)), most)
    raise ValueError(f"un nombre entier à partir de 1 ; plus de {most} vaut {most}")


def _numbers(value: object) -> list[float]:
    pieces = [piece.strip() for piece in str(value).split(",")]
    if len(pieces) not in {4, 6} or not all(_NUMBER.fullmatch(piece) for piece in pieces):
        raise ValueError(
            "quatre nombres (six avec des hauteurs), séparés par des virgules, comme 4.8,44.9,5.2,45.2 : le coin "
            "inférieur, puis le coin supérieur"
        )
    return [float(piece) for piece in pieces]


def _crs(value: object) -> Crs:
    if isinstance(value, Crs):
        return value
    system = BY_URI.get(str(value))
    if system is None:
        raise ValueError("l’adresse d’un système de coordonnées : " + ", ".join(BY_URI))
    return system


def _moment(text: str) -> date | None:
    if text in {"", ".."}:
        return None
    text = text.upper().replace(" ", "+")  # a bare `+` of an address is read as a blank
    if re.fullmatch(forms.DAY, text):
        return date.fromisoformat(text)
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None or len(text) < len("2021-05-12T00:00:00Z"):
        raise ValueError(text)
    return instant.astimezone(PARIS).date()


def _interval(value: object) -> Interval:
    text = str(value)
    begin, slash, end = text.partition("/")
    try:
        first = _moment(begin)
        last = _moment(end) if slash else first
    except (ValueError, OverflowError):
        first, last, slash = None, None, ""
    ordered = not (first and last and last < first)
    if not ordered or (not slash and first is None):
        raise ValueError(
            "un instant (2021-05-12T00:00:00Z), un jour (2021-05-12) ou deux séparés par /, avec .. pour un côté ouvert"
        )
    return Interval(first, last)


Limit = Annotated[int, BeforeValidator(_limit), WithJsonSchema(SIZE)]
Numbers = Annotated[list[float], BeforeValidator(_numbers)]
IntervalValue = Annotated[Interval, BeforeValidator(_interval), WithJsonSchema({"type": "string"})]
_URIS: Final[dict[str, Any]] = {"type": "string", "format": "uri", "enum": [system.uri for system in SYSTEMS]}
CrsValue = Annotated[Crs, BeforeValidator(_crs), WithJsonSchema(_URIS)]
_SOME_CRS: Final[Any] = {"default": CRS84.uri, "validate_default": True}


class Page(BaseModel):
    """What every resource understands."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    f: str | None = Field(
        default=None,
        description="Format : `json` ou `html` ; sans lui, l’en-tête `Accept` le dit",
        json_schema_extra={"type": "string", "enum": ["json", "html"]},
        examples=["json"],
    )


class ItemQuery(Page):
    """What one feature understands."""

    crs: CrsValue = Field(**_SOME_CRS, description="Système de coordonnées de la réponse")
    as_of: AsOf | None = Field(
        default=None,
        description=AS_OF,
        json_schema_extra={"type": "string", "pattern": r"^([0-9]{1,10}|[0-9]{4}-[0-9]{2}-[0-9]{2})$"},
        examples=["1"],
    )


class ItemsQuery(ItemQuery):
    """What every collection understands; each adds its queryables as parameters."""

    limit: Limit = Field(
        default=100, description="Nombre de fiches par page ; plus que le maximum vaut le maximum", examples=[10]
    )
    offset: Integer = Field(default=0, ge=0, le=1_000_000, description="Nombre de fiches à passer", examples=[0])
    bbox: Numbers | None = Field(
        default=None,
        description="Fiches dont la géométrie touche ce cadre, bords compris : coin inférieur puis coin supérieur, "
        "dans `bbox-crs`. Un ouest plus grand que l’est passe par l’antiméridien.",
        json_schema_extra={
            "type": "array",
            "items": {"type": "number"},
            "oneOf": [{"minItems": 4, "maxItems": 4}, {"minItems": 6, "maxItems": 6}],
        },
        examples=[[4.8, 44.9, 5.2, 45.2]],
    )
    bbox_crs: CrsValue = Field(**_SOME_CRS, alias="bbox-crs", description="Système de coordonnées de `bbox`")
    datetime: IntervalValue | None = Field(
        default=None,
        description="Instant ou intervalle (RFC 3339, `a/b`, `../b`, `a/..`) : pôles qui existaient alors, pour tout "
        "ce qui en est connu. Les fiches sans date y sont toujours.",
        examples=["2021-05-12T00:00:00Z/.."],
    )
    filter: str | None = Field(
        default=None,
        max_length=MAX_FILTER,
        description=f"Filtre CQL2, de {MAX_FILTER} caractères au plus",
        examples=["region = '84' AND founded_year >= 2014"],
    )
    filter_lang: Literal["cql2-text", "cql2-json", "cql-text"] = Field(
        default="cql2-text",
        alias="filter-lang",
        description="Langage de `filter` ; `cql-text` est l’ancien nom du premier, avec `ILIKE`, que GDAL emploie",
    )
    filter_crs: CrsValue = Field(
        **_SOME_CRS, alias="filter-crs", description="Système des coordonnées écrites dans `filter`"
    )
    sortby: list[str] = Field(
        default=[], max_length=10, description="Ordre : propriétés, `-` devant pour l’inverse", examples=[["-name"]]
    )

    @property
    def box(self) -> Box | Area | None:
        """What `bbox` bounds. Raises Invalid."""
        if self.bbox is None:
            return None
        try:
            return read_box(self.bbox, self.bbox_crs)
        except ValueError as error:
            raise invalid_parameter("bbox", ",".join(map(str, self.bbox)), str(error)) from None


@cache
def shape_of(queryables: Sequence[Queryable]) -> type[ItemsQuery]:
    """Return what a collection with these queryables understands: each is a parameter too, met by an equal value."""
    parameters: dict[str, Any] = {
        f"equal_{queryable.name}": (
            str | None,
            Field(
                default=None,
                alias=queryable.name,
                max_length=1000,
                description=f"Fiches dont `{queryable.name}` "
                + ("a cette valeur parmi d’autres" if queryable.type == "list" else "est égal à cette valeur"),
            ),
        )
        for queryable in queryables
        if queryable.type != "geometry"
    }
    made: type[ItemsQuery] = create_model("CollectionQuery", __base__=ItemsQuery, **parameters)
    return made


def equalities(query: ItemsQuery, queryables: Sequence[Queryable]) -> list[tuple[Queryable, str]]:
    """Return the values that a query wants properties to equal."""
    asked = ((queryable, getattr(query, f"equal_{queryable.name}", None)) for queryable in queryables)
    return [(queryable, value) for queryable, value in asked if value is not None]
