"""The door: strings of a URL become values once; unknown, repeated or unreadable ones are refused, all at once."""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, TypeVar, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from app import wording
from app.errors import Fault, Invalid, shortened
from app.queries.values import PAGE

AskedT = TypeVar("AskedT", bound=BaseModel)

# API Géo's names, which portals already send, and the other names of a longitude.
ALIASES = {
    "codeRegion": "region",
    "codeDepartement": "departement",
    "codeEpci": "epci",
    "codeCommune": "commune",
    "long": "lon",
    "lng": "lon",
}
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_LIKE_A_KEY = re.compile(r"[A-Za-z0-9_-]{40,}")


@cache
def _parameters(shape: type[BaseModel]) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in shape.model_fields.items()}


def _is_list(field: FieldInfo) -> bool:
    return get_origin(field.annotation) is list


def read(shape: type[AskedT], given: Iterable[tuple[str, str]], page: int = PAGE) -> AskedT:
    """Turn query parameters into one value of this shape, a page of so many records at most. Raises Invalid."""
    parameters = _parameters(shape)
    values: dict[str, Any] = {}
    faults: list[Fault] = []
    for key, text in given:
        name = key if key in parameters else ALIASES.get(key, key)
        field = parameters.get(name)
        if field is None:
            faults.append(_unknown(key, text, parameters))
        elif problem := _unreadable(text, is_list=_is_list(field), given=name in values):
            faults.append(Fault(parameter=name, value=shortened(text), expected=problem))
        elif not text.strip():
            continue  # a form sends its empty boxes too
        elif _is_list(field):
            values.setdefault(name, []).extend(piece.strip() for piece in text.split(","))
        else:
            values[name] = text.strip()
    try:
        asked = shape.model_validate(values, context={"page": page})
    except ValidationError as error:
        faults.extend(_faults(error, parameters))
    else:
        faults.extend(
            Fault(parameter=name, value=values.get(name), expected=expected) for name, expected in misfits(asked)
        )
        if not faults:
            return asked
    raise Invalid(" ".join(_sentence(fault) for fault in faults[:5]), faults=faults)


def misfits(asked: BaseModel) -> Iterable[tuple[str, str]]:
    """Yield the parameters that do not go together, with what was expected: a shape may say them."""
    return getattr(asked, "misfits", tuple)()


def _unreadable(text: str, *, is_list: bool, given: bool) -> str | None:
    """Return what was expected instead of this text, if it can't be a value whatever the parameter."""
    if _CONTROL.search(text):
        return "un texte sans caractère de contrôle"
    if is_list and text.strip() and not all(piece.strip() for piece in text.split(",")):
        return "une valeur avant et après chaque virgule"
    if given and text.strip() and not is_list:
        return "une seule valeur : il est donné deux fois"
    return None


def _sentence(fault: Fault) -> str:
    hint = f" Vouliez-vous « {fault.suggestion} » ?" if fault.suggestion else ""
    return f"Paramètre « {fault.parameter} » : attendu, {fault.expected}.{hint}"


def _unknown(name: str, text: str, parameters: dict[str, FieldInfo]) -> Fault:
    # A key belongs in a header, and in no answer that somebody keeps.
    shown = [_LIKE_A_KEY.sub("…", written) for written in (name, text)]
    return Fault(
        parameter=shown[0][:200],
        value=shortened(shown[1]),
        expected="un paramètre connu : " + ", ".join(parameters) if parameters else "aucun paramètre à cette adresse",
        suggestion=wording.suggestion(name, list(parameters)),
    )


def _faults(error: ValidationError, parameters: dict[str, FieldInfo]) -> Iterable[Fault]:
    for detail in error.errors():
        name = str(detail["loc"][0])
        field = parameters[name]
        schema = field.metadata
        bounds = [getattr(rule, end) for end in ("ge", "le") for rule in schema if hasattr(rule, end)]
        expected = wording.expected(detail, field.description)
        if len(bounds) == 2 and detail["type"] != "missing":  # noqa: PLR2004  a lower and an upper bound
            expected = f"un nombre entier de {bounds[0]} à {bounds[1]}"
        value = detail["input"]
        hint = wording.suggestion(str(value), wording.choices(detail))
        yield Fault(parameter=name, value=shortened(value), expected=expected, suggestion=hint)


def described(shape: type[BaseModel]) -> list[dict[str, Any]]:
    """Return the OpenAPI parameters of this shape."""
    schema = shape.model_json_schema(by_alias=True)
    definitions = schema.get("$defs", {})
    return [_parameter(name, dict(about), definitions) for name, about in schema["properties"].items()]


def paged(schema: dict[str, Any], page: int) -> dict[str, Any]:
    """Return the schema of a `limit` where a page has so many records at most."""
    if "oneOf" in schema:
        return schema | {"oneOf": [paged(one, page) for one in schema["oneOf"]]}
    return schema | ({"maximum": page} if "maximum" in schema else {})


def _parameter(name: str, about: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    description = about.pop("description", "")
    examples = about.pop("examples", None)
    about.pop("title", None)
    choices = [choice for choice in about.pop("anyOf", ()) if choice.get("type") != "null"]
    if "type" not in about and choices:
        about |= choices[0]
    if about.get("default", "") in (None, []):
        about.pop("default")
    reference = about.get("items", {}).get("$ref")
    if reference:
        values = definitions[reference.rsplit("/", 1)[1]]
        about["items"] = {"type": "string", "enum": values["enum"]}
    parameter: dict[str, Any] = {
        "name": name,
        "in": "query",
        "required": False,
        "allowEmptyValue": True,  # a form sends its empty boxes too
        "description": description,
        "schema": about,
    }
    if about.get("type") == "array":
        about["items"] = {"minLength": 1} | about["items"]
        parameter |= {"style": "form", "explode": False}
    if examples:
        about["examples"] = examples  # not `example`: a form of /docs would come filled with every filter at once
    return parameter
