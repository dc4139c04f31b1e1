"""What OpenAPI says of proposals: some need a key, some take one, some none."""

from typing import Any, Final

from fastapi import Response
from pydantic import BaseModel

from app.models.proposal import ProposalCreate, ProposalDetails, ProposalPublic
from app.queries import door
from app.queries.asked_proposals import FeedQuery, FollowQuery
from app.renderers.proposals import ATOM
from app.routes.documentation import problem_responses
from app.routes.documentation_later import told_later
from app.routes.documentation_of_writes import IF_MATCH, writing
from app.routes.editing import DecisionQuery, TrialQuery

KEY: Final[list[dict[str, list[str]]]] = [{"cle": []}]
KEY_OR_NONE: Final = [{}, *KEY]
_READING: Final = (400, 401, 406, 414, 422, 429, 431, 500, 503)
# Asked of a proposal that corrects a record, not of one that adds it.
_IF_MATCH_OF_RECORD: Final = IF_MATCH | {
    "required": False,
    "description": "ETag de la fiche que la proposition corrige ; exigé si c’en est une",
}


@told_later
def documented_list(public: type[BaseModel], query: type[BaseModel]) -> dict[str, Any]:
    """Return what a route decorator says of what only curators read."""
    return _documented({"model": public, "description": "Réponse"}, query, KEY, 403)


@told_later
def documented_following() -> dict[str, Any]:
    either: Any = ProposalPublic | ProposalDetails
    return _documented({"model": either, "description": "Réponse"}, FollowQuery, KEY_OR_NONE, 404)


@told_later
def documented_feed() -> dict[str, Any]:
    answer = {"description": "Le flux", "content": {ATOM: {"schema": {"type": "string"}}}}
    made = _documented(answer, FeedQuery, []) | {"response_class": Response}  # not JSON, as FastAPI would add
    made["responses"][304] = {"description": "Rien n’a changé depuis l’ETag que vous avez"}
    return made


@told_later
def documented_suggestion() -> dict[str, Any]:
    made = writing(ProposalPublic, ProposalCreate, creates=True, query=TrialQuery, also=(409,))
    del made["responses"][201]["headers"]["ETag"]
    made["responses"][200] = {
        "model": made["responses"][200]["model"] | ProposalPublic,
        "description": "Déjà proposée : où elle en est ; ou écriture à blanc : ce qu’elle ferait",
    }
    made["responses"].pop(403)
    made["openapi_extra"]["security"] = KEY_OR_NONE
    return made


@told_later
def documented_amendment() -> dict[str, Any]:
    made = writing(ProposalDetails, ProposalCreate, edits=True, patch=True, query=DecisionQuery, also=(404, 409))
    parameters = made["openapi_extra"]["parameters"]
    made["openapi_extra"]["parameters"] = [one for one in parameters if one is not IF_MATCH] + [_IF_MATCH_OF_RECORD]
    del made["responses"][308]
    return made


def _documented(answer: dict[str, Any], query: type[BaseModel], security: Any, *also: int) -> dict[str, Any]:
    responses: dict[int | str, dict[str, Any]] = {200: answer, **problem_responses(*sorted({*_READING, *also}))}
    extra = {"parameters": door.described(query), "security": security}
    return {"responses": responses, "openapi_extra": extra, "response_model": None}
