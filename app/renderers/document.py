"""A document in its stored forms: JSON, GeoJSON feature, CSV row; made once when a write publishes it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from app.models import Kind, Public
from app.renderers import columns, geojson, tabular
from app.renderers.columns import Column

COLUMNS: dict[Kind, Sequence[Column]] = {
    Kind.POLE: columns.POLE,
    Kind.ORGANISATION: columns.ORGANISATION,
    Kind.WAVE: columns.WAVE,
}


@dataclass(frozen=True, slots=True)
class Rendered:
    """The stored forms of one document."""

    body: bytes
    feature: bytes
    row: bytes


def render(document: Public, shown: Sequence[Column]) -> Rendered:
    body = document.model_dump_json().encode()
    values = columns.flat(json.loads(body), shown)
    return Rendered(body=body, feature=geojson.feature(values), row=tabular.row(values.values()))


def dumps(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def without_revision(body: bytes) -> bytes:
    """Return a body without its last member, the revision: two bodies that agree here publish the same facts."""
    return body[: body.rindex(b',"revision":')]
