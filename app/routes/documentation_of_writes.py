"""What OpenAPI says of writes: who may, the parameters and headers, the bodies, the possible errors."""

from typing import Any, Final

from pydantic import BaseModel

from app.models.revision import TrialPublic
from app.queries import door
from app.routes.documentation import problem_responses
from app.routes.documentation_later import told_later
from app.routes.editing import TrialQuery, WriteQuery

SECURITY: Final = {"cle": {"type": "http", "scheme": "bearer", "description": "Une clé donnée par `ptce keys create`"}}
# Shapes of bodies, read by hand so that every fault of a body is told at once; named in the document.
BODIES: Final[dict[str, type[BaseModel]]] = {}
_ERRORS: Final = (400, 401, 403, 413, 414, 415, 422, 429, 431, 500, 503)
_NO_BODY: Final = {413, 415}
_REF: Final = "#/components/schemas/"
JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"
_TEXT: Final = {"schema": {"type": "string"}}
IF_MATCH: Final = {
    "name": "If-Match",
    "in": "header",
    "required": True,
    "description": "ETag de l’état dont part cette modification, tel que la lecture de la fiche l’a donné",
    "schema": {"type": "string", "pattern": r'^(\*|(W/)?"[!-~]+")$', "examples": ['"1-0f3a9c21.2-json"']},
}
IDEMPOTENCY_KEY: Final = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Clé choisie par le client : la même requête, renvoyée avec la même clé, reçoit la première réponse",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[ -~]+$", "examples": ["2026-11-25-a"]},
}


def writing(
    public: type[BaseModel],
    body: type[BaseModel] | None = None,
    *,
    creates: bool = False,
    edits: bool = False,
    patch: bool = False,
    query: type[TrialQuery] = WriteQuery,
    also: tuple[int, ...] = (),
) -> dict[str, Any]:
    """Return what a route decorator says of a write: `edits` needs If-Match, `creates` answers 201."""
    errors = {*_ERRORS, *also} - (set() if body else _NO_BODY)
    errors |= {404, 410, 412, 428} if edits else set()
    made: dict[str, Any] = {"model": public, "description": "Écrit", "headers": _headers(created=creates)}
    trial = {"model": TrialPublic, "description": "Écriture à blanc : ce qu’elle ferait"}
    kept: Any = public | TrialPublic
    answers: dict[int | str, dict[str, Any]] = {201: made, 200: trial} if creates else {200: made | {"model": kept}}
    responses: dict[int | str, dict[str, Any]] = {**answers, **problem_responses(*sorted(errors))}
    if edits:
        responses[308] = {"description": "Fiche fusionnée : `Location` donne celle qui la remplace"}
    extra: dict[str, Any] = {"parameters": door.described(query)}
    extra["parameters"] += [IF_MATCH] if edits else []
    extra["parameters"] += [] if edits else [IDEMPOTENCY_KEY]
    extra["security"] = [{"cle": []}]
    if body:
        extra["requestBody"] = {"required": True, "content": _content(body, patch=patch)}
    return {
        "responses": responses,
        "openapi_extra": extra,
        "response_model": None,
        "status_code": 201 if creates else 200,
    }


documented_write = told_later(writing)


def body_schemas() -> dict[str, Any]:
    """Return the shapes of bodies by name, with those that they refer to."""
    schemas: dict[str, Any] = {}
    for name, shape in BODIES.items():
        schema = shape.model_json_schema(ref_template=_REF + "{model}")
        schemas |= schema.pop("$defs", {})
        schemas[name] = schema
    return schemas


def _content(body: type[BaseModel], *, patch: bool) -> dict[str, Any]:
    if patch:
        described = "Les champs à changer (RFC 7396) : null efface, ce qui est absent ne change pas"
        return {MERGE_PATCH: {"schema": {"type": "object", "description": described}}}
    BODIES[body.__name__] = body
    return {JSON: {"schema": {"$ref": _REF + body.__name__}}}


def _headers(*, created: bool) -> dict[str, Any]:
    headers = {
        "ETag": {"description": "Version de la fiche, à renvoyer dans If-Match", **_TEXT},
        "Registry-Serial": {"description": "Numéro de cette écriture ; absent si rien n’a changé", **_TEXT},
    }
    return headers | ({"Location": {"description": "Adresse de la fiche", **_TEXT}} if created else {})
