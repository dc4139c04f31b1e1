"""The state of the registry that a request reads: the latest write, or the one at an `as_of`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Final

from sqlalchemy import ColumnElement, bindparam, func, select, true
from sqlmodel import Session, col

from app.errors import Invalid, invalid_parameter
from app.models import FOREVER, Registry, Write
from app.prepared import Prepared, rows
from app.queries.values import PARIS, AsOf, end_of_day


@dataclass(frozen=True, slots=True)
class State:
    """A serial, its last revision (the cut), its time, and which registry it is of."""

    serial: int
    cut: int
    recorded_at: datetime
    epoch: str


EMPTY = State(serial=0, cut=0, recorded_at=datetime(1970, 1, 1, tzinfo=UTC), epoch="vide")


def state_at(session: Session, as_of: AsOf | None) -> State | None:
    """Read the state asked for; None where the log has none."""
    if isinstance(as_of, date):
        found = rows(session, _AT_THE_END_OF, {"end": end_of_day(as_of)})
    else:
        found = rows(session, _LATEST if as_of is None else _AT, {} if as_of is None else {"serial": as_of})
    return State(*found[0]) if found else None


def _select_state(serial: ColumnElement[int]) -> Prepared:
    columns = (col(Write.serial), col(Write.last_revision), col(Write.recorded_at), col(Registry.epoch))
    return Prepared(select(*columns).select_from(Write).join(Registry, true()).where(col(Write.serial) == serial))


_LAST: Final = select(func.max(col(Write.serial)))
_LATEST: Final = _select_state(_LAST.scalar_subquery())
_AT: Final = _select_state(bindparam("serial"))
_AT_THE_END_OF: Final = _select_state(_LAST.where(col(Write.recorded_at) < bindparam("end")).scalar_subquery())


def out_of_range(as_of: AsOf, first: Write | None, last: Write | None) -> Invalid:
    if first is None or last is None:
        return invalid_parameter("as_of", str(as_of), "rien pour l’instant : le registre est vide")
    begin = first.recorded_at.astimezone(PARIS).date()
    return invalid_parameter(
        "as_of",
        str(as_of),
        f"un numéro de {first.serial} à {last.serial}, ou une date du {begin} à aujourd’hui : le registre ne remonte "
        "pas plus loin. Pour les pôles qui existaient à une date, utilisez active_on",
    )


def is_future(as_of: AsOf | None) -> bool:
    """Return whether no write can be meant: a day that has not come, a number that no database counts to."""
    if isinstance(as_of, date):
        return as_of > datetime.now(PARIS).date()
    return as_of is not None and as_of > FOREVER
