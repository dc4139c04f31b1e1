"""Schemas of OpenAPI 3.1 (JSON Schema 2020-12) written as OpenAPI 3.0 knows them."""

from typing import Any, Final

# What OpenAPI 3.0 has no word for.
_UNKNOWN: Final = {
    "$schema", "$id", "$anchor", "$comment", "$defs", "$vocabulary", "$dynamicAnchor", "$dynamicRef",
    "if", "then", "else", "contains", "minContains", "maxContains", "propertyNames", "patternProperties",
    "dependentRequired", "dependentSchemas", "unevaluatedItems", "unevaluatedProperties", "contentSchema",
    "contentMediaType", "contentEncoding", "defaultSortOrder",
}  # fmt: skip
_LISTS: Final = ("allOf", "anyOf", "oneOf")
_NULL: Final = {"type": "null"}


def converted(schema: Any, where: str = "#/components/schemas/") -> Any:
    """Return a schema in OpenAPI 3.0; references to `$defs` go to this place."""
    if not isinstance(schema, dict):
        return {} if schema is True else {"not": {}} if schema is False else schema
    made = {name: value for name, value in schema.items() if name not in _UNKNOWN}
    if schema.get("contentEncoding") == "base64":
        made["format"] = "byte"
    _type(made)
    _values(made)
    _bounds(made)
    _tuple(made)
    _choices(made)
    for name in _LISTS:
        if name in made:
            made[name] = [converted(one, where) for one in made[name]]
    for name in ("items", "not", "additionalProperties"):
        if isinstance(made.get(name), dict) or (name != "additionalProperties" and name in made):
            made[name] = converted(made[name], where)
    if "properties" in made:
        made["properties"] = {name: converted(one, where) for name, one in made["properties"].items()}
    return _reference(made, where)


def _type(made: dict[str, Any]) -> None:
    """Make one type, or a choice, of a list of types; `null` becomes `nullable`."""
    types = made.get("type")
    if types == "null":
        made.pop("type")
        made |= {"nullable": True, "enum": [None]}
    if not isinstance(types, list):
        return
    kept = [one for one in types if one != "null"]
    if len(kept) < len(types):
        made["nullable"] = True
        if "enum" in made and None not in made["enum"]:
            made["enum"] = [*made["enum"], None]
    made.pop("type")
    if len(kept) == 1:
        made["type"] = kept[0]
    elif kept:
        made.setdefault("anyOf", [{"type": one} for one in kept])


def _values(made: dict[str, Any]) -> None:
    if "const" in made:
        made["enum"] = [made.pop("const")]
    examples = made.pop("examples", None)
    if isinstance(examples, list) and examples:
        made.setdefault("example", examples[0])


def _bounds(made: dict[str, Any]) -> None:
    """Write an excluded bound, a number in 3.1, as a bound and a word beside it."""
    for word, bound, strictest in (
        ("exclusiveMinimum", "minimum", max),
        ("exclusiveMaximum", "maximum", min),
    ):
        excluded = made.get(word)
        if excluded is None or isinstance(excluded, bool):
            continue
        del made[word]
        if bound not in made or strictest(made[bound], excluded) == excluded:
            made[bound] = excluded
            made[word] = True


def _tuple(made: dict[str, Any]) -> None:
    first = made.pop("prefixItems", None)
    if first is not None:
        rest = made.get("items", True)
        choices = [*first, *([rest] if isinstance(rest, dict) else [])]
        made["items"] = {"anyOf": choices} if choices else {}
        if rest is False:
            made.setdefault("maxItems", len(first))
    if made.get("type") == "array":
        made.setdefault("items", {})


def _choices(made: dict[str, Any]) -> None:
    """Make a choice between something and null that thing, nullable; a reference stays in a choice."""
    for name in ("anyOf", "oneOf"):
        choices = made.get(name)
        if choices is None or _NULL not in choices:
            continue
        kept = [one for one in choices if one != _NULL]
        if len(kept) == 1 and isinstance(kept[0].get("type"), str):
            del made[name]
            made |= {word: value for word, value in kept[0].items() if word not in made}
            made["nullable"] = True
            _values(made)
            _bounds(made)
            _tuple(made)
        else:  # `nullable` says nothing without a type beside it
            made[name] = [*kept, {"nullable": True, "enum": [None]}]


def _reference(made: dict[str, Any], where: str) -> dict[str, Any]:
    """Set what stands beside a reference apart from it: 3.0 would ignore it."""
    target = made.pop("$ref", None)
    if target is None:
        return made
    reference = {"$ref": target.replace("#/$defs/", where)}
    return {**made, "allOf": [reference, *made.get("allOf", ())]} if made else reference
