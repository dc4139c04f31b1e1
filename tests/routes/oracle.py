"""An oracle: seed/*.csv read in plain Python, without any code of the application."""

import csv
import re
import unicodedata
from calendar import monthrange
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "seed"
Row = dict[str, str]


@cache
def rows(name: str) -> tuple[Row, ...]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


def split(cell: str) -> tuple[str, ...]:
    return tuple(piece for piece in cell.split("|") if piece)


def words(text: str) -> list[str]:
    """Return the words of a text in lower case without accents."""
    text = text.lower().replace("œ", "oe").replace("æ", "ae")
    letters = (letter for letter in unicodedata.normalize("NFD", text) if unicodedata.category(letter) != "Mn")
    return re.findall(r"[^\W_]+", "".join(letters))


@dataclass(frozen=True)
class Label:
    wave: str
    outcome: str
    awarded_on: str


@dataclass(frozen=True)
class Pole:
    """A pole as its rows in the seed say it."""

    id: str
    name: str
    status: str
    status_as_of: str
    founded: str
    ended_on: str
    region: str
    departement: str
    commune: str
    epci: str
    sectors: tuple[str, ...]
    units: tuple[str, ...]
    labels: tuple[Label, ...]
    members: tuple[str, ...]
    words: frozenset[str]

    @property
    def waves(self) -> set[str]:
        return {label.wave for label in self.labels}

    @property
    def outcomes(self) -> set[str]:
        return {label.outcome for label in self.labels}

    def has(self, *prefixes: str) -> bool:
        return all(any(word.startswith(prefix) for word in self.words) for prefix in prefixes)


@dataclass(frozen=True)
class Organisation:
    """An organisation as its rows in the seed say it."""

    id: str
    name: str
    kind: str
    siren: str
    commune: str
    poles: tuple[str, ...]
    roles: frozenset[str]


@cache
def names(sheet: str, key: str, name: str) -> dict[str, str]:
    return {row[key]: row[name] for row in rows(sheet)}


def unit_name(unit: str) -> str:
    kind, _, code = unit.partition(":")
    sheet, key = {
        "commune": ("communes", "code"),
        "epci": ("epci", "siren"),
        "ept": ("ept", "siren"),
        "departement": ("departements", "code"),
        "region": ("regions", "code"),
    }[kind]
    return names(f"reference/{sheet}", key, "nom")[code]


@cache
def poles() -> tuple[Pole, ...]:
    """Return every pole, in the order of names."""
    made = [_pole(row) for row in rows("poles")]
    return tuple(sorted(made, key=lambda pole: (" ".join(words(pole.name)), pole.id)))


def ids(wanted: Callable[[Pole], bool]) -> list[str]:
    return [pole.id for pole in poles() if wanted(pole)]


@cache
def organisations() -> tuple[Organisation, ...]:
    made = []
    for row in rows("organisations"):
        mine = [member for member in rows("memberships") if member["organisation_id"] == row["id"]]
        linked, roles = tuple(member["pole_id"] for member in mine), frozenset(member["role"] for member in mine)
        made.append(Organisation(row["id"], row["name"], row["kind"], row["siren"], row["commune"], linked, roles))
    return tuple(sorted(made, key=lambda one: (" ".join(words(one.name)), one.id)))


def organisation_ids(wanted: Callable[[Organisation], bool]) -> list[str]:
    return [one.id for one in organisations() if wanted(one)]


def _pole(row: Row) -> Pole:
    members = [member["organisation_id"] for member in rows("memberships") if member["pole_id"] == row["id"]]
    labels = [label for label in rows("labels") if label["pole_id"] == row["id"]]
    organisation = {one["id"]: one for one in rows("organisations")}
    places = {"commune": row["seat_commune"], "epci": row["epci"]}
    places |= {"departement": row["departement"], "region": row["region"]}
    texts = [row[name] for name in ("name", "acronym", "description_fr", "seat_address", "seat_postcode")]
    texts += [row["former_names"], row["territory_fr"]]
    texts += [unit_name(f"{kind}:{code}") for kind, code in places.items() if code]
    texts += [unit_name(unit) for unit in split(row["territory_codes"])]
    texts += [names("sectors", "code", "label_fr")[code] for code in split(row["sectors"])]
    texts += [organisation[member][name] for member in members for name in ("name", "acronym")]
    return Pole(
        id=row["id"],
        name=row["name"],
        status=row["status"],
        status_as_of=row["status_as_of"],
        founded=row["founded_year"],
        ended_on=row["ended_on"],
        region=row["region"],
        departement=row["departement"],
        commune=row["seat_commune"],
        epci=row["epci"],
        sectors=split(row["sectors"]),
        units=split(row["territory_codes"]),
        labels=tuple(Label(one["wave_id"], one["outcome"], one["awarded_on"]) for one in labels),
        members=tuple(members),
        words=frozenset(words(" ".join(texts))),
    )


@cache
def communes_of(unit: str) -> frozenset[str]:
    """Return the communes that make up a unit."""
    kind, _, code = unit.partition(":")
    column = "code" if kind == "commune" else kind
    return frozenset(row["code"] for row in rows("reference/communes") if row[column] == code)


def shares_ground(pole: Pole, unit: str) -> bool:
    """Return whether a unit of the pole's territory contains this one, or lies in it: they have a commune in common."""
    return any(communes_of(mine) & communes_of(unit) for mine in pole.units)


@cache
def regions_of(unit: str) -> set[str]:
    return {row["region"] for row in rows("reference/communes") if row["code"] in communes_of(unit)}


def latest(date: str) -> str:
    """Return the last day that a date of known precision may mean."""
    if len(date) == len("2021"):
        return f"{date}-12-31"
    if len(date) == len("2021-05"):
        return f"{date}-{monthrange(int(date[:4]), int(date[5:]))[1]:02}"
    return date


def existed(pole: Pole, day: str) -> bool | None:
    """Return whether a pole existed on a day; None if nothing dated says so."""
    facts = [pole.founded, *(label.awarded_on for label in pole.labels)]
    facts += [pole.status_as_of] if pole.status in {"active", "emerging"} else []
    end = pole.ended_on or (pole.status_as_of if pole.status == "inactive" else "")
    if end and latest(end) < day:
        return False
    dated = [latest(fact) for fact in facts if fact]
    return min(dated) <= day if dated else None


def counted(values: Iterable[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for value in values:
        found[value] = found.get(value, 0) + 1
    return found
