"""What is published, proven against the facts: documents, orders, facets, terms, words and boxes."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from typing import Any, NamedTuple

from sqlalchemy import select, text
from sqlmodel import Session, col

from app.changes import facts
from app.changes.entry import Entry
from app.changes.index import facets_content
from app.changes.publish import ENDED, document, index_entry
from app.models import FOREVER, Document, FacetSet, Kind, Revision, RevisionTerm, Term, Write
from app.models.revision import RevisionRef
from app.queries.spatial import BOX_SCALE
from app.queries.statements import portions


class _Published(NamedTuple):
    """A standing revision with all that is stored of it."""

    revision: Revision
    write: Write
    document: Document
    facets: str | None


def published_faults(session: Session) -> Iterator[str]:
    """Yield a sentence for each standing revision that does not show, or is not found by, its facts."""
    words, boxes = _words(session), _boxes(session)
    listed: set[int] = set()
    for kind in Kind:
        for some in portions(_standing_ids(session, kind)):
            published = list(_published(session, some))
            loaded = facts.load(session, kind, [one.revision.record_id for one in published])
            terms = _terms(session, some)
            for revision, write, stored, facets in published:
                name = f"{kind} {revision.record_id}"
                if revision.action in ENDED:
                    continue
                known = loaded.get(revision.record_id)
                if known is None:
                    yield f"{name} : publié, mais sans faits"
                    continue
                reference = RevisionRef(serial=write.serial, recorded_at=write.recorded_at, action=revision.action)
                rendered = document(kind, known, reference)
                if (stored.body, stored.feature, stored.row) != (rendered.body, rendered.feature, rendered.row):
                    yield f"{name} : le document publié n’est plus celui de ses faits"
                entry = index_entry(known)
                listed.add(revision.id)
                yield from (f"{name} : {fault}" for fault in _index_faults(revision, entry, facets))
                if set(entry.terms) != terms[revision.id]:
                    yield f"{name} : l’index ne porte pas les termes de ses faits"
                if set(entry.words) != words.get(revision.id, set()):
                    yield f"{name} : revision_text n’a pas les mots de ses faits"
                if boxes.get(revision.id) != _box(session, revision):
                    yield f"{name} : sa boîte (revision_box) n’est pas à sa place"
    yield from _left_faults(session, listed)


def _index_faults(revision: Revision, entry: Entry, facets: str | None) -> Iterable[str]:
    wanted = {
        "name_sort": entry.name_sort,
        "year_sort": entry.year,
        "longitude": entry.longitude,
        "latitude": entry.latitude,
        "active_from": entry.active_from,
        "active_until": entry.active_until,
    }
    for column, value in wanted.items():
        if getattr(revision, column) != value:
            yield f"{column} = {getattr(revision, column)}, ses faits disent {value}"
    if facets != facets_content(entry):
        yield "ses facettes ne sont pas celles de ses faits"


def _left_faults(session: Session, listed: Collection[int]) -> Iterable[str]:
    """Yield what still carries terms, though no list shows it."""
    carrying = session.scalars(select(col(RevisionTerm.revision)).where(col(RevisionTerm.until) == FOREVER).distinct())
    for revision in sorted(set(carrying) - set(listed)):
        yield f"revision {revision} : porte encore des termes, mais ne figure dans aucune liste"


def _standing_ids(session: Session, kind: Kind) -> list[int]:
    standing = select(col(Revision.id)).where(col(Revision.kind) == kind, col(Revision.until) == FOREVER)
    return list(session.scalars(standing))


def _published(session: Session, ids: Collection[int]) -> Iterable[_Published]:
    rows = session.execute(
        select(Revision, Write, Document, col(FacetSet.content))
        .join(Write, col(Write.serial) == col(Revision.serial))
        .join(Document, col(Document.revision) == col(Revision.id))
        .outerjoin(FacetSet, col(FacetSet.id) == col(Revision.facet_set))
        .where(col(Revision.id).in_(ids))
        .order_by(col(Revision.record_id))
    )
    return (_Published(*row) for row in rows)


def _terms(session: Session, ids: Collection[int]) -> dict[int, set[tuple[str, str]]]:
    rows = session.execute(
        select(col(RevisionTerm.revision), col(Term.name), col(Term.value))
        .join(Term, col(Term.id) == col(RevisionTerm.term))
        .where(col(RevisionTerm.until) == FOREVER, col(RevisionTerm.revision).in_(ids))
    )
    carried: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for revision, name, value in rows:
        carried[revision].add((name, value))
    return carried


def _words(session: Session) -> dict[int, set[str]]:
    """Return the words that full text knows of each revision."""
    if _is_sqlite(session):
        # The table keeps no text of its own: its vocabulary tells which row has which word.
        session.execute(
            text("CREATE VIRTUAL TABLE IF NOT EXISTS temp.words USING fts5vocab(main, revision_text, instance)")
        )
        rows = session.execute(text("SELECT doc, term FROM temp.words"))
    else:
        rows = session.execute(text("SELECT revision, unnest(tsvector_to_array(words)) FROM revision_text"))
    found: dict[int, set[str]] = defaultdict(set)
    for revision, word in rows:
        found[revision].add(word)
    return found


def _boxes(session: Session) -> dict[int, tuple[Any, ...]]:
    if _is_sqlite(session):
        rows = session.execute(text("SELECT id, x0, x1, y0, y1, t1 FROM revision_box"))
    else:
        rows = session.execute(text("SELECT revision, ST_X(point), ST_Y(point) FROM revision_box"))
    return {row[0]: tuple(row[1:]) for row in rows}


def _box(session: Session, revision: Revision) -> tuple[Any, ...] | None:
    """Return the box that a revision should have."""
    if revision.longitude is None or revision.latitude is None:
        return None
    if not _is_sqlite(session):
        return revision.longitude, revision.latitude
    x, y = round(revision.longitude * BOX_SCALE), round(revision.latitude * BOX_SCALE)
    return x, x, y, y, revision.until


def _is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"
