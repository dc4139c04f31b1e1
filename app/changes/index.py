"""The index of the revision log, kept in step inside the write's own transaction; text and boxes know the database."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import TextClause, select, text, update
from sqlmodel import Session, col

from app.changes.entry import Entry
from app.changes.rows import insert_rows
from app.models import FOREVER, Document, FacetSet, Kind, Revision, RevisionTerm, Spelling, Term
from app.queries.spatial import BOX_SCALE
from app.queries.statements import portions
from app.queries.text import fold
from app.renderers.document import Rendered

_TEXT: Mapping[str, str] = {
    "sqlite": "INSERT INTO revision_text (rowid, words) VALUES (:revision, :words)",
    "postgresql": "INSERT INTO revision_text (revision, words)"
    " VALUES (:revision, array_to_tsvector(string_to_array(:words, ' ')))",
}
_BOX: Mapping[str, str] = {
    "sqlite": "INSERT INTO revision_box (id, x0, x1, y0, y1, t0, t1)"
    " VALUES (:revision, :x, :x, :y, :y, :revision, :until)",
    "postgresql": "INSERT INTO revision_box (revision, point)"
    " VALUES (:revision, ST_SetSRID(ST_MakePoint(:longitude, :latitude), 4326))",
}
SPELLING_KEY = tuple(map(col, (col(Spelling.filter), col(Spelling.spelling), col(Spelling.term), col(Spelling.value))))
_FILTERS = {Kind.POLE: "pole", Kind.ORGANISATION: "member", Kind.WAVE: "wave"}


@dataclass(frozen=True, slots=True)
class Made:
    """A revision that is ready to be stored; without `entry` it stands in no list."""

    revision: Revision
    rendered: Rendered
    superseded: Revision | None
    entry: Entry | None


def store(session: Session, made: Sequence[Made]) -> None:
    """Write revisions, their documents and all of their index, in a fixed number of bulk statements."""
    for one in made:
        if one.superseded:
            _supersede(session, one.superseded, until=one.revision.id)
    facet_sets = _facet_sets(session, {facets_content(one.entry) for one in made if one.entry})
    terms = _terms(session, {(one.revision.kind, *term) for one in made if one.entry for term in one.entry.terms})
    revisions, documents, carried = [], [], []
    for one in made:
        revision, entry = one.revision, one.entry
        revision.facet_set = facet_sets[facets_content(entry)] if entry else None
        ids = [terms[revision.kind, name, value] for name, value in entry.terms] if entry else []
        revisions.append(revision.model_dump())
        forms = {"body": one.rendered.body, "feature": one.rendered.feature, "row": one.rendered.row}
        documents.append({"revision": revision.id, "terms": json.dumps(ids), **forms})
        carried += [{"term": term, "until": FOREVER, "revision": revision.id} for term in ids]
    for model, rows in ((Revision, revisions), (Document, documents), (RevisionTerm, carried)):
        insert_rows(session, model, rows)
    listed = [one for one in made if one.entry]
    _insert_search(session, listed)
    _spell(session, listed)


def carried_terms(session: Session, revisions: Collection[int]) -> dict[int, set[tuple[str, str]]]:
    """Return the terms (name, value) of these revisions, from their documents: the index itself is sorted by term."""
    ids: dict[int, list[int]] = {}
    for some in portions(revisions):
        rows = session.execute(
            select(col(Document.revision), col(Document.terms)).where(col(Document.revision).in_(some))
        )
        ids |= {revision: json.loads(terms) for revision, terms in rows}
    known: dict[int, tuple[str, str]] = {}
    for some in portions({term for terms in ids.values() for term in terms}):
        rows = session.execute(select(col(Term.id), col(Term.name), col(Term.value)).where(col(Term.id).in_(some)))
        known |= {identity: (name, value) for identity, name, value in rows}
    return {revision: {known[term] for term in terms} for revision, terms in ids.items()}


def _supersede(session: Session, old: Revision, until: int) -> None:
    """End a revision in the log and in every index that knows when things end."""
    terms = json.loads(session.scalars(select(col(Document.terms)).where(col(Document.revision) == old.id)).one())
    session.execute(
        update(RevisionTerm)
        .where(
            col(RevisionTerm.term).in_(terms), col(RevisionTerm.until) == FOREVER, col(RevisionTerm.revision) == old.id
        )
        .values(until=until)
    )
    session.execute(update(Revision).where(col(Revision.id) == old.id).values(until=until))
    if _dialect(session) == "sqlite" and old.longitude is not None:
        ended = text("UPDATE revision_box SET t1 = :until WHERE id = :revision")
        session.execute(ended, {"until": until, "revision": old.id})


def facets_content(entry: Entry) -> str:
    return json.dumps(entry.facets, ensure_ascii=False, separators=(",", ":"))


def _facet_sets(session: Session, contents: Collection[str]) -> dict[str, int]:
    known = _facet_set_ids(session, contents)
    insert_rows(session, FacetSet, [{"content": content} for content in sorted(set(contents) - known.keys())])
    return _facet_set_ids(session, contents) if len(known) < len(contents) else known


def _facet_set_ids(session: Session, contents: Collection[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in portions(contents):
        rows = session.execute(select(col(FacetSet.content), col(FacetSet.id)).where(col(FacetSet.content).in_(some)))
        found |= {content: identity for content, identity in rows if identity is not None}
    return found


def _terms(session: Session, wanted: Collection[tuple[Kind, str, str]]) -> dict[tuple[Kind, str, str], int]:
    known = _term_ids(session, wanted)
    new = sorted(set(wanted) - known.keys())
    insert_rows(session, Term, [{"kind": kind, "name": name, "value": value} for kind, name, value in new])
    return _term_ids(session, wanted) if new else known


def _term_ids(session: Session, wanted: Collection[tuple[Kind, str, str]]) -> dict[tuple[Kind, str, str], int]:
    found: dict[tuple[Kind, str, str], int] = {}
    for some in portions(value for _, _, value in wanted):
        for term in session.scalars(select(Term).where(col(Term.value).in_(some))):
            if term.id is not None:
                found[term.kind, term.name, term.value] = term.id
    return found


def _insert_search(session: Session, made: Sequence[Made]) -> None:
    texts = [{"revision": one.revision.id, "words": " ".join(one.entry.words)} for one in made if one.entry]
    boxes = [
        {
            "revision": one.revision.id,
            "longitude": one.revision.longitude,
            "latitude": one.revision.latitude,
            "x": round(one.revision.longitude * BOX_SCALE),
            "y": round(one.revision.latitude * BOX_SCALE),
            "until": FOREVER,
        }
        for one in made
        if one.revision.longitude is not None and one.revision.latitude is not None
    ]
    for by_dialect, rows in ((_TEXT, texts), (_BOX, boxes)):
        if rows:
            session.connection().execute(_statement(session, by_dialect), rows)


def _spell(session: Session, made: Sequence[Made]) -> None:
    """Let the vocabulary know how these records may be written in a filter."""
    wanted: dict[tuple[str, str, str, str], dict[str, Any]] = {}
    for one in made:
        if one.entry is None:
            continue
        name, value, label = _FILTERS[one.revision.kind], one.revision.record_id, one.entry.name
        ways = [(name, spelling, name, value) for spelling in one.entry.spellings]
        ways += [("siren", siren, "siren", siren) for term, siren in one.entry.terms if term == "siren"]
        for filter_name, written, term, meant in ways:
            row = {"filter": filter_name, "spelling": fold(written), "term": term, "value": meant, "label": label}
            more = {"notice": None, "since": one.revision.id}
            wanted[filter_name, row["spelling"], term, meant] = row | more
    # Old spellings stay: a query of the past may use them.
    known: dict[tuple[str, str, str, str], str] = {}
    for some in portions(value for _, _, _, value in wanted):
        for spelled in session.scalars(select(Spelling).where(col(Spelling.value).in_(some))):
            known[spelled.filter, spelled.spelling, spelled.term, spelled.value] = spelled.label
    for key in wanted.keys() & known.keys():
        if known[key] != wanted[key]["label"]:
            mine = [column == value for column, value in zip(SPELLING_KEY, key, strict=True)]
            session.execute(update(Spelling).where(*mine).values(label=wanted[key]["label"]))
    insert_rows(session, Spelling, [row for key, row in wanted.items() if key not in known])


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name


def _statement(session: Session, by_dialect: Mapping[str, str]) -> TextClause:
    return text(by_dialect[_dialect(session)])
