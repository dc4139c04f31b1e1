"""Dates of known precision, and the codes that are always text."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from app.models.base import (
    CommuneCode,
    Count,
    DepartementCode,
    PartialDate,
    RegionCode,
    Siren,
    Slug,
    first_day,
    last_day,
)
from app.models.pole import PoleCreate

POLE = {"id": "p", "name": "P", "status": "active", "seat_precision": "none"}


@pytest.mark.parametrize(
    ("date", "first", "last"),
    [
        ("2021", "2021-01-01", "2021-12-31"),
        ("2021-02", "2021-02-01", "2021-02-28"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2000-02", "2000-02-01", "2000-02-29"),
        ("1900-02", "1900-02-01", "1900-02-28"),
        ("2021-04", "2021-04-01", "2021-04-30"),
        ("2021-12", "2021-12-01", "2021-12-31"),
        ("2021-05-12", "2021-05-12", "2021-05-12"),
        ("2024-02-29", "2024-02-29", "2024-02-29"),
        ("1000", "1000-01-01", "1000-12-31"),
        ("9999", "9999-01-01", "9999-12-31"),
    ],
)
def test_date_of_known_precision_is_an_interval(date: str, first: str, last: str) -> None:
    assert TypeAdapter(PartialDate).validate_python(date) == date
    assert (first_day(date), last_day(date)) == (first, last)


@pytest.mark.parametrize(
    "date",
    [
        "2021-02-30", "2023-02-29", "1900-02-29", "2021-04-31", "2021-13", "2021-00", "2021-01-00", "2021-01-32",
        "0999", "21", "20210", "2021-1", "2021-01-1", "2021/01", "01/2021", "2021-", "2021-01-", "", " 2021x", "2O21",
        "-2021", "2021-01-01T00:00", "2021-01-01\n", "２０２１", "٢٠٢١", 2021, None,
    ],
)  # fmt: skip
def test_date_that_means_no_interval_is_refused(date: Any) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(PartialDate).validate_python(date)


@pytest.mark.parametrize(
    ("code", "good", "bad"),
    [
        (CommuneCode, ["01053", "2A004", "2B033", "97411"], ["1053", "2C004", "010530", "2a004", 1053, "０１０５３"]),
        (DepartementCode, ["01", "2A", "2B", "974"], ["1", "2C", "9740", "20A", 1, "٠١"]),
        (RegionCode, ["01", "84", "975"], ["1", "8400", "FR", 84]),
        (Siren, ["200067999", "005520135"], ["20006799", "2000679990", "200 067 999", 200067999, "٢٠٠٠٦٧٩٩٩"]),
        (Slug, ["3-eva", "archer-pole-sud", "a"], ["", "-a", "a-", "a--b", "A", "é", "a_b", "a b", "a\n"]),
        (Count, [0, 1, 2_000_000_000], [-1, 2_000_000_001, 1.5, "douze"]),
    ],
)  # fmt: skip
def test_code_keeps_its_form(code: Any, good: list[object], bad: list[object]) -> None:
    adapter = TypeAdapter(code)
    for value in good:
        assert adapter.validate_python(value) == value
    for value in bad:
        with pytest.raises(ValidationError):
            adapter.validate_python(value)


def test_shape_refuses_what_it_does_not_know() -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        PoleCreate.model_validate(POLE | {"colour": "green"})


def test_shape_trims_what_people_type() -> None:
    assert PoleCreate.model_validate(POLE | {"name": "  Pôle  "}).name == "Pôle"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "   "),
        ("status", "ACTIVE"),
        ("seat_precision", "commune "),
        ("founded_year", 1799),
        ("founded_year", 2201),
        ("longitude", 180.1),
        ("latitude", -90.1),
        ("latitude", float("nan")),
        ("longitude", float("inf")),
        ("website", "javascript:alert(1)"),
        ("member_count", -1),
        ("ended_on", "2021-02-30"),
    ],
)
def test_shape_refuses_a_value_out_of_its_range(field: str, value: object) -> None:
    with pytest.raises(ValidationError):
        PoleCreate.model_validate(POLE | {field: value})
