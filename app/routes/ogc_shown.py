"""What pages of features show beside them: rows, maps, and what a form keeps of the request."""

import json
from collections.abc import Sequence
from typing import Any

import shapely

from app.models import Kind, UnitKind
from app.queries import outlines
from app.queries.ogc import ItemsQuery
from app.renderers import geojson, ogc_map, ogc_pages, pages_place
from app.renderers.pages_place import Drawn
from app.routes import sheets
from app.routes.ogc_asking import Form, OgcAsking
from app.routes.ogc_collections import Collection
from app.routes.pages_records import region_sheet
from app.routes.pages_shown import NOUNS

Json = dict[str, Any]
# A form says these itself, and begins at the first page of what stands now.
_NOT_KEPT = {"filter", "sortby", "offset", "as_of"}


def items(asking: OgcAsking, asked: Collection, query: ItemsQuery, features: Sequence[bytes]) -> Json:
    if asking.form is Form.JSON:
        return {}
    rows = [json.loads(geojson.absolute(feature, asking.base)) for feature in features]
    return {
        "collection": asked,
        "rows": [ogc_pages.row(asked.id, row) for row in rows],
        "columns": ogc_pages.names(ogc_pages.TABLES[asked.id]),
        "query": query,
        "map": _map(asking, asked, rows),
        "kept": [(name, value) for name, value in asking.given if name not in _NOT_KEPT and value],
        "orders": ogc_pages.names(column.name for column in asked.sorted_columns),
        "example": ogc_pages.EXAMPLES[asked.id],
    }


def item(asking: OgcAsking, asked: Collection, feature: bytes) -> Json:
    if asking.form is Form.JSON:
        return {}
    row = json.loads(geojson.absolute(feature, asking.base))
    return {
        "collection": asked,
        "name": row["properties"]["name"],
        "placed": row["geometry"] is not None,
        "facts": ogc_pages.facts(row),
        "map": _place_map(asking, asked, row),
        "page": _page(asked, row["id"]),
    }


def _map(asking: OgcAsking, asked: Collection, rows: Sequence[Json]) -> Json | None:
    label = f"Carte : {asked.title}"

    def href(code: str) -> str:
        return asking.at(f"/collections/{asked.id}/items/{code}")

    if asked.unit:
        return ogc_map.outlines(sheets.paths(asking.seed_dir, asked.unit), rows, label, href)
    return ogc_map.points(sheets.country(asking.seed_dir), rows, label, href)


def _place_map(asking: OgcAsking, asked: Collection, row: Json) -> Json | None:
    """Return the région with what is known of a feature in it; None where not even its région is, or has no outline."""
    told, point = row["properties"], []
    known = [] if row["geometry"] is None else [shapely.from_geojson(json.dumps(row["geometry"]))]
    region = told.get("region")
    if asked.unit and known:
        inside = known[0].representative_point()
        region = next(iter(outlines.layer(asking.seed_dir, UnitKind.REGION).near(inside.x, inside.y)), None)
    elif known:
        point, known = [{"longitude": known[0].x, "latitude": known[0].y, "name": told["name"]}], []
    sheet = region and region_sheet(asking.seed_dir, region)
    if not sheet:
        return None
    drawn = [Drawn("region", sheet.shapes[0]), *(Drawn("departement", shape) for shape in known)]
    return pages_place.small_map(sheet, drawn, point, f"Carte : {told['name']}")


def _page(asked: Collection, item_id: str) -> str | None:
    """Return the page of the registry that says more."""
    if asked.unit is UnitKind.REGION:
        return f"/regions/{item_id}"
    return f"/{NOUNS[asked.kind]}/{item_id}" if asked.kind in (Kind.POLE, Kind.ORGANISATION) else None
