"""What all nouns share: identifiers, dates of known precision, enums stored by value, codes that come with names."""

import re
from calendar import monthrange
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from sqlalchemy import CheckConstraint, Enum, String
from sqlmodel import SQLModel

import app.database  # noqa: F401  names of constraints must be set before the first table

SLUG = r"^[a-z0-9]+(-[a-z0-9]+)*$"
PARTIAL_DATE = re.compile(r"^(\d{4})(?:-(0[1-9]|1[0-2])(?:-(0[1-9]|[12]\d|3[01]))?)?$")


def check_partial_date(value: str) -> str:
    match = PARTIAL_DATE.match(value)
    if match is None or match[1] < "1000":
        raise ValueError("une date AAAA, AAAA-MM ou AAAA-MM-JJ")
    if match[3] and int(match[3]) > monthrange(int(match[1]), int(match[2]))[1]:
        raise ValueError("un jour qui existe dans le calendrier")
    return value


def first_day(date: str) -> str:
    """Return the first day that a date of known precision may mean, `YYYY-MM-DD`."""
    return date + "-01-01"[len(date) - 10 :] if len(date) < len("YYYY-MM-DD") else date


def last_day(date: str) -> str:
    """Return the last day that a date of known precision may mean, `YYYY-MM-DD`."""
    if len(date) == len("YYYY"):
        return f"{date}-12-31"
    if len(date) == len("YYYY-MM"):
        return f"{date}-{monthrange(int(date[:4]), int(date[5:]))[1]}"
    return date


PartialDate = Annotated[
    str,
    AfterValidator(check_partial_date),
    Field(pattern=PARTIAL_DATE.pattern, description="Date de précision connue : AAAA, AAAA-MM ou AAAA-MM-JJ"),
]
Slug = Annotated[str, Field(pattern=SLUG, max_length=100)]
Text = Annotated[str, Field(min_length=1, max_length=10_000)]
Name = Annotated[str, Field(min_length=1, max_length=500)]
Url = Annotated[str, Field(pattern=r"^https?://[^\s]+$", max_length=2_000)]
Count = Annotated[int, Field(ge=0, le=2_000_000_000)]
CommuneCode = Annotated[str, Field(pattern=r"^(\d{5}|2[AB]\d{3})$")]
DepartementCode = Annotated[str, Field(pattern=r"^(\d{2,3}|2[AB])$")]
RegionCode = Annotated[str, Field(pattern=r"^\d{2,3}$")]
Siren = Annotated[str, Field(pattern=r"^\d{9}$")]
Postcode = Annotated[str, Field(pattern=r"^\d{5}$")]
Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]


class Base(SQLModel):
    """A shape that refuses what it does not know and trims what people type."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)  # type: ignore[assignment]  # SQLModel narrows it


class Public(BaseModel):
    """A shape that the registry publishes; its docstring too, in French: OpenAPI shows it."""

    model_config = ConfigDict(extra="forbid")


class CodeName(Public):
    """Un code officiel et le nom qu’il désigne."""

    code: str = Field(description="Code officiel, toujours du texte")
    name: str = Field(description="Nom en clair")


def by_value(enum: type[StrEnum]) -> Any:
    """Return the column type of an enum: text, stored by value, with a named CHECK."""
    return Enum(
        enum,
        values_callable=lambda members: [member.value for member in members],
        native_enum=False,
        create_constraint=True,
        length=30,
        name=enum.__name__.lower(),
    )


def bytewise() -> Any:
    """Return a text type that sorts by bytes in both databases (SQLite's default, PostgreSQL's "C")."""
    return String().with_variant(String(collation="C"), "postgresql")


def partial_date_check(column: str) -> CheckConstraint:
    """Return the CHECK of a date of known precision: form and months; the calendar is checked by the shapes."""
    return CheckConstraint(
        f"{column} IS NULL OR ({column} LIKE '____' OR {column} LIKE '____-__' OR {column} LIKE '____-__-__')"
        f" AND substr({column}, 1, 4) BETWEEN '1000' AND '9999'"
        f" AND (length({column}) = 4 OR substr({column}, 6, 2) BETWEEN '01' AND '12')"
        f" AND (length({column}) < 10 OR substr({column}, 9, 2) BETWEEN '01' AND '31')",
        name=column,
    )


def coordinate_checks() -> tuple[CheckConstraint, CheckConstraint, CheckConstraint]:
    """Return the CHECKs of a point: in range (degrees, WGS 84), and both numbers or none."""
    return (
        CheckConstraint("longitude BETWEEN -180 AND 180", name="longitude"),
        CheckConstraint("latitude BETWEEN -90 AND 90", name="latitude"),
        CheckConstraint("(longitude IS NULL) = (latitude IS NULL)", name="point"),
    )


def positive_check(column: str) -> CheckConstraint:
    return CheckConstraint(f"{column} >= 0", name=column)
