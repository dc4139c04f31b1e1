"""The state of the registry that a request reads: the latest write, or the one at an `as_of`."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

from sqlalchemy import Select, func, select, true
from sqlmodel import col

from app.errors import Invalid, invalid_parameter
from app.models import FOREVER, Registry, Write
from app.queries.values import PARIS, AsOf, end_of_day


@dataclass(frozen=True, slots=True)
class State:
    """A serial, its last revision (the cut), its time, and which registry it is of."""

    serial: int
    cut: int
    recorded_at: datetime
    epoch: str


EMPTY = State(serial=0, cut=0, recorded_at=datetime(1970, 1, 1, tzinfo=UTC), epoch="vide")


@lru_cache(64)  # every request begins with it, most of them with the same one
def select_state(as_of: AsOf | None) -> Select[int, int, datetime, str]:
    latest = select(func.max(col(Write.serial)))
    if isinstance(as_of, date):
        latest = latest.where(col(Write.recorded_at) < end_of_day(as_of))
    serial = as_of if isinstance(as_of, int) else latest.scalar_subquery()
    columns = (col(Write.serial), col(Write.last_revision), col(Write.recorded_at), col(Registry.epoch))
    return select(*columns).select_from(Write).join(Registry, true()).where(col(Write.serial) == serial)


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
