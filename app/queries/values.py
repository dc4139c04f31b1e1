"""Values of parameters that need a reading of their own: days, instants, words, yes or no."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, WithJsonSchema

from app import forms
from app.models.base import written_as
from app.queries.spatial import FARTHEST, Box
from app.queries.text import words

PARIS = ZoneInfo("Europe/Paris")
PAGE: Final = 1000  # records of a page at most, where no setting says otherwise
SIZE: Final = {"type": "integer", "minimum": 1, "maximum": PAGE}
WHOLE: Final = 2**31 - 1  # the limit of a list without one: PostgreSQL counts no further
_DAY = re.compile(forms.DAY)
_NUMBER = re.compile(r"[+-]?[0-9]{1,9}(\.[0-9]{1,20})?")


def end_of_day(day: date) -> datetime:
    """Return the first instant (UTC) after that day in Paris."""
    return datetime.combine(day + timedelta(days=1), datetime.min.time(), PARIS).astimezone(UTC)


def _serial_or_day(value: object) -> int | date:
    text = str(value)
    if text.isascii() and text.isdigit() and len(text) <= len("2147483647"):
        return int(text)
    try:
        return _day(text)
    except ValueError as error:
        raise ValueError(f"un numéro d’écriture, ou {error}") from None


def _day(value: object) -> date:
    text = str(value)
    try:
        # The year bounds keep the day after representable.
        if _DAY.fullmatch(text) and "1000" < text < "9999":
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise ValueError(forms.EXPECTED[forms.DAY] + ", de 1001 à 9998")


def _instant(value: object) -> datetime:
    """Read a day (from its first instant in Paris) or an instant with its offset."""
    text = str(value)
    try:
        # A bare `+` of an address is read as a blank.
        text = text.replace(" ", "+")
        if _DAY.fullmatch(text):
            return end_of_day(_day(text) - timedelta(days=1))
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is not None and text > "1001" and _DAY.fullmatch(text[:10]):
            return instant.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ValueError("une date AAAA-MM-JJ ou un instant comme 2026-11-24T08:00:00Z")


def _searchable(value: str) -> str:
    if not words(value):
        raise ValueError("au moins une lettre ou un chiffre")
    return value


def _flag(value: object) -> bool:
    # Pydantic's own reading also takes `on`, `y` and others, which the contract does not promise.
    text = str(value).lower()
    if text in {"0", "1", "true", "false"}:
        return text in {"1", "true"}
    raise ValueError("0 ou 1")


def _box(value: object) -> Box:
    """Read `west,south,east,north`; a height may stand after each pair, as OGC's boxes have, and is ignored."""
    pieces = [piece.strip() for piece in str(value).split(",")]
    kept = pieces[:2] + pieces[3:5] if len(pieces) == 6 else pieces  # noqa: PLR2004  two corners with heights
    if len(kept) == len(Box._fields) and all(_NUMBER.fullmatch(piece) for piece in pieces):
        box = Box(*map(float, kept))
        if abs(box.west) <= 180 and abs(box.east) <= 180 and -90 <= box.south <= box.north <= 90:  # noqa: PLR2004
            return box
    raise ValueError("quatre nombres en degrés, ouest,sud,est,nord, comme 4.8,44.9,5.2,45.2 (longitude avant latitude)")


def _page_size(value: object, info: ValidationInfo) -> object:
    most = (info.context or {}).get("page", PAGE)
    if re.fullmatch("[0-9]{1,9}", str(value)) and 1 <= int(str(value)) <= most:
        return value
    raise ValueError(f"un nombre entier de 1 à {most}")


def _page_size_or_all(value: object, info: ValidationInfo) -> object:
    if value == "all":
        return WHOLE
    try:
        return _page_size(value, info)
    except ValueError as error:
        raise ValueError(f"{error}, ou all pour toutes les fiches") from None


AsOf = Annotated[int | date, BeforeValidator(_serial_or_day)]
Day = Annotated[date, BeforeValidator(_day)]
Words = Annotated[str, Field(max_length=200), AfterValidator(_searchable)]
Instant = Annotated[datetime, BeforeValidator(_instant)]
BoxValue = Annotated[Box, BeforeValidator(_box)]
Radius = Annotated[float, Field(gt=0, le=FARTHEST), written_as(forms.DECIMAL)]
Flag = Annotated[bool, BeforeValidator(_flag)]
_ALL: Final = {"type": "string", "enum": ["all"]}
PageSize = Annotated[int, BeforeValidator(_page_size), WithJsonSchema(SIZE)]
PageSizeOrAll = Annotated[int, BeforeValidator(_page_size_or_all), WithJsonSchema({"oneOf": [SIZE, _ALL]})]
