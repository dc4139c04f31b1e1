"""A list without a limit: where its documents are, read at once; then the documents themselves, some at a time.

What a revision is never changes: nothing is held between two reads, and a list remains that of its state.
"""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlmodel import Session

from app.errors import Unavailable
from app.queries.asked import RecordsQuery
from app.queries.conditions import conditions
from app.queries.matches import matches, ordered
from app.queries.needs import needs
from app.queries.present import present
from app.queries.records import select_all
from app.queries.roster import Numbers
from app.queries.run import read_page, read_pieces
from app.queries.state import State
from app.queries.vocabulary import Meaning

_AT_ONCE = 1000  # rows


@dataclass(frozen=True, slots=True)
class Whole:
    """The revisions of a list in their order, some bytes each, and what was counted on the way."""

    ids: Numbers
    metres: Numbers | None
    total: int
    undetermined: int
    facets: dict[str, list[dict[str, Any]]]
    notices: list[str]


def read_whole(
    session: Session, query: RecordsQuery, meanings: Sequence[Meaning], state: State, notices: list[str]
) -> Whole:
    """Read a list but its documents: of the present from memory, of the past in the log."""
    ids, metres = _of_present(session, query, meanings, state) or _of_past(session, query, meanings, state)
    counted = read_page(session, query.model_copy(update={"limit": 0}), meanings, state, "row")
    return Whole(ids, metres, counted.total, counted.undetermined, counted.facets, notices)


def _of_present(
    session: Session, query: RecordsQuery, meanings: Sequence[Meaning], state: State
) -> tuple[Numbers, Numbers | None] | None:
    now = present(session, state)
    if now is None:
        return None
    roster = now.roster(session, query.kind)
    places, metres = ordered(roster, matches(session, roster, needs(query, meanings)), query.order)
    return roster.ids[places], metres


def _of_past(
    session: Session, query: RecordsQuery, meanings: Sequence[Meaning], state: State
) -> tuple[Numbers, Numbers | None]:
    ids, metres = array("q"), array("d")
    connection = session.connection()  # not the session: it would look for objects in each row
    for rows in connection.execute(select_all(query, conditions(query, meanings, state.cut))).partitions(_AT_ONCE):
        ids.extend([row[0] for row in rows])
        if query.circle:
            metres.extend([row[1] for row in rows])
    return np.asarray(ids), np.asarray(metres) if query.circle else None


def read_documents(session: Session, ids: Numbers, form: str) -> list[bytes]:
    """Return documents in the order of their revisions. Raises Unavailable where one is not to be had.

    A replica may lack what the primary has told of: it is refused, so that the primary is asked.
    """
    try:
        return read_pieces(session, ids.tolist(), form)
    except KeyError:
        raise Unavailable from None
