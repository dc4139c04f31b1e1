"""The history of a record: its revisions, newest first, each with its difference to the one before."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from app.models.revision import Change, HistoryEntry

_OBJECTS = {"seat", "territory"}  # compared member by member; codes with names are compared whole


def entries(revisions: Sequence[Any]) -> list[HistoryEntry]:
    """Return one entry for each revision (rows of `select_history`, oldest first), newest first."""
    made: list[HistoryEntry] = []
    before: dict[str, Any] | None = None
    for row in revisions:
        after: dict[str, Any] = json.loads(row.piece)
        changes = [] if before is None else list(differences(before, after))
        shown = {name: getattr(row, name) for name in HistoryEntry.model_fields if name != "changes"}
        made.append(HistoryEntry(**shown, changes=changes))
        before = after
    return made[::-1]


def differences(before: dict[str, Any], after: dict[str, Any], prefix: str = "") -> Iterable[Change]:
    for name in dict.fromkeys([*before, *after]):
        old, new = before.get(name), after.get(name)
        if name == "revision" or old == new:
            continue
        if name in _OBJECTS and isinstance(old, dict) and isinstance(new, dict):
            yield from differences(old, new, f"{name}.")
        else:
            shown = _different(old, new)
            yield Change(field=prefix + name, before=shown[0], after=shown[1])


def _different(old: Any, new: Any) -> tuple[Any, Any]:
    """Return both values; of two lists of objects what only one has: nobody reads ten sources to find the new one."""
    if isinstance(old, list) and isinstance(new, list) and all(isinstance(entry, dict) for entry in [*old, *new]):
        gone, come = [one for one in old if one not in new], [one for one in new if one not in old]
        if gone or come:
            return gone, come
    return old, new
