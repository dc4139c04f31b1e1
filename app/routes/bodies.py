"""Bodies of requests: bounded bytes become JSON once, or a clear refusal."""

import json
import math
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, Any, Final, Literal

from fastapi import Depends, Request

from app.changes.bodies import pointer
from app.errors import BadRequest, Fault, Invalid, TooLarge, UnsupportedMedia

Limit = Literal["max_body", "max_proposal", "max_sheet"]  # settings
MAX_DEPTH: Final = 32  # a document of a pole has 4 levels
JSON_TYPES: Final = ("application/json", "application/merge-patch+json")
_TWICE: Final = object()  # stands for the value of a member that is given twice
_NO_TEXT: Final = re.compile("[\\x00\\ud800-\\udfff]")


async def read_bytes(request: Request, of: Limit) -> bytes:
    """Read a body. Raises TooLarge as soon as it passes its limit, whatever its header says."""
    limit: int = getattr(request.app.state.settings, of)
    told = request.headers.get("content-length", "")
    if told.isascii() and told.isdigit() and len(told) < 20 and int(told) > limit:  # noqa: PLR2004  digits of 2^63
        raise _too_large(limit)
    pieces = bytearray()
    async for piece in request.stream():
        pieces += piece
        if len(pieces) > limit:
            raise _too_large(limit)
    return bytes(pieces)


def json_body(of: Limit) -> Callable[[Request], Awaitable[tuple[bytes, Any]]]:
    """Return the dependency that reads a JSON body within its limit; as bytes and as values.

    It raises TooLarge, UnsupportedMedia, BadRequest, Invalid.
    """

    async def read(request: Request) -> tuple[bytes, Any]:
        media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if media not in JSON_TYPES:
            raise UnsupportedMedia(headers={"Accept": ", ".join(JSON_TYPES)})
        content = await read_bytes(request, of)
        return content, parsed(content)

    return read


def parsed(content: bytes) -> Any:
    """Parse JSON strictly: UTF-8, no member twice, no NaN, no NUL, a bounded depth. Raises BadRequest, Invalid."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise BadRequest("Le corps n’est pas de l’UTF-8. Encodez-le en UTF-8.") from None
    if _depth(text) > MAX_DEPTH:
        raise _invalid(f"au plus {MAX_DEPTH} niveaux d’objets et de listes")
    try:
        value = json.loads(text, object_pairs_hook=_members)
    except json.JSONDecodeError as error:
        raise _invalid(f"du JSON ; ligne {error.lineno}, colonne {error.colno} : {error.msg}") from None
    except ValueError:  # an integer of thousands of digits
        raise _invalid("des nombres d’une taille raisonnable") from None
    _must_be_plain(value, ())
    return value


def _depth(text: str) -> int:
    """Return the deepest nesting, by one scan that no parser has to survive; brackets in texts count too, at worst."""
    deepest = depth = 0
    in_text = escaped = False
    for character in text:
        if in_text:
            in_text = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character == '"':
            in_text = True
        elif character in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif character in "]}":
            depth -= 1
    return deepest


def _members(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        members[name] = _TWICE if name in members else value
    return members


def _must_be_plain(value: Any, place: tuple[object, ...]) -> None:
    """Refuse a member given twice, NaN, and what no database stores as text: NUL, halves of surrogate pairs."""
    if value is _TWICE:
        raise _invalid("chaque nom une seule fois dans un objet", pointer(place))
    if isinstance(value, float) and not math.isfinite(value):
        raise _invalid(f"un nombre, pas {json.dumps(value)}", pointer(place))
    if isinstance(value, str) and _NO_TEXT.search(value):
        raise _invalid("du texte sans caractère nul ni demi-caractère", pointer(place))
    if isinstance(value, dict):
        for name in value:
            _must_be_plain(name, place)  # the pointer stops before a name that cannot be written
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inner in members:
        _must_be_plain(inner, (*place, step))


def _invalid(expected: str, place: str = "") -> Invalid:
    return Invalid(f"Le corps : attendu, {expected}.", faults=[Fault(pointer=place, expected=expected)])


def _too_large(limit: int) -> TooLarge:
    return TooLarge(f"Le corps dépasse {limit:,} octets. Envoyez moins à la fois.".replace(",", " "))


BodyDep = Annotated[tuple[bytes, Any], Depends(json_body("max_body"))]
