"""Writes of sources. They have no revisions of their own: the records that cite them show what they are, then and now.

All raise what `changes/registry.py` raises, having written nothing.
"""

from typing import Any

from sqlalchemy import select
from sqlmodel import Session, col

from app.changes import bodies, cited
from app.changes.orders import Changes, Done, Order, carry_out, etag_of, must_match
from app.changes.rows import Difference
from app.errors import Conflict, Fault, Gone, NotFound
from app.models import Citation, CitedKind, Kind, Source, Write
from app.models.source import SourcePublic, SourceUpdate
from app.queries.sources import read_source, read_version
from app.security import must_be_national

_COMPUTED = ("id", "retired", "citations")
_OWNERS = {CitedKind.ORGANISATION: Kind.ORGANISATION, CitedKind.WAVE: Kind.WAVE}
_PATH = "/v1/sources"


def create(session: Session, order: Order, body: Any) -> Done:
    """Add a source. Raises Conflict if its address is one already."""
    must_be_national(order.editor, "Créer une source")
    shape = bodies.read(SourceUpdate, body, {}, _COMPUTED)
    _must_be_new(session, shape.url)
    new = cited.new_source(shape.url).new[0]
    given = shape.model_dump(exclude_none=True)
    row = Difference(Source, new.key, None, {**(new.after or {}), **given})
    done = _carried_out(session, order.because("Création"), str(new.key[0]), row)
    return Done(done.path, done.body, done.etag, done.serial, created=True, published=done.published)


def replace(session: Session, order: Order, source_id: str, body: Any, *, patch: bool = False) -> Done:
    source, shown = _standing(session, source_id)
    must_be_national(order.editor, "Modifier une source")
    must_match(session, order, read_version(session, shown), _dumped(shown))
    current = shown.model_dump(mode="json")
    if patch and isinstance(body, dict):
        body = bodies.patched(current, body)
    shape = bodies.read(SourceUpdate, body, current, _COMPUTED)
    if shape.url != source.url:
        _must_be_new(session, shape.url)
    wanted = {"title": None} | shape.model_dump(exclude_none=True)
    before = source.model_dump()
    changed = {name: value for name, value in wanted.items() if before[name] != value}
    if not changed:
        return _done(session, source_id, None)
    row = Difference(Source, (source_id,), {name: before[name] for name in changed}, changed)
    return _carried_out(session, order.because("Modification"), source_id, row)


def retire(session: Session, order: Order, source_id: str) -> Done:
    """Take a source away: what it backs says so from then on."""
    _, shown = _standing(session, source_id)
    must_be_national(order.editor, "Retirer une source")
    must_match(session, order, read_version(session, shown), _dumped(shown))
    row = Difference(Source, (source_id,), {"retired": False}, {"retired": True})
    return _carried_out(session, order.because("Retrait"), source_id, row)


def restore(session: Session, order: Order, source_id: str) -> Done:
    source = session.get(Source, source_id)
    if source is None:
        raise NotFound(f"Aucune source « {source_id[:100]} ».")
    must_be_national(order.editor, "Rétablir une source")
    if not source.retired:
        raise Conflict(f"« {source_id} » n’est pas retirée : il n’y a rien à rétablir.")
    row = Difference(Source, (source_id,), {"retired": True}, {"retired": False})
    return _carried_out(session, order.because("Rétablissement"), source_id, row)


def _standing(session: Session, source_id: str) -> tuple[Source, SourcePublic]:
    source = session.get(Source, source_id)
    if source is None:
        raise NotFound(f"Aucune source « {source_id[:100]} ».")
    if source.retired:
        write = session.get(Write, source.serial)
        raise Gone(f"Cette source a été retirée : {write.reason if write else ''}")
    return source, read_source(session, source_id)


def _must_be_new(session: Session, url: str) -> None:
    known = session.scalars(select(col(Source.id)).where(col(Source.url) == url)).first()
    if known:
        expected = f"une adresse que le registre n’a pas ; c’est celle de « {known} »"
        raise Conflict(f"/url : {expected}.", faults=[Fault(pointer="/url", value=url[:200], expected=expected)])


def _carried_out(session: Session, order: Order, source_id: str, row: Difference) -> Done:
    """Write the row, and publish what cites the source."""
    shown: dict[Kind, set[str]] = {kind: set() for kind in Kind}
    for kind, record in session.execute(
        select(col(Citation.kind), col(Citation.record)).where(col(Citation.source) == source_id)
    ):
        shown[_OWNERS.get(kind, Kind.POLE)].add(record.partition("@")[0])
    known_as = None if order.source is None else cited.source_of(session, order).url
    result = carry_out(session, order, known_as or order.editor.name, Changes([row], {}, shown))
    return _done(session, source_id, result)


def _done(session: Session, source_id: str, result: Any) -> Done:
    shown = read_source(session, source_id)
    serial, published = result or (None, [])
    etag = etag_of(session, read_version(session, shown))
    return Done(f"{_PATH}/{source_id}", _dumped(shown), etag, serial, published=tuple(published))


def _dumped(shown: SourcePublic) -> bytes:
    return bodies.dumped(shown.model_dump(mode="json"))
