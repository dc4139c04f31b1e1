"""The data dictionary: what each column means, from the columns themselves and the descriptions of the models."""

from collections.abc import Iterator, Sequence
from typing import Any, Final, get_args

from pydantic import BaseModel

from app import wording
from app.models import OrganisationPublic, PolePublic, WavePublic
from app.models.organisation import MemberPublic, MembershipBase, OrganisationBase
from app.models.pole import PoleBase
from app.models.source import SourceBase, SourcePublic
from app.models.territory import RegionPublic
from app.models.wave import WaveBase
from app.renderers import columns
from app.renderers.columns import Column
from app.renderers.pages_words import FIELDS

_TYPES: Final = {"text": "texte", "integer": "entier", "number": "nombre", "list": "liste"}
_TABLES: Final[Sequence[tuple[str, str, Sequence[Column], type[BaseModel], type[BaseModel]]]] = (
    ("Pôles", "/v1/poles", columns.POLE, PolePublic, PoleBase),
    ("Organisations", "/v1/organisations", columns.ORGANISATION, OrganisationPublic, OrganisationBase),
    ("Appels de l’État", "/v1/waves", columns.WAVE, WavePublic, WaveBase),
    ("Membres d’un pôle", "/v1/poles/archer-pole-sud/members", columns.MEMBER, MemberPublic, MembershipBase),
    ("Sources", "/v1/sources", columns.SOURCE, SourcePublic, SourceBase),
    ("Régions", "/v1/regions", columns.REGION, RegionPublic, RegionPublic),
)
_WHOLE: Final = {"/v1/poles", "/v1/organisations", "/v1/waves"}
_SAID: Final = {
    "id": "Identifiant permanent",
    "url": "Page de la fiche",
    "sources": "Adresses des documents cités",
    "waves": "Appels qui l’ont labellisé, par identifiant",
    "poles": "Pôles, par identifiant",
    "sectors": "Secteurs, par code",
    "population": "Habitants (somme des communes)",
    "territory_codes": "Unités officielles du territoire, par type et code",
    "former_names": "Anciens noms",
    "epci": "Intercommunalité du siège : SIREN",
    "cress": "Chambre régionale de l’économie sociale et solidaire",
    "cress_website": "Site de la CRESS",
}
CODES: Final = (
    ("status", wording.STATUS),
    ("outcome", wording.OUTCOME),
    ("evidence", wording.EVIDENCE),
    ("role", wording.ROLE),
    ("precision", wording.PRECISION),
    ("kind (organisation)", wording.ORGANISATION_KIND),
    ("kind (appel)", wording.WAVE_KIND),
)


def tables() -> list[dict[str, Any]]:
    """Return each table with its columns, their types and what they mean."""
    return [
        {
            "title": title,
            "address": address,
            "limit": "all" if address in _WHOLE else None,
            "columns": [
                {"name": one.name, "type": _TYPES[one.type], "means": meaning(one, public, stored)} for one in known
            ],
        }
        for title, address, known, public, stored in _TABLES
    ]


def meaning(column: Column, public: type[BaseModel], stored: type[BaseModel]) -> str:
    """Return what a column means: as its table says it, else as the document does, else its plain name."""
    for name in (column.name, f"seat_{column.name}", f"{column.name}_text"):
        field = stored.model_fields.get(name)
        if field and field.description:
            return field.description
    told = _SAID.get(column.name)
    if told:
        return told
    described = list(_descriptions(public, column.path))
    return described[-1] if described else FIELDS.get(column.path, FIELDS.get(column.name, column.name))


def _descriptions(shape: type[BaseModel], path: str) -> Iterator[str]:
    """Yield the descriptions on the way to a value, the nearest to it last."""
    inside: type[BaseModel] | None = shape
    for step in path.split("."):
        field = inside.model_fields.get(step.removesuffix("[]")) if inside else None
        if field is None:
            return
        if field.description:
            yield field.description
        inside = next(_models(field.annotation), None)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for inner in get_args(annotation):
        yield from _models(inner)
