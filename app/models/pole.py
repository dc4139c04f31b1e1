"""Poles (pôles territoriaux de coopération économique)."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field as Described
from sqlalchemy import CheckConstraint
from sqlmodel import Field

from app.forms import UNIT
from app.models.base import (
    Base,
    Coded,
    CodeName,
    CommuneCode,
    Count,
    DepartementCode,
    Latitude,
    Longitude,
    Name,
    PartialDate,
    Postcode,
    Public,
    RegionCode,
    Slug,
    Text,
    Url,
    Year,
    by_value,
    coordinate_checks,
    partial_date_check,
    retired,
)
from app.models.base import positive_check as positive
from app.models.organisation import MemberPublic, OrganisationRef
from app.models.revision import RevisionRef
from app.models.source import CITED, CitedSource, SourceRef
from app.models.wave import LabelPublic


class Status(StrEnum):
    EMERGING = "emerging"
    ACTIVE = "active"
    INACTIVE = "inactive"
    UNKNOWN = "unknown"


class Precision(StrEnum):
    ADDRESS = "address"
    COMMUNE = "commune"
    DEPARTEMENT = "departement"
    REGION = "region"
    NONE = "none"


class UnitKind(StrEnum):
    COMMUNE = "commune"
    EPCI = "epci"
    EPT = "ept"
    DEPARTEMENT = "departement"
    REGION = "region"


class PoleBase(Base):
    name: Name = Field(description="Nom du pôle")
    acronym: Name | None = Field(default=None, description="Sigle")
    description: Text | None = Field(default=None, description="Description courte")
    status: Status = Field(
        sa_type=by_value(Status),
        description="emerging (émergent), active (en activité), inactive (arrêté), unknown (non établi)",
    )
    status_as_of: PartialDate | None = Field(default=None, description="Date de la source qui établit le statut")
    founded_year: Year | None = Field(default=None, description="Année de création")
    ended_on: PartialDate | None = Field(default=None, description="Date d’arrêt")
    seat_address: Name | None = Field(default=None, description="Adresse du siège")
    seat_postcode: Postcode | None = Field(default=None, description="Code postal du siège")
    seat_commune: CommuneCode | None = Field(
        default=None, foreign_key="commune.code", index=True, description="Commune du siège, du site ou du porteur"
    )
    departement: DepartementCode | None = Field(default=None, foreign_key="departement.code", description="Département")
    region: RegionCode | None = Field(default=None, foreign_key="region.code", index=True, description="Région")
    seat_precision: Precision = Field(sa_type=by_value(Precision), description="Précision de la localisation")
    longitude: Longitude | None = Field(default=None, description="Longitude, degrés WGS 84")
    latitude: Latitude | None = Field(default=None, description="Latitude, degrés WGS 84")
    territory_text: Text | None = Field(default=None, description="Territoire d’action, texte libre")
    website: Url | None = Field(default=None, description="Site web")
    member_count: Count | None = Field(default=None, description="Nombre de membres dit par une source")
    job_count: Count | None = Field(default=None, description="Nombre d’emplois dit par une source")
    notes: Text | None = Field(default=None, description="Précautions et désaccords entre sources")


class PoleCreate(PoleBase):
    id: Slug


class Pole(PoleBase, table=True):
    __table_args__ = (
        partial_date_check("status_as_of"),
        partial_date_check("ended_on"),
        positive("member_count"),
        positive("job_count"),
        CheckConstraint("founded_year BETWEEN 1800 AND 2200", name="founded_year"),
        *coordinate_checks(),
    )

    id: str = Field(primary_key=True)
    retired: bool = retired()


class SeatUpdate(Base):
    address: Name | None = None
    postcode: Postcode | None = None
    commune: Annotated[CommuneCode | None, Coded] = None
    departement: Annotated[DepartementCode | None, Coded] = Described(default=None, description="Celui de la commune")
    region: Annotated[RegionCode | None, Coded] = Described(default=None, description="Celle du département")
    longitude: Longitude | None = Described(default=None, description="Degrés WGS 84 ; sans elle, celle de la commune")
    latitude: Latitude | None = Described(default=None, description="Degrés WGS 84 ; sans elle, celle de la commune")
    precision: Precision | None = Described(default=None, description="Sans elle, celle de ce qui est rempli")


class TerritoryUpdate(Base):
    text: Text | None = None
    units: list[Annotated[str, Described(pattern=UNIT), Coded]] = Described(
        default=[], max_length=500, description="Unités officielles : type et code", examples=[["epci:244400404"]]
    )


class PoleUpdate(Base):
    """Ce qui s’écrit d’un pôle : sa fiche sans ce que le registre calcule."""

    name: Name = Described(description="Nom du pôle", examples=["Pôle des savoir-faire"])
    acronym: Name | None = None
    former_names: list[Name] = Described(default=[], max_length=100)
    status: Status = Status.UNKNOWN
    status_as_of: PartialDate | None = None
    description: Text | None = None
    founded_year: Year | None = None
    ended_on: PartialDate | None = None
    seat: SeatUpdate = Described(default_factory=SeatUpdate)
    territory: TerritoryUpdate = Described(default_factory=TerritoryUpdate)
    sectors: list[Annotated[str, Coded]] = Described(default=[], max_length=100, description="Codes de secteurs")
    website: Url | None = None
    member_count: Count | None = Described(default=None, description="Nombre dit par une source")
    job_count: Count | None = Described(default=None, description="Nombre dit par une source")
    notes: Text | None = None
    sources: list[CitedSource] | None = Described(default=None, max_length=200, description=CITED)


class PoleFormerName(Base, table=True):
    __tablename__ = "pole_former_name"

    pole: str = Field(primary_key=True, foreign_key="pole.id")
    position: int = Field(primary_key=True, ge=0)
    name: str


class PoleSector(Base, table=True):
    __tablename__ = "pole_sector"

    pole: str = Field(primary_key=True, foreign_key="pole.id")
    sector: str = Field(primary_key=True, foreign_key="sector.code", index=True)
    position: int


class PoleUnit(Base, table=True):
    """An official unit that the pole's territory names."""

    __tablename__ = "pole_unit"

    pole: str = Field(primary_key=True, foreign_key="pole.id")
    kind: UnitKind = Field(primary_key=True, sa_type=by_value(UnitKind))
    code: str = Field(primary_key=True, max_length=9)
    position: int


class SeatPublic(Public):
    address: str | None
    postcode: str | None
    commune: CodeName | None
    departement: CodeName | None
    region: CodeName | None
    epci: CodeName | None
    longitude: float | None = Described(description="Degrés WGS 84 ; nul si la commune n’est pas connue")
    latitude: float | None = Described(description="Degrés WGS 84 ; nul si la commune n’est pas connue")
    precision: Precision = Described(description="Ce que l’on sait du lieu : adresse, commune, département, région")


class UnitPublic(Public):
    unit: str = Described(description="Type et code", examples=["epci:244400404"])
    kind: UnitKind
    code: str = Described(examples=["244400404"])
    name: str = Described(examples=["Nantes Métropole"])


class TerritoryPublic(Public):
    text: str | None = Described(description="Territoire d’action, en clair")
    units: list[UnitPublic] = Described(description="Unités officielles que ce texte nomme")


class PolePublic(Public):
    id: str = Described(description="Identifiant permanent", examples=["archer-pole-sud"])
    url: str = Described(description="Page de la fiche, relative au registre", examples=["/poles/archer-pole-sud"])
    name: str
    acronym: str | None
    former_names: list[str]
    status: Status
    status_as_of: str | None = Described(description="Date de la source du statut, de précision connue")
    description: str | None
    founded_year: int | None
    ended_on: str | None = Described(description="Date de précision connue")
    seat: SeatPublic
    territory: TerritoryPublic
    labels: list[LabelPublic]
    sectors: list[CodeName]
    website: str | None
    carriers: list[OrganisationRef] = Described(description="Organisations porteuses, d’après les adhésions")
    members: list[MemberPublic] = Described(description="Organisations nommées par une source, tous rôles confondus")
    member_count: int | None = Described(description="Nombre dit par une source ; jamais calculé")
    job_count: int | None = Described(description="Nombre dit par une source ; jamais calculé")
    known_member_count: int = Described(description="Nombre d’organisations que le registre connaît (« members »)")
    sources: list[SourceRef]
    notes: str | None
    revision: RevisionRef
