"""What all nouns share: identifiers, dates of known precision, enums stored by value, codes that come with names."""

import re
from calendar import monthrange
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from sqlalchemy import CheckConstraint, Enum, String, false
from sqlmodel import Field as SQLField
from sqlmodel import SQLModel

import app.database  # noqa: F401  names of constraints must be set before the first table
from app import forms

# A start meets few of the shapes, and nobody validates a table: what pydantic makes of each waits for its first use.
SQLModel.model_config["defer_build"] = True


def written_as(pattern: str) -> BeforeValidator:
    """Refuse a text of another form before it is read: pydantic alone takes `1_30`, and 86400 for a day."""
    form = re.compile(pattern.removesuffix("$") + r"\Z")

    def check(value: object) -> object:
        # JSON's true is no 1.
        if isinstance(value, bool) or (isinstance(value, str) and form.match(value.strip()) is None):
            raise ValueError(forms.EXPECTED[pattern])
        return value

    return BeforeValidator(check)


def check_partial_date(value: str) -> str:
    """Refuse a day that no calendar has; the form was checked before."""
    if value < "1000":
        raise ValueError(forms.EXPECTED[forms.PARTIAL_DATE])
    year, *rest = map(int, value.split("-"))
    if len(rest) > 1 and rest[1] > monthrange(year, rest[0])[1]:
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


def code_of(value: object) -> object:
    """Take the code, or the id, out of the object that a document shows it in: `{"code": "84", "name": …}`."""
    if isinstance(value, dict) and set(value) <= {*CodeName.model_fields, "id", "url", "unit", "kind", *_SHOWN_OF_REF}:
        return next((value[name] for name in ("unit", "id", "code") if name in value), value)
    return value


Coded = BeforeValidator(code_of)
_SHOWN_OF_REF = ("acronym", "siren")
PartialDate = Annotated[
    str,
    Field(pattern=forms.PARTIAL_DATE, description="Date de précision connue : AAAA, AAAA-MM ou AAAA-MM-JJ"),
    AfterValidator(check_partial_date),
]
Day = Annotated[date, written_as(forms.DAY)]
Slug = Annotated[str, Field(pattern=forms.SLUG, max_length=100)]
Text = Annotated[str, Field(min_length=1, max_length=10_000, pattern=forms.TEXT)]
Line = Annotated[str, Field(min_length=1, pattern=forms.LINE)]
Name = Annotated[str, Field(min_length=1, max_length=500, pattern=forms.LINE)]
Url = Annotated[str, Field(pattern=forms.URL, max_length=2_000)]
Integer = Annotated[int, written_as(forms.INTEGER)]
Year = Annotated[int, Field(ge=1800, le=2200), written_as(forms.INTEGER)]
Count = Annotated[int, Field(ge=0, le=2_000_000_000), written_as(forms.INTEGER)]
CommuneCode = Annotated[str, Field(pattern=forms.COMMUNE)]
DepartementCode = Annotated[str, Field(pattern=forms.DEPARTEMENT)]
RegionCode = Annotated[str, Field(pattern=forms.REGION)]
Siren = Annotated[str, Field(pattern=forms.SIREN)]
Postcode = Annotated[str, Field(pattern=forms.POSTCODE)]
Longitude = Annotated[float, Field(ge=-180, le=180), written_as(forms.DECIMAL)]
Latitude = Annotated[float, Field(ge=-90, le=90), written_as(forms.DECIMAL)]


class Base(SQLModel):
    """A shape that refuses what it does not know and trims what people type."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)  # type: ignore[assignment]  # SQLModel narrows it


class Public(BaseModel):
    """A shape that the registry publishes; its docstring too, in French: OpenAPI shows it."""

    model_config = ConfigDict(extra="forbid", defer_build=True)


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


def retired() -> Any:
    """Return the column of a record that was retired or merged: kept, shown nowhere but at its own address."""
    return SQLField(default=False, sa_column_kwargs={"server_default": false()})


def bytewise() -> Any:
    """Return a text type that sorts by bytes in both databases (SQLite's default, PostgreSQL's "C")."""
    return String().with_variant(String(collation="C"), "postgresql")


def partial_date_check(column: str) -> CheckConstraint:
    """Return the CHECK of a date of known precision: form, digits, months; the shapes check the calendar."""
    digits = " AND ".join(f"rtrim(substr({column}, {at}), '0123456789') = ''" for at in ("1, 4", "6, 2", "9, 2"))
    return CheckConstraint(
        f"{column} IS NULL OR ({column} LIKE '____' OR {column} LIKE '____-__' OR {column} LIKE '____-__-__')"
        f" AND {digits}"
        f" AND substr({column}, 1, 4) >= '1000'"
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
