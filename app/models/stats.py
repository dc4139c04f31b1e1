"""Statistics: the registry's own counts beside what others announced, so that completeness is a public figure."""

from datetime import datetime

from pydantic import Field as Described

from app.models.base import Public
from app.models.official_count import OfficialCountPublic
from app.models.wave import WaveKind


class FacetCount(Public):
    value: str = Described(examples=["84"])
    label: str = Described(examples=["Auvergne-Rhône-Alpes"])
    count: int = Described(examples=[19])


class PoleStats(Public):
    total: int = Described(description="Pôles du registre", examples=[115])
    by_status: list[FacetCount]
    by_precision: list[FacetCount] = Described(description="Ce que l’on sait du siège")
    by_region: list[FacetCount]
    by_departement: list[FacetCount] = Described(description="Pôles dont le département est connu")
    by_wave: list[FacetCount] = Described(description="Lauréats et accompagnés, par vague")
    by_outcome: list[FacetCount]
    by_sector: list[FacetCount]


class WaveStats(Public):
    """Une vague : lauréats annoncés, retrouvés et manquants."""

    id: str = Described(examples=["aap-2013"])
    name: str
    kind: WaveKind
    announced: int | None = Described(description="Lauréats annoncés par l’État ; nul si aucun nombre n’est connu")
    found: int = Described(description="Lauréats retrouvés, avec une source")
    inferred: int = Described(description="Dont l’appel est déduit, non écrit par une source")
    missing: int | None = Described(description="Lauréats annoncés qui manquent au registre")
    supported: int = Described(description="Pôles accompagnés sans dotation")


class StatsPublic(Public):
    serial: int
    as_of: datetime = Described(description="Instant de cet état (UTC)")
    poles: PoleStats
    organisations: int = Described(description="Organisations du registre")
    waves: list[WaveStats]
    official_counts: list[OfficialCountPublic] = Described(
        description="Nombres publiés par d’autres ; chacun compte autre chose, ils ne forment pas une courbe"
    )
    licence: str = Described(examples=["etalab-2.0"])
    attribution: str
