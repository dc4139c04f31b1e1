"""Waves (vagues: State calls AAP and AMI, and programmes without candidates) and the labels that they gave."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field as Described
from sqlmodel import Field

from app.models.base import (
    Base,
    Coded,
    Count,
    Name,
    PartialDate,
    Public,
    Slug,
    Text,
    by_value,
    partial_date_check,
    retired,
)
from app.models.base import positive_check as positive
from app.models.revision import RevisionRef
from app.models.source import CITED, CitedSource, SourceRef


class WaveKind(StrEnum):
    AAP = "AAP"
    AMI = "AMI"
    PROGRAMME = "programme"


class Outcome(StrEnum):
    LAUREATE = "laureate"
    SUPPORTED = "supported"


class Evidence(StrEnum):
    STATED = "stated"
    INFERRED = "inferred"


class WaveBase(Base):
    name: Name = Field(description="Nom de la vague")
    kind: WaveKind = Field(
        sa_type=by_value(WaveKind),
        description="AAP (appel à projets), AMI (appel à manifestation d’intérêt) ou programme (sans candidature)",
    )
    opened_on: PartialDate | None = Field(default=None, description="Ouverture")
    closed_on: PartialDate | None = Field(default=None, description="Clôture")
    results_on: PartialDate | None = Field(default=None, description="Résultats")
    candidates: Count | None = Field(default=None, description="Candidatures reçues")
    laureates: Count | None = Field(default=None, description="Lauréats annoncés")
    budget_eur: Count | None = Field(default=None, description="Enveloppe, en euros")
    duration_months: Count | None = Field(
        default=None, description="Durée annoncée de l’appel ou du programme, en mois"
    )
    issuer: Name | None = Field(default=None, description="Émetteur")
    notes: Text | None = Field(default=None, description="Précisions")


class WaveCreate(WaveBase):
    id: Slug


class Wave(WaveBase, table=True):
    __table_args__ = (
        *map(partial_date_check, ("opened_on", "closed_on", "results_on")),
        *map(positive, ("candidates", "laureates", "budget_eur", "duration_months")),
    )

    id: str = Field(primary_key=True)
    retired: bool = retired()


class WaveUpdate(WaveBase):
    """Ce qui s’écrit d’une vague."""

    kind: WaveKind = Described(examples=["AMI"])
    sources: list[CitedSource] | None = Described(default=None, max_length=200, description=CITED)


class LabelBase(Base):
    outcome: Outcome = Field(
        sa_type=by_value(Outcome),
        description="laureate (lauréat) ou supported (phase 1 de 2021 : services, sans dotation)",
    )
    awarded_on: PartialDate | None = Field(default=None, description="Date de l’annonce")
    funding_eur: Count | None = Field(default=None, description="Aide de l’État, en euros")
    evidence: Evidence = Field(
        sa_type=by_value(Evidence), description="stated (écrit par une source) ou inferred (déduit)"
    )
    notes: Text | None = Field(default=None, description="Précisions")


class LabelCreate(LabelBase):
    pole: Slug
    wave: Slug


class Label(LabelBase, table=True):
    """What a wave gave a pole."""

    __table_args__ = (partial_date_check("awarded_on"), positive("funding_eur"))

    pole: str = Field(primary_key=True, foreign_key="pole.id")
    wave: str = Field(primary_key=True, foreign_key="wave.id", index=True)


class LabelUpdate(LabelBase):
    """Ce qui s’écrit d’une labellisation."""

    outcome: Outcome = Described(examples=["laureate"])
    evidence: Evidence = Evidence.STATED
    sources: list[CitedSource] | None = Described(default=None, max_length=200, description=CITED)


class NewLabelCreate(LabelUpdate):
    """Une labellisation à ajouter."""

    pole: Annotated[Slug, Coded] = Described(
        description="Identifiant d’un pôle du registre", examples=["archer-pole-sud"]
    )
    wave: Annotated[Slug, Coded] = Described(description="Identifiant d’une vague du registre", examples=["aap-2013"])


class WaveRef(Public):
    id: str = Described(examples=["aap-2013"])
    url: str = Described(examples=["/waves/aap-2013"])
    name: str = Described(examples=["Premier appel à projets PTCE (2013)"])


class LabelPublic(Public):
    """Une labellisation, vue de son pôle."""

    wave: WaveRef
    outcome: Outcome
    awarded_on: str | None = Described(description="Date de précision connue")
    funding_eur: int | None
    evidence: Evidence = Described(description="stated (écrit par une source) ou inferred (déduit)")
    notes: str | None
    sources: list[SourceRef]


class PoleRef(Public):
    id: str = Described(examples=["archer-pole-sud"])
    url: str = Described(examples=["/poles/archer-pole-sud"])
    name: str = Described(examples=["Pôle Sud Archer"])


class AwardedPublic(Public):
    """Une labellisation : ce qu’une vague a donné à un pôle."""

    pole: PoleRef
    wave: WaveRef
    outcome: Outcome
    awarded_on: str | None = Described(description="Date de précision connue")
    funding_eur: int | None
    evidence: Evidence = Described(description="stated (écrit par une source) ou inferred (déduit)")
    notes: str | None
    sources: list[SourceRef]
    revision: RevisionRef


class AwardPublic(Public):
    """Une labellisation, vue de sa vague."""

    pole: PoleRef
    outcome: Outcome
    awarded_on: str | None = Described(description="Date de précision connue")
    evidence: Evidence


class WavePublic(Public):
    id: str = Described(examples=["aap-2013"])
    url: str = Described(examples=["/waves/aap-2013"])
    name: str
    kind: WaveKind
    opened_on: str | None = Described(description="Date de précision connue")
    closed_on: str | None = Described(description="Date de précision connue")
    results_on: str | None = Described(description="Date de précision connue")
    candidates: int | None
    laureates: int | None = Described(description="Lauréats annoncés par l’État")
    found: int = Described(description="Lauréats retrouvés dans le registre")
    inferred: int = Described(description="Lauréats retrouvés, dont l’appel est déduit et non écrit par une source")
    missing: int | None = Described(description="Lauréats annoncés qui manquent au registre")
    supported: int = Described(description="Pôles accompagnés sans dotation (phase 1)")
    budget_eur: int | None = Described(description="Enveloppe, en euros")
    duration_months: int | None = Described(description="Durée annoncée de l’appel ou du programme, en mois")
    issuer: str | None
    labels: list[AwardPublic]
    sources: list[SourceRef]
    notes: str | None
    revision: RevisionRef
