"""The records of one kind that stand at a cut, in memory: columns in the order of names, and who carries which term.

Numbers only, some 50 bytes a record; what a term or a word finds is read when it is first asked for, and kept.
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sqlalchemy import ColumnElement, bindparam, select
from sqlmodel import Session, col

from app.models import Kind, Revision, RevisionTerm, Term
from app.prepared import Prepared, Rows, rows
from app.queries.statements import AmongTexts, Gathered, listed
from app.queries.text import TextFound, text_values

Positions = npt.NDArray[np.int32]
Numbers = npt.NDArray[Any]
_ROOM: Final = 2**24  # bytes of positions that are kept
_AROUND: Final = 300  # bytes of a list of them, beside what it holds
_KIND: Final[Any] = bindparam("kind")
_CUT: Final[Any] = bindparam("cut")
COLUMNS: Final = (
    Revision.id,
    Revision.longitude,
    Revision.latitude,
    Revision.year_sort,
    Revision.active_from,
    Revision.active_until,
    Revision.facet_set,
)


def _at_cut(revision: Any, until: Any) -> tuple[ColumnElement[bool], ...]:
    return col(revision) <= _CUT, col(until) > _CUT


STANDING: Final = Prepared(
    select(*map(col, COLUMNS))
    .where(col(Revision.kind) == _KIND, *_at_cut(Revision.id, Revision.until), col(Revision.facet_set).is_not(None))
    .order_by(col(Revision.name_sort), col(Revision.record_id))
)
_CARRYING: Final = Prepared(
    select(col(Term.name), col(Term.value), Gathered(col(RevisionTerm.revision)))
    .join(RevisionTerm, col(RevisionTerm.term) == col(Term.id))
    .where(
        col(Term.kind) == _KIND,
        AmongTexts(col(Term.name), bindparam("names")),
        AmongTexts(col(Term.value), bindparam("values")),
        *_at_cut(RevisionTerm.revision, RevisionTerm.until),
    )
    .group_by(col(Term.id), col(Term.name), col(Term.value))
)
_SAYING: Final = Prepared(select(TextFound()))


@dataclass(slots=True)
class Roster:
    """What stands: one place in each column a record; -1 or NaN where there is no value."""

    kind: Kind
    cut: int
    ids: Numbers  # of revisions
    longitude: Numbers  # degrees
    latitude: Numbers
    year: Numbers
    begun: Numbers  # days, YYYYMMDD
    ended: Numbers
    facet_set: Numbers
    _by_id: Positions = field(init=False)
    _ids_up: Numbers = field(init=False)
    _found: OrderedDict[Hashable, Positions] = field(init=False, default_factory=OrderedDict)
    _room: int = field(init=False, default=_ROOM)
    _keeping: Lock = field(init=False, default_factory=Lock)

    def __post_init__(self) -> None:
        self._by_id = np.argsort(self.ids).astype(np.int32)
        self._ids_up = self.ids[self._by_id]

    def __len__(self) -> int:
        return len(self.ids)

    def carrying(self, session: Session, terms: Sequence[tuple[str, str]]) -> list[Positions]:
        """Return the places of the records that carry each of these terms; one statement reads all that are new."""
        known = {term: self._found.get(term) for term in terms}
        new = dict.fromkeys(term for term, places in known.items() if places is None)
        if new:
            names, values = (listed(sorted(set(part))) for part in zip(*new, strict=True))
            for name, value, revisions in self._ask(session, _CARRYING, {"names": names, "values": values}):
                if (name, value) in new:  # and not one of these values by another of these names
                    new[name, value] = revisions
        found = known | {term: self._keep(term, revisions) for term, revisions in new.items()}
        return [places for places in found.values() if places is not None]

    def saying(self, session: Session, prefix: str) -> Positions:
        """Return the places of the records whose text has a word that begins so."""
        found = self._found.get(prefix)
        if found is None:
            ((revisions,),) = rows(session, _SAYING, text_values([prefix]))
            found = self._keep(prefix, revisions)
        return found

    def _places(self, revisions: str | None) -> Positions:
        """Return the places of revisions, told as `7,12`; those that do not stand here have none."""
        wanted = np.fromstring(revisions or "", dtype=np.int64, sep=",")
        near = np.searchsorted(self._ids_up, wanted)
        stands = near < len(self)
        stands[stands] = self._ids_up[near[stands]] == wanted[stands]
        found: Positions = self._by_id[near[stands]]
        return found

    def _ask(self, session: Session, statement: Prepared, values: dict[str, str]) -> Rows:
        return rows(session, statement, {"kind": self.kind, "cut": self.cut, **values})

    def _keep(self, key: Hashable, revisions: str | None) -> Positions:
        found = self._places(revisions)
        with self._keeping:
            if key not in self._found:  # another thread may have read it too
                self._found[key] = found
                self._room -= found.nbytes + _AROUND
            while self._room < 0:
                _, gone = self._found.popitem(last=False)
                self._room += gone.nbytes + _AROUND
        return found


def read_roster(session: Session, kind: Kind, cut: int) -> Roster:
    """Read what stands at a cut: one statement, some 3 microseconds a record."""
    return Roster(kind, cut, *columns(rows(session, STANDING, {"kind": kind, "cut": cut})))


def columns(found: Rows) -> list[Numbers]:
    """Return the columns of a roster from rows of its columns."""
    ids, x, y, year, begun, ended, facet_set = zip(*found, strict=True) if found else ((),) * len(COLUMNS)
    return [
        np.array(ids, dtype=np.int64),
        np.array(x, dtype=np.float64),
        np.array(y, dtype=np.float64),
        np.array([-1 if one is None else one for one in year], dtype=np.int32),
        np.array([_day(one) for one in begun], dtype=np.int32),
        np.array([_day(one) for one in ended], dtype=np.int32),
        np.array(facet_set, dtype=np.int64),
    ]


def _day(date: str | None) -> int:
    return -1 if date is None else int(date.replace("-", ""))
