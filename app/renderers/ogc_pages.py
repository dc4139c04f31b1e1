"""Pages of OGC API – Features for people: each resource as HTML, made on the server, without scripts."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from app import wording
from app.renderers.listing import Link
from app.renderers.ogc_schemas import label

# What a table of features shows, after the name.
TABLES: Final = {
    "poles": ("name", "status", "commune_name", "region_name", "founded_year", "waves"),
    "organisations": ("name", "kind", "commune_name", "region_name", "poles"),
    "regions": ("name", "code", "cress", "population", "poles"),
    "departements": ("name", "code", "region_name", "population", "poles"),
    "epcis": ("name", "code", "nature", "departements", "population", "poles"),
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


def page(name: str, asking: Any, links: Sequence[Link], context: Mapping[str, Any]) -> str:
    made: str = _environment().get_template(f"{name}.html").render(asking=asking, links=links, **context)
    return made


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("app", "web/ogc"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {"label": label, "shown": shown, "type_of": type_of}
    return made


def shown(name: str, value: Any) -> Markup | str:
    """Return a value for people: words for codes, links for addresses of the Web."""
    if value is None:
        return ""
    if isinstance(value, list):
        return Markup(", ").join(shown(name, one) for one in value)
    if isinstance(value, str) and value.startswith(("https://", "http://")):
        return Markup('<a href="{}">{}</a>').format(value, value)
    known = _WORDS.get(name, {})
    return escape(known.get(value, value))


def type_of(about: Mapping[str, Any]) -> str:
    if "format" in about and "type" not in about:
        return "géométrie"
    return _TYPES.get(str(about["type"]), "")
