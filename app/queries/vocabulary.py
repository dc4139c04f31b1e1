"""The vocabulary: what people write for a région, a vague, a commune … becomes index terms, or a clear refusal."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CompoundSelect, literal, null, select, union_all
from sqlmodel import col

from app.errors import Fault, Invalid, shortened
from app.models import Commune, FormerCommune, Spelling
from app.models.numbers import siren_of
from app.queries.asked import Asked
from app.queries.statements import AnySelect
from app.queries.text import fold
from app.queries.units import former_notice, read_units, select_units, unit_key

Written = dict[str, list[str]]  # filter -> values as written


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one written value means: a term of the index."""

    filter: str
    written: str
    term: str
    value: str
    label: str
    notice: str | None


class Unknown(Exception):
    """Values (filter, written) that the vocabulary does not know."""

    def __init__(self, values: list[tuple[str, str]]) -> None:
        super().__init__(values)
        self.values = values


def key(name: str, written: str) -> str:
    """Return the form under which the vocabulary knows a written value."""
    if name == "commune":
        return written.strip().upper()
    if name in {"member", "siren"}:
        written = siren_of(written)  # people have the number of an establishment at hand
    return unit_key(written) if name == "territory" else fold(written)


def written_values(asked: Asked) -> Written:
    return {name: values for name in asked.named if (values := getattr(asked, name, None))}


def select_meanings(written: Written) -> CompoundSelect[Any] | None:
    """Return one SELECT (filter, written, term, value, label, notice) over all that the query names."""
    selects: list[AnySelect] = []
    for name, values in written.items():
        keys = [key(name, value) for value in values]
        if name == "commune":
            selects += _communes(keys)
        elif name == "territory":
            selects += [_as_meaning(units) for units in select_units(keys)]
        else:
            spelled = (Spelling.spelling, Spelling.term, Spelling.value, Spelling.label, Spelling.notice)
            chosen = (col(Spelling.filter) == name, col(Spelling.spelling).in_(keys))
            selects.append(_row(name, *map(col, spelled)).where(*chosen))
    return union_all(*selects) if selects else None


def understood(written: Written, rows: Sequence[Sequence[Any]]) -> list[Meaning]:
    """Return the meanings of all that was written; raise Unknown if a value means nothing."""
    found: dict[tuple[str, str], list[Meaning]] = defaultdict(list)
    for row in rows:
        if row[0] != "territory":
            found[row[0], row[1]].append(Meaning(*row))
    units = read_units((row[1], row[3], row[4], row[5]) for row in rows if row[0] == "territory")
    for unit in units:
        found["territory", unit.written] += _territory_meanings(
            unit.written, unit.containers, unit.regions, unit.name, unit.notice
        )
    keys = [(name, key(name, value)) for name, values in written.items() for value in values]
    unknown = [
        (name, value) for name, values in written.items() for value in values if (name, key(name, value)) not in found
    ]
    if unknown:
        raise Unknown(unknown)
    return [
        meaning for known in dict.fromkeys(keys) for meaning in sorted(found[known], key=lambda it: (it.term, it.value))
    ]


def refusal(advice: dict[tuple[str, str], tuple[str, str | None]]) -> Invalid:
    """Return the error for unknown values: what was expected and a suggestion for each."""
    faults = [
        Fault(parameter=name, value=shortened(value), expected=expected, suggestion=suggestion)
        for (name, value), (expected, suggestion) in advice.items()
    ]
    first = faults[0]
    hint = f" Vouliez-vous « {first.suggestion} » ?" if first.suggestion else ""
    return Invalid(f"Paramètre « {first.parameter} » : « {first.value} » est inconnu.{hint}", faults=faults)


def notices(meanings: Sequence[Meaning]) -> list[str]:
    said = (f"{meaning.filter} : {meaning.notice}" for meaning in meanings if meaning.notice)
    return list(dict.fromkeys(said))


def _territory_meanings(
    written: str, containers: Sequence[str], regions: Sequence[str], name: str, notice: str | None
) -> list[Meaning]:
    itself = containers[0]  # the current code, where the written one is a former one
    meant = [("territory", unit) for unit in containers]
    meant += [("territory_in", itself), *(("territory_unknown", region) for region in regions)]
    return [Meaning("territory", written, term, value, name, notice) for term, value in meant]


def _row(name: str, written: Any, term: Any, value: Any, label: Any, notice: Any) -> AnySelect:
    """Return a SELECT of these six columns; labelled, since one column may stand twice."""
    columns = {"written": written, "term": term, "value": value, "label": label, "notice": notice}
    return select(literal(name).label("filter"), *(column.label(name_) for name_, column in columns.items()))


def _as_meaning(units: AnySelect) -> AnySelect:
    written, ways, name, notice = units.subquery().c
    return _row("territory", written, literal("territory"), ways, name, notice)


def _communes(keys: list[str]) -> list[AnySelect]:
    current, former, term = col(Commune.code), col(FormerCommune.code), literal("commune")
    return [
        _row("commune", current, term, current, col(Commune.name), null()).where(current.in_(keys)),
        _row("commune", former, term, current, col(Commune.name), former_notice())
        .join_from(FormerCommune, Commune)
        .where(former.in_(keys)),
    ]
