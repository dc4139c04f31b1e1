"""French for people: names of coded values, and what a refused value should have been."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import ErrorDetails

from app import forms

STATUS = {"emerging": "Émergent", "active": "En activité", "inactive": "Arrêté", "unknown": "Non établi"}
OUTCOME = {"laureate": "Lauréat", "supported": "Accompagné"}
EVIDENCE = {"stated": "Écrit par une source", "inferred": "Déduit"}
ROLE = {"carrier": "Porteur", "founder": "Fondateur", "member": "Membre", "partner": "Partenaire"}
PROPOSED_KIND = {
    "pole": "Pôle",
    "organisation": "Organisation",
    "wave": "Vague",
    "membership": "Adhésion",
    "label": "Labellisation",
}
PROPOSAL_STATE = {
    "pending": "En attente",
    "accepted": "Acceptée",
    "amended": "Acceptée avec des changements",
    "refused": "Refusée",
}
PRECISION = {
    "address": "Adresse",
    "commune": "Commune",
    "departement": "Département",
    "region": "Région",
    "none": "Lieu non connu",
}
WAVE_KIND = {"AAP": "Appel à projets", "AMI": "Appel à manifestation d’intérêt", "programme": "Programme"}
ORGANISATION_KIND = {
    "association": "Association",
    "cooperative": "Coopérative",
    "company": "Entreprise",
    "mutual": "Mutuelle",
    "foundation": "Fondation",
    "local_authority": "Collectivité",
    "public_body": "Organisme public",
    "research_education": "Recherche et enseignement",
    "training": "Formation",
    "other": "Autre",
}


CODE_LENGTH = 2


def suggestion(value: str, candidates: Mapping[str, str] | Iterable[str]) -> str | None:
    """Return the candidate nearest to what was written, if one is near: a mapping goes from spelling to suggestion."""
    if len(value) <= CODE_LENGTH:
        return None  # a short code looks like any other
    from rapidfuzz import fuzz, process

    spellings = candidates if isinstance(candidates, Mapping) else {candidate: candidate for candidate in candidates}
    best = process.extractOne(value[:200], list(spellings), scorer=fuzz.WRatio, processor=str.lower, score_cutoff=60)
    return None if best is None else spellings[best[0]]


# What pydantic's errors say in French; the names in braces are of the error's context.
_EXPECTED = {
    "missing": "une valeur : la case est obligatoire",
    "string_type": "un texte",
    "list_type": "une liste",
    "model_type": "un objet",
    "model_attributes_type": "un objet",
    "string_too_short": "un texte non vide",
    "string_too_long": "un texte de {max_length} caractères au plus",
    "int_parsing": "un nombre entier",
    "int_type": "un nombre entier",
    "int_from_float": "un nombre entier",
    "int_parsing_size": "un nombre entier plus petit",
    "float_parsing": "un nombre",
    "float_type": "un nombre",
    "finite_number": "un nombre fini",
    "bool_parsing": "0 ou 1",
    "bool_type": "0 ou 1",
    "greater_than": "un nombre plus grand que {gt}",
    "greater_than_equal": "un nombre au moins égal à {ge}",
    "less_than_equal": "un nombre au plus égal à {le}",
    "literal_error": "une valeur parmi {expected}",
    "enum": "une valeur parmi {expected}",
    "date_parsing": "une date AAAA-MM-JJ",
    "date_from_datetime_parsing": "une date AAAA-MM-JJ",
    "date_type": "une date AAAA-MM-JJ",
    "value_error": "{error}",
    "extra_forbidden": "rien : ce champ n’existe pas",
    "path_not_directory": "un dossier qui existe",
    "too_long": "{max_length} valeurs au plus",
}


def choices(error: ErrorDetails) -> list[str]:
    """Return the values of a closed vocabulary that an error lists."""
    listed = str(error.get("ctx", {}).get("expected", "")).replace(" or ", ", ")
    return [choice.strip("' ") for choice in listed.split(",") if choice.strip("' ")]


def _whole(value: Any) -> Any:
    """Return a bound as people write it: 90, not 90.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def expected(error: ErrorDetails, description: str | None = None) -> str:
    """Say in French what a value refused by pydantic should have been."""
    context: dict[str, Any] = {name: _whole(value) for name, value in error.get("ctx", {}).items()}
    context["expected"] = ", ".join(choices(error))
    sentence = _EXPECTED.get(error["type"]) or forms.EXPECTED.get(context.get("pattern", ""))
    if sentence is None:
        return description or "une valeur de la forme décrite par /docs"
    return sentence.format_map(context)
