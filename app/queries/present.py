"""The present state as one process remembers it: what words mean and who stands, until the next write."""

from dataclasses import dataclass, field
from threading import Lock
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlmodel import Session

from app.models import Kind
from app.prepared import Reading
from app.queries.roster import Roster, read_roster
from app.queries.state import State
from app.queries.vocabulary import Meaning

_MEANINGS: Final = 10_000  # written values that are remembered


@dataclass(slots=True)
class Present:
    """What is known of one state; nothing of it changes, more of it is read as it is asked for."""

    state: State
    meanings: dict[tuple[str, str], list[Meaning]] = field(default_factory=dict)
    _rosters: dict[Kind, Roster] = field(default_factory=dict)
    _reading: Lock = field(default_factory=Lock)

    def roster(self, session: Session, kind: Kind) -> Roster:
        with self._reading:  # who asks meanwhile would only read it too
            found = self._rosters.get(kind)
            if found is None:
                found = self._rosters[kind] = read_roster(session, kind, self.state.cut)
            return found

    def remember(self, meant: dict[tuple[str, str], list[Meaning]]) -> None:
        if len(self.meanings) > _MEANINGS:
            self.meanings.clear()
        self.meanings |= meant


_known: WeakKeyDictionary[Engine, Present] = WeakKeyDictionary()


def present(session: Session, state: State) -> Present | None:
    """Return what is remembered of a state; None for a past one, which the log answers, and in a write."""
    if not isinstance(session, Reading) or not state.serial:
        return None
    known = _known.get(session.engine)
    # Serials alone do not tell: a database that took over from a lost one may count on from an earlier one.
    if known is None or (known.state.serial <= state.serial and known.state != state):
        known = _known[session.engine] = Present(state)
    return known if known.state == state else None
