"""Writes of records: create, replace, patch, retire, merge, restore. Each is one transaction, or nothing.

All raise Forbidden, Invalid, Gone, Moved, NotFound, PreconditionRequired, PreconditionFailed or Conflict, having
written nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import chain, count, islice
from typing import Any, Final

from sqlmodel import Session

from app.changes import bodies, cited, moves
from app.changes.bodies import InPart
from app.changes.cited import Read
from app.changes.nouns import Meant, Noun, regions_of_pole
from app.changes.orders import Changes, Done, Order, carry_out, must_match
from app.changes.publish import ENDED, End, current_revisions
from app.changes.rows import Difference, Wanted, differences, key_of, rows_where, table_of, values_where
from app.changes.standing import Standing, done, read_standing, stands
from app.errors import Conflict, Fault, NotFound, invalid_parameter
from app.forms import RESERVED
from app.models import Action, Kind
from app.queries.run import read_record
from app.queries.text import slug
from app.security import must_be_national, must_cover

_AT_ONCE: Final = 100  # ids that are looked up together: few names are given so often


@dataclass(frozen=True, slots=True)
class Ready:
    """What a body means of one record, rights and rules held; nothing is written yet."""

    noun: Noun
    record_id: str
    meant: Meant
    standing: Standing | None


def create(session: Session, order: Order, noun: Noun, body: Any) -> Done:
    """Add a record; its id is made from its name, once and for all."""
    done = _save(session, order.because("Création"), ready_to_create(session, order, noun, body))
    return Done(done.path, done.body, done.etag, done.serial, created=True, published=done.published)


def replace(session: Session, order: Order, noun: Noun, record_id: str, body: Any, *, patch: bool = False) -> Done:
    """Give a record the facts of a body, or those that a merge patch changes."""
    standing = read_standing(session, noun.kind, record_id)
    _must_cover(order, noun, noun.regions(session, record_id), f"Modifier « {record_id} »")
    must_match(session, order, standing.revision.serial, standing.body)
    ready = ready_to_replace(session, order, noun, standing, body, patch=patch)
    return _save(session, order.because("Modification"), ready)


def ready_to_create(session: Session, order: Order, noun: Noun, body: Any, taken: Collection[str] = ()) -> Ready:
    """Return what a new record means; `taken` are ids that the same write gives to others."""
    read = bodies.read_in_part(noun.shape, body, {}, noun.computed)
    shape = read.shape or read.must_be_right()
    record_id = _new_id(session, noun, shape.name, taken)
    meant = noun.means(session, record_id, shape, order.seed_dir)
    if not record_id:
        expected = "un nom avec une lettre ou un chiffre latins : l’identifiant en est fait"
        meant.faults.append(Fault(pointer="/name", value=shape.name, expected=expected))
    _must_be_right(session, order, noun, read, meant, f"Créer « {shape.name} »")
    return Ready(noun, record_id, meant, None)


def ready_to_replace(
    session: Session, order: Order, noun: Noun, standing: Standing, body: Any, *, patch: bool = False
) -> Ready:
    """Return what a body means of a record that stands."""
    record_id = standing.revision.record_id
    _must_cover(order, noun, noun.regions(session, record_id), f"Modifier « {record_id} »")
    if patch and isinstance(body, dict):
        body = bodies.patched(standing.document, body)
    if isinstance(body, dict):
        body = noun.prepared(body, standing.document)
    read = bodies.read_in_part(noun.shape, body, standing.document, noun.computed)
    meant = noun.means(session, record_id, read.shape or read.must_be_right(), order.seed_dir)
    _must_be_right(session, order, noun, read, meant, f"Déplacer « {record_id} »", record_id)
    return Ready(noun, record_id, meant, standing)


def rows_of(session: Session, ready: Ready, source: Read) -> list[Difference]:
    """Return the rows to write, citations included; without those of the source itself."""
    noun, record_id = ready.noun, ready.record_id
    found = _differences(session, noun, record_id, ready.meant.rows)
    changed = _changed_fields(noun, found) if ready.standing else set()
    wanted = cited.citations(session, noun.cited, record_id, ready.meant.sources, changed, source)
    return found + cited.differences(session, noun.cited, record_id, wanted)


def retire(session: Session, order: Order, noun: Noun, record_id: str, successor: str | None) -> Done:
    """Take a record out of every list; its address says why from then on, its history stays."""
    standing = read_standing(session, noun.kind, record_id)
    _must_cover(order, noun, noun.regions(session, record_id), f"Retirer « {record_id} »")
    must_match(session, order, standing.revision.serial, standing.body)
    if successor is not None and (successor == record_id or not stands(session, noun.kind, successor)):
        raise invalid_parameter("successor", successor, "l’identifiant d’une autre fiche, qui n’est pas retirée")
    end = {(noun.kind, record_id): End(Action.RETIRED, successor)}
    changes = Changes([_flag(noun, record_id, retired=True)], {noun.kind: {record_id}}, ends=end)
    return _carried_out(session, order.because("Retrait"), noun, record_id, changes)


def merge(session: Session, order: Order, noun: Noun, record_id: str, into: str) -> Done:
    """Move the links of a duplicate to the record that stays; its address leads there from then on."""
    read_standing(session, noun.kind, record_id)
    if into == record_id or not stands(session, noun.kind, into):
        expected = "l’identifiant d’une autre fiche, qui n’est pas retirée"
        raise bodies.refusal([Fault(pointer="/into", value=into, expected=expected)])
    both = noun.regions(session, record_id) | noun.regions(session, into)
    _must_cover(order, noun, both, f"Fusionner « {record_id} » et « {into} »")
    moved = moves.moved(session, noun.kind, record_id, into)
    edited = {kind: {*ids} for kind, ids in moved.edited.items()}
    for pole in sorted(edited.get(Kind.POLE, ())):
        _must_cover(order, noun, regions_of_pole(session, pole), f"Déplacer un lien de « {pole} »")
    edited.setdefault(noun.kind, set()).update({record_id, into})
    end = {(noun.kind, record_id): End(Action.MERGED, into)}
    changes = Changes([*moved.differences, _flag(noun, record_id, retired=True)], edited, ends=end)
    return _carried_out(session, order.because(f"Fusion avec {into}"), noun, into, changes)


def restore(session: Session, order: Order, noun: Noun, record_id: str) -> Done:
    """Bring back a record that was retired or merged; links that a merge moved stay where they went."""
    found = current_revisions(session, noun.kind, [record_id]).get(record_id)
    if found is None:
        read_record(session, noun.kind, record_id, None, "body")  # raises NotFound, with the nearest id
        raise NotFound
    if found[0].action not in ENDED:
        raise Conflict(f"« {record_id} » n’est ni retirée ni fusionnée : il n’y a rien à rétablir.")
    _must_cover(order, noun, noun.regions(session, record_id), f"Rétablir « {record_id} »")
    end = {(noun.kind, record_id): End(Action.RESTORED)}
    changes = Changes([_flag(noun, record_id, retired=False)], {noun.kind: {record_id}}, ends=end)
    return _carried_out(session, order.because("Rétablissement"), noun, record_id, changes)


def _carried_out(session: Session, order: Order, noun: Noun, record_id: str, changes: Changes) -> Done:
    source = cited.source_of(session, order)
    changes = Changes([*source.new, *changes.differences], changes.edited, changes.shown, changes.ends)
    result = carry_out(session, order, source.url, changes)
    return done(session, noun.kind, f"{noun.path}/{record_id}", record_id, result)


def _save(session: Session, order: Order, ready: Ready) -> Done:
    noun, record_id = ready.noun, ready.record_id
    source = cited.source_of(session, order)
    found = rows_of(session, ready, source)
    result = None
    if found:
        changes = Changes([*source.new, *found], {noun.kind: {record_id}})
        result = carry_out(session, order, source.url, changes)
    return done(session, noun.kind, f"{noun.path}/{record_id}", record_id, result)


def _differences(session: Session, noun: Noun, record_id: str, rows: list[Wanted]) -> list[Difference]:
    """Return what differs between the rows of a record and those that it should have."""
    current: dict[Any, dict[Any, Any]] = {}
    for table, column in ((noun.table, "id"), *((part, "pole") for part in noun.parts)):
        names = [key.key for key in table_of(table).primary_key]
        stored = values_where(session, table, column, record_id)
        current[table] = {tuple(row[name] for name in names): row for row in stored}
    found = differences(rows, current)
    wanted = {(row.table, key_of(row)) for row in rows}
    gone = [(table, key) for table in noun.parts for key in current[table] if (table, key) not in wanted]
    return found + [Difference(table, key, current[table][key], None) for table, key in gone]


def _changed_fields(noun: Noun, found: list[Difference]) -> set[str]:
    """Return the fields of the document that differ."""
    own = {noun.paths.get(name, name) for row in found if row.table is noun.table for name in row.after or ()}
    return own | {noun.parts[row.table] for row in found if row.table in noun.parts}


def _must_be_right(
    session: Session, order: Order, noun: Noun, read: InPart[Any], meant: Meant, what: str, record_id: str = ""
) -> None:
    """Compare rights, then say every fault: of shape, of the rules, of the sources."""
    if not read.faults:  # else the régions may be those of what could be read only
        _must_cover(order, noun, meant.regions, what)
    read.must_be_right([*meant.faults, *cited.faults(session, noun.cited, record_id, meant.sources)])


def _must_cover(order: Order, noun: Noun, regions: frozenset[str | None], what: str) -> None:
    if noun.kind is Kind.WAVE:
        must_be_national(order.editor, what)
    else:
        must_cover(order.editor, regions, what)


def _flag(noun: Noun, record_id: str, *, retired: bool) -> Difference:
    return Difference(noun.table, (record_id,), {"retired": not retired}, {"retired": retired})


def _new_id(session: Session, noun: Noun, name: str, taken: Collection[str]) -> str:
    """Return the id that a name makes, and that nothing has had; none if it has nothing to make one from."""
    base = slug(name)
    if not base:
        return ""
    numbered = chain([base], (f"{base}-{number}" for number in count(2)))
    while True:
        some = list(islice(numbered, _AT_ONCE))
        known = {*taken, *RESERVED, *(row.id for row in rows_where(session, noun.table, "id", some))}
        free = [identity for identity in some if identity not in known]
        if free:
            return free[0]
