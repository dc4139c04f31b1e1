"""The point that `covers` asks for, with its units: read from the outlines beside the seed."""

from typing import TypeVar

from app.queries.asked import RecordsQuery
from app.queries.spots import spot_at
from app.routes.asking import Asking

QueryT = TypeVar("QueryT", bound=RecordsQuery)


def located(asking: Asking, query: QueryT) -> tuple[QueryT, list[str]]:
    """Return a query whose point knows its units, and what to say of them. Raises Invalid if it has none."""
    point = getattr(query, "covers", None)
    if point is None:
        return query, []
    spot = spot_at(point, asking.seed_dir)
    return query.model_copy(update={"covers": spot}), [spot.notice]
