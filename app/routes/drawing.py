"""What `geometry` asks of places: an outline, or nothing, instead of their point; in GeoJSON only."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path

from app.errors import invalid_parameter
from app.models import Public, UnitKind
from app.queries.outlines import Detail, layer
from app.queries.run import Page
from app.renderers.negotiation import Format
from app.routes.asking import Asking

_NOTHING = b"null"
_code_of = attrgetter("code")


@dataclass(frozen=True, slots=True)
class Drawing:
    """How the places of an answer are drawn."""

    seed_dir: Path
    kind: UnitKind
    detail: Detail | None  # None: not at all

    def of(self, place: Public) -> bytes:
        """Return a GeoJSON geometry; null for a place whose outline is not known."""
        if self.detail is None:
            return _NOTHING
        return layer(self.seed_dir, self.kind, self.detail).geometries.get(_code_of(place), _NOTHING)

    def drawn(self, page: Page, places: Sequence[Public]) -> Page:
        geometries = [self.of(place) for place in places]
        missing = [_code_of(place) for place, drawn in zip(places, geometries, strict=True) if drawn is _NOTHING]
        return replace(page, geometries=geometries, notices=self._notices(missing) if self.detail else [])

    def _notices(self, missing: Sequence[str]) -> list[str]:
        said = ["geometry : contours simplifiés, d’après IGN Admin Express COG 2018 (Licence Ouverte)"]
        if self.kind is UnitKind.EPCI and self.detail is Detail.FULL:
            said.append("geometry : les intercommunalités n’ont que le contour léger, que « full » donne aussi")
        if missing:
            said.append("geometry : contour non connu pour " + ", ".join(missing))
        return said


def asked_drawing(asking: Asking, geometry: str | None, kind: UnitKind) -> Drawing | None:
    """Return how to draw these places, or None for their points. Raises Invalid where the format draws nothing."""
    if geometry is not None and asking.wanted is not Format.GEOJSON:
        where = f"{asking.path}.geojson?geometry={geometry}"
        raise invalid_parameter("geometry", geometry, f"le format GeoJSON, seul à dessiner les lieux : {where}")
    if geometry in {None, "point"}:
        return None
    return Drawing(asking.seed_dir, kind, None if geometry == "none" else Detail(geometry))
