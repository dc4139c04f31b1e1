"""Facts in the words of a page: names of fields, and their values as people read them."""

from collections.abc import Mapping
from typing import Any, Final

from app import wording
from app.renderers.pages import day, number

FIELDS: Final[Mapping[str, str]] = {
    "name": "Nom",
    "acronym": "Sigle",
    "former_names": "Anciens noms",
    "status": "Statut",
    "status_as_of": "Date du statut",
    "description": "Description",
    "founded_year": "Année de création",
    "ended_on": "Date d’arrêt",
    "seat": "Siège",
    "seat.address": "Adresse du siège",
    "seat.postcode": "Code postal du siège",
    "seat.commune": "Commune du siège",
    "seat.departement": "Département du siège",
    "seat.region": "Région du siège",
    "seat.epci": "Intercommunalité du siège",
    "seat.longitude": "Longitude",
    "seat.latitude": "Latitude",
    "seat.precision": "Précision du lieu",
    "territory": "Territoire",
    "territory.text": "Territoire d’action",
    "territory.units": "Unités du territoire",
    "labels": "Labellisations",
    "sectors": "Secteurs",
    "website": "Site web",
    "carriers": "Organisations porteuses",
    "members": "Membres",
    "poles": "Pôles",
    "member_count": "Nombre de membres annoncé",
    "job_count": "Nombre d’emplois annoncé",
    "known_member_count": "Membres connus du registre",
    "sources": "Sources",
    "notes": "Précautions",
    "kind": "Nature",
    "legal_form": "Forme juridique",
    "siren": "SIREN",
    "commune": "Commune",
    "departement": "Département",
    "region": "Région",
    "epci": "Intercommunalité",
    "longitude": "Longitude",
    "latitude": "Latitude",
    "opened_on": "Ouverture",
    "closed_on": "Clôture",
    "results_on": "Résultats",
    "candidates": "Candidatures reçues",
    "laureates": "Lauréats annoncés",
    "found": "Lauréats retrouvés",
    "inferred": "Lauréats dont l’appel est déduit",
    "missing": "Lauréats manquants",
    "supported": "Pôles accompagnés",
    "budget_eur": "Enveloppe, en euros",
    "duration_months": "Durée, en mois",
    "issuer": "Émetteur",
}
_CODED: Final[Mapping[str, Mapping[str, str]]] = {
    "status": wording.STATUS,
    "seat.precision": wording.PRECISION,
    "kind": {**wording.ORGANISATION_KIND, **wording.WAVE_KIND},
}
_DATES: Final = {"status_as_of", "ended_on", "opened_on", "closed_on", "results_on"}
_AS_WRITTEN: Final = {"founded_year", "seat.longitude", "seat.latitude", "longitude", "latitude"}
NOTHING: Final = "rien"


def plain(count: int, one: str) -> str:
    return f"{number(count)} {one}" + ("s" if count > 1 else "")


def worded(field: str, value: Any) -> str:
    """Return a value of a document, of any shape, as a line of text."""
    if value is None or value == []:
        return NOTHING
    if isinstance(value, list):
        return " ; ".join(_entry(one) for one in value)
    if isinstance(value, dict):
        return _entry(value)
    if field in _DATES:
        return day(value)
    if isinstance(value, int) and field not in _AS_WRITTEN:
        return number(value)
    return _CODED.get(field, {}).get(value, str(value))


def _entry(value: Any) -> str:
    """Return an entry of a list: a link by the record it leads to, a source by its publisher, a code by its name."""
    if not isinstance(value, dict):
        return str(value)
    for other in ("wave", "organisation", "pole"):
        if other in value:
            said = wording.OUTCOME.get(value.get("outcome", "")) or wording.ROLE.get(value.get("role", ""))
            return f"{value[other]['name']} ({said.lower()})" if said else str(value[other]["name"])
    if "publisher" in value:
        return f"{value['publisher']} ({value['url']})"
    code = value.get("code")
    return f"{value['name']} ({code})" if code else str(value["name"])
