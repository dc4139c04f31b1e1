"""Official counts: numbers of poles that others published, with what they counted."""

from pydantic import Field as Described
from sqlalchemy import UniqueConstraint
from sqlmodel import Field

from app.models.base import Base, Count, Name, PartialDate, Public, partial_date_check, positive_check
from app.models.source import SourceRef


class OfficialCountBase(Base):
    as_of: PartialDate = Field(description="Date du compte")
    count: Count = Field(description="Nombre publié")
    counts_what: Name = Field(description="Ce qui est compté")
    publisher: Name = Field(description="Qui l’a publié")


class OfficialCountCreate(OfficialCountBase):
    pass


class OfficialCount(OfficialCountBase, table=True):
    __tablename__ = "official_count"
    __table_args__ = (
        UniqueConstraint("as_of", "counts_what", "publisher"),
        partial_date_check("as_of"),
        positive_check("count"),
    )

    id: str = Field(primary_key=True)


class OfficialCountPublic(Public):
    as_of: str = Described(description="Date du compte, de précision connue")
    count: int
    counts_what: str = Described(description="Ce qui est compté : ces nombres ne forment pas une courbe")
    publisher: str
    sources: list[SourceRef]
