"""JSON Schemas of collections: properties, what filters may name (queryables), what orders may name (sortables)."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from app import wording
from app.renderers.columns import Column

Json = dict[str, Any]
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_TYPES: Final = {"text": "string", "integer": "integer", "number": "number"}
_CODES: Final = {"status": wording.STATUS, "precision": wording.PRECISION}
LABELS: Final = {
    "geometry": "Géométrie",
    "id": "Identifiant",
    "code": "Code",
    "url": "Adresse",
    "name": "Nom",
    "acronym": "Sigle",
    "former_names": "Anciens noms",
    "status": "Statut",
    "status_as_of": "Statut établi en",
    "description": "Description",
    "founded_year": "Année de création",
    "ended_on": "Arrêté en",
    "address": "Adresse du siège",
    "postcode": "Code postal",
    "commune": "Commune (code)",
    "commune_name": "Commune",
    "departement": "Département (code)",
    "departement_name": "Département",
    "region": "Région (code)",
    "region_name": "Région",
    "epci": "Intercommunalité (SIREN)",
    "epci_name": "Intercommunalité",
    "precision": "Précision du lieu",
    "longitude": "Longitude",
    "latitude": "Latitude",
    "territory": "Territoire d’action",
    "territory_codes": "Territoire d’action (codes)",
    "sectors": "Secteurs",
    "waves": "Vagues",
    "carriers": "Porteurs",
    "members": "Membres",
    "member_count": "Membres, selon une source",
    "known_member_count": "Membres connus du registre",
    "job_count": "Emplois, selon une source",
    "website": "Site web",
    "sources": "Sources",
    "serial": "Écriture",
    "recorded_at": "Publié le",
    "kind": "Type",
    "legal_form": "Forme juridique",
    "siren": "SIREN",
    "poles": "Pôles",
    "cress": "CRESS",
    "cress_website": "Site de la CRESS",
    "population": "Population",
    "nature": "Nature",
    "departements": "Départements (codes)",
}


def label(name: str) -> str:
    return LABELS.get(name, name)


def schema(address: str, title: str, columns: Iterable[Column], geometry: str) -> Json:
    """Return what the features of a collection hold."""
    properties = {"geometry": _geometry(geometry)} | {column.name: _property(column) for column in columns}
    return {"$schema": DIALECT, "$id": address, "title": title, "type": "object", "properties": properties}


def queryables(address: str, title: str, columns: Iterable[Column], geometry: str) -> Json:
    """Return what filters may name; a list is met by any of its values."""
    properties = {"geometry": _geometry(geometry)} | {column.name: _property(column) for column in columns}
    return {
        "$schema": DIALECT,
        "$id": address,
        "title": f"{title} : ce que les filtres peuvent nommer",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def sortables(address: str, title: str, columns: Sequence[Column], order: Sequence[str]) -> Json:
    """Return what orders may name, and the order that comes without asking."""
    return {
        "$schema": DIALECT,
        "$id": address,
        "title": f"{title} : ce par quoi ranger",
        "type": "object",
        "properties": {column.name: _single(column) for column in columns},
        "additionalProperties": False,
        "defaultSortOrder": list(order),
    }


def _geometry(kind: str) -> Json:
    return {"title": LABELS["geometry"], "format": f"geometry-{kind}", "x-ogc-role": "primary-geometry"}


def _property(column: Column) -> Json:
    about = _single(column)
    if column.type == "list":
        said = "Un filtre est rempli par une des valeurs"
        return {"title": about["title"], "description": said, "type": "array", "items": {"type": "string"}}
    return about


def _single(column: Column) -> Json:
    about: Json = {"title": label(column.name), "type": _TYPES.get(column.type, "string")}
    if column.name == "recorded_at":
        about["format"] = "date-time"
    if column.name in {"id", "code"}:
        about["x-ogc-role"] = "id"
    if column.name in _CODES:
        about["enum"] = list(_CODES[column.name])
    return about
