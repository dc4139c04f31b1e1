"""The sheets that pages draw on: the country, or the one région that is asked for; each made once."""

import json
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from sqlmodel import Session

from app.models import UnitKind
from app.queries.outlines import Detail, layer
from app.queries.places import read_departement_names, read_region_names
from app.queries.run import Page
from app.queries.vocabulary import Meaning
from app.renderers import maps
from app.renderers.maps import MERCATOR, METROPOLE, OVERSEAS, Country
from app.renderers.sheet import sheet

FACETS = ["region", "departement"]


def drawn(
    session: Session,
    seed_dir: Path,
    meanings: Sequence[Meaning],
    page: Page,
    href: Callable[[str, str], str] | None = None,
    *,
    tiled: bool = False,
) -> dict[str, Any]:
    """Return the map of a page of documents with FACETS: of its région by département, if it asks for one alone.

    `href` gives the address of a filter and its value; `tiled` is a map that may lie on tiles.
    """
    asked = {(meaning.term, meaning.value) for meaning in meanings if meaning.filter == "region"}
    regions = [value for term, value in asked if term == "region"]
    alone = regions[0] if len(asked) == 1 and regions else ""
    names = read_departement_names(session, alone) if alone else read_region_names(session)
    name = "departement" if alone else "region"
    made = of_region(seed_dir, alone, tuple(sorted(names)), tiled=tiled) if alone else country(seed_dir, tiled=tiled)
    told = sheet(
        made,
        names,
        {one["value"]: one["count"] for one in page.facets[name] if alone or not regions or one["value"] in regions},
        [json.loads(piece) for piece in page.pieces],
        chosen={meaning.value for meaning in meanings if meaning.filter == meaning.term == name},
        href=(lambda code: href(name, code)) if href else None,
        by=name,
    )
    return told | {"alone": alone, "corners": made.frames[""].corners(made.height) if tiled else ()}


@cache
def country(seed_dir: Path, *, tiled: bool = False) -> Country:
    """Return the sheet of the régions; overseas they are small: drawn as fine as they are known."""
    light, full = (layer(seed_dir, UnitKind.REGION, detail).shapes for detail in (Detail.LIGHT, Detail.FULL))
    shapes = {code: full[code] if code in OVERSEAS else shape for code, shape in light.items()}
    return maps.country(shapes, MERCATOR if tiled else METROPOLE)


@cache
def of_region(seed_dir: Path, region: str, departements: tuple[str, ...], *, tiled: bool = False) -> Country:
    shapes = layer(seed_dir, UnitKind.DEPARTEMENT, Detail.FULL).shapes
    known = {code: shapes[code] for code in departements if code in shapes}
    return maps.region(region, known, MERCATOR if tiled else None)


@cache
def paths(seed_dir: Path, kind: UnitKind) -> dict[str, str]:
    """Return the paths of outlines on the sheet of the country, by code."""
    sheet = country(seed_dir)
    return {code: sheet.path(shape) for code, shape in layer(seed_dir, kind).shapes.items()}
