"""The index of the revision log, kept in step inside the write's own transaction; text and boxes know the database."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from sqlalchemy import bindparam, text, update
from sqlmodel import Session, col

from app.changes.entry import Entry
from app.changes.rows import forget, insert_rows, rows_where, table_of
from app.models import FOREVER, Document, FacetSet, Kind, Revision, RevisionTerm, Spelling, Term
from app.prepared import Prepared, write
from app.queries.spatial import BOX_SCALE
from app.queries.statements import Among
from app.queries.text import fold
from app.renderers.document import Rendered

_TEXT = {
    "sqlite": Prepared(text("INSERT INTO revision_text (rowid, words) VALUES (:revision, :words)")),
    "postgresql": Prepared(
        text(
            "INSERT INTO revision_text (revision, words)"
            " VALUES (:revision, array_to_tsvector(string_to_array(:words, ' ')))"
        )
    ),
}
_BOX = {
    "sqlite": Prepared(
        text(
            "INSERT INTO revision_box (id, x0, x1, y0, y1, t0, t1)"
            " VALUES (:revision, :x, :x, :y, :y, :revision, :until)"
        )
    ),
    "postgresql": Prepared(
        text(
            "INSERT INTO revision_box (revision, point)"
            " VALUES (:revision, ST_SetSRID(ST_MakePoint(:longitude, :latitude), 4326))"
        )
    ),
}
# The terms are told as they stand in the document: one statement for a revision, and not one for each of its terms.
_CARRY = {
    "sqlite": Prepared(
        text("INSERT INTO revision_term (term, until, revision) SELECT value, :until, :revision FROM json_each(:terms)")
    ),
    "postgresql": Prepared(
        text(
            "INSERT INTO revision_term (term, until, revision)"
            " SELECT unnest(CAST(translate(:terms, '[]', '{}') AS integer[])), :until, :revision"
        )
    ),
}
_CARRIED, _LOGGED = table_of(RevisionTerm), table_of(Revision)
_COLUMNS = [column.key for column in _LOGGED.c]
_END_TERMS = Prepared(
    update(_CARRIED)
    .where(Among(_CARRIED.c.term, bindparam("terms")))
    .where(_CARRIED.c.until == FOREVER, _CARRIED.c.revision == bindparam("old"))
    .values(until=bindparam("end"))
)
_END_REVISION = Prepared(update(_LOGGED).where(_LOGGED.c.id == bindparam("old")).values(until=bindparam("end")))
_END_BOX = Prepared(text("UPDATE revision_box SET t1 = :end WHERE id = :old"))
SPELLING_KEY = tuple(map(col, (col(Spelling.filter), col(Spelling.spelling), col(Spelling.term), col(Spelling.value))))
_FILTERS = {Kind.POLE: "pole", Kind.ORGANISATION: "member", Kind.WAVE: "wave"}


class Current(NamedTuple):
    """What stands of a record: its revision, as a plain row; its JSON; the ids of its terms, in JSON too."""

    revision: Revision
    body: bytes
    terms: str


@dataclass(frozen=True, slots=True)
class Made:
    """A revision that is ready to be stored; without `entry` it stands in no list. `terms`: ids that are known."""

    revision: Revision
    rendered: Rendered
    superseded: Current | None
    entry: Entry | None
    terms: Mapping[tuple[str, str], int] = field(default_factory=dict)


def store(session: Session, made: Sequence[Made]) -> None:
    """Write revisions, their documents and all of their index, in a fixed number of bulk statements."""
    _supersede(session, made)
    facet_sets = _facet_sets(session, {facets_content(one.entry) for one in made if one.entry})
    terms = _terms(session, made)
    revisions, documents, carried = [], [], []
    for one in made:
        revision, entry = one.revision, one.entry
        ids = [terms[revision.kind, name, value] for name, value in entry.terms] if entry else []
        facet_set = facet_sets[facets_content(entry)] if entry else None
        revisions.append({name: getattr(revision, name) for name in _COLUMNS} | {"facet_set": facet_set})
        forms = {"body": one.rendered.body, "feature": one.rendered.feature, "row": one.rendered.row}
        documents.append({"revision": revision.id, "terms": json.dumps(ids), **forms})
        if ids:
            carried.append({"revision": revision.id, "until": FOREVER, "terms": documents[-1]["terms"]})
    insert_rows(session, Revision, revisions)
    insert_rows(session, Document, documents)
    if carried:
        write(session, _CARRY[_dialect(session)], carried)
    listed = [one for one in made if one.entry]
    _insert_search(session, listed)
    _spell(session, listed)


def terms_of(session: Session, documents: Mapping[str, str]) -> dict[str, dict[tuple[str, str], int]]:
    """Return the terms (name, value) that documents list, with their ids: the index itself is sorted by term."""
    ids: dict[str, list[int]] = {of: json.loads(listed) for of, listed in documents.items()}
    rows = rows_where(session, Term, "id", {term for listed in ids.values() for term in listed})
    known = {term.id: (term.name, term.value) for term in rows}
    return {of: {known[term]: term for term in listed} for of, listed in ids.items()}


def _supersede(session: Session, made: Sequence[Made]) -> None:
    """End the revisions that others supersede, in the log and in every index that knows when things end."""
    old = [
        (one.superseded, {"old": one.superseded.revision.id, "end": one.revision.id}) for one in made if one.superseded
    ]
    ended = [values for _, values in old]
    if not ended:
        return
    write(session, _END_TERMS, [{**values, "terms": standing.terms} for standing, values in old])
    write(session, _END_REVISION, ended)
    placed = [values for standing, values in old if standing.revision.longitude is not None]
    if placed and _dialect(session) == "sqlite":
        write(session, _END_BOX, placed)
    forget(session, Revision)


def facets_content(entry: Entry) -> str:
    return json.dumps(entry.facets, ensure_ascii=False, separators=(",", ":"))


def _facet_sets(session: Session, contents: Collection[str]) -> dict[str, int]:
    known = _facet_set_ids(session, contents)
    insert_rows(session, FacetSet, [{"content": content} for content in sorted(set(contents) - known.keys())])
    return _facet_set_ids(session, contents) if len(known) < len(contents) else known


def _facet_set_ids(session: Session, contents: Collection[str]) -> dict[str, int]:
    rows = rows_where(session, FacetSet, "content", contents)
    return {row.content: row.id for row in rows if row.id is not None}


def _terms(session: Session, made: Sequence[Made]) -> dict[tuple[Kind, str, str], int]:
    """Return the ids of the terms that these revisions carry: most of them are those that they carried before."""
    known = {(one.revision.kind, *term): identity for one in made for term, identity in one.terms.items()}
    wanted = {(one.revision.kind, *term) for one in made if one.entry for term in one.entry.terms}
    known |= _term_ids(session, wanted - known.keys())
    new = wanted - known.keys()
    insert_rows(session, Term, [{"kind": kind, "name": name, "value": value} for kind, name, value in sorted(new)])
    return known | _term_ids(session, new)


def _term_ids(session: Session, wanted: Collection[tuple[Kind, str, str]]) -> dict[tuple[Kind, str, str], int]:
    rows = rows_where(session, Term, "value", {value for _, _, value in wanted})
    return {(term.kind, term.name, term.value): term.id for term in rows if term.id is not None}


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
            write(session, by_dialect[_dialect(session)], rows)


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
    rows = rows_where(session, Spelling, "value", {value for _, _, _, value in wanted})
    known = {(row.filter, row.spelling, row.term, row.value): row.label for row in rows}
    for key in wanted.keys() & known.keys():
        if known[key] != wanted[key]["label"]:
            mine = [column == value for column, value in zip(SPELLING_KEY, key, strict=True)]
            session.execute(update(Spelling).where(*mine).values(label=wanted[key]["label"]))
            forget(session, Spelling)
    insert_rows(session, Spelling, [row for key, row in wanted.items() if key not in known])


def _dialect(session: Session) -> str:
    return session.get_bind().dialect.name
