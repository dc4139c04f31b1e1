"""Bars that the server draws: tables whose rows carry a drawn length beside the number, never instead of it."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.models.stats import FacetCount, WaveStats


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: its name, its page, its number, and lengths in hundredths of the longest."""

    name: str
    href: str
    count: int
    length: float
    of: int | None = None  # what was announced, where it is known
    whole: float = 0
    missing: int | None = None
    inferred: int = 0


def of_counts(counts: Sequence[FacetCount], prefix: str) -> list[Bar]:
    """Return a bar for each value; `prefix` and the value make its address."""
    longest = max((one.count for one in counts), default=1)
    return [Bar(one.label, prefix + one.value, one.count, part(one.count, longest)) for one in counts]


def of_waves(waves: Sequence[WaveStats]) -> list[Bar]:
    """Return laureates found, over those announced; a wave of which no number is known has no bar."""
    shown = [wave for wave in waves if wave.announced is not None]
    longest = max((max(wave.announced or 0, wave.found) for wave in shown), default=1)
    return [
        Bar(
            wave.name,
            f"/waves/{wave.id}",
            wave.found,
            part(wave.found, longest),
            wave.announced,
            part(wave.announced or 0, longest),
            wave.missing,
            wave.inferred,
        )
        for wave in shown
    ]


def part(count: int, longest: int) -> float:
    return round(100 * count / max(longest, 1), 1)
