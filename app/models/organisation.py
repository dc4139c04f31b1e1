"""Organisations (structures) and their memberships of poles."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field as Described
from sqlmodel import Field

from app.models.base import (
    Base,
    Coded,
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
    retired,
)
from app.models.revision import RevisionRef
from app.models.source import CITED, CitedSource, SourceRef
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
    retired: bool = retired()


class OrganisationUpdate(Base):
    """Ce qui s’écrit d’une organisation : sa fiche sans ce que le registre calcule."""

    name: Name = Described(description="Nom", examples=["Régie de quartier"])
    acronym: Name | None = None
    kind: OrganisationKind = OrganisationKind.OTHER
    legal_form: Name | None = None
    siren: Siren | None = Described(default=None, description="SIREN, toujours du texte")
    commune: Annotated[CommuneCode | None, Coded] = None
    website: Url | None = None
    sources: list[CitedSource] | None = Described(default=None, max_length=200, description=CITED)


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


class MembershipUpdate(MembershipBase):
    """Ce qui s’écrit d’une adhésion."""

    role: Role = Role.MEMBER
    sources: list[CitedSource] | None = Described(default=None, max_length=200, description=CITED)


class MemberCreate(MembershipUpdate):
    """Une adhésion à ajouter à un pôle."""

    organisation: Annotated[Slug, Coded] = Described(
        description="Identifiant d’une organisation du registre", examples=["groupe-archer"]
    )


class NewMembershipCreate(MemberCreate):
    """Une adhésion à ajouter, avec son pôle."""

    pole: Annotated[Slug, Coded] = Described(
        description="Identifiant d’un pôle du registre", examples=["archer-pole-sud"]
    )


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


class MembershipPublic(Public):
    """Une adhésion : une organisation dans un pôle."""

    pole: PoleRef
    organisation: OrganisationRef
    role: Role
    since: str | None = Described(description="Date de précision connue")
    until: str | None = Described(description="Date de précision connue")
    sources: list[SourceRef]
    revision: RevisionRef


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
