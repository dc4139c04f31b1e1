"""Base tiles that may lie under the map: none unless a setting names them, and then from that one host."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fastapi import Request

from app.routes.dress import HEADERS
from app.settings import Settings


@dataclass(frozen=True, slots=True)
class Tiles:
    """Where tiles come from, and whom they are owed to."""

    host: str
    query: str
    credit: str

    @property
    def url(self) -> str:
        return f"{self.host}{self.query}"

    @property
    def headers(self) -> dict[str, str]:
        """Return the policy of a page that shows them: the one of every page, and images of that host."""
        policy = HEADERS["Content-Security-Policy"]
        return {"Content-Security-Policy": policy.replace("img-src 'self'", f"img-src 'self' {self.host}")}


_KNOWN: Final[Mapping[str, Tiles]] = {
    "ign": Tiles(
        "https://data.geopf.fr",
        "/wmts?SERVICE=WMTS&VERSION=1.0.0&REQUEST=GetTile&LAYER=GEOGRAPHICALGRIDSYSTEMS.PLANIGNV2&STYLE=normal"
        "&FORMAT=image/png&TILEMATRIXSET=PM&TILEMATRIX={z}&TILEROW={y}&TILECOL={x}",
        "Fond de carte : © IGN, Géoplateforme",
    ),
}


def tiles_of(request: Request) -> Tiles | None:
    settings: Settings = request.app.state.settings
    return _KNOWN.get(settings.map_tiles)
