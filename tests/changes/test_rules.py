"""Rules across fields: keys of SIREN, periods, what a pole says of its place."""

import pytest

from app.changes import rules
from app.models import Precision
from app.models.pole import PoleBase
from app.models.territory import CommuneBase, DepartementBase
from tests.conftest import SEED


@pytest.mark.parametrize("siren", [None, "200067999", "356000000", "732829320", "005520135"])
def test_siren_with_its_key_is_taken(siren: str | None) -> None:
    assert list(rules.siren_breaches(siren)) == []


@pytest.mark.parametrize("siren", ["200067998", "732829321", "73282932", "7328293200", "", "abcdefghi", "73282932O"])
def test_siren_with_a_wrong_key_is_refused(siren: str) -> None:
    (breach,) = rules.siren_breaches(siren)
    assert (breach.field, breach.value) == ("siren", siren)
    assert "SIREN" in breach.expected


@pytest.mark.parametrize(
    ("since", "until", "good"),
    [
        (None, None, True),
        ("2020", None, True),
        (None, "2020", True),
        ("2020", "2020", True),
        ("2020-05", "2020", True),  # the year may end after May
        ("2020", "2020-01-01", True),
        ("2020-05-12", "2020-05-12", True),
        ("2020-05-12", "2020-05-11", False),
        ("2020-05", "2020-04", False),
        ("2020-05", "2019", False),
    ],
)
def test_period_ends_after_it_begins(since: str | None, until: str | None, good: bool) -> None:
    assert (list(rules.period_breaches(since, until)) == []) is good


COMMUNES = {
    "26281": CommuneBase(code="26281", name="Romans-sur-Isère", name_folded="romans sur isere", departement="26")
}
DEPARTEMENTS = {
    "26": DepartementBase(code="26", name="Drôme", region="84"),
    "975": DepartementBase(code="975", name="Saint-Pierre-et-Miquelon", region="975"),
}
ROMANS: dict[str, object] = {"seat_commune": "26281", "departement": "26", "region": "84"}
POINT: dict[str, object] = {"longitude": 5.0381, "latitude": 45.0548}


def breached(**fields: object) -> list[str]:
    pole = PoleBase.model_validate({"name": "P", "status": "active", "seat_precision": "none"} | fields)
    outlines = rules.read_outlines(SEED)
    return [breach.field for breach in rules.pole_breaches(pole, COMMUNES, DEPARTEMENTS, outlines)]


@pytest.mark.parametrize(
    ("fields", "breaches"),
    [
        ({}, []),
        (ROMANS | POINT | {"seat_precision": "commune"}, []),
        (ROMANS | POINT | {"seat_precision": "address", "seat_address": "1 rue X"}, []),
        ({"departement": "26", "region": "84", "seat_precision": "departement"}, []),
        ({"region": "84", "seat_precision": "region"}, []),
        (ROMANS | {"seat_precision": "none"}, ["seat_precision"]),
        (ROMANS | {"seat_precision": "address"}, ["seat_precision"]),
        (ROMANS | {"seat_precision": "departement"}, ["seat_precision"]),
        ({"departement": "26", "region": "84", "seat_precision": "region"}, ["seat_precision"]),
        ({"region": "84", "seat_precision": "departement"}, ["seat_precision"]),
        ({"departement": "26", "region": "11", "seat_precision": "departement"}, ["region"]),
        ({"departement": "26", "seat_precision": "departement"}, ["region"]),
        (ROMANS | {"departement": None, "seat_precision": "commune"}, ["departement"]),
        (ROMANS | {"seat_precision": "commune", "longitude": 5.0}, ["longitude"]),
        (ROMANS | {"seat_precision": "commune", "longitude": 2.35, "latitude": 48.85}, ["longitude"]),
        ({"region": "84", "seat_precision": "region"} | POINT, ["longitude"]),
        ({"founded_year": 2010, "ended_on": "2010"}, []),
        ({"founded_year": 2010, "ended_on": "2009-12"}, ["ended_on"]),
    ],
)
def test_pole_says_of_its_place_and_dates_what_can_be(fields: dict[str, object], breaches: list[str]) -> None:
    assert breached(**fields) == breaches


def test_every_precision_has_a_rule() -> None:
    for precision in Precision:
        breached(seat_precision=precision)


def test_outlines_hold_the_points_of_their_own_communes_only() -> None:
    outlines = rules.read_outlines(SEED)
    assert outlines.contain("26", 5.0381, 45.0548)
    assert not outlines.contain("38", 5.0381, 45.0548)
    assert outlines.contain("975", 0, 0)  # no outline: nothing can be said
