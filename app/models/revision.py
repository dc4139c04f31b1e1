"""The revision log: what each write published, and the index that every public read goes through.

Now and then are one query: at a cut `c` (the last revision of a write) a record stands as the revision with
`id <= c AND until > c`. See README, Life of a request.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import Field as Described
from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from app.models.base import Public, by_value, bytewise, coordinate_checks

FOREVER: Final = 2_147_483_647  # `until` of what stands now


class Kind(StrEnum):
    """Les fiches qui ont des révisions."""

    POLE = "pole"
    ORGANISATION = "organisation"
    WAVE = "wave"


class Action(StrEnum):
    CREATED = "created"
    UPDATED = "updated"
    RETIRED = "retired"
    MERGED = "merged"
    RESTORED = "restored"


class Registry(SQLModel, table=True):
    """One row: which registry this database is; part of every ETag, so that two databases never share one."""

    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(primary_key=True)
    epoch: str = Field(max_length=16)


class Write(SQLModel, table=True):
    """One committed transaction; its serial is the version of the whole registry."""

    serial: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    last_revision: int
    recorded_at: datetime = Field(index=True)
    editor: str
    reason: str
    source: str | None = None


class FacetSet(SQLModel, table=True):
    """A distinct combination of facet values (JSON); revisions that share it are counted together."""

    __tablename__ = "facet_set"

    id: int | None = Field(default=None, primary_key=True)
    content: str = Field(unique=True)


class Revision(SQLModel, table=True):
    """The state of one record that a write published: narrow, its document stands apart.

    `edited`: the write changed facts of this record, and not only of others that it shows.
    `facet_set` is empty when the record stands in no list (retired or merged).
    `active_from` and `active_until` bound the days on which the pole is known to exist (`YYYY-MM-DD`).
    """

    __table_args__ = (
        *coordinate_checks(),
        Index("ix_revision_record", "kind", "record_id", "until"),
        Index("ix_revision_name", "kind", "name_sort", "record_id", "until"),
        # All that the count of a wide box looks at: no row is read for it.
        Index("ix_revision_place", "kind", "longitude", "latitude", "until", "facet_set"),
        CheckConstraint("until > id", name="until"),
        CheckConstraint("action <> 'merged' OR successor IS NOT NULL", name="successor"),
    )

    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    serial: int = Field(foreign_key="write.serial", index=True)
    kind: Kind = Field(sa_type=by_value(Kind))
    record_id: str = Field(sa_type=bytewise())
    action: Action = Field(sa_type=by_value(Action))
    edited: bool = True
    until: int = Field(default=FOREVER)
    longitude: float | None = None
    latitude: float | None = None
    name_sort: str = Field(sa_type=bytewise())
    year_sort: int | None = None
    active_from: str | None = Field(default=None, max_length=10)
    active_until: str | None = Field(default=None, max_length=10)
    facet_set: int | None = Field(default=None, foreign_key="facet_set.id")
    successor: str | None = None


class Document(SQLModel, table=True):
    """What is served of a revision: rendered once, joined as it is, never changed."""

    revision: int = Field(primary_key=True, foreign_key="revision.id", sa_column_kwargs={"autoincrement": False})
    terms: str = Field(description="JSON array of the ids of its index terms")
    row: bytes = Field(sa_type=LargeBinary, description="CSV row")
    feature: bytes = Field(sa_type=LargeBinary, description="GeoJSON feature")
    body: bytes = Field(sa_type=LargeBinary, description="JSON; the longest, so the last: SQLite reads up to it")


class Term(SQLModel, table=True):
    """A value that records can be filtered by: (pole, region, 84)."""

    __table_args__ = (UniqueConstraint("kind", "name", "value"),)

    id: int | None = Field(default=None, primary_key=True)
    kind: Kind = Field(sa_type=by_value(Kind))
    name: str = Field(max_length=30)
    value: str = Field(index=True)


class RevisionTerm(SQLModel, table=True):
    """Inverted index: the revisions that carry a term, with the end of their time."""

    __tablename__ = "revision_term"
    __table_args__ = {"sqlite_with_rowid": False}

    term: int = Field(primary_key=True, foreign_key="term.id")
    until: int = Field(primary_key=True)
    revision: int = Field(primary_key=True, foreign_key="revision.id")


class RevisionRef(Public):
    """La révision que montre une fiche."""

    serial: int = Described(description="Numéro de l’écriture qui l’a publiée")
    recorded_at: datetime = Described(description="Instant de cette écriture (UTC)")
    action: Action


class Change(Public):
    """Une différence entre deux révisions ; d’une liste de sources ou de membres, les seules entrées qui diffèrent."""

    field: str = Described(description="Champ, par exemple seat.commune")
    before: object = None
    after: object = None


class HistoryEntry(Public):
    serial: int
    recorded_at: datetime = Described(description="UTC")
    action: Action
    editor: str = Described(description="Qui l’a écrit")
    reason: str = Described(description="Pourquoi")
    source: str | None = Described(description="D’après quoi")
    changes: list[Change] = Described(description="Différences avec la révision d’avant ; vide à la création")


class FilterValue(Public):
    filter: str = Described(description="Filtre des listes", examples=["region"])
    value: str = Described(examples=["84"])


class ConsequencePublic(Public):
    """Ce qu’une écriture ferait d’une fiche."""

    kind: Kind
    id: str
    action: Action
    changes: list[Change] = Described(description="Différences avec la fiche d’avant ; vide à la création")
    enters: list[FilterValue] = Described(description="Filtres qui la montreraient désormais")
    leaves: list[FilterValue] = Described(description="Filtres qui ne la montreraient plus")


class TrialPublic(Public):
    """Une écriture à blanc : ce qu’elle ferait, sans rien écrire."""

    dry_run: bool = Described(description="Toujours vrai : rien n’a été écrit", examples=[True])
    revisions: list[ConsequencePublic] = Described(description="Les fiches qui auraient une révision de plus")
