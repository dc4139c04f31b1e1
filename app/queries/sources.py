"""The sources of records: which page backs the whole record or which of its fields."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy import Select, and_, func, or_, select
from sqlmodel import Session, col

from app.errors import NotFound
from app.models import FOREVER, Citation, CitedKind, Source, SourceRef, SourceState
from app.models.source import SourcePublic
from app.queries.asked_lists import SourceQuery
from app.queries.statements import AnySelect, portions

_SEARCHED = (Source.url, Source.publisher, Source.title)
Sources = Mapping[tuple[CitedKind, str], Sequence[SourceRef]]


def select_sources(kind: CitedKind, records: Sequence[str], serial: int) -> Select[Citation, Source, SourceState]:
    """Return citations with their sources, and what these were at a serial where that is not what they are now."""
    past = and_(col(SourceState.source) == col(Source.id), col(SourceState.until) > serial)
    return (
        select(Citation, Source, SourceState)
        .join(Source, col(Source.id) == col(Citation.source))
        .outerjoin(SourceState, past)
        .where(col(Citation.kind) == kind, col(Citation.record).in_(records))
        .order_by(col(Citation.source), col(Citation.field), col(SourceState.until))
    )


def read_sources(session: Session, records: Mapping[CitedKind, Sequence[str]], serial: int = FOREVER) -> Sources:
    """Return the sources of these records, in order of their ids, each with the fields that it backs.

    They are as they were at a serial, without one as they are now.
    """
    cited: dict[tuple[CitedKind, str], dict[str, SourceRef]] = defaultdict(dict)
    for kind, ids in records.items():
        for some in portions(ids):
            for citation, source, past in session.execute(select_sources(kind, some, serial)):
                known = cited[kind, citation.record]
                then = past or source  # of several past states the first is the one that ended soonest
                if source.id not in known:
                    known[source.id] = SourceRef(
                        id=source.id, url=then.url, publisher=then.publisher, retired=then.retired
                    )
                if citation.field and citation.field not in known[source.id].fields:
                    known[source.id].fields.append(citation.field)
    return defaultdict(list, {record: list(sources.values()) for record, sources in cited.items()})


def select_source_rows() -> AnySelect:
    """Return the sources with the number of records and fields that each backs."""
    citations = func.count(col(Citation.source)).label("citations")
    columns = (Source.id, Source.url, Source.publisher, Source.title, Source.seen_on, Source.retired)
    shown = tuple(map(col, columns))
    return select(*shown, citations).select_from(Source).outerjoin(Citation).group_by(*shown)


def select_listed_sources(query: SourceQuery) -> AnySelect:
    """Return the sources that are not retired, in order of publisher and id."""
    statement = select_source_rows().where(~col(Source.retired))
    if query.q:
        named = (col(column).icontains(query.q, autoescape=True) for column in _SEARCHED)
        statement = statement.where(or_(*named))
    return statement.order_by(col(Source.publisher), col(Source.id))


def read_source(session: Session, source_id: str) -> SourcePublic:
    """Return one source, retired or not. Raises NotFound."""
    row = session.execute(select_source_rows().where(col(Source.id) == source_id)).first()
    if row is None:
        raise NotFound(f"Aucune source « {source_id[:100]} ».")
    return SourcePublic(**row._asdict())


def read_version(session: Session, shown: SourcePublic) -> str:
    """Return which state of a source this is: the serial of its row's last write (0: the seed's), and its citations."""
    serial = session.scalars(select(col(Source.serial)).where(col(Source.id) == shown.id)).one()
    return f"{serial}.{shown.citations}"
