"""The sources of records: which page backs the whole record or which of its fields."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Select, select
from sqlmodel import Session, col

from app.models import Citation, CitedKind, Source, SourceRef
from app.queries.statements import portions

Sources = Mapping[tuple[CitedKind, str], Sequence[SourceRef]]


def select_sources(kind: CitedKind, records: Sequence[str]) -> Select[Citation, Source]:
    return (
        select(Citation, Source)
        .join(Source)
        .where(col(Citation.kind) == kind, col(Citation.record).in_(records))
        .order_by(col(Citation.source), col(Citation.field))
    )


def read_sources(session: Session, records: Mapping[CitedKind, Sequence[str]]) -> Sources:
    """Return the sources of these records, in order of their ids, each with the fields that it backs."""
    cited: dict[tuple[CitedKind, str], dict[str, SourceRef]] = defaultdict(dict)
    for kind, ids in records.items():
        for some in portions(ids):
            for citation, source in session.execute(select_sources(kind, some)):
                known = cited[kind, citation.record]
                if source.id not in known:
                    known[source.id] = SourceRef(id=source.id, url=source.url, publisher=source.publisher)
                if citation.field:
                    known[source.id].fields.append(citation.field)
    return defaultdict(list, {record: list(sources.values()) for record, sources in cited.items()})
