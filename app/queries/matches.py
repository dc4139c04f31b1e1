"""What a record must meet, in memory: each need of a query keeps the places of a roster that meet it."""

from collections.abc import Sequence
from functools import singledispatch
from math import inf
from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from sqlalchemy import bindparam, func, select
from sqlmodel import Session, col

from app.models import Write
from app.prepared import Prepared, rows
from app.queries import needs as asked
from app.queries.needs import Need
from app.queries.roster import Numbers, Positions, Roster
from app.queries.spatial import EARTH, Area, Box, Circle, box_around

_BEFORE: Final = Prepared(
    select(func.coalesce(func.max(col(Write.last_revision)), 0)).where(col(Write.recorded_at) < bindparam("since"))
)
_LAST: Final = np.iinfo(np.int32).max


class Matches(NamedTuple):
    """The places that meet all needs, in the order of names; how far each is; how many more there may be."""

    places: Positions
    metres: Numbers | None
    undetermined: int


class _Looking(NamedTuple):
    """Where needs are looked up; `perhaps`: as far as is known. `metres` of those kept are left by a circle."""

    session: Session
    roster: Roster
    perhaps: bool
    metres: dict[Circle, Numbers]


def matches(session: Session, roster: Roster, needs: Sequence[Need]) -> Matches:
    looking = _Looking(session, roster, False, {})
    places = _kept(looking, needs)
    undetermined = 0
    if any(_doubts(need) for need in needs):
        undetermined = len(_kept(_Looking(session, roster, True, {}), needs)) - len(places)
    return Matches(places, next(iter(looking.metres.values()), None), undetermined)


def ordered(roster: Roster, found: Matches, order: str, end: int | None = None) -> tuple[Positions, Numbers | None]:
    """Return the places, and how far each is, in an order of `sort`; those that are alike in the order of names.

    Who shows no more than the first ones says where they `end`: the others need not be in order, nor there.
    """
    down, places = order.startswith("-"), found.places
    if order == "distance" and found.metres is not None:
        ranks = _nearest(found.metres, end)
    elif order.endswith("updated"):
        ranks = np.argsort(roster.ids[places])
    elif order.endswith("founded"):
        year = roster.year[places]
        ranks = np.argsort(np.where(year < 0, _LAST, -year if down else year), kind="stable")
    else:
        ranks = np.arange(len(places))
    if down and not order.endswith("founded"):
        ranks = ranks[::-1]
    return places[ranks], None if found.metres is None else found.metres[ranks]


def _nearest(metres: Numbers, end: int | None) -> Numbers:
    """Return the ranks of the nearest up to `end`, and of those as far as the last of them."""
    if end is None or end >= len(metres):
        every: Numbers = np.argsort(metres, kind="stable")
        return every
    near = np.flatnonzero(metres <= np.partition(metres, end)[end])
    nearest: Numbers = near[np.argsort(metres[near], kind="stable")]
    return nearest


def _kept(looking: _Looking, needs: Sequence[Need]) -> Positions:
    places: Positions | slice = slice(None)
    for need in sorted(needs, key=_cost):
        places = _keep(need, places, looking)
    return np.arange(len(looking.roster), dtype=np.int32) if isinstance(places, slice) else places


def _those(places: Positions | slice, kept: Numbers) -> Positions:
    """Return the places at which something holds: all of them are no list yet."""
    return np.flatnonzero(kept).astype(np.int32) if isinstance(places, slice) else places[kept]


def _cost(need: Need) -> int:
    # A circle comes last: how far those are that it keeps is told with them.
    return (asked.Carries, asked.HasWords, asked.Existed, asked.Updated, Box, Area, Circle).index(type(need))


def _doubts(need: Need) -> bool:
    return isinstance(need, asked.Existed) or (isinstance(need, asked.Carries) and need.possible is not None)


def _metres(roster: Roster, places: Positions, circle: Circle) -> Numbers:
    """Return great-circle distances as `spatial.great_circle` does, many at once."""
    south, north = np.radians(circle.latitude), np.radians(roster.latitude[places])
    across = np.sin(np.radians(roster.longitude[places] - circle.longitude) / 2) ** 2
    chord = np.sin((north - south) / 2) ** 2 + np.cos(south) * np.cos(north) * across
    metres: Numbers = np.round(2 * EARTH * np.arcsin(np.minimum(1.0, np.sqrt(chord))), 3)
    return metres


@singledispatch
def _keep(need: Any, _places: Positions | slice, _looking: _Looking) -> Positions:
    raise TypeError(f"no place meets {need!r}")


@_keep.register
def _carries(need: asked.Carries, places: Positions | slice, looking: _Looking) -> Positions:
    terms = need.possible if looking.perhaps and need.possible is not None else need.terms
    carried = np.zeros(len(looking.roster), dtype=bool)
    for found in looking.roster.carrying(looking.session, terms):
        carried[found] = True
    return _those(places, carried[places])


@_keep.register
def _has_words(need: asked.HasWords, places: Positions | slice, looking: _Looking) -> Positions:
    said = np.zeros(len(looking.roster), dtype=np.int32)  # how many of the words
    for prefix in need.prefixes:
        said[looking.roster.saying(looking.session, prefix)] += 1
    return _those(places, said[places] == len(need.prefixes))


@_keep.register
def _existed(need: asked.Existed, places: Positions | slice, looking: _Looking) -> Positions:
    day = int(need.day.replace("-", ""))
    begun, ended = looking.roster.begun[places], looking.roster.ended[places]
    has_begun = (begun <= day) & ((begun >= 0) | looking.perhaps)
    return _those(places, has_begun & ((ended < 0) | (ended >= day)))


@_keep.register
def _updated(need: asked.Updated, places: Positions | slice, looking: _Looking) -> Positions:
    ((before,),) = rows(looking.session, _BEFORE, {"since": need.since})
    return _those(places, looking.roster.ids[places] > before)


@_keep.register
def _in_box(need: Box, places: Positions | slice, looking: _Looking) -> Positions:
    x, y = looking.roster.longitude[places], looking.roster.latitude[places]
    after, before = x >= need.west, x <= need.east
    across = after | before if need.west > need.east else after & before  # over the antimeridian, or not
    return _those(places, across & (y >= need.south) & (y <= need.north))


@_keep.register
def _in_circle(need: Circle, places: Positions | slice, looking: _Looking) -> Positions:
    if need.radius is None:
        near = _those(places, ~np.isnan(looking.roster.longitude[places]))
    else:
        near = _in_box(box_around(need, need.radius), places, looking)
    metres = _metres(looking.roster, near, need)
    inside = metres <= (inf if need.radius is None else need.radius * 1000)
    looking.metres[need] = metres[inside]
    return near[inside]


@_keep.register
def _in_area(need: Area, places: Positions | slice, looking: _Looking) -> Positions:
    near = _in_box(Box(*map(float, need.shape.bounds)), places, looking)
    shapely.prepare(need.shape)
    x, y = looking.roster.longitude[near], looking.roster.latitude[near]
    return _those(near, shapely.intersects_xy(need.shape, x, y))
