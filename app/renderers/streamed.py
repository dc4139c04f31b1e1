"""A list made some records at a time: what stands before them, between them, after them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from app.renderers import listing, tabular
from app.renderers.columns import DISTANCE, Column
from app.renderers.listing import Envelope
from app.renderers.negotiation import Format
from app.renderers.workbook import Workbook


class Parts(Protocol):
    """The bytes of a list, in order."""

    def begin(self) -> bytes: ...
    def more(self, pieces: Sequence[bytes]) -> bytes: ...
    def end(self) -> bytes: ...
    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Shape:
    """How the stored pieces of records become those of one answer."""

    wanted: Format
    fields: frozenset[str]  # those to keep; all without
    known: Sequence[Column]
    placed: bool  # each says how far it is
    base: str

    @property
    def form(self) -> str:
        return "body" if self.fields else listing.stored_form(self.wanted)

    @property
    def portion(self) -> int:
        """How many bytes are made at once, while others wait: a few milliseconds' work, and what a client holds."""
        return 100_000 if self.fields or self.wanted is Format.XLSX else 400_000

    @property
    def columns(self) -> list[Column]:
        kept = listing.kept(self.known, self.fields) if self.fields else list(self.known)
        return [*kept, DISTANCE] if self.placed else kept

    def shaped(self, pieces: list[bytes], metres: Sequence[float] | None) -> list[bytes]:
        if self.fields:
            pieces = [listing.trimmed(self.wanted, piece, self.fields, self.known) for piece in pieces]
        if metres is not None:
            pieces = [listing.with_distance(self.wanted, *one) for one in zip(pieces, metres, strict=True)]
        return list(listing.located(self.wanted, pieces, self.base))


def parts(shape: Shape, envelope: Envelope, *, excel: bool) -> Parts:
    if shape.wanted is Format.XLSX:
        return Workbook(shape.columns, envelope)
    if shape.wanted is Format.CSV:
        return _Table(shape.columns, excel=excel)
    return _Items(*listing.around(shape.wanted, envelope))


class _Items:
    def __init__(self, head: bytes, end: bytes) -> None:
        self._head, self._end, self._first = head, end, True

    def begin(self) -> bytes:
        return self._head

    def more(self, pieces: Sequence[bytes]) -> bytes:
        joined = b",".join(pieces if self._first else [b"", *pieces])
        self._first = False
        return joined

    def end(self) -> bytes:
        return self._end

    def close(self) -> None:
        pass


class _Table:
    def __init__(self, columns: Sequence[Column], *, excel: bool) -> None:
        self._columns, self._excel = columns, excel

    def begin(self) -> bytes:
        return tabular.excel_csv_bytes(self._columns, ()) if self._excel else tabular.csv_bytes(self._columns, ())

    def more(self, pieces: Sequence[bytes]) -> bytes:
        return tabular.excel_rows(self._columns, pieces) if self._excel else b"".join(pieces)

    def end(self) -> bytes:
        return b""

    def close(self) -> None:
        pass
