"""Numbered notes: each fact of a page with the sources that back it, and the one list where they stand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

from app.renderers.pages_words import FIELDS, plain

Json = dict[str, Any]
_TOLD: Final = 4  # publishers that a note names; the list has all
_RANGE: Final = 3  # numbers in a row from which they are written 1–3


@dataclass(frozen=True, slots=True)
class Mark:
    """A number, or a range of numbers, beside a fact: where it leads, and what it says when it is pointed at."""

    label: str
    first: int
    text: str


@dataclass(frozen=True, slots=True)
class Read:
    """What a note says of its document beside its address and publisher."""

    title: str | None
    seen_on: str


class Notes:
    """The sources of a page, numbered: those of the whole record first, then those of its fields, then of its links."""

    def __init__(
        self, record: Sequence[Json], links: Iterable[Sequence[Json]] = (), read: Mapping[str, Read] | None = None
    ) -> None:
        own = sorted(record, key=lambda source: bool(source["fields"]))
        told: dict[str, Json] = {}
        for one in chain(own, *links):
            told.setdefault(one["id"], one)
        self._own = own
        self._numbers = {name: number for number, name in enumerate(told, start=1)}
        self._sources = list(told.values())
        self._read = read or {}

    @property
    def listed(self) -> list[Json]:
        """Return each source with its number, what it backs of the record, and when it was read."""
        return [
            {
                **source,
                "number": self._numbers[source["id"]],
                "backs": [FIELDS.get(field, field) for field in source["fields"]],
                "read": self._read.get(source["id"]),
            }
            for source in self._sources
        ]

    def field(self, *names: str) -> list[Mark]:
        """Return the notes of a field of the record: the sources of that field, else those of the whole record."""
        backing = [one for one in self._own if not set(names).isdisjoint(one["fields"])]
        return self.of(backing or [one for one in self._own if not one["fields"]])

    def of(self, sources: Iterable[Json]) -> list[Mark]:
        """Return the notes of these sources, numbers in a row together."""
        runs: list[list[int]] = []
        for number in sorted({self._numbers[one["id"]] for one in sources}):
            if runs and runs[-1][-1] == number - 1:
                runs[-1].append(number)
            else:
                runs.append([number])
        return [self._mark(part) for run in runs for part in ([run] if len(run) >= _RANGE else [[one] for one in run])]

    def _mark(self, numbers: Sequence[int]) -> Mark:
        label = str(numbers[0]) if len(numbers) == 1 else f"{numbers[0]}–{numbers[-1]}"
        cited = [self._sources[number - 1] for number in numbers]
        names = list(dict.fromkeys(one["publisher"] + (" (source retirée)" if one["retired"] else "") for one in cited))
        rest = len(names) - _TOLD
        more = f" ; et {plain(rest, 'autre')}" if rest > 0 else ""
        return Mark(label, numbers[0], " ; ".join(names[:_TOLD]) + more)
