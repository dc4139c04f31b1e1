"""Since when, and until when, each pole is known to have existed: the days that the index of revisions holds."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlmodel import Session, col

from app.models import Revision
from app.queries.asked import PoleQuery
from app.queries.conditions import conditions
from app.queries.state import State
from app.queries.vocabulary import Meaning

Life = tuple[str | None, str | None]  # first and last day, YYYY-MM-DD; nothing where the registry knows none


def read_lives(session: Session, query: PoleQuery, meanings: Sequence[Meaning], state: State) -> list[Life]:
    columns = (col(Revision.active_from), col(Revision.active_until))
    found = (condition.certain for condition in conditions(query, meanings, state.cut))
    return [(begun, ended) for begun, ended in session.execute(select(*columns).where(*found))]
