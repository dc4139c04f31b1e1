"""The vocabulary: what people write for a région, a vague, a commune … becomes index terms, or a clear refusal."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import literal, null, select, union_all
from sqlmodel import col

from app.errors import Fault, Invalid, shortened
from app.models import Commune, Departement, FormerCommune, Spelling
from app.models.numbers import siren_of
from app.queries.asked import Asked
from app.queries.statements import AnySelect
from app.queries.text import fold
from app.queries.units import former_notice, select_units, unit_key

Written = dict[str, list[str]]  # filter -> values as written


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one written value means: a term of the index."""

    filter: str
    written: str
    term: str
    value: str
    notice: str | None


Known = dict[tuple[str, str], list[Meaning]]  # filter and key -> what it means


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


def select_meanings(written: Written, cut: int) -> AnySelect:
    """Return one SELECT (filter, written, term, value, notice) over all that a query names, as known at a cut."""
    selects: list[AnySelect] = []
    for name, values in written.items():
        keys = [key(name, value) for value in values]
        if name == "commune":
            selects += _communes(keys)
        elif name == "territory":
            selects += [_as_meaning(units) for units in select_units(keys)]
            selects.append(_former_regions(keys))
        else:
            chosen = (col(Spelling.filter) == name, col(Spelling.spelling).in_(keys))
            spelled = map(col, (Spelling.spelling, Spelling.term, Spelling.value, Spelling.notice, Spelling.since))
            selects.append(_row(name, *spelled).where(*chosen))
    known = union_all(*selects).subquery("known")
    return select(known.c.filter, known.c.written, known.c.term, known.c.value, known.c.notice).where(
        known.c.since <= cut
    )


def meanings_of(rows: Sequence[Sequence[Any]]) -> Known:
    """Gather the rows of `select_meanings` by what was written."""
    found: dict[tuple[str, str], set[Meaning]] = defaultdict(set)
    for name, spelled, term, value, notice in rows:
        terms = _territory_terms(value) if name == "territory" else [(term, value)]
        found[name, spelled] |= {Meaning(name, spelled, kind, meant, notice) for kind, meant in terms}
    return {known: sorted(meant, key=lambda one: (one.term, one.value)) for known, meant in found.items()}


def keys_of(written: Written) -> dict[tuple[str, str], tuple[str, str]]:
    """Return what the vocabulary knows written values by, each with the first that was written so."""
    keys: dict[tuple[str, str], tuple[str, str]] = {}
    for name, values in written.items():
        for value in values:
            keys.setdefault((name, key(name, value)), (name, value))
    return keys


def understood(written: Written, found: Known) -> list[Meaning]:
    """Return the meanings of all that was written; raise Unknown if a value means nothing."""
    keys = keys_of(written)
    unknown = [value for known, value in keys.items() if known not in found]
    if unknown:
        raise Unknown(unknown)
    return [meaning for known in keys for meaning in found[known]]


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


def _territory_terms(containers: str) -> list[tuple[str, str]]:
    """Return what a unit means: what contains it, what lies in it, the régions where units may be unknown."""
    units = containers.split()
    itself = units[:1]  # under its current code, where a former one is written
    regions = [unit.partition(":")[2] for unit in units if unit.startswith("region:")]
    return [
        *(("territory", unit) for unit in units),
        *(("territory_in", unit) for unit in itself),
        *(("territory_unknown", region) for region in regions),
    ]


def _row(name: str, written: Any, term: Any, value: Any, notice: Any, since: Any = None) -> AnySelect:
    """Return a SELECT of these columns; labelled, since one column may stand twice."""
    columns = {"written": written, "term": term, "value": value, "notice": notice}
    columns["since"] = literal(0) if since is None else since
    return select(literal(name).label("filter"), *(column.label(label) for label, column in columns.items()))


def _as_meaning(units: AnySelect) -> AnySelect:
    written, containers, _, notice = units.subquery().c
    return _row("territory", written, literal("territory"), containers, notice)


def _former_regions(keys: list[str]) -> AnySelect:
    """Read the code of a région of before 2016 as its départements, with a notice."""
    codes = [code for kind, _, code in (key.partition(":") for key in keys) if kind == "region"]
    containers = literal("departement:") + col(Departement.code) + literal(" region:") + col(Departement.region)
    notice = literal("« ") + col(Spelling.label) + literal(" » est une région d’avant 2016, lue comme ses départements")
    row = _row("territory", literal("region:") + col(Spelling.spelling), literal("territory"), containers, notice)
    return row.join_from(Spelling, Departement, col(Departement.code) == col(Spelling.value)).where(
        col(Spelling.filter) == "region", col(Spelling.term) == "departement", col(Spelling.spelling).in_(codes)
    )


def _communes(keys: list[str]) -> list[AnySelect]:
    current, former, term = col(Commune.code), col(FormerCommune.code), literal("commune")
    return [
        _row("commune", current, term, current, null()).where(current.in_(keys)),
        _row("commune", former, term, current, former_notice())
        .join_from(FormerCommune, Commune)
        .where(former.in_(keys)),
    ]
