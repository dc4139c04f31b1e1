"""What the registry should spend: CPU ms a request, from what it was measured that others spend and the machine can."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from benchmarks.services import RAW, REGISTRY
from benchmarks.turns import Result

GROWTH: Final = 2.5  # from the smallest set to the largest, for answers of the same size
_LARGE: Final = 100_000


@dataclass(frozen=True, slots=True)
class Goal:
    """What a work may spend on SQLite; on PostgreSQL and with 100,000 poles the same, if nothing else is said."""

    sqlite: float
    postgresql: float | None = None
    large: float = 0.0
    whole: bool = False  # what 10,000 poles may spend, of an answer with all of the set

    def of(self, result: Result) -> float:
        own = self.postgresql if result.database == "postgresql" and self.postgresql is not None else self.sqlite
        if self.whole:
            return own * result.poles / 10_000
        return max(own, self.large) if result.poles >= _LARGE else own


GOALS: Final = {
    "one record": Goal(0.20, postgresql=0.5),
    "box, 100": Goal(0.70, postgresql=1.8),
    "nearest 20 in 50 km": Goal(0.9, postgresql=1.4, large=1.5),
    "région and wave, 100": Goal(0.6, postgresql=1.8),
    "text, 100 and count": Goal(2.0),
    "all of France, 100 and count": Goal(1.0, large=2.0),
    "304": Goal(0.05),
    "GeoJSON, 10,000": Goal(50),
    "CSV, 10,000": Goal(40),
    "export, GeoJSON": Goal(50, whole=True),
    "export, CSV": Goal(40, whole=True),
    "one write": Goal(3),
    "start, ms": Goal(900),
    "memory, MB": Goal(90),
}
# What is answered again may spend this many times what bare uvicorn does with the same bytes.
AGAIN: Final = {"one record, again": 1.5}
_ELSE_AGAIN: Final = 2.0


def of(results: Sequence[Result]) -> Iterator[tuple[Result, float]]:
    """Yield what the registry spends where there is a goal, and the goal."""
    raw = {(one.database, one.poles, one.work): one.cpu for one in results if one.service == RAW}
    for one in results:
        bare = raw.get((one.database, one.poles, one.work))
        if one.service == REGISTRY and one.work in GOALS:
            yield one, GOALS[one.work].of(one)
        elif one.service == REGISTRY and one.work.endswith(", again") and bare is not None:
            yield one, bare * AGAIN.get(one.work, _ELSE_AGAIN)
