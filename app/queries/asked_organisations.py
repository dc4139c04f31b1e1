"""What can be asked of the list of organisations."""

from typing import ClassVar, Literal

from pydantic import Field

from app.models import Kind, OrganisationKind, Role
from app.queries.asked import REGION, PlacedQuery


class OrganisationQuery(PlacedQuery):
    kind: ClassVar[Kind] = Kind.ORGANISATION
    named: ClassVar[tuple[str, ...]] = ("region", "departement", "commune", "epci", "pole", "siren")

    region: list[str] = Field(default_factory=list, description=REGION, examples=[["84"]])
    departement: list[str] = Field(default_factory=list, description="Département : code ou nom", examples=[["26"]])
    commune: list[str] = Field(default_factory=list, description="Commune : code INSEE", examples=[["26281"]])
    epci: list[str] = Field(
        default_factory=list, description="Intercommunalité : SIREN ou nom", examples=[["200068781"]]
    )
    pole: list[str] = Field(
        default_factory=list, description="Pôle dont elle est membre : identifiant", examples=[["archer-pole-sud"]]
    )
    siren: list[str] = Field(
        default_factory=list, description="SIREN (ou SIRET) de l’organisation", examples=[["246300701"]]
    )
    role: list[Role] = Field(default_factory=list, description="Rôle dans un pôle", examples=[["carrier"]])
    organisation_kind: list[OrganisationKind] = Field(
        default_factory=list, alias="kind", description="Type d’organisation", examples=[["association"]]
    )
    facets: list[Literal["region", "departement", "kind", "role"]] = Field(
        default_factory=list, description="Facettes à compter : chacune sans son propre filtre", examples=[["kind"]]
    )
