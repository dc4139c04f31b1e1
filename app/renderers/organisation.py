"""An organisation as it is published."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.models import Membership, Organisation, OrganisationPublic, Pole, SourceRef
from app.models.organisation import MembershipOfPublic
from app.models.revision import RevisionRef
from app.renderers.pole import Place, pole_ref


@dataclass(frozen=True, slots=True)
class OrganisationFacts:
    """All that the document of an organisation is made from."""

    organisation: Organisation
    place: Place
    memberships: Sequence[tuple[Membership, Pole]]
    sources: Sequence[SourceRef]


def public(facts: OrganisationFacts, revision: RevisionRef) -> OrganisationPublic:
    organisation, place = facts.organisation, facts.place
    return OrganisationPublic(
        id=organisation.id,
        url=f"/organisations/{organisation.id}",
        name=organisation.name,
        acronym=organisation.acronym,
        kind=organisation.kind,
        legal_form=organisation.legal_form,
        siren=organisation.siren,
        commune=place.commune,
        departement=place.departement,
        region=place.region,
        epci=place.epci,
        longitude=place.longitude,
        latitude=place.latitude,
        website=organisation.website,
        poles=[
            MembershipOfPublic(
                pole=pole_ref(pole.id, pole.name), role=membership.role, since=membership.since, until=membership.until
            )
            for membership, pole in sorted(facts.memberships, key=lambda member: member[1].id)
        ],
        sources=list(facts.sources),
        revision=revision,
    )
