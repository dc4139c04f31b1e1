"""What pages of features show beside them: rows, maps, and what a form keeps of the request."""

import json
from collections.abc import Sequence
from typing import Any

from app.models import UnitKind
from app.queries import outlines
from app.queries.ogc import ItemsQuery
from app.renderers import geojson, ogc_map, ogc_pages
from app.routes.ogc_asking import Form, OgcAsking
from app.routes.ogc_collections import Collection

# A form says these itself, and begins at the first page of what stands now.
_NOT_KEPT = {"filter", "sortby", "offset", "as_of"}


def items(asking: OgcAsking, asked: Collection, query: ItemsQuery, features: Sequence[bytes]) -> dict[str, Any]:
    if asking.form is Form.JSON:
        return {}
    rows = [json.loads(geojson.absolute(feature, asking.base)) for feature in features]
    columns = {column.name: column for column in asked.columns}
    return {
        "collection": asked,
        "rows": rows,
        "query": query,
        "maps": _maps(asking, rows),
        "kept": [(name, value) for name, value in asking.given if name not in _NOT_KEPT and value],
        "shown_columns": [columns[name] for name in ogc_pages.TABLES[asked.id]],
        "example": ogc_pages.EXAMPLES[asked.id],
    }


def item(asking: OgcAsking, asked: Collection, feature: bytes) -> dict[str, Any]:
    if asking.form is Form.JSON:
        return {}
    row = json.loads(geojson.absolute(feature, asking.base))
    return {"collection": asked, "row": row, "maps": _maps(asking, [row])}


def _maps(asking: OgcAsking, rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    ground = outlines.layer(asking.seed_dir, UnitKind.REGION).geometries
    return ogc_map.maps(rows, list(ground.values()))
