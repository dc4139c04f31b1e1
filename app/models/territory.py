"""Official geography (COG and DGCL 2026): région, département, EPCI, EPT, commune; and the CRESS of a région."""

from pydantic import Field as Described
from sqlmodel import Field

from app.models.base import (
    Base,
    CodeName,
    CommuneCode,
    Count,
    DepartementCode,
    Latitude,
    Longitude,
    Name,
    Postcode,
    Public,
    RegionCode,
    Siren,
    Url,
    bytewise,
    coordinate_checks,
)
from app.models.source import SourceRef


class RegionBase(Base):
    code: RegionCode
    name: Name
    population: Count | None = None
    longitude: Longitude | None = None
    latitude: Latitude | None = None


class Region(RegionBase, table=True):
    __table_args__ = coordinate_checks()

    code: RegionCode = Field(primary_key=True)


class DepartementBase(Base):
    code: DepartementCode
    name: Name
    region: RegionCode
    population: Count | None = None
    longitude: Longitude | None = None
    latitude: Latitude | None = None


class Departement(DepartementBase, table=True):
    __table_args__ = coordinate_checks()

    code: DepartementCode = Field(primary_key=True)
    region: RegionCode = Field(foreign_key="region.code", index=True)


class EpciBase(Base):
    """An intercommunalité with its own taxes; its code is its SIREN."""

    code: Siren
    name: Name
    nature: str = Field(max_length=30)
    population: Count | None = None
    longitude: Longitude | None = None
    latitude: Latitude | None = None


class Epci(EpciBase, table=True):
    __table_args__ = coordinate_checks()

    code: Siren = Field(primary_key=True)


class EpciDepartement(Base, table=True):
    """The départements in which an EPCI has communes; some have two or three."""

    __tablename__ = "epci_departement"

    epci: str = Field(primary_key=True, foreign_key="epci.code")
    departement: str = Field(primary_key=True, foreign_key="departement.code", index=True)


class EptBase(Base):
    """An établissement public territorial of the Métropole du Grand Paris."""

    code: Siren
    name: Name


class Ept(EptBase, table=True):
    code: Siren = Field(primary_key=True)


class CommuneBase(Base):
    code: CommuneCode
    name: Name
    name_folded: str
    departement: DepartementCode
    epci: Siren | None = None
    ept: Siren | None = None
    population: Count | None = None
    longitude: Longitude | None = None
    latitude: Latitude | None = None


class Commune(CommuneBase, table=True):
    __table_args__ = coordinate_checks()

    code: CommuneCode = Field(primary_key=True)
    name_folded: str = Field(index=True, sa_type=bytewise())
    departement: DepartementCode = Field(foreign_key="departement.code", index=True)
    epci: Siren | None = Field(default=None, foreign_key="epci.code", index=True)
    ept: Siren | None = Field(default=None, foreign_key="ept.code")


class CommunePostcode(Base, table=True):
    __tablename__ = "commune_postcode"

    commune: str = Field(primary_key=True, foreign_key="commune.code")
    postcode: Postcode = Field(primary_key=True, index=True)


class FormerCommune(Base, table=True):
    """A code that is no commune's any more (merged, delegated, arrondissement), and the commune it is part of now."""

    __tablename__ = "former_commune"

    code: CommuneCode = Field(primary_key=True)
    commune: CommuneCode = Field(primary_key=True, foreign_key="commune.code")
    name: str | None = None


class CressBase(Base):
    """The regional chamber of the social and solidarity economy."""

    region: RegionCode
    name: Name
    website: Url | None = None


class Cress(CressBase, table=True):
    region: RegionCode = Field(primary_key=True, foreign_key="region.code")


class Spelling(Base, table=True):
    """What people write for a value of a filter, folded, and the index term that it means.

    One spelling may mean several terms: a former région means its départements, and `notice` says so. `since` is the
    revision that brought it: at a cut before, the query of then meant no more than it did.
    """

    filter: str = Field(primary_key=True, max_length=20)
    spelling: str = Field(primary_key=True)
    term: str = Field(primary_key=True, max_length=20)
    value: str = Field(primary_key=True, index=True)
    label: str
    notice: str | None = None
    since: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class CressPublic(Public):
    name: str = Described(description="Nom de la chambre régionale de l’ESS")
    website: str | None = Described(description="Site")
    sources: list[SourceRef] = Described(description="Où cela a été lu")


class RegionPublic(Public):
    code: str = Described(description="Code INSEE, toujours du texte", examples=["84"])
    name: str = Described(examples=["Auvergne-Rhône-Alpes"])
    url: str
    population: int | None = Described(description="Habitants (somme des communes)")
    longitude: float | None = Described(description="Point intérieur, degrés WGS 84")
    latitude: float | None = Described(description="Point intérieur, degrés WGS 84")
    poles: int = Described(description="Nombre de pôles du registre dont le siège y est connu")
    cress: CressPublic | None = Described(description="Chambre régionale de l’ESS")


class DepartementPublic(Public):
    code: str = Described(description="Code INSEE, toujours du texte", examples=["01"])
    name: str = Described(examples=["Ain"])
    region: CodeName
    population: int | None = Described(description="Habitants (somme des communes)")
    longitude: float | None = Described(description="Point intérieur, degrés WGS 84")
    latitude: float | None = Described(description="Point intérieur, degrés WGS 84")
    poles: int = Described(description="Nombre de pôles du registre dont le siège y est connu")


class EpciPublic(Public):
    code: str = Described(description="SIREN, toujours du texte", examples=["200067106"])
    name: str
    nature: str = Described(description="CC, CA, CU, métropole…")
    departements: list[CodeName]
    population: int | None = Described(description="Habitants (fichier DGCL 2026)")
    longitude: float | None = Described(description="Point intérieur, degrés WGS 84")
    latitude: float | None = Described(description="Point intérieur, degrés WGS 84")
    poles: int = Described(description="Nombre de pôles du registre dont le siège y est connu")


class CommunePublic(Public):
    code: str = Described(description="Code INSEE, toujours du texte", examples=["26281"])
    name: str = Described(examples=["Romans-sur-Isère"])
    departement: CodeName
    region: CodeName
    epci: CodeName | None
    postcodes: list[str]
    population: int | None
    longitude: float | None = Described(description="Point intérieur de la commune, pas la mairie")
    latitude: float | None = Described(description="Point intérieur de la commune, pas la mairie")
    poles: int = Described(description="Nombre de pôles du registre dont le siège y est connu")
