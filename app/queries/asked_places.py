"""What can be asked of lists of places and of vocabularies; see `asked` for what every list understands."""

from typing import ClassVar, Literal

from pydantic import BaseModel, Field

from app.queries.asked import REGION, Asked, AskedList
from app.queries.values import Words


class Outlined(BaseModel):
    """How the places of a GeoJSON answer are drawn."""

    geometry: Literal["none", "point", "light", "full"] | None = Field(
        default=None,
        description="En GeoJSON seulement, ce qui dessine chaque lieu : `point` (sans rien demander), `light` (contour "
        "léger, pour une carte du pays), `full` (contour fin) ou `none`. Les contours sont simplifiés ; les "
        "intercommunalités n’ont que le léger, les collectivités d’outre-mer aucun.",
        examples=["light"],
    )


class PlaceQuery(Outlined, Asked):
    """One place."""


class ReferenceQuery(AskedList):
    """Official geography and vocabularies."""

    q: Words | None = Field(default=None, description="Début de nom ou de code, sans accents", examples=["saint et"])


class RegionQuery(Outlined, ReferenceQuery):
    """Régions."""


class _InRegion(ReferenceQuery):
    named: ClassVar[tuple[str, ...]] = ("region",)
    region: list[str] = Field(default_factory=list, description=REGION, examples=[["84"]])


class _InDepartement(_InRegion):
    named: ClassVar[tuple[str, ...]] = ("region", "departement")
    departement: list[str] = Field(default_factory=list, description="Département : code ou nom", examples=[["26"]])


class DepartementQuery(Outlined, _InRegion):
    """Départements."""


class EpciQuery(Outlined, _InDepartement):
    """Intercommunalités."""


class CommuneQuery(_InDepartement):
    """Communes."""

    named: ClassVar[tuple[str, ...]] = ("region", "departement", "epci")
    q: Words | None = Field(
        default=None,
        description="Début de nom (sans accents), de code INSEE ou de code postal",
        examples=["romans"],
    )
    epci: list[str] = Field(
        default_factory=list, description="Intercommunalité : SIREN ou nom", examples=[["200068781"]]
    )
