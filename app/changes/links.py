"""Writes of links: memberships (organisation × pole) and labels (pole × wave). They stand in the document of the pole.

Their ETag is their pole's. All raise what `changes/registry.py` raises, having written nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from app.changes import bodies, cited, rules
from app.changes.bodies import InPart
from app.changes.nouns import regions_of_pole
from app.changes.orders import Changes, Done, Order, carry_out, must_match
from app.changes.rows import Difference, Wanted, differences
from app.changes.rules import Breach
from app.changes.standing import Standing, done, read_standing, stands
from app.errors import Conflict, Fault
from app.models import CitedKind, Kind, Label, Membership, Wave
from app.models.organisation import MembershipUpdate, NewMembershipCreate
from app.models.wave import LabelUpdate, NewLabelCreate
from app.queries import links
from app.queries.links import LinkPlace, key_of
from app.queries.state import State
from app.renderers.document import dumps
from app.security import must_be_national, must_cover

__all__ = ["LABELS", "MEMBERSHIPS", "LinkNoun", "add_member", "create", "key_of", "remove", "replace"]


@dataclass(frozen=True, slots=True)
class LinkNoun:
    """One kind of link: the record at its other end, where the pole shows it, its shapes, its rules."""

    path: str
    place: LinkPlace
    other: Kind
    cited: CitedKind
    table: Any
    shape: type[Any]
    new_shape: type[Any]
    breaches: Callable[[Session, dict[str, Any]], Iterable[Breach]]
    national: bool


def create(session: Session, order: Order, noun: LinkNoun, body: Any) -> Done:
    """Add a link between two records that stand. Raises Conflict if they have one."""
    read = bodies.read_in_part(noun.new_shape, body, {}, ())
    shape = read.shape or read.must_be_right()
    pole, other = shape.pole, getattr(shape, noun.place.other)
    missing = [
        Fault(pointer=f"/{name}", value=value, expected="l’identifiant d’une fiche qui n’est pas retirée")
        for name, value, kind in (("pole", pole, Kind.POLE), (noun.place.other, other, noun.other))
        if not stands(session, kind, value)
    ]
    if missing:
        read.must_be_right([*missing, *cited.faults(session, noun.cited, "", shape.sources)])
    standing = read_standing(session, Kind.POLE, pole)
    _must_have_rights(session, order, noun, pole)
    if links.in_pole(standing.document, noun.place, other):
        raise Conflict(f"« {pole}@{other} » existe déjà : modifiez-le par PATCH {noun.path}/{pole}@{other}.")
    written = _save(session, order.because("Création"), noun, (pole, other), read, new=True)
    return Done(written.path, written.body, written.etag, written.serial, created=True, published=written.published)


def add_member(session: Session, order: Order, noun: LinkNoun, pole: str, body: Any) -> Done:
    """Add a member at the address of its pole. Raises Gone or Moved if the pole does not stand."""
    read_standing(session, Kind.POLE, pole)
    if isinstance(body, dict) and "pole" not in body:
        body = body | {"pole": pole}
    elif isinstance(body, dict):
        raise bodies.refusal([Fault(pointer="/pole", expected="rien : l’adresse dit déjà le pôle")])
    return create(session, order, noun, body)


def replace(
    session: Session, order: Order, noun: LinkNoun, key: tuple[str, str], body: Any, *, patch: bool = False
) -> Done:
    standing, current = _read(session, noun, key)
    _must_have_rights(session, order, noun, key[0])
    must_match(session, order, standing.revision.serial, dumps(current))
    if patch and isinstance(body, dict):
        body = bodies.patched(current, body)
    read = bodies.read_in_part(noun.shape, body, current, ("pole", noun.place.other, "revision"))
    return _save(session, order.because("Modification"), noun, key, read, new=False)


def remove(session: Session, order: Order, noun: LinkNoun, key: tuple[str, str]) -> Done:
    """Take a link away; the history of its pole keeps it. What is answered is its last state."""
    standing, current = _read(session, noun, key)
    _must_have_rights(session, order, noun, key[0])
    must_match(session, order, standing.revision.serial, dumps(current))
    row = session.get_one(noun.table, key).model_dump()
    gone = [Difference(noun.table, key, row, None), *cited.differences(session, noun.cited, "@".join(key), [])]
    written = _carried_out(session, order.because("Retrait"), noun, key, gone)
    return Done(written.path, dumps(current), written.etag, written.serial, published=written.published)


def _read(session: Session, noun: LinkNoun, key: tuple[str, str]) -> tuple[Standing, dict[str, Any]]:
    standing = read_standing(session, Kind.POLE, key[0])
    current = links.in_pole(standing.document, noun.place, key[1])
    if current is None:
        revision = standing.revision
        state = State(revision.serial, revision.id, standing.recorded_at, "")
        raise links.missing(session, noun.place, standing.document, key[1], state)
    return standing, current


def _save(
    session: Session, order: Order, noun: LinkNoun, key: tuple[str, str], read: InPart[Any], *, new: bool
) -> Done:
    shape = read.shape or read.must_be_right()
    names, record = ("pole", noun.place.other), "@".join(key)
    row = shape.model_dump(exclude={"sources", *names}) | dict(zip(names, key, strict=True))
    faults = [
        Fault(pointer=f"/{breach.field}", value=breach.value, expected=breach.expected)
        for breach in noun.breaches(session, row)
    ]
    read.must_be_right([*faults, *cited.faults(session, noun.cited, record, shape.sources)])
    source = cited.source_of(session, order)
    now = session.get(noun.table, key)
    found = differences([Wanted(noun.table, row)], {noun.table: {key: now.model_dump()} if now else {}})
    changed = set() if new else {name for one in found for name in one.after or ()}
    wanted = cited.citations(session, noun.cited, record, shape.sources, changed, source)
    found += cited.differences(session, noun.cited, record, wanted)
    return _carried_out(session, order, noun, key, found)


def _carried_out(session: Session, order: Order, noun: LinkNoun, key: tuple[str, str], found: list[Difference]) -> Done:
    result = None
    if found:
        source = cited.source_of(session, order)
        changes = Changes([*source.new, *found], {Kind.POLE: {key[0]}})
        result = carry_out(session, order, source.url, changes)
    written = done(session, Kind.POLE, f"{noun.path}/{'@'.join(key)}", key[0], result)
    shown = links.in_pole(bodies.parsed(written.body), noun.place, key[1])
    return Done(written.path, dumps(shown), written.etag, written.serial, published=written.published)


def _must_have_rights(session: Session, order: Order, noun: LinkNoun, pole: str) -> None:
    if noun.national:
        must_be_national(order.editor, "Écrire une labellisation")
    must_cover(order.editor, regions_of_pole(session, pole), f"Écrire un lien de « {pole} »")


def _breaches_of_membership(_session: Session, row: dict[str, Any]) -> Iterable[Breach]:
    return rules.period_breaches(row["since"], row["until"])


def _breaches_of_label(session: Session, row: dict[str, Any]) -> Iterable[Breach]:
    return rules.label_breaches(Label(**row), session.get_one(Wave, row["wave"]))


MEMBERSHIPS = LinkNoun(
    "/v1/memberships",
    links.MEMBERSHIP,
    Kind.ORGANISATION,
    CitedKind.MEMBERSHIP,
    Membership,
    MembershipUpdate,
    NewMembershipCreate,
    _breaches_of_membership,
    national=False,
)
LABELS = LinkNoun(
    "/v1/labels",
    links.LABEL,
    Kind.WAVE,
    CitedKind.LABEL,
    Label,
    LabelUpdate,
    NewLabelCreate,
    _breaches_of_label,
    national=True,
)
