"""The filters of the home page: each box with its choices and their counts, and what no box shows."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from app.queries.asked_home import HomeQuery
from app.queries.vocabulary import Meaning
from app.wording import STATUS

SELECTS: Final = (
    ("region", "Région", "Toutes"),
    ("departement", "Département", "Tous"),
    ("wave", "Labellisé par", "Toutes les vagues"),
    ("status", "Statut", "Tous"),
    ("sector", "Secteur", "Tous"),
)
FACETS: Final = tuple(name for name, *_ in SELECTS)
_BOXES: Final = {*FACETS, "q", "near", "active_on", "as_of"}
_PAGING: Final = {"limit", "offset"}


def selects(
    query: HomeQuery,
    meanings: Sequence[Meaning],
    facets: Mapping[str, Sequence[Mapping[str, Any]]],
    names: Mapping[str, Mapping[str, str]],
) -> list[dict[str, Any]]:
    """Return each box with its choices; `names` are those of values that find nothing."""
    known = {"status": STATUS, **names}
    return [
        {
            "name": name,
            "label": label,
            "every": every,
            "choices": _choices(query, meanings, name, facets[name], known.get(name, {})),
        }
        for name, label, every in SELECTS
    ]


def _choices(
    query: HomeQuery,
    meanings: Sequence[Meaning],
    name: str,
    counted: Sequence[Mapping[str, Any]],
    names: Mapping[str, str],
) -> list[dict[str, Any]]:
    """Return the values that can be chosen; several of them, or one that finds nothing, are a choice of their own."""
    written = list(map(str, getattr(query, name)))
    meant = {meaning.value for meaning in meanings if meaning.filter == name} or set(written)
    labels = {one["value"]: one["label"] for one in counted}
    known = len(meant) == 1 and not meant.isdisjoint(labels)
    choices = [{**one, "chosen": known and one["value"] in meant} for one in counted]
    if written and not known:
        label = " ou ".join(names.get(value, value) for value in written)
        choices.insert(0, {"value": ",".join(written), "label": label, "count": None, "chosen": True})
    return choices


def others(given: Iterable[tuple[str, str]], without: Callable[[str], str]) -> list[dict[str, str]]:
    """Return the filters of an address that no box shows: a form that is sent keeps them, a link takes one off."""
    return [
        {"name": name, "value": value, "without": without(name)}
        for name, value in given
        if value.strip() and name not in _BOXES | _PAGING
    ]
