"""Where queries are run and read back: statements in, plain values out."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session, col

from app import wording
from app.errors import NotFound
from app.models import Commune, Document, Kind, Spelling, Write
from app.queries import facets, vocabulary
from app.queries.asked import Asked, RecordsQuery
from app.queries.conditions import conditions
from app.queries.records import (
    select_documents,
    select_facet,
    select_history,
    select_page,
    select_record,
    select_record_ids,
)
from app.queries.state import EMPTY, State, is_future, out_of_range, select_state
from app.queries.text import fold
from app.queries.vocabulary import Meaning

FORMS = {"body": col(Document.body), "feature": col(Document.feature), "row": col(Document.row)}
LISTED_AT_MOST = 30


@dataclass(frozen=True, slots=True)
class Page:
    """The documents of one page in their order, and what was counted on the way."""

    pieces: list[bytes]
    total: int
    metres: list[float] | None = None  # how far each is from the point that was asked for
    undetermined: int = 0
    facets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    geometries: list[bytes] | None = None  # what draws each, instead of its point
    notices: list[str] = field(default_factory=list)


def read_state(session: Session, asked: Asked) -> tuple[State, list[Meaning]]:
    """Read in one statement the state asked for and what the query's words mean.

    Raises Invalid for an `as_of` outside the log and for words that mean nothing.
    """
    as_of, written = asked.as_of, vocabulary.written_values(asked)
    statement = select_state(as_of)
    named = vocabulary.select_meanings(written)
    if named is not None:
        meant = named.subquery("meant")
        statement = statement.add_columns(*meant.c).outerjoin(meant, meant.c.since <= col(Write.last_revision))
    rows = [] if is_future(as_of) else session.execute(statement).all()
    if rows:
        state = State(*rows[0][:4])
    elif as_of is None:
        state = EMPTY
    else:
        ends = [
            session.scalars(select(Write).order_by(order).limit(1)).first()
            for order in (col(Write.serial), -col(Write.serial))
        ]
        raise out_of_range(as_of, *ends)
    try:
        return state, vocabulary.understood(written, [row[4:] for row in rows if row[4:] and row[4] is not None])
    except vocabulary.Unknown as unknown:
        raise vocabulary.refusal({value: _advice(session, *value) for value in unknown.values}) from None


def read_page(session: Session, query: RecordsQuery, meanings: Sequence[Meaning], state: State, form: str) -> Page:
    """Read a page: a statement for its ids and counts, one for its documents, and one for each facet."""
    found = conditions(query, meanings, state.cut)
    rows = session.execute(select_page(query, found)).all()
    ids = [row.id for row in rows if row.id is not None]
    documents: dict[int, bytes] = {}
    if ids:
        documents = dict(session.execute(select_documents(ids, FORMS[form])).all())
    return Page(
        pieces=[documents[revision] for revision in ids],
        total=rows[0].total,
        metres=[row.metres for row in rows if row.id is not None] if query.circle else None,
        undetermined=rows[0][1],
        facets={facet: read_facet(session, query, meanings, state, facet) for facet in query.wanted_facets},
    )


def read_facet(
    session: Session, query: RecordsQuery, meanings: Sequence[Meaning], state: State, facet: str
) -> list[dict[str, Any]]:
    rows = session.execute(select_facet(conditions(query, meanings, state.cut, without=facet))).all()
    waves = [meaning.value for meaning in meanings if meaning.filter == "wave"]
    return facets.expand(rows, facet, outcomes=getattr(query, "outcome", ()), waves=waves)


def read_record(session: Session, kind: Kind, record_id: str, state: State | None, form: str) -> Any:
    """Return a record now, or at a state, as a row of `select_record`. Raises NotFound, with the nearest identifier."""
    at = {} if state is None else {"cut": state.cut}
    row = session.execute(select_record(FORMS[form], now=not at), {"kind": kind, "record_id": record_id, **at}).first()
    if row is None:
        hint = wording.suggestion(record_id, [str(known) for known in session.scalars(select_record_ids(kind))])
        detail = f"Aucune fiche « {record_id[:100]} »."
        if state is not None:
            detail = f"Aucune fiche « {record_id[:100]} » à l’écriture {state.serial}."
        raise NotFound(detail + (f" Vouliez-vous « {hint} » ?" if hint and hint != record_id else ""))
    return row


def read_history(session: Session, kind: Kind, record_id: str, state: State) -> Sequence[Any]:
    return session.execute(select_history(kind, record_id, state.cut)).all()


def _advice(session: Session, name: str, written: str) -> tuple[str, str | None]:
    """Return what was expected and the nearest value, for a written value that means nothing."""
    if name == "commune":
        near = select(Commune).where(col(Commune.name_folded).startswith(fold(written), autoescape=True))
        commune = session.scalars(near.order_by(func.coalesce(col(Commune.population), 0).desc()).limit(1)).first()
        return "un code INSEE de commune (voir /v1/communes?q=)", commune.code if commune and fold(written) else None
    if name == "territory":
        kinds = ", ".join(f"{kind}:" for kind in ("commune", "epci", "ept", "departement", "region"))
        return f"une unité qui existe, son type puis son code ({kinds})", None
    chosen = (
        select(Spelling)
        .where(col(Spelling.filter) == name)
        .order_by(col(Spelling.spelling), col(Spelling.value))
        .limit(50_000)
    )
    known = session.scalars(chosen).all()
    current = {spelling.value: spelling.label for spelling in known if spelling.notice is None}
    listed = ", ".join(f"{value} ({label})" for value, label in sorted(current.items()))
    expected = f"une valeur connue : {listed}" if len(current) <= LISTED_AT_MOST else "une valeur connue du registre"
    return expected, wording.suggestion(fold(written), {spelling.spelling: spelling.value for spelling in known})
