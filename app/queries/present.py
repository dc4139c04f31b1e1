"""The present state as one process remembers it: what words mean and who stands, until the next write."""

from dataclasses import dataclass, field
from threading import Lock
from typing import Final
from weakref import WeakKeyDictionary

from sqlalchemy import Engine
from sqlmodel import Session

from app.models import Kind
from app.prepared import Reading
from app.queries.forward import brought_forward
from app.queries.roster import Roster, read_roster
from app.queries.state import State, state_at
from app.queries.vocabulary import Meaning

_MEANINGS: Final = 10_000  # written values that are remembered


@dataclass(slots=True)
class Present:
    """What is known of one state; nothing of it changes, more of it is read as it is asked for."""

    state: State
    meanings: dict[tuple[str, str], list[Meaning]] = field(default_factory=dict)
    _rosters: dict[Kind, Roster] = field(default_factory=dict)
    _earlier: dict[Kind, tuple[State, Roster]] = field(default_factory=dict)
    _reading: Lock = field(default_factory=Lock)

    def roster(self, session: Session, kind: Kind) -> Roster:
        with self._reading:  # who asks meanwhile would only read it too
            if kind not in self._rosters:
                state, earlier = self._earlier.pop(kind, (None, None))
                if state and earlier and state_at(session, state.serial) == state:  # and not of a log that was lost
                    self._rosters[kind] = brought_forward(session, earlier, self.state.cut)
                else:
                    self._rosters[kind] = read_roster(session, kind, self.state.cut)
            return self._rosters[kind]

    def after(self, state: State) -> "Present":
        """Return what is remembered of a later state: nothing yet, but who stood."""
        standing = {kind: (self.state, roster) for kind, roster in self._rosters.items()}
        return Present(state, _earlier=self._earlier | standing)

    def remember(self, meant: dict[tuple[str, str], list[Meaning]]) -> None:
        if len(self.meanings) > _MEANINGS:
            self.meanings = {}  # another one: who reads the old one in a thread goes on
        self.meanings |= meant


_known: WeakKeyDictionary[Engine, Present] = WeakKeyDictionary()


def present(session: Session, state: State) -> Present | None:
    """Return what is remembered of a state; None for a past one, which the log answers, and in a write."""
    if not isinstance(session, Reading) or not state.serial:
        return None
    known = _known.get(session.engine)
    # Serials alone do not tell: a database that took over from a lost one may count on from an earlier one.
    if known is None or (known.state.serial <= state.serial and known.state != state):
        known = _known[session.engine] = known.after(state) if known else Present(state)
    return known if known.state == state else None
