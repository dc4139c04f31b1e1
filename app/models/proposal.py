"""Proposals: corrections that anyone suggests, until curators decide; who suggested them is never published."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field as Described
from sqlalchemy import CheckConstraint, Index, text
from sqlmodel import Field, SQLModel

from app.models.base import Base, Line, Public, Text, Url, by_value

MAX_REASON = 2_000  # characters


class ProposedKind(StrEnum):
    """Ce qui peut être proposé : une fiche, ou un lien entre deux fiches."""

    POLE = "pole"
    ORGANISATION = "organisation"
    WAVE = "wave"
    MEMBERSHIP = "membership"
    LABEL = "label"


class ProposalState(StrEnum):
    PENDING = "pending"
    ACCEPTED = "accepted"
    AMENDED = "amended"
    REFUSED = "refused"


class Proposal(SQLModel, table=True):
    """A suggested change; `base` is the revision that it starts from, `record` is empty until a new one is accepted.

    Its contact is read by the curators of its régions only, and erased after CONTACT_DAYS.
    """

    __table_args__ = (
        # The same change may be proposed again after a decision, not while it waits.
        Index(
            "ix_proposal_waiting",
            "fingerprint",
            unique=True,
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index("ix_proposal_received_at", "received_at", "id"),
        CheckConstraint("(state = 'pending') = (decided_at IS NULL)", name="decided"),
    )

    id: str = Field(primary_key=True, max_length=40)
    kind: ProposedKind = Field(sa_type=by_value(ProposedKind))
    record: str | None = Field(default=None, max_length=201)
    base: int | None = Field(default=None, foreign_key="revision.id")
    change: str = Field(description="JSON object: a merge patch, or a new record")
    source: str = Field(max_length=2_000)
    message: str | None = None
    contact: str | None = Field(default=None, max_length=200)
    national: bool = Field(description="Needs a national key: a wave, a label, or a place that is not known")
    fingerprint: str = Field(max_length=64, index=True)
    state: ProposalState = Field(default=ProposalState.PENDING, sa_type=by_value(ProposalState))
    received_at: datetime
    decided_at: datetime | None = None
    editor: str | None = Field(default=None, max_length=100)
    reason: str | None = None
    serial: int | None = Field(default=None, foreign_key="write.serial")


class ProposalRegion(SQLModel, table=True):
    """A région whose curators are told of a proposal."""

    __tablename__ = "proposal_region"

    proposal: str = Field(primary_key=True, foreign_key="proposal.id")
    region: str = Field(primary_key=True, foreign_key="region.code", index=True)


class ProposedChange(Base):
    """Une correction, ou une fiche nouvelle."""

    kind: ProposedKind = Described(description="Ce que la proposition concerne", examples=["pole"])
    record: str | None = Described(
        default=None,
        max_length=201,
        description="Identifiant de la fiche à corriger (`pole@organisation` ou `pole@vague` pour un lien) ; sans lui, "
        "la proposition est une fiche nouvelle",
        examples=["archer-pole-sud"],
    )
    change: dict[str, Any] = Described(
        description="Les champs à changer (JSON Merge Patch : `null` efface), ou la fiche nouvelle",
        examples=[{"website": "https://www.example.fr"}],
    )


class ProposalCreate(ProposedChange):
    """Une correction, ou une fiche nouvelle, et d’après quoi."""

    source: Url = Described(
        description="Adresse d’une page qui l’établit ; elle sera citée", examples=["https://www.example.fr/article"]
    )
    message: Text | None = Described(default=None, max_length=2_000, description="Un mot à qui décidera ; non publié")
    contact: Line | None = Described(
        default=None,
        max_length=200,
        description="Où vous répondre, si vous le voulez : jamais publié, lu par qui décide, effacé sans retour après "
        "90 jours (réglage `CONTACT_DAYS` du registre)",
    )


class RefusalCreate(Base):
    """Pourquoi une proposition n’est pas retenue."""

    reason: Text = Described(
        max_length=MAX_REASON, description="Montrée à qui a proposé", examples=["Page introuvable"]
    )


class ProposalPublic(Public):
    """Ce que chacun peut lire d’une proposition : où elle en est."""

    id: str = Described(examples=["p-3f9a2c51d07be684"])
    url: str = Described(description="Adresse de suivi", examples=["/v1/proposals/p-3f9a2c51d07be684"])
    kind: ProposedKind
    record: str | None = Described(description="Fiche concernée ; vide tant qu’une fiche nouvelle n’est pas acceptée")
    state: ProposalState
    received_at: datetime = Described(description="UTC")
    decided_at: datetime | None = Described(description="UTC")
    editor: str | None = Described(description="Qui a décidé")
    reason: str | None = Described(description="Ce que l’éditeur en a dit ; toujours, s’il a refusé")
    serial: int | None = Described(description="Écriture qui l’a portée au registre, si elle y a changé quelque chose")


class ProposalDetails(ProposalPublic):
    """Ce que lisent les éditeurs des régions concernées."""

    regions: list[str] = Described(description="Codes des régions concernées", examples=[["84"]])
    national: bool = Described(description="Demande une clé de rôle « national »")
    change: dict[str, Any] = Described(description="Les champs à changer, ou la fiche nouvelle")
    source: str
    message: str | None
    contact: str | None = Described(description="À ne pas publier ; effacé après `CONTACT_DAYS` jours")


class ProposalList(Public):
    """Une page de propositions, la plus récente d’abord."""

    items: list[ProposalDetails]
    count: int = Described(description="Nombre total de propositions", examples=[1])
    limit: int = Described(examples=[100])
    offset: int = Described(examples=[0])
