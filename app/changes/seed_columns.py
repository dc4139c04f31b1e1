"""The columns of the seed's sheets, and the field of a shape that each one fills."""

from typing import Final

from app.models import CitedKind


def _same(*names: str) -> dict[str, str]:
    return {name: name for name in names}


SECTOR: Final = {"code": "code", "label_fr": "name", "label_en": "name_en"}
SOURCE: Final = _same("id", "url", "publisher", "title", "seen_on")
WAVE: Final = _same(
    "id",
    "kind",
    "opened_on",
    "closed_on",
    "results_on",
    "candidates",
    "laureates",
    "budget_eur",
    "duration_months",
    "issuer",
    "notes",
) | {"name_fr": "name"}
ORGANISATION: Final = _same("id", "name", "acronym", "kind", "legal_form", "commune", "siren", "website")
POLE: Final = _same(
    "id",
    "name",
    "acronym",
    "status",
    "status_as_of",
    "founded_year",
    "ended_on",
    "seat_commune",
    "seat_address",
    "seat_postcode",
    "seat_precision",
    "departement",
    "region",
    "website",
    "member_count",
    "job_count",
    "notes",
) | {"description_fr": "description", "lon": "longitude", "lat": "latitude", "territory_fr": "territory_text"}
# Rows of other tables, or read only to check them: the database derives them.
POLE_LISTS: Final = (
    "former_names",
    "seat_commune_name",
    "epci",
    "sectors",
    "territory_codes",
    "carrier_organisation_id",
)
LABEL: Final = {"pole_id": "pole", "wave_id": "wave"} | _same(
    "outcome", "awarded_on", "funding_eur", "evidence", "notes"
)
MEMBERSHIP: Final = {"pole_id": "pole", "organisation_id": "organisation"} | _same("role", "since", "until")
CRESS: Final = _same("region", "name", "website")
COUNT: Final = _same("as_of", "count", "publisher") | {"what_is_counted_fr": "counts_what"}
CITATION: Final = _same("record", "field") | {"source_id": "source"}

# How a citation names a record, and the columns that it may name.
CITED: Final = {
    "poles": (CitedKind.POLE, frozenset({*POLE, *POLE_LISTS})),
    "organisations": (CitedKind.ORGANISATION, frozenset(ORGANISATION)),
    "labels": (CitedKind.LABEL, frozenset(LABEL)),
    "memberships": (CitedKind.MEMBERSHIP, frozenset(MEMBERSHIP)),
}
