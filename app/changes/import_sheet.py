"""Imports: a sheet of poles or organisations, our own export edited and sent back, becomes one write or a report."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlmodel import Session, col

from app import wording
from app.changes import bodies, cited, consequence, import_cells, import_rows, registry
from app.changes.cited import Read as Source
from app.changes.import_cells import BadCell, Origin
from app.changes.import_files import Line, Sheet, refused
from app.changes.import_match import NoMatch, Records
from app.changes.nouns import NOUNS, Noun
from app.changes.orders import Changes, Order, carry_out
from app.changes.publish import current_revisions
from app.changes.registry import Ready
from app.changes.rows import Difference, Progress, quietly
from app.changes.standing import Standing
from app.errors import RegistryError, invalid_parameter
from app.models import Document, Kind, Revision
from app.models.imports import CellChange, ImportedRow, ImportPublic, RowAction, RowError
from app.queries.statements import portions
from app.renderers.columns import Column
from app.renderers.document import COLUMNS
from app.renderers.imports import ADDED

KINDS: Final = (Kind.POLE, Kind.ORGANISATION)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of an import. Without `kind`, the columns say it; `empties` lets cells be emptied.

    `trial`: the sheet is written in a transaction that its caller takes back, and its consequence told.
    """

    kind: Kind | None = None
    apply: bool = False
    empties: bool = False
    trial: bool = False


class _Import:
    """One sheet on its way: what its rows have found, what they would write."""

    def __init__(self, session: Session, order: Order, sheet: Sheet, asked: Asked) -> None:
        self.session, self.order, self.sheet, self.asked = session, order, sheet, asked
        self.noun = NOUNS[asked.kind or _told_kind(sheet)]
        self.all_columns = COLUMNS[self.noun.kind]
        self.columns = _columns(self.noun, sheet)
        self.places = {column.name: position for position, column in enumerate(self.columns) if column}
        self.origin = Origin(lossy=sheet.lossy)
        self.source: Source = cited.source_of(session, order)
        current = current_revisions(session, self.noun.kind)
        self.standing = {
            identity: Standing(revision, body, bodies.parsed(body)) for identity, (revision, body, _) in current.items()
        }
        self.records = Records({one: (known.revision, known.document) for one, known in self.standing.items()})
        self.taken: set[str] = set()
        self.differences: list[Difference] = []
        self.edited: set[str] = set()

    def run(self, progress: Progress) -> ImportPublic:
        found = [self._found(line) for line in self.sheet.lines]
        bases = self._bases(identity for identity, error in found if identity and not error)
        lines = []
        for position, (line, (identity, error)) in enumerate(zip(self.sheet.lines, found, strict=True)):
            if position % 10 == 0:
                progress("Lecture des lignes", position, len(found))
            lines.append(self._row(line, identity, bases) if error is None else _not_found(line, error))
        progress("Lecture des lignes", len(found), len(found))
        counts = {action: sum(row.action is action for row in lines) for action in RowAction}
        serial, published = None, None
        if (self.asked.apply or self.asked.trial) and not counts[RowAction.ERROR] and self.differences:
            progress("Écriture et publication", 0, len(self.edited))
            changes = Changes([*self.source.new, *self.differences], {self.noun.kind: self.edited})
            order = self.order.because(f"Import d’une feuille ({len(self.edited)} fiches)")
            serial, published = carry_out(self.session, order, self.source.url, changes)
            progress("Écriture et publication", len(self.edited), len(self.edited))
        return ImportPublic(
            kind=self.noun.kind,
            applied=self.asked.apply and not counts[RowAction.ERROR],
            serial=serial if self.asked.apply else None,
            rows=len(lines),
            unchanged=counts[RowAction.UNCHANGED],
            updated=counts[RowAction.UPDATED],
            created=counts[RowAction.CREATED],
            errors=counts[RowAction.ERROR],
            emptied=sum(len(row.emptied) for row in lines),
            lines=lines,
            revisions=consequence.of_all(published or ()) if self.asked.trial else None,
        )

    def _text(self, line: Line, name: str) -> str:
        position = self.places.get(name)
        if position is None or position >= len(line.cells):
            return ""
        column = next(column for column in self.all_columns if column.name == name)
        try:
            meant = import_cells.read(line.cells[position], column)
        except BadCell:  # said of its cell when the row is read
            return ""
        return "" if meant is None else str(meant)

    def _found(self, line: Line) -> tuple[str | None, NoMatch | None]:
        told = {name: self._text(line, name) for name in ("id", "siren", "name", "commune")}
        siren, commune = told["siren"] or None, told["commune"] or None
        try:
            return self.records.find(line.number, told["id"], siren, told["name"], commune), None
        except NoMatch as error:
            return None, error

    def _bases(self, ids: Iterable[str]) -> dict[str, list[tuple[int, bytes]]]:
        """Return all states of these records, oldest first; nothing is read where the sheet has no `serial`."""
        found: dict[str, list[tuple[int, bytes]]] = {}
        if "serial" not in self.places:
            return found
        late = {one for one in ids if self.standing[one].revision.serial > 1}
        for some in portions(late):
            rows = self.session.execute(
                select(col(Revision.record_id), col(Revision.serial), col(Document.body))
                .join(Document, col(Document.revision) == col(Revision.id))
                .where(col(Revision.kind) == self.noun.kind, col(Revision.record_id).in_(some))
                .order_by(col(Revision.id))
            )
            for identity, serial, body in rows:
                found.setdefault(identity, []).append((serial, body))
        return found

    def _base(
        self, line: Line, standing: Standing, states: Sequence[tuple[int, bytes]]
    ) -> tuple[dict[str, Any], RowError | None]:
        """Return the record as the row's export showed it: as of its `serial`, else as it stands."""
        written, serial = self._text(line, "serial"), standing.revision.serial
        if not written or written == str(serial):
            return standing.document, None
        expected = f"attendu, le numéro d’écriture de l’export, {serial} au plus, ou une case vide"
        error = RowError(column="serial", value=written[:200], message=expected)
        if not written.isdigit() or len(written) > 10 or int(written) > serial:  # noqa: PLR2004  digits of 2^31
            return standing.document, error
        before = [body for known, body in states if known <= int(written)]
        return (bodies.parsed(before[-1]), None) if before else (standing.document, error)

    def _row(self, line: Line, identity: str | None, bases: dict[str, list[tuple[int, bytes]]]) -> ImportedRow:
        standing = self.standing[identity] if identity else None
        now = standing.document if standing else None
        base, error = self._base(line, standing, bases.get(identity or "", ())) if standing else (None, None)
        read = import_rows.read(self.noun, self.columns, line, base, now, self.origin)
        errors = [*read.errors, *([error] if error else [])]
        ready: Ready | None = None
        changed: list[CellChange] = []
        rows: list[Difference] = []
        if not errors and (read.body or standing is None):
            try:
                ready = self._ready(standing, read.body)
                rows = registry.rows_of(self.session, ready, self.source)
                changed = import_rows.changes(self.noun, self.all_columns, ready.meant, now)
            except RegistryError as refusal:
                errors += import_rows.refused(refusal, self.all_columns)
        if not errors:
            errors += import_rows.computed_errors(self.session, read, ready.meant if ready else None)
        emptied = [
            one for one in changed if now and (one.column in read.emptied or one.after in (None, [])) and one.before
        ]
        if self.asked.apply and not self.asked.empties:
            message = "cette case est vidée : confirmez par « empties », ou remettez sa valeur"
            errors += [RowError(column=one.column, value=one.before, message=message) for one in emptied]
        if not errors and ready and rows:
            self.differences += rows
            self.edited.add(ready.record_id)
        if ready:
            self.taken.add(ready.record_id)
        action = RowAction.UPDATED if standing else RowAction.CREATED
        action = RowAction.ERROR if errors else action if rows else RowAction.UNCHANGED
        made = ready.record_id if ready and not errors else identity
        return ImportedRow(
            line=line.number, id=made, action=action, changes=changed, emptied=emptied, errors=errors, duplicates=[]
        )

    def _ready(self, standing: Standing | None, body: dict[str, Any]) -> Ready:
        if standing is None:
            return registry.ready_to_create(self.session, self.order, self.noun, body, self.taken)
        return registry.ready_to_replace(self.session, self.order, self.noun, standing, body, patch=True)


def run(session: Session, order: Order, sheet: Sheet, asked: Asked, progress: Progress = quietly) -> ImportPublic:
    """Tell what a sheet would do, and do it if it is asked to and no row is wrong. Raises Invalid for a bad sheet."""
    return _Import(session, order, sheet, asked).run(progress)


def _told_kind(sheet: Sheet) -> Kind:
    """Return the kind that has more of the sheet's columns. Raises Invalid."""
    scores = {kind: sum(column.name in sheet.header for column in COLUMNS[kind]) for kind in KINDS}
    if len(set(scores.values())) == 1:
        raise invalid_parameter("kind", "", "pole ou organisation : les colonnes de la feuille ne le disent pas")
    return max(KINDS, key=lambda kind: scores[kind])


def _columns(noun: Noun, sheet: Sheet) -> list[Column | None]:
    """Return the column of each place of the header; None for those of our report. Raises Invalid."""
    known = {column.name: column for column in COLUMNS[noun.kind]}
    made: list[Column | None] = []
    for position, name in enumerate(sheet.header):
        if name in sheet.header[:position]:
            raise refused(f"une colonne « {name[:100]} », une seule")
        if name not in known and name not in ADDED:
            hint = wording.suggestion(name, list(known))
            more = f" (vouliez-vous « {hint} » ?)" if hint else ""
            listed = ", ".join(known)
            raise refused(f"les colonnes de l’export ({listed}) ; « {name[:100]} » n’en est pas une{more}")
        made.append(known.get(name))
    if not any(made):
        raise refused("au moins une colonne de l’export")
    return made


def _not_found(line: Line, error: NoMatch) -> ImportedRow:
    return ImportedRow(
        line=line.number,
        id=None,
        action=RowAction.ERROR,
        changes=[],
        emptied=[],
        errors=[RowError(column=error.column, message=f"attendu, {error.message}", suggestion=error.suggestion)],
        duplicates=error.duplicates,
    )
