"""The form that reports an error: the fields it corrects, the proposal it makes, the faults beside their boxes."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from app import wording
from app.errors import Fault
from app.renderers.pages_words import FIELDS, NOTHING, worded

Json = dict[str, Any]
# What one box can say; links to organisations and waves, and codes, need a proposal of their own.
CORRECTED: Final = (
    *("name", "acronym", "former_names", "status", "status_as_of", "description", "founded_year", "ended_on"),
    *("seat.address", "seat.postcode", "seat.commune", "territory.text", "website", "member_count", "job_count"),
    "notes",
)
BOXES: Final = ("field", "value", "source", "message", "contact")
_STATUS: Final = {label.lower(): code for code, label in wording.STATUS.items()}


def choices(document: Json) -> list[Json]:
    """Return the fields that can be corrected, each with what the record says now."""
    return [{"name": name, "title": FIELDS[name], "now": _now(document, name)} for name in CORRECTED]


def proposal(record: str, boxes: Mapping[str, str]) -> Json:
    """Return the body of a proposal, as POST /v1/proposals takes it; an empty value erases."""
    field, value = boxes["field"], boxes["value"]
    said: Any = value or None
    if field == "former_names":
        said = [line.strip() for line in value.splitlines() if line.strip()]
    elif field == "status":
        said = _STATUS.get(value.lower(), said)
    outer, _, inner = field.partition(".")
    asked: Json = {"kind": "pole", "record": record, "change": {outer: {inner: said} if inner else said}}
    return asked | {name: boxes[name] for name in ("source", "message", "contact") if boxes[name]}


def beside(faults: Iterable[Fault]) -> dict[str, list[str]]:
    """Return what to say beside each box; what concerns none of them, above the form."""
    told: dict[str, list[str]] = {}
    for fault in faults:
        place = (fault.pointer or "").split("/")[1:2]
        name = place[0] if place and place[0] in BOXES else "value" if place == ["change"] else ""
        hint = f" Vouliez-vous « {fault.suggestion} » ?" if fault.suggestion else ""
        told.setdefault(name, []).append(f"Attendu : {fault.expected}.{hint}")
    return told


def _now(document: Json, name: str) -> str:
    outer, _, inner = name.partition(".")
    value = document[outer][inner] if inner else document[outer]
    said = worded(name, value)
    return "" if said == NOTHING else said
