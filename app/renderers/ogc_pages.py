"""What pages of OGC API – Features show: values in words, the columns of tables, the rows of schemas."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from markupsafe import Markup, escape

from app import wording
from app.renderers.ogc_schemas import label
from app.renderers.pages import number

Json = Mapping[str, Any]
# What a table of features shows, after the name.
TABLES: Final = {
    "poles": ("status", "commune_name", "region_name", "founded_year", "waves"),
    "organisations": ("kind", "commune_name", "region_name", "poles"),
    "regions": ("code", "cress", "population", "poles"),
    "departements": ("code", "region_name", "population", "poles"),
    "epcis": ("code", "nature", "departements", "population", "poles"),
}
EXAMPLES: Final = {
    "poles": "region = '84' AND founded_year >= 2014",
    "organisations": "region = '84' AND CASEI(name) LIKE '%coop%'",
    "regions": "poles > 5",
    "departements": "region = '84' AND poles > 0",
    "epcis": "departements = '26'",
}
_WORDS: Final = {
    "status": wording.STATUS,
    "precision": wording.PRECISION,
    "kind": wording.ORGANISATION_KIND,
}
_TYPES: Final = {"string": "texte", "integer": "nombre entier", "number": "nombre", "array": "liste de textes"}


def row(collection: str, feature: Json) -> dict[str, Any]:
    """Return a feature as a row of its table."""
    told = feature["properties"]
    cells = [(label(name), shown(name, told[name])) for name in TABLES[collection]]
    return {"id": feature["id"], "name": told["name"], "cells": cells}


def facts(feature: Json) -> list[tuple[str, Markup | str]]:
    """Return what is known of a feature, as people name and write it."""
    told = feature["properties"].items()
    return [(label(name), shown(name, value)) for name, value in told if value is not None and value != []]


def properties(schema: Json) -> list[tuple[str, str, str]]:
    """Return the name, sense and type of each property of a schema."""
    return [(name, about["title"], _type_of(about)) for name, about in schema["properties"].items()]


def names(columns: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, label(name)) for name in columns]


def shown(name: str, value: Any) -> Markup | str:
    """Return a value for people: words for codes, links for addresses of the Web."""
    if value is None:
        return ""
    if isinstance(value, list):
        return Markup(", ").join(shown(name, one) for one in value)
    if isinstance(value, str) and value.startswith(("https://", "http://")):
        return Markup('<a class="address" href="{}">{}</a>').format(value, value)
    if name == "population":
        return number(value)
    known = _WORDS.get(name, {})
    return escape(known.get(value, value))


def _type_of(about: Json) -> str:
    if "format" in about and "type" not in about:
        return "géométrie"
    return _TYPES.get(str(about["type"]), "")
