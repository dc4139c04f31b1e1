"""A pole as it is published."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.models import (
    CodeName,
    Evidence,
    Label,
    Membership,
    Organisation,
    Pole,
    PolePublic,
    Role,
    Sector,
    SourceRef,
    Wave,
)
from app.models.organisation import MemberPublic, OrganisationRef
from app.models.pole import SeatPublic, TerritoryPublic, UnitPublic
from app.models.revision import RevisionRef
from app.models.wave import LabelPublic, PoleRef, WaveRef

_ROLE_ORDER = list(Role)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a commune, a département or a région lies, with names; None where it is not known."""

    commune: CodeName | None = None
    departement: CodeName | None = None
    region: CodeName | None = None
    epci: CodeName | None = None
    longitude: float | None = None
    latitude: float | None = None


@dataclass(frozen=True, slots=True)
class PoleFacts:
    """All that the document of a pole is made from."""

    pole: Pole
    place: Place
    former_names: Sequence[str]
    units: Sequence[UnitPublic]
    containers: Sequence[str]  # of these units, themselves included
    sectors: Sequence[Sector]
    labels: Sequence[tuple[Label, Wave, Sequence[SourceRef]]]
    members: Sequence[tuple[Membership, Organisation, Sequence[SourceRef]]]
    sources: Sequence[SourceRef]


def pole_ref(identity: str, name: str) -> PoleRef:
    return PoleRef(id=identity, url=f"/poles/{identity}", name=name)


def wave_ref(wave: Wave) -> WaveRef:
    return WaveRef(id=wave.id, url=f"/waves/{wave.id}", name=wave.name)


def organisation_ref(organisation: Organisation) -> OrganisationRef:
    return OrganisationRef(
        id=organisation.id,
        url=f"/organisations/{organisation.id}",
        name=organisation.name,
        acronym=organisation.acronym,
        kind=organisation.kind,
        siren=organisation.siren,
    )


def public(facts: PoleFacts, revision: RevisionRef) -> PolePublic:
    pole, place = facts.pole, facts.place
    members = sorted(facts.members, key=lambda member: (_ROLE_ORDER.index(member[0].role), member[1].id))
    labels = sorted(facts.labels, key=lambda label: (label[0].awarded_on or "9999", label[1].id))
    return PolePublic(
        id=pole.id,
        url=f"/poles/{pole.id}",
        name=pole.name,
        acronym=pole.acronym,
        former_names=list(facts.former_names),
        status=pole.status,
        status_as_of=pole.status_as_of,
        description=pole.description,
        founded_year=pole.founded_year,
        ended_on=pole.ended_on,
        seat=SeatPublic(
            address=pole.seat_address,
            postcode=pole.seat_postcode,
            commune=place.commune,
            departement=place.departement,
            region=place.region,
            epci=place.epci,
            longitude=pole.longitude,
            latitude=pole.latitude,
            precision=pole.seat_precision,
        ),
        territory=TerritoryPublic(text=pole.territory_text, units=list(facts.units)),
        labels=[_label(label, wave, sources) for label, wave, sources in labels],
        sectors=[CodeName(code=sector.code, name=sector.name) for sector in facts.sectors],
        website=pole.website,
        carriers=[organisation_ref(member) for membership, member, _ in members if membership.role is Role.CARRIER],
        members=[_member(membership, member, sources) for membership, member, sources in members],
        member_count=pole.member_count,
        job_count=pole.job_count,
        known_member_count=len(members),
        sources=list(facts.sources),
        notes=pole.notes,
        revision=revision,
    )


def _label(label: Label, wave: Wave, sources: Sequence[SourceRef]) -> LabelPublic:
    return LabelPublic(
        wave=wave_ref(wave),
        outcome=label.outcome,
        awarded_on=label.awarded_on,
        funding_eur=label.funding_eur,
        evidence=Evidence(label.evidence),
        notes=label.notes,
        sources=list(sources),
    )


def _member(membership: Membership, organisation: Organisation, sources: Sequence[SourceRef]) -> MemberPublic:
    return MemberPublic(
        organisation=organisation_ref(organisation),
        role=membership.role,
        since=membership.since,
        until=membership.until,
        sources=list(sources),
    )
