"""An order to write: who, why, from which source, starting from which state."""

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy import select
from sqlmodel import Session

from app import prepared
from app.changes import rows
from app.changes.publish import Ends, Published, Touched, begin_write, publish
from app.changes.rows import Difference
from app.errors import PreconditionFailed, PreconditionRequired, RegistryError
from app.models import Registry, Source, SourceState
from app.prepared import Prepared
from app.renderers import VERSION
from app.security import Editor

_EPOCH = Prepared(select(rows.table_of(Registry).c.epoch))
_TAG = re.compile(r'(?:W/)?"([0-9]{1,10}(?:\.[0-9]{1,10})?)-([0-9a-z]{1,16})\.[0-9]+-[a-z]+"')


@dataclass(frozen=True, slots=True)
class Order:
    """What a write is told beside its body. `source`: an address or the id of a source; without it, the editor is."""

    editor: Editor
    seed_dir: Path
    reason: str | None = None
    source: str | None = None
    if_match: str | None = None

    def because(self, reason: str) -> "Order":
        """Return the order with a reason, if it has none."""
        return self if self.reason else replace(self, reason=reason)


@dataclass(frozen=True, slots=True)
class Changes:
    """Rows to write, the records whose facts they are, and how records leave or come back."""

    differences: Collection[Difference]
    edited: Touched
    shown: Touched | None = None
    ends: Ends | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """What a write did; nothing published and no serial where nothing changed."""

    path: str  # the address of what was written, without suffix
    body: bytes
    etag: str | None
    serial: int | None
    created: bool = False
    published: tuple[Published, ...] = ()


def carry_out(session: Session, order: Order, source: str | None, changes: Changes) -> tuple[int, list[Published]]:
    """Write the rows and publish, as one write; return its serial and its revisions."""
    reason = order.reason or ""
    with begin_write(session, editor=order.editor.name, reason=reason, source=source) as writing:
        stamped = [_stamped(row, writing.serial) for row in changes.differences]
        rows.apply(session, [*_past_of_sources(session, stamped, writing.serial), *stamped])
        session.expire_all()  # rows were written past the objects that this session may hold
        return writing.serial, publish(writing, changes.edited, changes.shown, changes.ends)


def _stamped(row: Difference, serial: int) -> Difference:
    """Return the row of a source with the serial of this write: its version, since it has no revisions."""
    if row.table is not Source or row.after is None:
        return row
    return Difference(row.table, row.key, row.before, {**row.after, "serial": serial})


def _past_of_sources(session: Session, differences: Sequence[Difference], serial: int) -> Iterable[Difference]:
    """Yield what the sources that change were before: no revision of their own keeps it."""
    for row in differences:
        if row.table is Source and row.before is not None:
            source = session.get_one(Source, row.key[0])
            past = {"url": source.url, "publisher": source.publisher, "retired": source.retired}
            key = {"source": source.id, "until": serial}
            yield Difference(SourceState, (source.id, serial), None, key | past)


def etag_of(session: Session, version: int | str) -> str:
    return f'"{version}-{_epoch(session)}.{VERSION}-json"'


def must_match(session: Session, order: Order, version: int | str, body: bytes) -> None:
    """Compare If-Match with what stands. Raises PreconditionRequired without it, PreconditionFailed if it is stale."""
    if order.if_match is None:
        raise PreconditionRequired
    if order.if_match.strip() == "*":
        return
    if (str(version), _epoch(session)) not in _TAG.findall(order.if_match):
        raise stale(session, version, body)


def _epoch(session: Session) -> str:
    ((epoch,),) = rows.remembered(session, Registry, (), lambda: prepared.rows(session, _EPOCH, {}))
    return str(epoch)


def stale(session: Session, version: int | str, body: bytes) -> RegistryError:
    return PreconditionFailed(current=json.loads(body), headers={"ETag": etag_of(session, version)})
