"""The poles as others keep them: one flat table, a column for each property of the stored features."""

import json
from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from sqlalchemy import create_engine, select
from sqlmodel import Session, col

from app.models import Document, Kind, Revision
from app.models.revision import FOREVER

_SEEN: Final = 1000  # poles: in so many, each property has a value once, or is a text

Row = dict[str, Any]


def rows(url: str) -> Iterator[Row]:
    """Yield the properties of each pole of a set, lists as lists."""
    standing = (
        select(col(Document.feature))
        .join(Revision, col(Revision.id) == col(Document.revision))
        .where(col(Revision.kind) == Kind.POLE, col(Revision.until) == FOREVER, col(Revision.facet_set).is_not(None))
        .execution_options(yield_per=_SEEN)
    )
    engine = create_engine(url)
    with Session(engine) as session:
        for (feature,) in session.execute(standing):
            yield json.loads(feature)["properties"]
    engine.dispose()


def columns(url: str) -> dict[str, type]:
    """Return the properties of poles and what each is."""
    types: dict[str, type] = {}
    for row in islice(rows(url), _SEEN):
        for name, value in row.items():
            if types.get(name) in {None, type(None)}:
                types[name] = type(value)
    return {name: str if kind is type(None) else kind for name, kind in types.items()}


def cells(row: Row) -> list[Any]:
    """Return the values of a row, lists as JSON."""
    return [json.dumps(value, ensure_ascii=False) if isinstance(value, list) else value for value in row.values()]
