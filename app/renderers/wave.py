"""A wave as it is published, with what the registry found of it beside what was announced."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

from pydantic import TypeAdapter

from app.models import Evidence, Outcome, SourceRef, Wave, WavePublic
from app.models.revision import RevisionRef
from app.models.wave import AwardPublic


class Award(NamedTuple):
    """What a wave shows of a label, as it is stored: a wave may have thousands."""

    wave: str
    pole: str
    name: str  # of the pole
    outcome: str
    awarded_on: str | None
    evidence: str


@dataclass(frozen=True, slots=True)
class WaveFacts:
    """All that the document of a wave is made from."""

    wave: Wave
    labels: Sequence[Award]
    sources: Sequence[SourceRef]


def public(facts: WaveFacts, revision: RevisionRef) -> WavePublic:
    wave = facts.wave
    laureates = [label for label in facts.labels if label.outcome == Outcome.LAUREATE]
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
        inferred=sum(label.evidence == Evidence.INFERRED for label in laureates),
        missing=None if wave.laureates is None else max(0, wave.laureates - len(laureates)),
        supported=sum(label.outcome == Outcome.SUPPORTED for label in facts.labels),
        budget_eur=wave.budget_eur,
        duration_months=wave.duration_months,
        issuer=wave.issuer,
        labels=_labels(facts.labels),
        sources=list(facts.sources),
        notes=wave.notes,
        revision=revision,
    )


def _labels(awards: Sequence[Award]) -> list[AwardPublic]:
    """Return labels in order of their poles; all are validated at once, for six tenths of what each costs by itself."""
    return _awards().validate_python(
        [
            {
                "pole": {"id": one.pole, "url": f"/poles/{one.pole}", "name": one.name},
                "outcome": one.outcome,
                "awarded_on": one.awarded_on,
                "evidence": one.evidence,
            }
            for one in sorted(awards, key=lambda award: award.pole)
        ]
    )


@cache
def _awards() -> TypeAdapter[list[AwardPublic]]:
    return TypeAdapter(list[AwardPublic])
