"""What the index knows of a record: its terms, its words, its place in the orders; pure, from its facts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from app import wording
from app.models import Status
from app.models.base import last_day
from app.queries.text import fold, words
from app.renderers.organisation import OrganisationFacts
from app.renderers.pole import Place, PoleFacts
from app.renderers.wave import WaveFacts

Terms = list[tuple[str, str]]  # (name, value)


@dataclass(frozen=True, slots=True)
class Entry:
    """One record in the index. Days are `YYYY-MM-DD`, coordinates degrees (WGS 84)."""

    name: str
    terms: Terms
    text: str
    spellings: Sequence[str]
    facets: Mapping[str, list[list[str]]]
    longitude: float | None = None
    latitude: float | None = None
    year: int | None = None
    active_from: str | None = None
    active_until: str | None = None
    words: list[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "words", sorted(set(words(self.text))))

    @property
    def name_sort(self) -> str:
        return fold(self.name)


def of_pole(facts: PoleFacts) -> Entry:
    pole, place = facts.pole, facts.place
    awards = [(label, wave) for label, wave, _ in facts.labels]
    terms: Terms = [*_place_terms(place), ("status", pole.status)]
    terms += [("sector", sector.code) for sector in facts.sectors]
    for label, wave in awards:
        terms += [("wave", wave.id), ("outcome", label.outcome), ("award", f"{wave.id}/{label.outcome}")]
    for _, organisation, _ in facts.members:
        terms.append(("member", organisation.id))
    terms += [("territory", unit.unit) for unit in facts.units]
    terms += [("territory_in", container) for container in facts.containers]
    if not facts.units and place.region:
        terms.append(("territory_unknown", place.region.code))
    begun = [last_day(date) for date in _dated_facts(facts)]
    ended = pole.ended_on or (pole.status_as_of if pole.status is Status.INACTIVE else None)
    return Entry(
        name=pole.name,
        terms=_distinct(terms),
        text=_text(
            pole.name, pole.acronym, *facts.former_names, pole.description, pole.seat_address, pole.seat_postcode,
            *_place_names(place), pole.territory_text, *(unit.name for unit in facts.units),
            *(sector.name for sector in facts.sectors),
            *(name for _, member, _ in facts.members for name in (member.name, member.acronym)),
        ),
        spellings=[pole.id],
        facets={
            **_place_facets(place),
            "status": [[pole.status, wording.STATUS[pole.status]]],
            "precision": [[pole.seat_precision, wording.PRECISION[pole.seat_precision]]],
            "sector": [[sector.code, sector.name] for sector in facts.sectors],
            "award": sorted(
                [wave.id, wave.name, label.outcome, wording.OUTCOME[label.outcome]] for label, wave in awards
            ),
        },
        longitude=pole.longitude,
        latitude=pole.latitude,
        year=pole.founded_year,
        active_from=min(begun, default=None),
        active_until=last_day(ended) if ended else None,
    )  # fmt: skip


def of_organisation(facts: OrganisationFacts) -> Entry:
    organisation, place = facts.organisation, facts.place
    roles = sorted({membership.role for membership, _ in facts.memberships})
    terms: Terms = [*_place_terms(place), ("kind", organisation.kind), *(("role", role) for role in roles)]
    terms += [("pole", pole.id) for _, pole in facts.memberships]
    if organisation.siren:
        terms.append(("siren", organisation.siren))
    return Entry(
        name=organisation.name,
        terms=_distinct(terms),
        text=_text(
            organisation.name, organisation.acronym, organisation.legal_form, organisation.siren,
            *_place_names(place), *(pole.name for _, pole in facts.memberships),
        ),
        spellings=[organisation.id, *([organisation.siren] if organisation.siren else [])],
        facets={
            **_place_facets(place),
            "kind": [[organisation.kind, wording.ORGANISATION_KIND[organisation.kind]]],
            "role": [[role, wording.ROLE[role]] for role in roles],
        },
        longitude=place.longitude,
        latitude=place.latitude,
    )  # fmt: skip


def of_wave(facts: WaveFacts) -> Entry:
    wave = facts.wave
    year = wave.opened_on or wave.results_on
    _, _, last = wave.id.rpartition("-")
    call_year = [last] if wave.kind != "programme" and last.isdigit() and len(last) == len("2013") else []
    return Entry(
        name=wave.name,
        terms=[("kind", wave.kind)],
        text=_text(wave.name, wave.kind, wave.issuer),
        spellings=[wave.id, wave.name, *call_year],
        facets={"kind": [[wave.kind, wording.WAVE_KIND[wave.kind]]]},
        year=int(year[:4]) if year else None,
    )


def _dated_facts(facts: PoleFacts) -> Iterable[str]:
    """Dates at which the pole is known to have existed: founding, labels, a status of life."""
    pole = facts.pole
    if pole.founded_year:
        yield str(pole.founded_year)
    if pole.status in {Status.ACTIVE, Status.EMERGING} and pole.status_as_of:
        yield pole.status_as_of
    yield from (label.awarded_on for label, _, _ in facts.labels if label.awarded_on)


def _place_terms(place: Place) -> Terms:
    known = {"region": place.region, "departement": place.departement, "commune": place.commune, "epci": place.epci}
    return [(name, where.code) for name, where in known.items() if where]


def _place_names(place: Place) -> list[str]:
    return [where.name for where in (place.commune, place.departement, place.region, place.epci) if where]


def _place_facets(place: Place) -> dict[str, list[list[str]]]:
    known = {"region": place.region, "departement": place.departement}
    return {name: [[where.code, where.name]] if where else [] for name, where in known.items()}


def _text(*pieces: str | None) -> str:
    return " ".join(piece for piece in pieces if piece)


def _distinct(terms: Terms) -> Terms:
    return list(dict.fromkeys((name, str(value)) for name, value in terms))
