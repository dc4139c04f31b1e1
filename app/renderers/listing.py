"""A list in each form: stored pieces joined, with the same envelope."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from app.renderers import geojson, tabular
from app.renderers.columns import Column, flat
from app.renderers.document import dumps
from app.renderers.negotiation import Format

LICENCE: Final = "etalab-2.0"
LICENCE_URL: Final = "https://www.etalab.gouv.fr/licence-ouverte-open-licence/"
PARIS = ZoneInfo("Europe/Paris")


@dataclass(frozen=True, slots=True)
class Link:
    """A link of an answer, absolute; the same in the body and in the `Link` header."""

    rel: str
    href: str
    type: str
    title: str | None = None
    method: str | None = None  # GET, unless said
    body: Any = None

    def as_header(self) -> str:
        return f'<{self.href}>; rel="{self.rel}"; type="{self.type}"'

    def as_json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"rel": self.rel, "href": self.href, "type": self.type}
        return shown | ({"method": self.method, "body": self.body} if self.method else {}) | self._titled

    @property
    def _titled(self) -> dict[str, str]:
        return {"title": self.title} if self.title else {}


@dataclass(frozen=True, slots=True)
class Envelope:
    """What every list says beside its items."""

    count: int
    limit: int
    offset: int
    serial: int
    recorded_at: datetime
    filters: dict[str, Any]
    links: Sequence[Link] = ()
    facets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    undetermined: int = 0
    notices: Sequence[str] = ()

    def members(self) -> dict[str, Any]:
        return {
            "count": self.count,
            "limit": self.limit,
            "offset": self.offset,
            "serial": self.serial,
            "as_of": utc(self.recorded_at),
            "filters": self.filters,
            "facets": self.facets,
            "undetermined": self.undetermined,
            "notices": list(self.notices),
            "links": [link.as_json() for link in self.links],
            "licence": LICENCE,
            "attribution": attribution(self.serial, self.recorded_at),
        }


def attribution(serial: int, recorded_at: datetime) -> str:
    day = recorded_at.astimezone(PARIS).date().isoformat()
    return f"Registre des PTCE, écriture {serial} du {day}, d’après les sources citées par chaque fiche"


def utc(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


def stored_form(wanted: Format) -> str:
    """Return which stored form of a document this format is joined from: body, feature or row."""
    return {Format.JSON: "body", Format.GEOJSON: "feature"}.get(wanted, "row")


def join(
    wanted: Format, pieces: Sequence[bytes], columns: Sequence[Column], envelope: Envelope, *, base: str, excel: bool
) -> bytes:
    """Return a list in a format, from the stored pieces of its items in their order."""
    members = dumps(envelope.members())[1:-1]
    if wanted is Format.JSON:
        return b"".join((b'{"items":[', b",".join(pieces), b"],", members, b"}"))
    if wanted is Format.GEOJSON:
        return geojson.collection(b",".join([geojson.absolute(piece, base) for piece in pieces]), members)
    rows = (tabular.absolute(piece, base) for piece in pieces)
    if wanted is Format.XLSX:
        return tabular.xlsx_bytes(columns, rows, about(envelope, len(pieces)), envelope.recorded_at)
    return tabular.excel_csv_bytes(columns, rows) if excel else tabular.csv_bytes(columns, rows)


def around(wanted: Format, envelope: Envelope) -> tuple[bytes, bytes]:
    """Return what stands before and after the items of a list in JSON or GeoJSON."""
    end = b"]," + dumps(envelope.members())[1:]
    if wanted is Format.JSON:
        return b'{"items":[', end
    return b'{"type":"FeatureCollection","features":[', end


def located(wanted: Format, pieces: Iterable[bytes], base: str) -> Iterable[bytes]:
    """Return pieces whose addresses are what their format wants: absolute, but in JSON."""
    if wanted is Format.JSON:
        return pieces
    absolute = geojson.absolute if wanted is Format.GEOJSON else tabular.absolute
    return (absolute(piece, base) for piece in pieces)


def with_distance(wanted: Format, piece: bytes, metres: float) -> bytes:
    """Return a piece with how far its record is from the point asked for: its last member, property or cell."""
    if wanted in {Format.CSV, Format.XLSX}:
        return piece.removesuffix(b"\r\n") + f",{metres / 1000:.3f}\r\n".encode()
    end = b"}}" if wanted is Format.GEOJSON else b"}"
    return piece.removesuffix(end) + f',"distance_km":{metres / 1000:.3f}'.encode() + end


def about(envelope: Envelope, shown: int) -> dict[str, str]:
    """Return what a workbook says of itself."""
    first = envelope.offset + 1 if shown else 0
    asked = ", ".join(
        f"{name} = {', '.join(value) if isinstance(value, list) else value}" for name, value in envelope.filters.items()
    )
    page = next((link.href for link in envelope.links if link.rel == "self"), "")
    return {
        "Jeu de données": "Registre des pôles territoriaux de coopération économique (PTCE)",
        "Lignes": f"{first} à {envelope.offset + shown} sur {envelope.count}",
        "Filtres": asked or "aucun",
        "Non déterminés": str(envelope.undetermined),
        "Avertissements": " ; ".join(envelope.notices) or "aucun",
        "État": f"écriture {envelope.serial}, {utc(envelope.recorded_at)}",
        "Requête": page,
        "Licence": f"Licence Ouverte 2.0 ({LICENCE}), {LICENCE_URL}",
        "Mention": attribution(envelope.serial, envelope.recorded_at),
    }


def names(columns: Sequence[Column], document_fields: Iterable[str]) -> list[str]:
    """Return what `fields=` understands: the names of the document, then the flat ones."""
    return list(dict.fromkeys([*document_fields, *(column.name for column in columns)]))


def kept(columns: Sequence[Column], wanted: frozenset[str]) -> list[Column]:
    """Return the columns that `fields=` keeps, by flat name or by the part of the document; the first one stays."""
    return [
        column
        for position, column in enumerate(columns)
        if position == 0 or column.name in wanted or column.field.partition(".")[0] in wanted
    ]


def trimmed(wanted_format: Format, body: bytes, wanted: frozenset[str], columns: Sequence[Column]) -> bytes:
    """Return one stored document in a format with some fields only; the identifier stays."""
    document: dict[str, Any] = json.loads(body)
    if wanted_format is Format.JSON:
        return dumps(_part(document, wanted, columns))
    values = flat(document, columns)
    properties = {column.name: values[column.name] for column in kept(columns, wanted)}
    if wanted_format is Format.GEOJSON:
        return geojson.feature(values, properties)
    return tabular.row(properties.values())


def _part(document: dict[str, Any], wanted: frozenset[str], columns: Sequence[Column]) -> dict[str, Any]:
    whole = wanted | {next(iter(document))}
    flat_only = {column.field for column in columns if column.name in wanted and column.name not in document}
    part: dict[str, Any] = {}
    for name, content in document.items():
        inner = [step for field, _, step in (path.partition(".") for path in flat_only) if field == name]
        if name in whole or "" in inner or (inner and content is None):
            part[name] = content
        elif inner:
            part[name] = {step: content[step] for step in content if step in inner}
    return part
