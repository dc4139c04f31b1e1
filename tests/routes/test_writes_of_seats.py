"""The seat of a pole: what a body does not say of it is that of its commune, and follows when it moves."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Server
from tests.routes import oracle
from tests.routes.writing import Editor, Json, edited, faults


@pytest.fixture(scope="module")
def editor(server: Server, template: str) -> Iterator[Editor]:
    """One registry for the file: each test writes poles of its own."""
    with edited(server, template) as made:
        yield made


ROMANS = ("26281", "26", "84", "200068781", "commune", 5.0381, 45.0548)
SEATS: list[tuple[Json, tuple[Any, ...]]] = [
    ({}, (None, None, None, None, "none", None, None)),
    ({"region": "84"}, (None, None, "84", None, "region", None, None)),
    ({"departement": "2A"}, (None, "2A", "94", None, "departement", None, None)),
    ({"departement": {"code": "26", "name": "Drôme"}}, (None, "26", "84", None, "departement", None, None)),
    ({"commune": "26281"}, ROMANS),
    ({"commune": {"code": "26281", "name": "Romans-sur-Isère"}}, ROMANS),
    ({"commune": "26281", "departement": "26", "region": "84", "precision": "commune"}, ROMANS),
    ({"commune": "26281", "address": "1 rue Neuve"}, (*ROMANS[:4], "address", 5.0381, 45.0548)),
    ({"commune": "26281", "address": "1 rue Neuve", "precision": "commune"}, ROMANS),
    ({"commune": "26281", "longitude": 5.05, "latitude": 45.04}, (*ROMANS[:5], 5.05, 45.04)),
    ({"commune": "97502"}, ("97502", "975", "975", None, "commune", None, None)),
    ({"commune": None, "region": None}, (None, None, None, None, "none", None, None)),
]


def placed(seat: Json) -> tuple[Any, ...]:
    codes = [(seat[name] or {}).get("code") for name in ("commune", "departement", "region", "epci")]
    return (*codes, seat["precision"], seat["longitude"], seat["latitude"])


@pytest.mark.parametrize(("seat", "wanted"), SEATS, ids=[str(seat)[:60] for seat, _ in SEATS])
def test_a_seat_is_that_of_its_commune(editor: Editor, seat: Json, wanted: tuple[Any, ...]) -> None:
    document = editor.create("/v1/poles", {"name": "Pôle situé", "seat": seat})
    assert placed(document["seat"]) == wanted
    assert editor.edit("PUT", f"/v1/poles/{document['id']}", document).json() == document


MOVES: list[tuple[Json, Json | None, tuple[Any, ...]]] = [
    ({"commune": "26281"}, {"commune": "35238"}, ("35238", "35", "53", "243500139", "commune", -1.6819, 48.1116)),
    ({"commune": "26281", "address": "1 rue Neuve"}, {"commune": "35238"}, ("35238", "35", "53", "243500139", "address", -1.6819, 48.1116)),
    ({"commune": "26281", "longitude": 5.05, "latitude": 45.04}, {"commune": "35238"}, ("35238", "35", "53", "243500139", "commune", -1.6819, 48.1116)),
    ({"commune": "26281"}, {"commune": None}, (None, "26", "84", None, "departement", None, None)),
    ({"commune": "26281"}, {"commune": None, "departement": None}, (None, None, "84", None, "region", None, None)),
    ({"commune": "26281"}, {"address": "2 rue Haute"}, (*ROMANS[:4], "address", 5.0381, 45.0548)),
    ({"commune": "26281", "address": "1 rue Neuve"}, {"address": None}, ROMANS),
    ({"departement": "26"}, {"departement": "35"}, (None, "35", "53", None, "departement", None, None)),
    ({"departement": "26"}, {"commune": "26281"}, ROMANS),
    ({"region": "84"}, {"region": "53"}, (None, None, "53", None, "region", None, None)),
    ({"commune": "26281"}, {"longitude": 5.05, "latitude": 45.04}, (*ROMANS[:5], 5.05, 45.04)),
    ({"commune": "26281", "address": "1 rue Neuve"}, None, (None, None, None, None, "none", None, None)),
]  # fmt: skip


@pytest.mark.parametrize(("seat", "move", "wanted"), MOVES, ids=[f"{seat} {move}"[:70] for seat, move, _ in MOVES])
def test_a_seat_that_moves_takes_its_place_along(
    editor: Editor, seat: Json, move: Json | None, wanted: tuple[Any, ...]
) -> None:
    path = "/v1/poles/" + editor.create("/v1/poles", {"name": "Pôle mobile", "seat": seat})["id"]
    assert placed(editor.patch(path, {"seat": move})["seat"]) == wanted


def test_a_seat_that_contradicts_its_commune_is_refused(editor: Editor) -> None:
    path = "/v1/poles/" + editor.create("/v1/poles", {"name": "Pôle de Romans", "seat": {"commune": "26281"}})["id"]
    for seat, pointer in (
        ({"departement": "35"}, "/seat/departement"),
        ({"region": "53"}, "/seat/region"),
        ({"longitude": -1.68, "latitude": 48.11}, "/seat/longitude"),
        ({"latitude": None}, "/seat/longitude"),
        ({"precision": "region"}, "/seat/precision"),
    ):
        assert pointer in faults(editor.edit("PATCH", path, {"seat": seat}))
    assert placed(editor.read(path)["seat"]) == ROMANS


def test_a_former_commune_is_led_to_the_one_of_today(editor: Editor) -> None:
    former = next(row for row in oracle.rows("reference/communes_anciennes") if row["type"] == "ancien-code")
    fault = faults(editor.send("POST", "/v1/poles", {"name": "Essai", "seat": {"commune": former["code"]}}))[
        "/seat/commune"
    ]
    assert fault["suggestion"] == former["commune_actuelle"]
