"""Sources: documents where facts were read."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Response
from sqlmodel import Session

from app.changes import sources
from app.models import Public
from app.models.source import SourcePublic, SourceUpdate
from app.queries import sources as queries
from app.queries.asked import Asked
from app.queries.asked_lists import SourceQuery
from app.queries.places import read_rows
from app.queries.state import State
from app.queries.vocabulary import Meaning
from app.renderers import columns
from app.routes import answers
from app.routes.asking import AskingDep, DatabaseDep, at_the_door
from app.routes.bodies import BodyDep
from app.routes.documentation import RECORD_ERRORS, documented, documented_page
from app.routes.documentation_of_writes import documented_write
from app.routes.editing import EditDep, WriteQueryDep

router = APIRouter(prefix="/sources", tags=["Sources"])
SourceId = Annotated[str, Path(description="Identifiant permanent de la source", examples=["s-63b8ad6520"])]


@router.get(
    "",
    summary="Chercher des sources",
    operation_id="listSources",
    **documented_page(SourceQuery, SourcePublic, columns.SOURCE),
)
async def list_sources(
    asking: AskingDep, database: DatabaseDep, query: Annotated[SourceQuery, Depends(at_the_door(SourceQuery))]
) -> Response:
    """Les documents où les faits ont été lus. Elles sont montrées telles qu’elles sont aujourd’hui."""
    return await database.read(
        answers.documents, asking, query, _sources, columns.SOURCE, list(SourcePublic.model_fields)
    )


@router.get(
    "/{id}",
    summary="Lire une source",
    operation_id="getSource",
    **documented(Asked, SourcePublic, columns.SOURCE, errors=RECORD_ERRORS),
)
async def get_source(
    id: SourceId,  # noqa: A002  the contract's name
    asking: AskingDep,
    database: DatabaseDep,
    query: Annotated[Asked, Depends(at_the_door(Asked))],
) -> Response:
    """Une source, et combien de fiches ou de champs elle appuie ; une source retirée reste lisible, et le dit."""
    return await database.read(answers.source, asking, query, id)


@router.post(
    "",
    summary="Créer une source",
    operation_id="createSource",
    **documented_write(SourcePublic, SourceUpdate, creates=True, also=(409,)),
)
async def create_source(edit: EditDep, query: WriteQueryDep, body: BodyDep) -> Response:
    """L’adresse est gardée, jamais visitée par le registre."""
    return await edit.answer(query, body[0], sources.create, body[1])


@router.put(
    "/{id}",
    summary="Remplacer une source",
    operation_id="replaceSource",
    **documented_write(SourcePublic, SourceUpdate, edits=True, also=(409,)),
)
async def replace_source(id: SourceId, edit: EditDep, query: WriteQueryDep, body: BodyDep) -> Response:  # noqa: A002
    """Le document lu, modifié et renvoyé ; les fiches qui la citent sont publiées de nouveau."""
    return await edit.answer(query, body[0], sources.replace, id, body[1])


@router.patch(
    "/{id}",
    summary="Modifier une source",
    operation_id="patchSource",
    **documented_write(SourcePublic, SourceUpdate, edits=True, patch=True, also=(409,)),
)
async def patch_source(id: SourceId, edit: EditDep, query: WriteQueryDep, body: BodyDep) -> Response:  # noqa: A002
    """Les seuls champs à changer (JSON Merge Patch) ; `null` efface une valeur."""
    return await edit.answer(query, body[0], sources.replace, id, body[1], patch=True)


@router.delete(
    "/{id}",
    summary="Retirer une source",
    operation_id="retireSource",
    **documented_write(SourcePublic, edits=True),
)
async def retire_source(id: SourceId, edit: EditDep, query: WriteQueryDep) -> Response:  # noqa: A002
    """Ce qu’elle appuie le dit désormais (`retired`) : un fait à vérifier."""
    return await edit.answer(query, b"", sources.retire, id)


@router.post(
    "/{id}/restore",
    summary="Rétablir une source",
    operation_id="restoreSource",
    **documented_write(SourcePublic, also=(404, 409)),
)
async def restore_source(id: SourceId, edit: EditDep, query: WriteQueryDep) -> Response:  # noqa: A002
    """Ce qu’elle appuyait l’est de nouveau."""
    return await edit.answer(query, b"", sources.restore, id)


def _sources(
    session: Session, query: SourceQuery, _meanings: Sequence[Meaning], _state: State
) -> tuple[list[Public], int]:
    rows, total = read_rows(session, queries.select_listed_sources(query), query)
    return [SourcePublic(**row._asdict()) for row in rows], total
