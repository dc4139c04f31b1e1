"""One record as a page: read at a state, in the dress of the site; retired, its end and its history."""

import json
from collections.abc import Callable
from typing import Any, Concatenate, Final, ParamSpec

from fastapi import Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from app.errors import Gone
from app.models import Kind
from app.queries import door, run
from app.queries.asked import Asked
from app.queries.pages_sources import read_titles
from app.queries.state import State
from app.renderers import VERSION, history, pages_history
from app.renderers.listing import attribution
from app.renderers.pages_notes import Notes, Read
from app.renderers.pages_words import FIELDS
from app.replicas import Reads
from app.routes import answers
from app.routes.asking import base_of
from app.routes.dress import dressed, look, of_state

P = ParamSpec("P")
Json = dict[str, Any]
_OK: Final = 200
NOUNS: Final = {Kind.POLE: "poles", Kind.ORGANISATION: "organisations", Kind.WAVE: "waves"}
_FORMATS: Final = (("JSON", ".json"), ("GeoJSON", ".geojson"), ("CSV", ".csv"), ("Excel", ".xlsx"))
_PAGES: Final = ("text/html", "application/xhtml+xml", "text/*", "*/*")


async def shown(
    request: Request,
    database: Reads,
    answer: Callable[Concatenate[Session, Request, P], Response],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Response:
    """Answer a page; who asks for data and for no page is led to them."""
    accepted = request.headers.get("accept") or "*/*"
    if any(media in accepted for media in _PAGES):
        return await database.read(answer, request, *args, **kwargs)
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/v1{request.scope['raw_path'].decode()}{query}", headers={"Vary": "Accept"})


def asked_of_page(request: Request) -> Asked:
    """Return the state that a page is asked of; what else an address says, such as where it was shared, is let be."""
    return door.read(Asked, [(name, value) for name, value in request.query_params.multi_items() if name == "as_of"])


def answered(request: Request, state: State, template: str, made: Callable[[], Json], *, status: int = _OK) -> Response:
    """Answer a page of this state, or that it has not changed."""
    etag = f'"{state.serial}-{state.epoch}.{VERSION}.{look()}-html"'
    headers = {"ETag": etag, **of_state(request, state)}
    if status == _OK and etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    said = attribution(state.serial, state.recorded_at)
    return dressed(
        request,
        template,
        status=status,
        headers=headers if status == _OK else None,
        attribution=said,
        **made(),
    )


def record_page(
    session: Session, request: Request, kind: Kind, record_id: str, made: Callable[[Session, State, Json], Json]
) -> Response:
    """Answer the page of a record; `made` adds to its document what its template shows. Raises NotFound, Moved."""
    asked = asked_of_page(request)
    state, _ = run.read_state(session, asked)
    try:
        found = answers.standing(session, kind, record_id, state if asked.as_of is not None else None, "body")
    except Gone as gone:
        return _gone(session, request, state, kind, record_id, gone)
    document: Json = json.loads(found.piece)

    def shown() -> Json:
        return _record(session, request, state, kind, document, past=asked.as_of is not None) | made(
            session, state, document
        )

    return answered(request, state, f"{kind}.html", shown)


def notes_of(session: Session, record: list[Json], links: list[list[Json]]) -> Notes:
    """Return the numbered sources of a page, with what the registry knows of each."""
    ids = {one["id"] for sources in (record, *links) for one in sources}
    read = {source: Read(*told) for source, told in read_titles(session, ids).items()}
    return Notes(record, links, read)


def _record(session: Session, request: Request, state: State, kind: Kind, document: Json, *, past: bool) -> Json:
    path = f"/{NOUNS[kind]}/{document['id']}"
    entries = history.entries(run.read_history(session, kind, document["id"], state))
    return {
        "record": document,
        "FIELDS": FIELDS,
        "past": past,
        "state": state,
        "date": pages_history.moment(state.recorded_at),
        "history": pages_history.told(entries),
        "path": path,
        "address": f"{base_of(request)}{path}?as_of={state.serial}",
        "formats": [(name, f"/v1{path}{suffix}") for name, suffix in _FORMATS],
    }


def _gone(session: Session, request: Request, state: State, kind: Kind, record_id: str, gone: Gone) -> Response:
    """Answer that a record was retired: why, what replaces it, and what it was."""

    def shown() -> Json:
        entries = history.entries(run.read_history(session, kind, record_id, state))
        return {
            "problem": gone.problem(request.url.path),
            "successor": f"/{NOUNS[kind]}/{gone.successor}" if gone.successor else None,
            "history": pages_history.told(entries),
            "path": f"/{NOUNS[kind]}/{record_id}",
            "data": f"/v1/{NOUNS[kind]}/{record_id}/history",
        }

    return answered(request, state, "gone.html", shown, status=gone.status)
