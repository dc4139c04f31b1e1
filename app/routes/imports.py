"""Imports over HTTP: a sheet in, its report out; written only when it is asked to, as a whole or not at all."""

from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Depends, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import Field
from sqlmodel import Session

from app.changes import import_cells, import_files, import_sheet
from app.changes.import_files import CSV_TYPE, XLSX_TYPE
from app.changes.import_sheet import Asked
from app.changes.orders import Order
from app.errors import Fault, Invalid, NotAcceptable
from app.models import Kind
from app.models.imports import ImportPublic
from app.queries import door
from app.queries.values import Flag
from app.renderers import imports
from app.renderers.document import dumps
from app.renderers.negotiation import MEDIA, Format
from app.routes.asking import asked_of, at_the_door
from app.routes.bodies import read_bytes
from app.routes.documentation import PROBLEM, problem_responses
from app.routes.documentation_later import told_later
from app.routes.documentation_of_writes import IDEMPOTENCY_KEY
from app.routes.editing import EditDep, WriteQuery, Written

router = APIRouter(prefix="/imports", tags=["Imports"])
_SHOWN_AT_MOST: Final = 100  # faults of the problem; its report has them all
_YES: Final[dict[str, Any]] = {"type": "string", "enum": ["0", "1", "true", "false"], "default": "0"}


class ImportQuery(WriteQuery):
    """What an import understands beside its sheet."""

    dry_run: Flag = Field(
        default=False,
        description="Écriture à blanc, même avec `apply` : le rapport dit ce qu’elle ferait des fiches (`revisions`)",
        json_schema_extra=_YES,
        examples=["0"],
    )
    kind: Literal["pole", "organisation"] | None = Field(
        default=None, description="Ce que la feuille décrit ; sans lui, ses colonnes le disent", examples=["pole"]
    )
    apply: Flag = Field(
        default=False,
        description="Écrire, si aucune ligne n’est en erreur ; sans lui, la feuille est seulement contrôlée",
        json_schema_extra=_YES,
        examples=["0"],
    )
    empties: Flag = Field(
        default=False,
        description="Vider les cases que le rapport annonce comme vidées",
        json_schema_extra=_YES,
        examples=["0"],
    )
    f: str | None = Field(
        default=None,
        description="Format du rapport : `json`, ou la même feuille en `csv` ou `xlsx`",
        json_schema_extra={"enum": ["json", "csv", "xlsx"]},
        examples=["json"],
    )


@told_later
def _documented() -> dict[str, Any]:
    text = {"schema": {"type": "string"}}
    binary = {"schema": {"type": "string", "format": "binary"}}
    sheets = {MEDIA[Format.CSV].split(";")[0]: text, XLSX_TYPE: binary}
    answers: dict[int | str, dict[str, Any]] = {
        200: {
            "model": ImportPublic,
            "description": "Le rapport, ligne à ligne",
            "content": sheets,
            "headers": {
                "Registry-Serial": {"description": "Numéro de cette écriture ; absent si rien n’est écrit", **text}
            },
        }
    }
    errors = (400, 401, 403, 406, 413, 414, 415, 422, 429, 500, 503)
    return {
        "responses": answers | problem_responses(*errors),
        "openapi_extra": {
            "parameters": [*door.described(ImportQuery), IDEMPOTENCY_KEY],
            "security": [{"cle": []}],
            "requestBody": {"required": True, "content": {CSV_TYPE: text, XLSX_TYPE: binary}},
        },
        "response_model": None,
    }


@router.post("", summary="Importer une feuille", operation_id="importSheet", **_documented())
async def import_sheet_back(
    request: Request, edit: EditDep, query: Annotated[ImportQuery, Depends(at_the_door(ImportQuery))]
) -> Response:
    """Un export de pôles ou d’organisations, modifié dans un tableur et renvoyé ; une case vide vide sa valeur.

    Une ligne se reconnaît à son `id`, sinon au SIREN ; une ligne sans l’un ni l’autre est comparée aux fiches : si elle
    ressemble à l’une d’elles, écrivez son `id`, ou `nouveau`. Une colonne absente ne change rien. Si `serial` y est,
    ce qui a changé depuis l’export est dit en conflit. Au plus 5 000 lignes et MAX_SHEET octets.
    """
    wanted = asked_of(request).wanted
    if wanted is Format.GEOJSON:
        raise NotAcceptable("Un rapport est en json, csv ou xlsx.")
    content = await read_bytes(request, "max_sheet")
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    sheet = await run_in_threadpool(import_files.read, content, media)
    apply = query.apply and not query.dry_run
    asked = Asked(Kind(query.kind) if query.kind else None, apply, query.empties, trial=query.dry_run)

    def change(session: Session, order: Order) -> Written:
        report = import_sheet.run(session, order, sheet, asked)
        refused = apply and not report.applied
        headers = {} if report.serial is None else {"Registry-Serial": str(report.serial)}
        if wanted is Format.JSON and refused:
            return Written(422, headers | {"Content-Type": PROBLEM}, _problem(report, request.url.path))
        if wanted is Format.JSON:
            return Written(200, headers, report.model_dump_json().encode())
        content = imports.sheet(report, sheet.header, import_cells.texts(sheet), wanted, excel=sheet.excel)
        headers["Content-Type"] = MEDIA[wanted]
        headers["Content-Disposition"] = f'attachment; filename="rapport.{wanted}"'
        return Written(422 if refused else 200, headers, content)

    return await edit.answer_with(query, content, change, keep=apply)


def _problem(report: ImportPublic, path: str) -> bytes:
    """Return the problem of a sheet that was to be written, with its whole report beside (RFC 9457, 3.2)."""
    faults = [
        Fault(
            pointer=f"/lines/{position}/{error.column or ''}".rstrip("/"),
            value=error.value,
            expected=error.message.removeprefix("attendu, "),
            suggestion=error.suggestion,
        )
        for position, line in enumerate(report.lines)
        for error in line.errors
    ]
    detail = (
        f"{report.errors} lignes en erreur : rien n’a été écrit. « report » dit, ligne à ligne, ce qui est attendu."
    )
    problem = Invalid(detail, faults=faults[:_SHOWN_AT_MOST]).problem(path).model_dump(mode="json", exclude_none=True)
    return dumps(problem | {"report": report.model_dump(mode="json")})
