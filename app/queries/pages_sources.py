"""What pages say of sources: their titles and days of reading, and everything that one of them backs."""

import json
from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from app.models import FOREVER, Citation, Document, Kind, Revision, Source
from app.queries.statements import portions


def read_titles(session: Session, sources: Collection[str]) -> dict[str, tuple[str | None, str]]:
    """Return the title and the day of reading of each of these sources."""
    columns = (col(Source.id), col(Source.title), col(Source.seen_on))
    found: dict[str, tuple[str | None, str]] = {}
    for some in portions(sources):
        for source, title, seen_on in session.execute(select(*columns).where(col(Source.id).in_(some))):
            found[source] = title, seen_on.isoformat()
    return found


def read_citations(session: Session, source_id: str) -> list[Any]:
    """Return what a source backs: rows (kind, record, field), in order."""
    columns = (col(Citation.kind), col(Citation.record), col(Citation.field))
    cited = select(*columns).where(col(Citation.source) == source_id)
    return list(session.execute(cited.order_by(*columns)).all())


def read_names(session: Session, kind: Kind, records: Collection[str]) -> dict[str, str]:
    """Return the names of those of these records that stand today: neither retired nor merged."""
    columns = (col(Revision.record_id), col(Document.body))
    standing = (col(Revision.kind) == kind, col(Revision.until) == FOREVER, col(Revision.facet_set).is_not(None))
    chosen = select(*columns).join(Document, col(Document.revision) == col(Revision.id)).where(*standing)
    return {
        record: json.loads(body)["name"]
        for some in portions(records)
        for record, body in session.execute(chosen.where(col(Revision.record_id).in_(some)))
    }
