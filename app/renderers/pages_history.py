"""The history of a record in words: what each write did, who, why, and each difference as before and after."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from app.models.revision import Action, Change, HistoryEntry
from app.renderers.listing import PARIS
from app.renderers.pages import day
from app.renderers.pages_words import FIELDS, worded

ACTIONS: Final = {
    Action.CREATED: "Fiche créée",
    Action.UPDATED: "Fiche modifiée",
    Action.RETIRED: "Fiche retirée",
    Action.MERGED: "Fiche fusionnée dans une autre",
    Action.RESTORED: "Fiche rétablie",
}
_EDITORS: Final = {"seed": "le registre"}
_SHORT: Final = 600  # characters of a value


def told(entries: Sequence[HistoryEntry]) -> list[dict[str, Any]]:
    """Return the entries of a history as a page shows them, in the order given."""
    return [
        {
            "serial": entry.serial,
            "date": moment(entry.recorded_at),
            "did": ACTIONS[entry.action],
            "editor": _EDITORS.get(entry.editor, entry.editor),
            "reason": entry.reason,
            "source": entry.source,
            "changes": [_difference(change) for change in entry.changes],
        }
        for entry in entries
    ]


def moment(when: datetime) -> str:
    """Return a day in Paris as people write it."""
    return day(when.astimezone(PARIS).date().isoformat())


def _difference(change: Change) -> dict[str, str | None]:
    before, after = (_cut(worded(change.field, value)) for value in (change.before, change.after))
    title = FIELDS.get(change.field, change.field)
    if before == after:  # the same link, that says or cites something else
        return {"field": title, "before": None, "after": f"{after} : précisions ou sources changées"}
    return {"field": title, "before": before, "after": after}


def _cut(text: str) -> str:
    return text if len(text) <= _SHORT else text[:_SHORT].rsplit(" ", 1)[0] + " …"
