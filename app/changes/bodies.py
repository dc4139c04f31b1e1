"""Bodies of writes: a merge patch applied, computed fields held to what they are, every fault at its JSON pointer."""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final, Generic, NamedTuple, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from app import wording
from app.errors import Fault, Invalid

Json = dict[str, Any]
ShapeT = TypeVar("ShapeT", bound=BaseModel)
_SHOWN_AT_MOST: Final = 100  # faults of one body
_SOME_NAME: Final = "nom"  # stands for a name that cannot be read, so that the rest of its body is looked at too


class InPart(NamedTuple, Generic[ShapeT]):
    """What can be read of a body, without the members that cannot; None if nothing can."""

    shape: ShapeT | None
    faults: list[Fault]
    unsaid: int = 0

    def must_be_right(self, more: Iterable[Fault] = ()) -> ShapeT:
        """Return the shape; raise Invalid with every fault, and with those that rules find in what could be read."""
        unread = {_member(fault) for fault in self.faults}
        faults = self.faults + [fault for fault in more if _member(fault) not in unread]
        if faults or self.shape is None:
            raise refusal(faults, unsaid=self.unsaid)
        return self.shape


def patched(target: Any, patch: Any) -> Any:
    """Apply a JSON merge patch (RFC 7396): null takes a member away, objects are merged, the rest replaces."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = patched(merged.get(name), value)
    return merged


def read(shape: type[ShapeT], body: Any, current: Json, computed: Sequence[str]) -> ShapeT:
    """Read a body as this shape, without what the registry computes. Raises Invalid with every fault."""
    return read_in_part(shape, body, current, computed).must_be_right()


def read_in_part(shape: type[ShapeT], body: Any, current: Json, computed: Sequence[str]) -> InPart[ShapeT]:
    """Read what can be read of a body as this shape, so that rules find faults in the rest at the same time."""
    if not isinstance(body, dict):
        return InPart(None, [Fault(pointer="", value=shown(body), expected="un objet JSON")])
    body = {name: {**value} if isinstance(value, dict) else value for name, value in body.items()}
    faults = [fault for path in computed for fault in _taken_out(body, current, path.split("."))]
    try:
        return InPart(shape.model_validate(body), faults)
    except ValidationError as error:
        found = error.errors(include_url=False)
    faults += [_fault(shape, detail) for detail in found[:_SHOWN_AT_MOST]]
    unread = {detail["loc"][0] for detail in found if detail["loc"]}
    rest = {name: value for name, value in body.items() if name not in unread}
    if "name" in unread and "name" in shape.model_fields:
        rest["name"] = _SOME_NAME
    try:
        made = shape.model_validate(rest)
    except ValidationError:
        made = None
    return InPart(made, faults, len(found[_SHOWN_AT_MOST:]))


def _member(fault: Fault) -> str:
    return (fault.pointer or "").split("/")[1] if fault.pointer else ""


def parsed(document: bytes) -> Json:
    """Read a stored document."""
    read: Json = json.loads(document)
    return read


def dumped(document: Json) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def refusal(faults: Sequence[Fault], *, unsaid: int = 0) -> Invalid:
    """Return the error of a body with these faults, and others that are only counted."""
    said = " ; ".join(f"{fault.pointer or 'le corps'} : attendu, {fault.expected}" for fault in faults[:5])
    others = len(faults[5:]) + unsaid
    more = f" (et {others} autres)" if others else ""
    return Invalid(f"{said}{more}.", faults=faults[:_SHOWN_AT_MOST])


def pointer(path: Iterable[object]) -> str:
    """Return a JSON pointer (RFC 6901)."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1")[:100] for step in path)


def shown(value: object) -> object:
    """Return a value as an error may repeat it: whole if it is short."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return value if len(text) <= 200 else text[:200]  # noqa: PLR2004  as in errors.Fault


def _taken_out(body: Json, current: Any, path: Sequence[str]) -> Iterable[Fault]:
    """Take a computed field out of a body; yield a fault if it is not what the registry computed."""
    inside: Any = body
    for step in path[:-1]:
        inside = inside.get(step) if isinstance(inside, dict) else None
        current = current.get(step) if isinstance(current, dict) else None
    if not isinstance(inside, dict) or path[-1] not in inside:
        return
    value = inside.pop(path[-1])
    known = current.get(path[-1]) if isinstance(current, dict) else None
    if value != known and _without_nulls(value) != _without_nulls(known):
        expected = "ce champ sans changement, ou absent : le registre le calcule"
        yield Fault(pointer=pointer(path), value=shown(value), expected=expected)


def _without_nulls(value: Any) -> Any:
    """Return a value without empty members: a merge patch that repeats a document takes them away."""
    if isinstance(value, dict):
        return {name: _without_nulls(inner) for name, inner in value.items() if inner is not None}
    return [_without_nulls(inner) for inner in value] if isinstance(value, list) else value


def _fault(shape: type[BaseModel], detail: ErrorDetails) -> Fault:
    place = detail["loc"]
    hint = None
    if detail["type"] == "extra_forbidden":
        hint = wording.suggestion(str(place[-1]), list(_members(shape, place[:-1])))
    elif isinstance(detail["input"], str):
        hint = wording.suggestion(detail["input"], wording.choices(detail))
    value = None if detail["type"] == "missing" else shown(detail["input"])  # else the whole object that lacks it
    return Fault(pointer=pointer(place), value=value, expected=wording.expected(detail), suggestion=hint)


def _members(shape: type[BaseModel], place: Sequence[object]) -> Iterable[str]:
    inside: Any = shape
    for step in place:
        field = inside.model_fields.get(step) if isinstance(step, str) else None
        inside = field.annotation if field else None
        if not (isinstance(inside, type) and issubclass(inside, BaseModel)):
            return ()
    return list(inside.model_fields)
