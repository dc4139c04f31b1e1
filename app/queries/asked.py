"""What can be asked of each list: one shape per kind; its fields are the documented query parameters."""

from collections.abc import Iterable
from typing import ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from app.models import Kind, Outcome, Status, WaveKind
from app.models.base import Integer, Latitude, Longitude
from app.queries.spatial import FARTHEST, Area, Circle
from app.queries.spots import PointValue
from app.queries.values import AsOf, BoxValue, Day, Flag, Instant, PageSize, PageSizeOrAll, Radius, Words

AS_OF = (
    "État du registre à ce moment : un numéro d’écriture (`serial`) ou une date (la fin de ce jour à Paris). "
    "Pour les pôles qui existaient à une date, voyez `active_on`."
)


class Asked(BaseModel):
    """What every resource understands."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)

    f: str | None = Field(
        default=None,
        description="Format : `json`, `geojson`, `csv` ou `xlsx`. Le suffixe de l’adresse (`.csv`) et l’en-tête "
        "`Accept` le disent aussi.",
        json_schema_extra={"enum": ["json", "geojson", "csv", "xlsx"]},
        examples=["json"],
    )
    as_of: AsOf | None = Field(
        default=None,
        description=AS_OF,
        json_schema_extra={"type": "string", "pattern": r"^([0-9]{1,10}|[0-9]{4}-[0-9]{2}-[0-9]{2})$"},
        examples=["1"],
    )
    excel: Flag = Field(
        default=False,
        description="CSV pour Excel en français : point-virgule, BOM, virgule décimale",
        json_schema_extra={"type": "string", "enum": ["0", "1", "true", "false"], "default": "0"},
        examples=["0"],
    )

    # The parameters that name things: what people write is looked up in the vocabulary.
    named: ClassVar[tuple[str, ...]] = ()


class AskedList(Asked):
    """What every list understands."""

    limit: PageSize = Field(default=100, description="Nombre de fiches par page, à partir de 1", examples=[10])
    offset: Integer = Field(
        default=0, ge=0, le=1_000_000, description="Nombre de fiches à passer, de 0 à 1 000 000", examples=[0]
    )
    fields: list[str] = Field(
        default_factory=list,
        max_length=100,
        description="Champs à garder (l’identifiant reste) : ceux du JSON ou ceux du CSV",
    )


class RecordsQuery(AskedList):
    """What every list of records with revisions understands."""

    kind: ClassVar[Kind]

    limit: PageSizeOrAll = Field(
        default=100, description="Fiches par page, à partir de 1 ; `all` : toutes, en une réponse", examples=[10]
    )
    q: Words | None = Field(
        default=None,
        description="Mots cherchés, tous, chacun comme un début de mot, sans accents ni majuscules",
        examples=["coop"],
    )
    updated_since: Instant | None = Field(
        default=None,
        description="Fiches publiées depuis ce jour (à Paris) ou cet instant",
        json_schema_extra={"type": "string"},
        examples=["2026-01-01"],
    )
    sort: Literal["name", "-name", "updated", "-updated", "founded", "-founded", "distance"] | None = Field(
        default=None,
        description="Ordre : `name`, `updated` ou `founded` ; `-` devant pour l’inverse. Avec `lat` et `lon` : "
        "`distance`, qui vient alors sans rien demander ; ailleurs `name`.",
        examples=["name"],
    )

    @property
    def circle(self) -> Circle | None:
        return None

    @property
    def area(self) -> Area | None:
        return None

    @property
    def order(self) -> str:
        return self.sort or ("distance" if self.circle else "name")

    def misfits(self) -> Iterable[tuple[str, str]]:
        """Yield the parameters that do not go together, with what was expected."""
        if self.sort == "distance":
            yield "sort", "un ordre parmi name, updated, founded"

    @property
    def wanted_facets(self) -> list[str]:
        return list(dict.fromkeys(getattr(self, "facets", ())))


REGION = "Région : code INSEE, code ISO (`FR-NAQ`) ou nom ; une région d’avant 2016 vaut ses départements"


class PlacedQuery(RecordsQuery):
    """What every list of records that stand somewhere understands."""

    _area: Area | None = PrivateAttr(default=None)
    bbox: BoxValue | None = Field(
        default=None,
        description="Fiches placées dans ce cadre, bords compris : ouest,sud,est,nord en degrés (WGS 84). Un ouest "
        "plus grand que l’est passe par l’antiméridien. Une fiche dont le lieu n’est pas connu n’est dans aucun cadre.",
        json_schema_extra={"type": "string", "pattern": r"^[-+0-9., ]+$"},
        examples=["4.8,44.9,5.2,45.2"],
    )
    lat: Latitude | None = Field(
        default=None,
        description="Latitude d’un point, en degrés (WGS 84), avec `lon` : les fiches viennent de la plus proche à la "
        "plus lointaine, avec `distance_km`, à vol d’oiseau. Une fiche dont le lieu n’est pas connu n’y est pas.",
        examples=[45.05],
    )
    lon: Longitude | None = Field(
        default=None, description="Longitude de ce point ; aussi `long` ou `lng`", examples=[5.05]
    )
    radius: Radius | None = Field(
        default=None,
        description=f"Rayon autour de ce point, en km, jusqu’à {FARTHEST:.0f} ; sans lui, jusqu’à `limit` fiches",
        examples=[30],
    )

    @property
    def circle(self) -> Circle | None:
        if self.lat is None or self.lon is None:
            return None
        return Circle(self.lon, self.lat, self.radius)

    @property
    def area(self) -> Area | None:
        """An area that was drawn: only the body of a search has room for one."""
        return self._area

    def within(self, area: Area | None) -> Self:
        """Return the same query, in an area."""
        made = self.model_copy()
        made._area = area  # noqa: SLF001  its own
        return made

    def misfits(self) -> Iterable[tuple[str, str]]:
        if (self.lat is None) != (self.lon is None):
            yield ("lat" if self.lat is None else "lon"), "une valeur : lat et lon vont ensemble"
        elif self.circle is None:
            if self.radius is not None:
                yield "radius", "lat et lon aussi : le centre du cercle"
            if self.sort == "distance":
                yield "sort", "lat et lon aussi : le point d’où mesurer"


class PoleQuery(PlacedQuery):
    kind: ClassVar[Kind] = Kind.POLE
    named: ClassVar[tuple[str, ...]] = (
        "region",
        "departement",
        "commune",
        "epci",
        "territory",
        "wave",
        "sector",
        "member",
    )

    region: list[str] = Field(default_factory=list, description=REGION, examples=[["84"]])
    departement: list[str] = Field(default_factory=list, description="Département : code ou nom", examples=[["26"]])
    commune: list[str] = Field(default_factory=list, description="Commune du siège : code INSEE", examples=[["26281"]])
    epci: list[str] = Field(
        default_factory=list, description="Intercommunalité du siège : SIREN ou nom", examples=[["244400404"]]
    )
    territory: list[str] = Field(
        default_factory=list,
        description="Territoire d’action déclaré qui contient cette unité ou s’y trouve : `commune:`, `epci:`, `ept:`, "
        "`departement:` ou `region:` suivi du code. Les pôles de la région dont le territoire n’est pas connu sont "
        "comptés dans `undetermined`.",
        examples=[["epci:244400404"]],
    )
    covers: PointValue | None = Field(
        default=None,
        description="Pôles qui travaillent là où est ce point : longitude,latitude en degrés (WGS 84). Les contours "
        "sont simplifiés : un pôle de là qui déclare des communes, une intercommunalité dont la limite est à moins de "
        "500 m, ou rien, est compté dans `undetermined`.",
        json_schema_extra={"type": "string", "pattern": r"^[-+0-9., ]+$"},
        examples=["5.05,45.05"],
    )
    wave: list[str] = Field(
        default_factory=list, description="Vague : identifiant, ou année de l’appel", examples=[["aap-2013"]]
    )
    outcome: list[Outcome] = Field(
        default_factory=list, description="Issue : `laureate` ou `supported`", examples=[["laureate"]]
    )
    status: list[Status] = Field(
        default_factory=list,
        description="Statut : `active`, `emerging`, `inactive` ou `unknown`",
        examples=[["active"]],
    )
    sector: list[str] = Field(default_factory=list, description="Secteur : code ou libellé", examples=[["culture"]])
    member: list[str] = Field(
        default_factory=list,
        description="Organisation membre : identifiant, SIREN ou SIRET",
        examples=[["groupe-archer"]],
    )
    active_on: Day | None = Field(
        default=None,
        description="Pôles qui existaient ce jour : un fait daté à cette date ou avant, pas d’arrêt avant. Une date "
        "imprécise compte à sa fin. Les pôles sans fait daté sont comptés dans `undetermined`.",
        json_schema_extra={"type": "string", "format": "date"},
        examples=["2021-05-12"],
    )
    facets: list[Literal["region", "departement", "status", "wave", "outcome", "sector"]] = Field(
        default_factory=list,
        description="Facettes à compter : chacune sans son propre filtre",
        examples=[["region", "wave"]],
    )


class WaveQuery(RecordsQuery):
    kind: ClassVar[Kind] = Kind.WAVE

    wave_kind: list[WaveKind] = Field(
        default_factory=list, alias="kind", description="Type : `AAP`, `AMI` ou `programme`", examples=[["AAP"]]
    )
