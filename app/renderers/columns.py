"""Flat names: one list of columns for each kind, the same in CSV, XLSX and GeoJSON properties."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Json = Mapping[str, Any]
Type = Literal["text", "integer", "number", "list"]


@dataclass(frozen=True, slots=True)
class Column:
    """A flat name and its path in the document: `seat.region.code`; `labels[].wave.id` makes a list."""

    name: str
    path: str
    type: Type = "text"

    @property
    def field(self) -> str:
        """The part of the document that shows this column: `seat.region`, `labels`, `name`."""
        steps = self.path.split("[]")[0].split(".")
        return ".".join(steps[:2] if steps[0] in {"seat", "territory"} else steps[:1])


def value(document: Json, path: str) -> Any:
    """Read a path in a document: a value, None, or a list where the path has `[]`."""
    current: Any = document
    steps = path.split(".")
    for position, step in enumerate(steps):
        if current is None:
            return None
        if step.endswith("[]"):
            rest = ".".join(steps[position + 1 :])
            items = current[step[:-2]]
            return [value(item, rest) if rest else item for item in items]
        current = current[step]
    return current


def flat(document: Json, columns: Iterable[Column]) -> dict[str, Any]:
    return {column.name: value(document, column.path) for column in columns}


DISTANCE = Column("distance_km", "distance_km", "number")  # of an answer, not of a document
REVISION = (Column("serial", "revision.serial", "integer"), Column("recorded_at", "revision.recorded_at"))

POLE: Sequence[Column] = (
    Column("id", "id"),
    Column("url", "url"),
    Column("name", "name"),
    Column("acronym", "acronym"),
    Column("former_names", "former_names[]", "list"),
    Column("status", "status"),
    Column("status_as_of", "status_as_of"),
    Column("description", "description"),
    Column("founded_year", "founded_year", "integer"),
    Column("ended_on", "ended_on"),
    Column("address", "seat.address"),
    Column("postcode", "seat.postcode"),
    Column("commune", "seat.commune.code"),
    Column("commune_name", "seat.commune.name"),
    Column("departement", "seat.departement.code"),
    Column("departement_name", "seat.departement.name"),
    Column("region", "seat.region.code"),
    Column("region_name", "seat.region.name"),
    Column("epci", "seat.epci.code"),
    Column("epci_name", "seat.epci.name"),
    Column("precision", "seat.precision"),
    Column("longitude", "seat.longitude", "number"),
    Column("latitude", "seat.latitude", "number"),
    Column("territory", "territory.text"),
    Column("territory_codes", "territory.units[].unit", "list"),
    Column("sectors", "sectors[].code", "list"),
    Column("waves", "labels[].wave.id", "list"),
    Column("carriers", "carriers[].id", "list"),
    Column("members", "members[].organisation.id", "list"),
    Column("member_count", "member_count", "integer"),
    Column("known_member_count", "known_member_count", "integer"),
    Column("job_count", "job_count", "integer"),
    Column("website", "website"),
    Column("sources", "sources[].url", "list"),
    *REVISION,
)

ORGANISATION: Sequence[Column] = (
    Column("id", "id"),
    Column("url", "url"),
    Column("name", "name"),
    Column("acronym", "acronym"),
    Column("kind", "kind"),
    Column("legal_form", "legal_form"),
    Column("siren", "siren"),
    Column("commune", "commune.code"),
    Column("commune_name", "commune.name"),
    Column("departement", "departement.code"),
    Column("departement_name", "departement.name"),
    Column("region", "region.code"),
    Column("region_name", "region.name"),
    Column("epci", "epci.code"),
    Column("epci_name", "epci.name"),
    Column("longitude", "longitude", "number"),
    Column("latitude", "latitude", "number"),
    Column("website", "website"),
    Column("poles", "poles[].pole.id", "list"),
    Column("sources", "sources[].url", "list"),
    *REVISION,
)

WAVE: Sequence[Column] = (
    Column("id", "id"),
    Column("url", "url"),
    Column("name", "name"),
    Column("kind", "kind"),
    Column("opened_on", "opened_on"),
    Column("closed_on", "closed_on"),
    Column("results_on", "results_on"),
    Column("candidates", "candidates", "integer"),
    Column("laureates", "laureates", "integer"),
    Column("found", "found", "integer"),
    Column("inferred", "inferred", "integer"),
    Column("missing", "missing", "integer"),
    Column("supported", "supported", "integer"),
    Column("budget_eur", "budget_eur", "integer"),
    Column("duration_months", "duration_months", "integer"),
    Column("issuer", "issuer"),
    Column("poles", "labels[].pole.id", "list"),
    Column("sources", "sources[].url", "list"),
    *REVISION,
)

MEMBER: Sequence[Column] = (
    Column("id", "organisation.id"),
    Column("url", "organisation.url"),
    Column("name", "organisation.name"),
    Column("acronym", "organisation.acronym"),
    Column("kind", "organisation.kind"),
    Column("siren", "organisation.siren"),
    Column("role", "role"),
    Column("since", "since"),
    Column("until", "until"),
    Column("sources", "sources[].url", "list"),
)

HISTORY: Sequence[Column] = (
    Column("serial", "serial", "integer"),
    Column("recorded_at", "recorded_at"),
    Column("action", "action"),
    Column("editor", "editor"),
    Column("reason", "reason"),
    Column("source", "source"),
    Column("changed", "changes[].field", "list"),
)

SOURCE: Sequence[Column] = (
    Column("id", "id"),
    Column("url", "url"),
    Column("publisher", "publisher"),
    Column("title", "title"),
    Column("seen_on", "seen_on"),
    Column("citations", "citations", "integer"),
)

SECTOR: Sequence[Column] = (
    Column("code", "code"),
    Column("name", "name"),
    Column("name_en", "name_en"),
    Column("poles", "poles", "integer"),
)

_PLACE = (
    Column("population", "population", "integer"),
    Column("longitude", "longitude", "number"),
    Column("latitude", "latitude", "number"),
    Column("poles", "poles", "integer"),
)

REGION: Sequence[Column] = (
    Column("code", "code"),
    Column("url", "url"),
    Column("name", "name"),
    Column("cress", "cress.name"),
    Column("cress_website", "cress.website"),
    *_PLACE,
)

DEPARTEMENT: Sequence[Column] = (
    Column("code", "code"),
    Column("name", "name"),
    Column("region", "region.code"),
    Column("region_name", "region.name"),
    *_PLACE,
)

EPCI: Sequence[Column] = (
    Column("code", "code"),
    Column("name", "name"),
    Column("nature", "nature"),
    Column("departements", "departements[].code", "list"),
    *_PLACE,
)

COMMUNE: Sequence[Column] = (
    Column("code", "code"),
    Column("name", "name"),
    Column("departement", "departement.code"),
    Column("departement_name", "departement.name"),
    Column("region", "region.code"),
    Column("region_name", "region.name"),
    Column("epci", "epci.code"),
    Column("epci_name", "epci.name"),
    Column("postcodes", "postcodes[]", "list"),
    *_PLACE,
)
