"""Facets: records counted by the values that they carry, each facet without its own filter."""

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import Any

# A facet set is JSON: {"region": [["84", "Auvergne-Rhône-Alpes"]], …, "award": [[wave, name, outcome, label]]}.
FacetContent = dict[str, list[list[str]]]


def expand(
    rows: Iterable[Sequence[Any]], facet: str, *, outcomes: Collection[str] = (), waves: Collection[str] = ()
) -> list[dict[str, Any]]:
    """Count each value of a facet from rows (facet set, number of records); most frequent first.

    Wave and outcome are of one label: each counts only where the filter on the other one holds of the same label.
    """
    counts: Counter[tuple[str, str]] = Counter()
    for content, number in rows:
        for value in _values(json.loads(content), facet, outcomes, waves):
            counts[value] += number
    ordered = sorted(counts.items(), key=lambda counted: (-counted[1], counted[0]))
    return [{"value": value, "label": label, "count": count} for (value, label), count in ordered]


def _values(
    content: FacetContent, facet: str, outcomes: Collection[str], waves: Collection[str]
) -> set[tuple[str, str]]:
    if facet == "wave":
        return {
            (wave, name) for wave, name, outcome, _ in content.get("award", []) if not outcomes or outcome in outcomes
        }
    if facet == "outcome":
        return {(outcome, label) for wave, _, outcome, label in content.get("award", []) if not waves or wave in waves}
    return {(value, label) for value, label in content.get(facet, [])}
