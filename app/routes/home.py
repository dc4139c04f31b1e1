"""What errors mean, and whether the service is well."""

from fastapi import APIRouter
from pydantic import Field
from sqlmodel import Session

from app.changes import migrate
from app.errors import Damaged, NotFound, Unavailable, catalogue
from app.models.base import Public
from app.queries.health import read_serial
from app.routes.asking import PrimaryDep
from app.routes.documentation import SERVICE_ERRORS, ProblemSlug, problem_responses

router = APIRouter(tags=["Service"])


class ProblemPublic(Public):
    """Ce que veut dire une erreur."""

    type: str = Field(examples=["/problems/invalide"])
    title: str = Field(examples=["Requête invalide"])
    status: int = Field(examples=[422])
    meaning: str = Field(description="Ce que l’erreur veut dire et que faire")


class Health(Public):
    """L’état du service."""

    status: str = Field(examples=["ok"])
    serial: int | None = Field(default=None, description="Numéro d’écriture du registre", examples=[1])
    migration: str | None = Field(default=None, description="Version du schéma de la base", examples=["0004"])


@router.get(
    "/problems",
    summary="Les erreurs et leur sens",
    operation_id="listProblems",
    response_description="Réponse",
    responses=problem_responses(*SERVICE_ERRORS),
)
async def list_problems() -> list[ProblemPublic]:
    """Chaque erreur que le service peut donner : son nom, son code HTTP, ce qu’elle veut dire et que faire."""
    return [_explained(slug) for slug in catalogue()]


@router.get(
    "/problems/{slug}",
    summary="Le sens d’une erreur",
    operation_id="getProblem",
    response_description="Réponse",
    responses=problem_responses(*SERVICE_ERRORS, 404),
)
async def get_problem(slug: ProblemSlug) -> ProblemPublic:
    """Ce que veut dire une erreur, et que faire ; l’adresse est celle de son champ `type`."""
    if slug not in catalogue():
        raise NotFound(f"Aucune erreur de ce nom. Noms connus : {', '.join(catalogue())}.")
    return _explained(slug)


@router.get(
    "/health/live",
    summary="Le service répond",
    operation_id="getLiveness",
    response_description="Réponse",
    responses=problem_responses(*SERVICE_ERRORS),
)
async def live() -> Health:
    """Le processus répond ; rien d’autre n’est regardé."""
    return Health(status="ok")


@router.get(
    "/health/ready",
    summary="Le service est prêt",
    operation_id="getReadiness",
    response_description="Réponse",
    responses=problem_responses(*SERVICE_ERRORS, 503),
)
async def ready(database: PrimaryDep) -> Health:
    """La base répond et son schéma est à jour ; sinon 503, avec la raison."""
    if database.damage:
        raise Damaged
    return await database.read(_ready)


def _ready(session: Session) -> Health:
    migration = migrate.of(session)
    if migration is None or (migration != migrate.head() and migration in migrate.known()):
        # One that is not known is of a newer version, being deployed beside this one, and keeps what this one reads.
        raise Unavailable(
            f"Le schéma de la base est « {migration or 'vide'} », cette version attend "
            f"« {migrate.head()} » : `ptce serve` ou "
            "`ptce seed` le met à jour.",
            headers={"Retry-After": "5"},
        )
    return Health(status="ok", serial=read_serial(session), migration=migration)


def _explained(slug: str) -> ProblemPublic:
    error = catalogue()[slug]
    return ProblemPublic(type=f"/problems/{slug}", title=error.title, status=error.status, meaning=error.meaning)
