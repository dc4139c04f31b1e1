"""Sources: documents where facts were read; citations: which source backs which record or field."""

from datetime import date
from enum import StrEnum

from pydantic import Field as Described
from sqlmodel import Field

from app.models.base import Base, Name, Public, Slug, Url, by_value


class CitedKind(StrEnum):
    POLE = "pole"
    ORGANISATION = "organisation"
    LABEL = "label"
    MEMBERSHIP = "membership"
    WAVE = "wave"
    CRESS = "cress"
    OFFICIAL_COUNT = "official_count"


class SourceBase(Base):
    url: Url = Field(unique=True, description="Adresse de la page lue")
    publisher: Name = Field(description="Éditeur, d’après le nom de domaine")
    title: Name | None = Field(default=None, description="Titre de la page")
    seen_on: date = Field(description="Jour de lecture")


class SourceCreate(SourceBase):
    id: Slug


class Source(SourceBase, table=True):
    id: str = Field(primary_key=True)


class Citation(Base, table=True):
    """A source backs a whole record (`field` empty) or one of its fields.

    `record` is the record's id; `pole@wave` for a label, `pole@organisation` for a membership.
    """

    kind: CitedKind = Field(primary_key=True, sa_type=by_value(CitedKind))
    record: str = Field(primary_key=True)
    field: str = Field(primary_key=True, default="")
    source: str = Field(primary_key=True, foreign_key="source.id", index=True)


class SourceRef(Public):
    """Une source, vue de la fiche qu’elle appuie."""

    id: str
    url: str = Described(description="Adresse de la page lue")
    publisher: str = Described(description="Éditeur")
    fields: list[str] = Described(default_factory=list, description="Champs appuyés ; vide = toute la fiche")
