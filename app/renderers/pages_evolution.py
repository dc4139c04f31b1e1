"""How many poles existed at the end of each year, for all that is dated; those of which nothing is dated, beside."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from app.renderers.pages import day
from app.renderers.pages_charts import part

Life = tuple[str | None, str | None]  # first and last day, YYYY-MM-DD; nothing where the registry knows none


@dataclass(frozen=True, slots=True)
class Year:
    """A row: the day that is counted, as `active_on` counts it, and lengths in hundredths of the longest."""

    day: str
    name: str
    known: int
    undetermined: int
    labels: int
    length: float
    whole: float


def years(lives: Sequence[Life], labels: Iterable[str | None], today: str) -> list[Year]:
    """Return a row for each year since the first dated fact; `labels` are the dates of awards, `today` ends them."""
    first = min((begun for begun, _ in lives if begun and begun <= today), default=None)
    if first is None:
        return []
    awarded = Counter(date[:4] for date in labels if date)
    days = [min(f"{year}-12-31", today) for year in range(int(first[:4]), int(today[:4]) + 1)]
    counts = [(one, *_counted(lives, one)) for one in days]
    longest = max(known + undetermined for _, known, undetermined in counts)
    return [
        Year(
            one,
            one[:4] if one.endswith("12-31") else f"{one[:4]}, au {day(one).rpartition(' ')[0]}",
            known,
            undetermined,
            awarded[one[:4]],
            part(known, longest),
            part(known + undetermined, longest),
        )
        for one, known, undetermined in counts
    ]


def undated(labels: Iterable[str | None]) -> int:
    return sum(not date for date in labels)


def awards(poles: Iterable[dict[str, Any]]) -> list[str | None]:
    """Return the date of each label of these poles, as precise as it is known."""
    return [label["awarded_on"] for pole in poles for label in pole["labels"]]


def _counted(lives: Sequence[Life], date: str) -> tuple[int, int]:
    standing = [begun for begun, ended in lives if ended is None or ended >= date]
    known = sum(begun is not None and begun <= date for begun in standing)
    return known, sum(begun is None for begun in standing)
