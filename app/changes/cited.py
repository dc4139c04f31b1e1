"""What a write is read in: its source, and the citations that it leaves."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from urllib.parse import urlsplit

from pydantic import BaseModel
from sqlalchemy import bindparam, select
from sqlmodel import Session, col

from app import prepared, wording
from app.changes import rows
from app.changes.orders import Order
from app.changes.rows import Difference, Wanted, key_of, plain, row_where, table_of
from app.errors import Fault, Invalid, invalid_parameter, shortened
from app.models import Citation, CitedKind, Source
from app.models.organisation import MembershipUpdate, OrganisationUpdate
from app.models.pole import PoleUpdate
from app.models.source import CitedSource, SourceCreate
from app.models.wave import LabelUpdate, WaveUpdate
from app.prepared import Prepared
from app.queries.text import slug

_LONGEST = 2000
_CITATIONS: Final = table_of(Citation)
_STANDING: Final = Prepared(
    select(_CITATIONS).where(_CITATIONS.c.kind == bindparam("kind"), _CITATIONS.c.record == bindparam("record"))
)
_SHAPES: Final[Mapping[CitedKind, type[BaseModel]]] = {
    CitedKind.POLE: PoleUpdate,
    CitedKind.ORGANISATION: OrganisationUpdate,
    CitedKind.WAVE: WaveUpdate,
    CitedKind.MEMBERSHIP: MembershipUpdate,
    CitedKind.LABEL: LabelUpdate,
}


class Read(NamedTuple):
    """The source of a write: its id, its address as the log keeps it, its row where it is new, whether it was named."""

    id: str
    url: str
    new: list[Difference]
    named: bool = True


def source_of(session: Session, order: Order) -> Read:
    """Return what `?source=` names, made if it is a new address; the editor without it. Raises Invalid."""
    if order.source is None:
        return _of_editor(session, order)
    written = order.source
    known = session.scalars(select(Source).where((col(Source.id) == written) | (col(Source.url) == written))).first()
    if known:
        if known.retired:
            raise invalid_parameter("source", written, "une source qui n’est pas retirée")
        return Read(known.id, known.url, [])
    if not written.startswith(("http://", "https://")):
        hint = wording.suggestion(written, [str(one) for one in session.scalars(select(col(Source.id)))])
        raise invalid_parameter(
            "source", written, "l’adresse d’une page (http:// ou https://) ou l’identifiant d’une source", hint
        )
    return new_source(written)


def new_source(url: str) -> Read:
    """Return the row of a page that nobody had cited. Its address is stored, never fetched. Raises Invalid."""
    today = datetime.now(UTC).date()
    try:
        made = SourceCreate(id=source_id(url), url=url, publisher=domain(url), seen_on=today)
    except ValueError:
        expected = f"l’adresse d’une page, sans espace, de {_LONGEST} caractères au plus"
        fault = Fault(parameter="source", value=shortened(url), expected=expected)
        raise Invalid(f"Paramètre « source » : attendu, {expected}.", faults=[fault]) from None
    row = {**made.model_dump(), "serial": 0, "retired": False}
    return Read(made.id, made.url, [Difference(Source, (made.id,), None, row)])


def source_id(url: str) -> str:
    return "s-" + hashlib.sha256(url.encode()).hexdigest()[:10]


def domain(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.")
    except ValueError:
        return ""


def citations(
    session: Session,
    kind: CitedKind,
    record: str,
    asked: Sequence[CitedSource] | None,
    changed: Collection[str],
    source: Read,
) -> list[Wanted]:
    """Return the citations that a record should have: those asked for, else those it has, and this write's source.

    The source backs the changed fields, or the whole record where it is new; an editor who says which sources back
    them is none beside.
    """
    kept = now = _standing_pairs(session, kind, record)
    if asked is not None and _pairs(asked) != _shown(kept):
        kept = _pairs(asked) | {pair for pair in kept - _shown(kept) if pair[1] in {one.id for one in asked}}
    else:
        kept = {(field, known) for field, known in kept if field not in changed}
    backed = {field for field, _ in kept} if asked is not None and not source.named else set()
    kept |= {(field, source.id) for field in (changed if now else {""}) if field not in backed}
    return [
        Wanted(Citation, {"kind": kind, "record": record, "field": field, "source": known})
        for field, known in sorted(kept)
    ]


def differences(session: Session, kind: CitedKind, record: str, wanted: Sequence[Wanted]) -> list[Difference]:
    """Return what differs between the citations of a record and those that it should have."""
    now = {(row.kind, row.record, row.field, row.source): row._asdict() for row in _standing(session, kind, record)}
    keys = {key_of(row) for row in wanted}
    gone = [Difference(Citation, key, row, None) for key, row in now.items() if key not in keys]
    return rows.differences(wanted, {Citation: now}) + gone


def faults(session: Session, kind: CitedKind, record: str, asked: Sequence[CitedSource] | None) -> list[Fault]:
    """Return what is wrong with the sources asked for: none at all, unknown ones, fields that the record has not."""
    if asked is None:
        return []
    if not asked:
        return [Fault(pointer="/sources", value=[], expected="au moins une source")]
    kept = _standing_pairs(session, kind, record)
    return [] if _pairs(asked) == _shown(kept) else _unknown(session, asked, kept, fields_of(kind))


def _standing_pairs(session: Session, kind: CitedKind, record: str) -> set[tuple[str, str]]:
    return {(row.field, row.source) for row in _standing(session, kind, record)}


def _standing(session: Session, kind: CitedKind, record: str) -> Iterable[Any]:
    def read() -> list[Citation]:
        return [plain(Citation, row) for row in prepared.rows(session, _STANDING, {"kind": kind, "record": record})]

    return rows.remembered(session, Citation, (kind, record), read)


def _pairs(asked: Iterable[CitedSource]) -> set[tuple[str, str]]:
    return {(field, one.id) for one in asked for field in one.fields or [""]}


def _shown(pairs: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return what a document says of these citations: a source that backs fields too does not show the whole record."""
    of_fields = {source for field, source in pairs if field}
    return {(field, source) for field, source in pairs if field or source not in of_fields}


def fields_of(kind: CitedKind) -> list[str]:
    """Return what a source can back in a record of this kind: what is written of it, objects and their members."""
    names: list[str] = []
    for name, field in _SHAPES[kind].model_fields.items():
        names.append(name)
        shape = field.annotation
        if isinstance(shape, type) and issubclass(shape, BaseModel):
            names += [f"{name}.{inner}" for inner in shape.model_fields]
    return [name for name in names if name not in {"sources", "pole", "organisation", "wave"}]


def _unknown(
    session: Session, asked: Sequence[CitedSource], kept: Collection[tuple[str, str]], fields: Sequence[str]
) -> list[Fault]:
    ids = {one.id for one in asked}
    known = set(session.scalars(select(col(Source.id)).where(col(Source.id).in_(ids))))
    expected = "l’identifiant d’une source du registre (/v1/sources) ; créez-la d’abord"
    faults = [
        Fault(pointer=f"/sources/{position}/id", value=one.id, expected=expected)
        for position, one in enumerate(asked)
        if one.id not in known
    ]
    return faults + [
        Fault(
            pointer=f"/sources/{position}/fields/{place}",
            value=shortened(field),
            expected=f"un champ parmi {', '.join(fields)}",
            suggestion=wording.suggestion(field, fields),
        )
        for position, one in enumerate(asked)
        for place, field in enumerate(one.fields)
        if field not in fields and (field, one.id) not in kept
    ]


def _of_editor(session: Session, order: Order) -> Read:
    name = order.editor.name
    identity = f"editeur-{slug(name)}"
    url = f"/sources/{identity}"
    if row_where(session, Source, "id", identity):
        return Read(identity, url, [], named=False)
    today = datetime.now(UTC).date()
    row = {"id": identity, "url": url, "publisher": name, "title": None, "seen_on": today}
    made = Difference(Source, (identity,), None, row | {"serial": 0, "retired": False})
    return Read(identity, url, [made], named=False)
