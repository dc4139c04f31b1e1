"""French for people: names of coded values, and what a refused value should have been."""

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic_core import ErrorDetails
from rapidfuzz import fuzz, process

STATUS = {"emerging": "Émergent", "active": "En activité", "inactive": "Arrêté", "unknown": "Non établi"}
OUTCOME = {"laureate": "Lauréat", "supported": "Accompagné"}
EVIDENCE = {"stated": "Écrit par une source", "inferred": "Déduit"}
ROLE = {"carrier": "Porteur", "founder": "Fondateur", "member": "Membre", "partner": "Partenaire"}
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
    spellings = candidates if isinstance(candidates, Mapping) else {candidate: candidate for candidate in candidates}
    best = process.extractOne(value[:200], list(spellings), scorer=fuzz.WRatio, score_cutoff=60)
    return None if best is None else spellings[best[0]]


def expected(error: ErrorDetails, description: str | None = None) -> str:
    """Say in French what a value refused by pydantic should have been."""
    context: dict[str, Any] = error.get("ctx", {})
    match error["type"]:
        case "missing" | "string_too_short":
            return "une valeur, la case est obligatoire" if error["type"] == "missing" else "un texte non vide"
        case "string_too_long":
            return f"un texte de {context['max_length']} caractères au plus"
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return "un nombre entier"
        case "float_parsing" | "float_type" | "finite_number":
            return "un nombre"
        case "bool_parsing" | "bool_type":
            return "0 ou 1"
        case "greater_than_equal":
            return f"un nombre au moins égal à {context['ge']}"
        case "less_than_equal":
            return f"un nombre au plus égal à {context['le']}"
        case "literal_error" | "enum":
            return "une valeur parmi " + context["expected"].replace("'", "").replace(" or ", ", ")
        case "date_parsing" | "date_from_datetime_parsing" | "date_type":
            return "une date AAAA-MM-JJ"
        case "value_error":
            return str(context["error"])
        case "extra_forbidden":
            return "rien : ce champ n’existe pas"
        case _:
            return description or "une valeur de la forme décrite par /docs"
