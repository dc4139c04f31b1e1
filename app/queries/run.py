"""Where queries are run and read back: statements in, plain values out."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from sqlalchemy import func, select
from sqlmodel import Session, col

from app import wording
from app.errors import NotFound
from app.models import Commune, Kind, Spelling, Write
from app.prepared import rows
from app.queries import facets, vocabulary
from app.queries.asked import Asked, RecordsQuery
from app.queries.conditions import conditions
from app.queries.matches import matches, ordered
from app.queries.needs import needs
from app.queries.present import present
from app.queries.records import (
    DOCUMENTS,
    FACET_SETS,
    RECORD,
    Standing,
    select_facet,
    select_history,
    select_page,
    select_record_ids,
)
from app.queries.roster import Roster
from app.queries.state import EMPTY, State, is_future, out_of_range, state_at
from app.queries.statements import listed
from app.queries.text import fold
from app.queries.vocabulary import Meaning, Written

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
    """Read the state asked for and what the query's words mean.

    Raises Invalid for an `as_of` outside the log and for words that mean nothing.
    """
    as_of, written = asked.as_of, vocabulary.written_values(asked)
    state = None if is_future(as_of) else state_at(session, as_of)
    if state is None and as_of is not None:
        ends = [
            session.scalars(select(Write).order_by(order).limit(1)).first()
            for order in (col(Write.serial), -col(Write.serial))
        ]
        raise out_of_range(as_of, *ends)
    state = state or EMPTY
    return state, _meanings(session, written, state) if written else []


def _meanings(session: Session, written: Written, state: State) -> list[Meaning]:
    now, keys = present(session, state), vocabulary.keys_of(written)
    remembered = now.meanings if now else {}
    found = {known: remembered[known] for known in keys if known in remembered}
    if len(found) < len(keys):
        found = vocabulary.meanings_of(session.execute(vocabulary.select_meanings(written, state.cut)).all())
        if now:
            now.remember(found)
    try:
        return vocabulary.understood(written, found)
    except vocabulary.Unknown as unknown:
        raise vocabulary.refusal({value: _advice(session, *value) for value in unknown.values}) from None


def read_page(session: Session, query: RecordsQuery, meanings: Sequence[Meaning], state: State, form: str) -> Page:
    """Read a page: of the present from memory, of the past in the log; one statement brings its documents."""
    now = present(session, state)
    if now is None:
        return _past_page(session, query, meanings, state, form)
    roster = now.roster(session, query.kind)
    found = matches(session, roster, needs(query, meanings))
    end = query.offset + query.limit
    places, metres = ordered(roster, found, query.order, end)
    page = slice(query.offset, end)
    return Page(
        pieces=read_pieces(session, roster.ids[places[page]].tolist(), form),
        total=len(found.places),
        metres=None if metres is None else metres[page].tolist(),
        undetermined=found.undetermined,
        facets={
            facet: _facet(query, meanings, facet, _counted(session, roster, query, meanings, facet))
            for facet in query.wanted_facets
        },
    )


def _past_page(session: Session, query: RecordsQuery, meanings: Sequence[Meaning], state: State, form: str) -> Page:
    """Read a page in the log: a statement for its ids and counts, one for its documents, and one for each facet."""
    found = session.execute(select_page(query, conditions(query, meanings, state.cut))).all()
    ids = [row.id for row in found if row.id is not None]

    def counted(facet: str) -> Any:
        return session.execute(select_facet(conditions(query, meanings, state.cut, without=facet))).all()

    return Page(
        pieces=read_pieces(session, ids, form),
        total=found[0].total,
        metres=[row.metres for row in found if row.id is not None] if query.circle else None,
        undetermined=found[0][1],
        facets={facet: _facet(query, meanings, facet, counted(facet)) for facet in query.wanted_facets},
    )


def read_pieces(session: Session, ids: Sequence[int], form: str) -> list[bytes]:
    """Return a stored form of the documents of revisions, in their order."""
    documents: dict[int, bytes] = dict(rows(session, DOCUMENTS[form], {"ids": listed(ids)})) if ids else {}
    return [documents[revision] for revision in ids]


def _facet(
    query: RecordsQuery, meanings: Sequence[Meaning], facet: str, counted: Iterable[Sequence[Any]]
) -> list[dict[str, Any]]:
    waves = [meaning.value for meaning in meanings if meaning.filter == "wave"]
    return facets.expand(counted, facet, outcomes=getattr(query, "outcome", ()), waves=waves)


def _counted(
    session: Session, roster: Roster, query: RecordsQuery, meanings: Sequence[Meaning], facet: str
) -> list[tuple[str, int]]:
    """Return how many records of the present have each set of facets, leaving out the filter of one."""
    found = matches(session, roster, needs(query, meanings, without=facet))
    sets, numbers = np.unique(roster.facet_set[found.places], return_counts=True)
    contents: dict[int, str] = dict(rows(session, FACET_SETS, {"ids": listed(sets.tolist())}))
    return [(contents[one], number) for one, number in zip(sets.tolist(), numbers.tolist(), strict=True)]


def read_record(session: Session, kind: Kind, record_id: str, state: State | None, form: str) -> Standing:
    """Return a record now, or at a state. Raises NotFound, with the nearest identifier."""
    at = {} if state is None else {"cut": state.cut}
    found = rows(session, RECORD[form, not at], {"kind": kind, "record_id": record_id, **at})
    if not found:
        hint = wording.suggestion(record_id, [str(known) for known in session.scalars(select_record_ids(kind))])
        detail = f"Aucune fiche « {record_id[:100]} »."
        if state is not None:
            detail = f"Aucune fiche « {record_id[:100]} » à l’écriture {state.serial}."
        raise NotFound(detail + (f" Vouliez-vous « {hint} » ?" if hint and hint != record_id else ""))
    return Standing(*found[0])


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
