"""Which form is wanted: the suffix of the address, else `f=`, else `Accept`."""

from enum import StrEnum
from typing import Final

import mimeparse

from app import wording
from app.errors import Fault, NotAcceptable, shortened


class Format(StrEnum):
    JSON = "json"
    GEOJSON = "geojson"
    CSV = "csv"
    XLSX = "xlsx"


MEDIA: Final = {
    Format.JSON: "application/json",
    Format.GEOJSON: "application/geo+json",
    Format.CSV: "text/csv; charset=utf-8; header=present",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# The last one wins a tie: `Accept: */*` gives JSON.
_OFFERED: Final = {MEDIA[wanted].split(";")[0]: wanted for wanted in reversed(Format)}


def wanted_format(suffix: str | None, parameter: str | None, accept: str | None) -> Format:
    """Return the format asked for; raise NotAcceptable with those that exist."""
    named = (suffix or parameter or "").lower()
    if named:
        if named in set(Format):
            return Format(named)
        known = [str(format_) for format_ in Format]
        hint = wording.suggestion(named, known)
        fault = Fault(
            parameter="f", value=shortened(named), expected="un format parmi " + ", ".join(known), suggestion=hint
        )
        raise NotAcceptable(faults=[fault])
    if not accept or accept == "*/*":
        return Format.JSON
    try:
        best = mimeparse.best_match(list(_OFFERED), accept.lower())
    except mimeparse.MimeTypeParseException:
        best = ""
    if not best:
        fault = Fault(parameter="Accept", value=shortened(accept), expected="un type parmi " + ", ".join(_OFFERED))
        raise NotAcceptable(faults=[fault])
    return _OFFERED[best]
