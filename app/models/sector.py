"""Sectors: the vocabulary of activities."""

from pydantic import Field as Described
from sqlmodel import Field

from app.models.base import Base, Public


class SectorBase(Base):
    name: str = Field(min_length=1, description="Libellé")
    name_en: str = Field(min_length=1, description="Libellé anglais")


class SectorCreate(SectorBase):
    code: str = Field(regex=r"^[a-z]+(_[a-z]+)*$", max_length=50)


class Sector(SectorBase, table=True):
    code: str = Field(primary_key=True)
    position: int = Field(description="Rang d’affichage")


class SectorPublic(Public):
    code: str = Described(examples=["circular_economy"])
    name: str = Described(description="Libellé", examples=["Économie circulaire et réemploi"])
    name_en: str = Described(description="Libellé anglais", examples=["Circular economy and reuse"])
    poles: int = Described(description="Nombre de pôles du registre")
