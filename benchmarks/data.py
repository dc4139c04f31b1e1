"""The data set: poles, organisations, labels and memberships that do not exist, from the places and words of the seed.

A pole is made from its number alone: the first hundred are the same, but for their members, in a set of any size.
"""

import csv
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

from app.changes.rows import Wanted
from app.models import (
    Citation,
    CitedKind,
    Label,
    LabelCreate,
    Membership,
    MembershipCreate,
    Organisation,
    OrganisationCreate,
    OrganisationKind,
    Outcome,
    Pole,
    PoleCreate,
    PoleSector,
    Precision,
    Role,
    Status,
)
from app.models.wave import Evidence
from app.queries.text import slug
from app.settings import ROOT

MEMBERS: Final = 15
CIRCLE: Final = 100  # poles that share their organisations: a write publishes no others
ORGANISATIONS: Final = 300  # of each circle: each is a member of five poles
_SEED: Final = ROOT / "seed"
WAVES: Final = ("aap-2013", "aap-2015", "ami-2021", "ami-2022", "ami-2023", "ami-2024", "ami-2025")
_FIRST_NAMES: Final = ("Pôle", "Fabrique", "Collectif", "Maison", "Réseau", "Atelier", "Coopérative", "Alliance")
_LAST_NAMES: Final = ("solidaire", "coopératif", "des savoir-faire", "d’économie locale", "du réemploi", "des métiers")


class Facts(NamedTuple):
    pole: PoleCreate
    sectors: list[str]
    waves: list[str]
    source: str


class Commune(NamedTuple):
    code: str
    name: str
    departement: str
    region: str
    postcode: str
    longitude: float
    latitude: float


@dataclass(frozen=True, slots=True)
class _Matter:
    """What names and facts are made of."""

    communes: Sequence[Commune]
    populations: Sequence[int]
    sectors: Sequence[tuple[str, str]]
    descriptions: Sequence[str]
    sources: Sequence[str]


def circles(poles: int) -> Iterator[tuple[int, int]]:
    """Yield the circles of a set: number of its first pole, and how many it has."""
    return ((first, min(CIRCLE, poles - first)) for first in range(0, poles, CIRCLE))


def circle(first: int, poles: int) -> tuple[list[Wanted], dict[str, list[Wanted]]]:
    """Return the rows of the organisations of a circle that are members, then those of each of its poles."""
    organisations = [_organisation(first // CIRCLE, number) for number in range(ORGANISATIONS)]
    made = dict(_pole(number, [one.id for one in organisations]) for number in range(first, first + poles))
    members = {row.values["organisation"] for rows in made.values() for row in rows if row.table is Membership}
    chance = _random("sources", first)
    rows: list[Wanted] = []
    for one in organisations:
        if one.id in members:
            cited = _citation(CitedKind.ORGANISATION, one.id, chance.choice(_matter().sources))
            rows += [Wanted(Organisation, one.model_dump()), cited]
    return rows, made


def facts(number: int) -> Facts:
    """Return a pole without its members."""
    chance, matter = _random("pole", number), _matter()
    commune = _commune(chance)
    sectors = chance.sample(matter.sectors, chance.randint(1, 3))
    name = f"{chance.choice(_FIRST_NAMES)} {chance.choice(_LAST_NAMES)} – {sectors[0][1]} à {commune.name}"
    pole = PoleCreate(
        id=f"{slug(name)[:25].strip('-')}-{number}",
        name=name,
        acronym="".join(word[0] for word in name.split() if word[0].isalpha()).upper(),
        description=f"{chance.choice(matter.descriptions)} Rayonne autour de {_commune(chance).name}.",
        status=chance.choice([Status.ACTIVE, Status.ACTIVE, Status.EMERGING, Status.UNKNOWN]),
        status_as_of=f"{chance.randint(2016, 2025)}-{chance.randint(1, 12):02}",
        founded_year=chance.randint(2005, 2024),
        seat_address=f"{chance.randint(1, 90)} rue {_commune(chance).name}",
        seat_postcode=commune.postcode,
        seat_commune=commune.code,
        departement=commune.departement,
        region=commune.region,
        seat_precision=Precision.ADDRESS,
        # Not two at one place, as people are; within the commune, so within its département.
        longitude=round(commune.longitude + chance.uniform(-1e-3, 1e-3), 6),
        latitude=round(commune.latitude + chance.uniform(-1e-3, 1e-3), 6),
        territory_text=f"{commune.name} et ses environs",
        website=f"https://pole-{number}.example.fr/",
        member_count=chance.randint(MEMBERS, 80),
        job_count=chance.randint(5, 400),
    )
    cited = chance.choice(matter.sources)
    waves = sorted(chance.sample(WAVES, chance.choice([1, 1, 1, 2])))
    return Facts(pole, [code for code, _ in sectors], waves, cited)


def _pole(number: int, organisations: Sequence[str]) -> tuple[str, list[Wanted]]:
    pole, sectors, waves, source = facts(number)
    chance = _random("links", number)
    rows = [Wanted(Pole, pole.model_dump()), _citation(CitedKind.POLE, pole.id, source)]
    for position, sector in enumerate(sectors):
        rows.append(Wanted(PoleSector, {"pole": pole.id, "sector": sector, "position": position}))
    for wave in waves:
        label = LabelCreate(
            pole=pole.id, wave=wave, outcome=Outcome.LAUREATE, evidence=Evidence.STATED, funding_eur=100_000
        )
        rows += [Wanted(Label, label.model_dump()), _citation(CitedKind.LABEL, f"{pole.id}@{wave}", source)]
    for position, organisation in enumerate(chance.sample(organisations, MEMBERS)):
        role = Role.MEMBER if position else Role.CARRIER
        since = str(chance.randint(2010, 2025))
        member = MembershipCreate(pole=pole.id, organisation=organisation, role=role, since=since)
        cited = _citation(CitedKind.MEMBERSHIP, f"{pole.id}@{organisation}", chance.choice(_matter().sources))
        rows += [Wanted(Membership, member.model_dump()), cited]
    return pole.id, rows


def _organisation(circle: int, number: int) -> OrganisationCreate:
    chance = _random("organisation", circle, number)
    commune, (_, sector) = _commune(chance), chance.choice(_matter().sectors)
    name = f"{chance.choice(_FIRST_NAMES)} {chance.choice(_LAST_NAMES)} {sector.lower()} de {commune.name}"
    return OrganisationCreate(
        id=f"{slug(name)[:22].strip('-')}-{circle}-{number}",
        name=name,
        kind=chance.choice(list(OrganisationKind)),
        commune=commune.code,
        website=f"https://organisation-{circle}-{number}.example.fr/",
    )


def _citation(kind: CitedKind, record: str, source: str) -> Wanted:
    return Wanted(Citation, {"kind": kind, "record": record, "field": "", "source": source})


def _commune(chance: random.Random) -> Commune:
    return chance.choices(_matter().communes, cum_weights=_matter().populations)[0]


def _random(*seed: Any) -> random.Random:
    return random.Random("-".join(map(str, seed)))  # noqa: S311  figures that come out the same, not secrets


def _rows(file: str) -> list[dict[str, str]]:
    with (_SEED / file).open(encoding="utf-8", newline="") as sheet:
        return list(csv.DictReader(sheet))


@cache
def _matter() -> _Matter:
    placed = [row for row in _rows("reference/communes.csv") if row["lon"] and row["codes_postaux"]]
    total, populations = 0, []
    for row in placed:
        total += int(row["population"] or 1)
        populations.append(total)
    communes = [
        Commune(
            row["code"],
            row["nom"],
            row["departement"],
            row["region"],
            row["codes_postaux"].split("|")[0],
            float(row["lon"]),
            float(row["lat"]),
        )
        for row in placed
    ]
    return _Matter(
        communes,
        populations,
        [(row["code"], row["label_fr"]) for row in _rows("sectors.csv")],
        sorted({row["description_fr"] for row in _rows("poles.csv") if row["description_fr"]}),
        [row["id"] for row in _rows("sources.csv")],
    )
