"""A roster brought forward by what was written since: who left, who came, each in its place among the names."""

from typing import Any, Final

import numpy as np
from sqlalchemy import bindparam, select, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from app.models import Revision
from app.prepared import Prepared, Rows, rows
from app.queries.roster import COLUMNS, Numbers, Roster, columns, read_roster

_MANY: Final = 200  # new revisions; with more, all is read again
_KIND: Final[Any] = bindparam("kind")
_SINCE: Final[Any] = bindparam("since")
_CUT: Final[Any] = bindparam("cut")
_NEWER: Final = aliased(Revision)
_BY_NAME: Final = (col(Revision.name_sort), col(Revision.record_id))

_NEW: Final = Prepared(
    select(*map(col, COLUMNS), *_BY_NAME)
    .where(col(Revision.kind) == _KIND, col(Revision.id) > _SINCE, col(Revision.id) <= _CUT, col(Revision.until) > _CUT)
    .order_by(*_BY_NAME)
    .limit(_MANY + 1)
)
_LEFT: Final = Prepared(
    select(col(Revision.id))
    .join(_NEWER, (col(_NEWER.kind) == col(Revision.kind)) & (col(_NEWER.record_id) == col(Revision.record_id)))
    .where(
        col(_NEWER.kind) == _KIND,
        col(_NEWER.id) > _SINCE,
        col(_NEWER.id) <= _CUT,
        col(Revision.id) <= _SINCE,
        col(Revision.until) > _SINCE,
    )
)
_BEFORE: Final = Prepared(
    select(col(Revision.id))
    .where(
        col(Revision.kind) == _KIND,
        tuple_(*_BY_NAME) < tuple_(bindparam("name"), bindparam("record")),
        col(Revision.id) <= _CUT,
        col(Revision.until) > _CUT,
        col(Revision.facet_set).is_not(None),
    )
    .order_by(col(Revision.name_sort).desc(), col(Revision.record_id).desc())
    .limit(1)
)


def brought_forward(session: Session, roster: Roster, cut: int) -> Roster:
    """Return the roster of a later cut, from one of an earlier: a few statements, whatever its size."""
    span = {"kind": roster.kind, "since": roster.cut, "cut": cut}
    new = rows(session, _NEW, span)
    if len(new) > _MANY:
        return read_roster(session, roster.kind, cut)
    listed = [row for row in new if row[len(COLUMNS) - 1] is not None]  # a facet set, as all that stand have
    left = [revision for (revision,) in rows(session, _LEFT, span)]
    order = _order(session, roster.ids[~np.isin(roster.ids, left)], listed, {"kind": roster.kind, "cut": cut})
    # Where each one of the new order comes from: the old columns, then the new rows.
    known = np.concatenate([roster.ids, [row[0] for row in listed]]).astype(np.int64)
    by_id = np.argsort(known)
    origin = by_id[np.searchsorted(known[by_id], order)]
    old = (roster.ids, roster.longitude, roster.latitude, roster.year, roster.begun, roster.ended, roster.facet_set)
    added = columns([row[: len(COLUMNS)] for row in listed])
    joined = (np.concatenate(pair).astype(pair[0].dtype)[origin] for pair in zip(old, added, strict=True))
    return Roster(roster.kind, cut, *joined)


def _order(session: Session, stayed: Numbers, new: Rows, told: dict[str, Any]) -> Numbers:
    """Return all revisions in the order of names; the new ones are told in that order, so that each finds its place."""
    order = stayed
    for row in new:
        name, record = row[len(COLUMNS) :]
        before = rows(session, _BEFORE, {**told, "name": name, "record": record})
        place = int(np.flatnonzero(order == before[0][0])[0]) + 1 if before else 0
        order = np.insert(order, place, row[0])
    return order
