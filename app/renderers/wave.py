"""A wave as it is published, with what the registry found of it beside what was announced."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.models import Evidence, Outcome, SourceRef, Wave, WavePublic
from app.models.revision import RevisionRef
from app.models.wave import AwardPublic


@dataclass(frozen=True, slots=True)
class WaveFacts:
    """All that the document of a wave is made from."""

    wave: Wave
    labels: Sequence[AwardPublic]
    sources: Sequence[SourceRef]


def public(facts: WaveFacts, revision: RevisionRef) -> WavePublic:
    wave = facts.wave
    laureates = [label for label in facts.labels if label.outcome is Outcome.LAUREATE]
    return WavePublic(
        id=wave.id,
        url=f"/waves/{wave.id}",
        name=wave.name,
        kind=wave.kind,
        opened_on=wave.opened_on,
        closed_on=wave.closed_on,
        results_on=wave.results_on,
        candidates=wave.candidates,
        laureates=wave.laureates,
        found=len(laureates),
        inferred=sum(label.evidence is Evidence.INFERRED for label in laureates),
        missing=None if wave.laureates is None else max(0, wave.laureates - len(laureates)),
        supported=sum(label.outcome is Outcome.SUPPORTED for label in facts.labels),
        budget_eur=wave.budget_eur,
        duration_months=wave.duration_months,
        issuer=wave.issuer,
        labels=sorted(facts.labels, key=lambda award: award.pole.id),
        sources=list(facts.sources),
        notes=wave.notes,
        revision=revision,
    )
