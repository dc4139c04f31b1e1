"""Organisations (structures) and their memberships of poles."""

from enum import StrEnum

from pydantic import Field as Described
from sqlmodel import Field

from app.models.base import (
    Base,
    CodeName,
    CommuneCode,
    Name,
    PartialDate,
    Public,
    Siren,
    Slug,
    Url,
    by_value,
    partial_date_check,
)
from app.models.revision import RevisionRef
from app.models.source import SourceRef
from app.models.wave import PoleRef


class OrganisationKind(StrEnum):
    ASSOCIATION = "association"
    COOPERATIVE = "cooperative"
    COMPANY = "company"
    MUTUAL = "mutual"
    FOUNDATION = "foundation"
    LOCAL_AUTHORITY = "local_authority"
    PUBLIC_BODY = "public_body"
    RESEARCH_EDUCATION = "research_education"
    TRAINING = "training"
    OTHER = "other"


class Role(StrEnum):
    CARRIER = "carrier"
    FOUNDER = "founder"
    MEMBER = "member"
    PARTNER = "partner"


class OrganisationBase(Base):
    name: Name = Field(description="Nom")
    acronym: Name | None = Field(default=None, description="Sigle")
    kind: OrganisationKind = Field(sa_type=by_value(OrganisationKind), description="Type d’organisation")
    legal_form: Name | None = Field(default=None, description="Forme juridique dite par la source")
    commune: CommuneCode | None = Field(default=None, foreign_key="commune.code", index=True, description="Code INSEE")
    siren: Siren | None = Field(default=None, index=True, description="SIREN")
    website: Url | None = Field(default=None, description="Site web")


class OrganisationCreate(OrganisationBase):
    id: Slug


class Organisation(OrganisationBase, table=True):
    id: str = Field(primary_key=True)


class MembershipBase(Base):
    role: Role = Field(
        sa_type=by_value(Role),
        description="carrier (porteur), founder (fondateur), member (membre), partner (partenaire)",
    )
    since: PartialDate | None = Field(default=None, description="Début")
    until: PartialDate | None = Field(default=None, description="Fin")


class MembershipCreate(MembershipBase):
    pole: Slug
    organisation: Slug


class Membership(MembershipBase, table=True):
    """An organisation takes part in a pole."""

    __table_args__ = (partial_date_check("since"), partial_date_check("until"))

    pole: str = Field(primary_key=True, foreign_key="pole.id")
    organisation: str = Field(primary_key=True, foreign_key="organisation.id", index=True)


class OrganisationRef(Public):
    id: str = Described(examples=["groupe-archer"])
    url: str = Described(examples=["/organisations/groupe-archer"])
    name: str = Described(examples=["Groupe Archer"])
    acronym: str | None
    kind: OrganisationKind
    siren: str | None


class MemberPublic(Public):
    """Une adhésion, vue de son pôle."""

    organisation: OrganisationRef
    role: Role
    since: str | None = Described(description="Date de précision connue")
    until: str | None = Described(description="Date de précision connue")
    sources: list[SourceRef]


class MembershipOfPublic(Public):
    """Une adhésion, vue de son organisation."""

    pole: PoleRef
    role: Role
    since: str | None = Described(description="Date de précision connue")
    until: str | None = Described(description="Date de précision connue")


class OrganisationPublic(Public):
    id: str = Described(examples=["groupe-archer"])
    url: str = Described(examples=["/organisations/groupe-archer"])
    name: str
    acronym: str | None
    kind: OrganisationKind
    legal_form: str | None
    siren: str | None = Described(description="SIREN, toujours du texte")
    commune: CodeName | None
    departement: CodeName | None
    region: CodeName | None
    epci: CodeName | None
    longitude: float | None = Described(description="Point intérieur de la commune, degrés WGS 84")
    latitude: float | None = Described(description="Point intérieur de la commune, degrés WGS 84")
    website: str | None
    poles: list[MembershipOfPublic]
    sources: list[SourceRef]
    revision: RevisionRef
