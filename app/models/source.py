"""Sources: documents where facts were read; citations: which source backs which record or field."""

from enum import StrEnum

from pydantic import Field as Described
from sqlmodel import Field

from app.models.base import Base, Day, Name, Public, Slug, Url, by_value, retired


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
    seen_on: Day = Field(description="Jour de lecture")


class SourceCreate(SourceBase):
    id: Slug


class Source(SourceBase, table=True):
    """A document where facts were read; `serial` is that of the write that last changed its row, for its ETag."""

    id: str = Field(primary_key=True)
    serial: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    retired: bool = retired()


class SourceState(Base, table=True):
    """What a source was until the write of serial `until`: official numbers and CRESS, without revisions, show it."""

    __tablename__ = "source_state"

    source: str = Field(primary_key=True)
    until: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    url: str
    publisher: str
    retired: bool


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
    retired: bool = Described(default=False, description="Source retirée : ce qu’elle appuyait est à vérifier")


CITED = "Sources de la fiche ; sans ce champ, celles d’avant et celle de cette écriture"


class CitedSource(Base):
    """Une source du registre et les champs qu’elle appuie ; son adresse et son éditeur sont ignorés ici."""

    id: Slug
    fields: list[Name] = Described(default=[], max_length=100, description="Champs appuyés ; vide = toute la fiche")
    url: str | None = None
    publisher: str | None = None
    retired: bool | None = None


class SourceUpdate(Base):
    url: Url = Field(description="Adresse de la page lue")
    publisher: Name | None = Field(default=None, description="Éditeur ; sans lui, le nom de domaine")
    title: Name | None = Field(default=None, description="Titre de la page")
    seen_on: Day | None = Field(default=None, description="Jour de lecture ; sans lui, aujourd’hui (UTC)")


class SourcePublic(Public):
    id: str = Described(examples=["s-63b8ad6520"])
    url: str = Described(description="Adresse de la page lue")
    publisher: str
    title: str | None
    seen_on: Day = Described(description="Jour de lecture")
    retired: bool = Described(description="Source retirée : ce qu’elle appuyait est à vérifier")
    citations: int = Described(description="Nombre de fiches ou de champs qu’elle appuie")
