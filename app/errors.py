"""What can go wrong, and what the caller is told.

RegistryError
├── BadRequest            400  bytes that are not UTF-8
├── Unauthorized          401  no key, or one that is not known, expired or revoked
├── Forbidden             403  a key without the right that the write needs
├── NotFound              404  no such record or page
├── MethodNotAllowed      405
├── NotAcceptable         406  no such format
├── Conflict              409  what is asked cannot be done to the record as it stands
├── Gone                  410  retired record
├── PreconditionFailed    412  the record has changed since the state that the writer had read
├── TooLarge              413  body over its limit
├── UriTooLong            414
├── UnsupportedMedia      415  a body in a format that is not read here
├── Invalid               422  a parameter or a body that says nothing the registry understands
│   └── BadParameter      400  the same under /ogc, as OGC API wants
├── PreconditionRequired  428  an edit that does not say which state it starts from
├── TooManyRequests       429
├── HeadersTooLarge       431
├── Internal              500
└── Unavailable           503  the database does not answer
    └── Damaged           503  its file is damaged

Each becomes a problem document (RFC 9457) in French: `type` leads to a page that says what to do.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import BaseModel, Field

from app.logs import request_id


class Fault(BaseModel):
    """One thing wrong, and where: a query parameter by name, or a place in a body by JSON pointer."""

    parameter: str | None = Field(default=None, description="Paramètre en cause")
    pointer: str | None = Field(default=None, description="Endroit du corps en cause (pointeur JSON)")
    value: Any = Field(default=None, description="Valeur reçue, abrégée à 200 caractères")
    expected: str = Field(description="Ce qui est attendu")
    suggestion: str | None = Field(default=None, description="« Vouliez-vous … »")


class Problem(BaseModel):
    """The body of every error (RFC 9457)."""

    type: str = Field(description="Adresse de la page qui explique cette erreur", examples=["/problems/invalide"])
    title: str = Field(description="Nom de l’erreur", examples=["Requête invalide"])
    status: int = Field(description="Code HTTP", examples=[422])
    detail: str = Field(description="Ce qui s’est passé et que faire")
    instance: str = Field(description="Chemin demandé", examples=["/v1/poles"])
    errors: list[Fault] = Field(default_factory=list, description="Une ligne par valeur en cause")
    request_id: str | None = Field(
        default=None, description="Numéro de cette requête, comme dans X-Request-Id", examples=["7f3c9e21a0b4d658"]
    )
    current: Any = Field(default=None, description="Fiche actuelle, quand la requête portait sur un état dépassé")
    successor: str | None = Field(default=None, description="Fiche qui remplace une fiche retirée")


class RegistryError(Exception):
    status: ClassVar[int] = 500
    slug: ClassVar[str] = "erreur-interne"
    title: ClassVar[str] = "Erreur interne"
    meaning: ClassVar[str] = "Le registre a rencontré une erreur qui n’aurait pas dû arriver. Signalez-la."

    def __init__(
        self,
        detail: str | None = None,
        *,
        faults: Sequence[Fault] = (),
        headers: dict[str, str] | None = None,
        successor: str | None = None,
        current: object = None,
    ) -> None:
        self.detail = detail or self.meaning
        self.faults = list(faults)
        self.headers = headers or {}
        self.successor = successor
        self.current = current
        super().__init__(self.detail)

    def problem(self, instance: str) -> Problem:
        return Problem(
            type=f"/problems/{self.slug}",
            title=self.title,
            status=self.status,
            detail=self.detail,
            instance=instance,
            errors=self.faults,
            request_id=request_id.get() or None,
            successor=self.successor,
            current=self.current,
        )


class BadRequest(RegistryError):
    status, slug, title = 400, "illisible", "Requête illisible"
    meaning = "L’adresse contient des octets qui ne sont pas de l’UTF-8. Encodez-la en UTF-8."


class Unauthorized(RegistryError):
    status, slug, title = 401, "cle", "Clé manquante ou refusée"
    meaning = (
        "Cette requête demande une clé valable : « Authorization: Bearer … ». Les clés sont données par `ptce keys`."
    )


class Forbidden(RegistryError):
    status, slug, title = 403, "droit", "Droit manquant"
    meaning = "Votre clé ne donne pas le droit que cette écriture demande ; « detail » dit lequel."


class NotFound(RegistryError):
    status, slug, title = 404, "introuvable", "Introuvable"
    meaning = "Aucune fiche ni page à cette adresse. Vérifiez l’identifiant ; /docs liste les adresses."


class MethodNotAllowed(RegistryError):
    status, slug, title = 405, "methode", "Méthode non permise"
    meaning = "Cette adresse n’accepte pas cette méthode ; l’en-tête Allow donne celles qu’elle accepte."


class NotAcceptable(RegistryError):
    status, slug, title = 406, "format", "Format non disponible"
    meaning = "Le registre ne sait pas répondre dans ce format. Formats : json, geojson, csv, xlsx."


class Conflict(RegistryError):
    status, slug, title = 409, "conflit", "Conflit"
    meaning = "La fiche, telle qu’elle est, ne permet pas cette écriture ; « detail » dit pourquoi."


class Gone(RegistryError):
    status, slug, title = 410, "retiree", "Fiche retirée"
    meaning = "Cette fiche a été retirée du registre ; son historique reste lisible."


class PreconditionFailed(RegistryError):
    status, slug, title = 412, "etat-depasse", "État dépassé"
    meaning = (
        "La fiche a changé depuis l’état que vous aviez lu. « current » la donne telle qu’elle est : reportez-y votre "
        "modification, puis renvoyez-la avec l’ETag de cette réponse dans If-Match."
    )


class TooLarge(RegistryError):
    status, slug, title = 413, "corps-trop-grand", "Corps trop grand"
    meaning = "Le corps de la requête dépasse la taille permise. Envoyez moins à la fois."


class UriTooLong(RegistryError):
    status, slug, title = 414, "adresse-trop-longue", "Adresse trop longue"
    meaning = "L’adresse dépasse la taille permise. Demandez moins de valeurs à la fois."


class UnsupportedMedia(RegistryError):
    status, slug, title = 415, "type-de-corps", "Type de corps non lu"
    meaning = "Ce type de corps n’est pas lu ici : envoyez du JSON, avec « Content-Type: application/json »."


class Invalid(RegistryError):
    status, slug, title = 422, "invalide", "Requête invalide"
    meaning = (
        "Un paramètre ou une valeur n’est pas compris. Chaque ligne de « errors » dit lequel et ce qui est attendu."
    )


class BadParameter(Invalid):
    status = 400


class PreconditionRequired(RegistryError):
    status, slug, title = 428, "etat-manquant", "État de départ manquant"
    meaning = (
        "Dites de quel état part votre modification : lisez la fiche, puis renvoyez son ETag dans If-Match. "
        "Ainsi, deux personnes qui modifient ensemble ne s’effacent pas."
    )


class TooManyRequests(RegistryError):
    status, slug, title = 429, "trop-de-requetes", "Trop de requêtes"
    meaning = "Trop de requêtes en peu de temps. Attendez le nombre de secondes que donne Retry-After."


class HeadersTooLarge(RegistryError):
    status, slug, title = 431, "en-tetes-trop-grands", "En-têtes trop grands"
    meaning = "Les en-têtes de la requête dépassent la taille permise. Envoyez moins de cookies ou d’en-têtes."


class Internal(RegistryError):
    pass


class Unavailable(RegistryError):
    status, slug, title = 503, "indisponible", "Service indisponible"
    meaning = (
        "La base de données ne répond pas. Réessayez dans quelques secondes ; une écriture renvoyée avec la même "
        "Idempotency-Key n’est faite qu’une fois."
    )


class Damaged(Unavailable):
    meaning = (
        "La base de données est abîmée : réessayer ne suffira pas. Qui tient ce registre doit l’arrêter et reprendre "
        "la dernière sauvegarde : `ptce restore FICHIER --replace`."
    )

    def __init__(self) -> None:
        super().__init__(headers={"Retry-After": "300"})


class Moved(Exception):
    """A merged record was asked for: the answer is the way to its successor (308), not a problem."""

    def __init__(self, record_id: str, successor: str) -> None:
        super().__init__(f"{record_id} → {successor}")
        self.record_id = record_id
        self.successor = successor


def catalogue() -> dict[str, type[RegistryError]]:
    return {error.slug: error for error in RegistryError.__subclasses__()}


def invalid_parameter(parameter: str, value: object, expected: str, suggestion: str | None = None) -> Invalid:
    fault = Fault(parameter=parameter, value=shortened(value), expected=expected, suggestion=suggestion)
    hint = f" Vouliez-vous « {suggestion} » ?" if suggestion else ""
    return Invalid(f"Paramètre « {parameter} » : attendu, {expected}.{hint}", faults=[fault])


def shortened(value: object) -> object:
    return value[:200] if isinstance(value, str) else value
