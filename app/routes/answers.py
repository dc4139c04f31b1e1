"""Answers: a state read, compared with what the client has, a page of stored pieces joined, headers."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from fastapi import Response
from sqlmodel import Session

from app import wording
from app.errors import Gone, Moved, NotAcceptable, NotFound, invalid_parameter
from app.forms import SLUG
from app.models import Action, Kind, Public
from app.models.organisation import MemberPublic
from app.queries import links, run
from app.queries.asked import Asked, AskedList, PlacedQuery, RecordsQuery
from app.queries.asked_lists import HistoryQuery, MembersQuery
from app.queries.links import LinkPlace
from app.queries.run import Page
from app.queries.sources import read_source, read_version
from app.queries.state import State
from app.queries.vocabulary import Meaning
from app.renderers import geojson, history, listing
from app.renderers.columns import DISTANCE, SOURCE, Column
from app.renderers.document import COLUMNS, dumps, render
from app.renderers.listing import Envelope, Link
from app.renderers.negotiation import Format
from app.routes.asking import Asking
from app.routes.drawing import Drawing
from app.routes.links import disposition, document_links, enveloped, list_headers
from app.routes.spots import located

_SLUG = re.compile(SLUG)
Loader = Callable[[Session, Any, Sequence[Meaning], State], tuple[list[Public], int]]


def records(session: Session, asking: Asking, query: RecordsQuery, fields: Sequence[str]) -> Response:
    """Answer a list of records."""
    query, said = located(asking, query)

    def read(meanings: Sequence[Meaning], state: State, form: str) -> Page:
        return replace(run.read_page(session, query, meanings, state, form), notices=said)

    known = [*fields, DISTANCE.name] if isinstance(query, PlacedQuery) else fields
    return _list(session, asking, query, read, COLUMNS[query.kind], known)


def documents(
    session: Session,
    asking: Asking,
    query: AskedList,
    load: Loader,
    shown: Sequence[Column],
    fields: Sequence[str],
    drawing: Drawing | None = None,
) -> Response:
    """Answer a list of documents that are made for this request: places, sectors, members, history."""

    def read(meanings: Sequence[Meaning], state: State, form: str) -> Page:
        made, total = load(session, query, meanings, state)
        page = Page([getattr(render(document, shown), form) for document in made], total)
        return drawing.drawn(page, made) if drawing else page

    return _list(session, asking, query, read, shown, fields)


def document(
    session: Session,
    asking: Asking,
    query: Asked,
    made: Callable[[State], Public],
    shown: Sequence[Column] = (),
    drawing: Drawing | None = None,
) -> Response:
    """Answer one document that is made for this request; without columns it is JSON only."""
    if not shown and asking.wanted is not Format.JSON:
        raise NotAcceptable("Cette adresse répond en JSON seulement.")
    state, _ = run.read_state(session, query)
    etag = asking.etag(state.serial, state.epoch)
    if asking.is_fresh(etag, state.recorded_at):
        return not_modified(asking, etag, state)
    document = made(state)
    piece = getattr(render(document, shown), listing.stored_form(asking.wanted))
    return _one(asking, query, state, etag, geojson.redrawn(piece, drawing.of(document)) if drawing else piece, shown)


def record(session: Session, asking: Asking, query: Asked, kind: Kind, record_id: str) -> Response:
    """Answer one record; 410 if it is retired, 308 if it is merged."""
    asked = run.read_state(session, query)[0] if query.as_of is not None else None
    found = standing(session, kind, record_id, asked, listing.stored_form(asking.wanted))
    state = State(found.serial, found.id, found.recorded_at, found.epoch)
    etag = asking.etag(state.serial, state.epoch)
    if asking.is_fresh(etag, state.recorded_at):
        return not_modified(asking, etag, state)
    return _one(asking, query, state, etag, found.piece, COLUMNS[kind])


def source(session: Session, asking: Asking, query: Asked, source_id: str) -> Response:
    """Answer one source, as it is now; its ETag has the serial of the write that last changed it, and its citations."""
    state = run.read_state(session, query)[0]
    shown = read_source(session, source_id)
    etag = asking.etag(read_version(session, shown), state.epoch)
    if asking.is_fresh(etag, state.recorded_at):
        return not_modified(asking, etag, state)
    rendered = render(shown, SOURCE)
    return _one(asking, query, state, etag, getattr(rendered, listing.stored_form(asking.wanted)), SOURCE)


def link(session: Session, asking: Asking, query: Asked, place: LinkPlace, key: tuple[str, str]) -> Response:
    """Answer a link from the document of its pole, whose revision is its own; 410 if a write took it away."""
    if asking.wanted is not Format.JSON:
        raise NotAcceptable("Cette adresse répond en JSON seulement.")
    asked = run.read_state(session, query)[0]
    found = standing(session, Kind.POLE, key[0], asked, "body")
    state = State(found.serial, found.id, found.recorded_at, asked.epoch)
    document = json.loads(found.piece)
    shown = links.in_pole(document, place, key[1])
    if shown is None:
        raise links.missing(session, place, document, key[1], asked)
    etag = asking.etag(state.serial, state.epoch)
    if asking.is_fresh(etag, state.recorded_at):
        return not_modified(asking, etag, state)
    return _one(asking, query, state, etag, dumps(shown), ())


def members_of(pole_id: str) -> Loader:
    def load(
        session: Session, query: MembersQuery, _meanings: Sequence[Meaning], state: State
    ) -> tuple[list[Public], int]:
        found = standing(session, Kind.POLE, pole_id, state, "body")
        members = [MemberPublic.model_validate(member) for member in json.loads(found.piece)["members"]]
        kept: list[Public] = [member for member in members if not query.role or member.role in query.role]
        return kept[query.offset : query.offset + query.limit], len(kept)

    return load


def history_of(kind: Kind, record_id: str) -> Loader:
    def load(
        session: Session, query: HistoryQuery, _meanings: Sequence[Meaning], state: State
    ) -> tuple[list[Public], int]:
        revisions = run.read_history(session, kind, _slug(record_id), state)
        if not revisions:
            run.read_record(session, kind, record_id, state, "body")
        entries: list[Public] = list(history.entries(revisions))
        return entries[query.offset : query.offset + query.limit], len(entries)

    return load


def standing(session: Session, kind: Kind, record_id: str, state: State | None, form: str) -> Any:
    """Read a record that stands. Raises Gone if it is retired, Moved if it is merged."""
    found = run.read_record(session, kind, _slug(record_id), state, form)
    if found.action is Action.MERGED:
        raise Moved(record_id, str(found.successor))
    if found.action is Action.RETIRED:
        raise Gone(f"Cette fiche a été retirée : {found.reason}", successor=found.successor)
    return found


def _slug(record_id: str) -> str:
    if not _SLUG.match(record_id) or len(record_id) > 100:  # noqa: PLR2004  as in models.base.Slug
        raise NotFound(
            f"Aucune fiche « {record_id[:100]} » : un identifiant est fait de minuscules, chiffres et tirets."
        )
    return record_id


def not_modified(asking: Asking, etag: str, state: State) -> Response:
    headers = asking.headers(etag, state.recorded_at, Registry_Serial=str(state.serial))
    return Response(status_code=304, headers=headers)


def wanted_fields(query: AskedList, shown: Sequence[Column], fields: Sequence[str]) -> frozenset[str]:
    known = listing.names(shown, fields)
    for name in query.fields:
        if name not in known:
            hint = wording.suggestion(name, known)
            raise invalid_parameter("fields", name, "un champ parmi " + ", ".join(known), hint)
    return frozenset(query.fields)


def _list(
    session: Session,
    asking: Asking,
    query: AskedList,
    read: Callable[[Sequence[Meaning], State, str], Page],
    shown: Sequence[Column],
    fields: Sequence[str],
) -> Response:
    wanted = wanted_fields(query, shown, fields)
    state, meanings = run.read_state(session, query)
    etag = asking.etag(state.serial, state.epoch)
    if asking.is_fresh(etag, state.recorded_at):
        return not_modified(asking, etag, state)
    page = read(meanings, state, "body" if wanted else listing.stored_form(asking.wanted))
    envelope = enveloped(asking, query, state, meanings, page)
    pieces = page.pieces
    if wanted:
        pieces = [listing.trimmed(asking.wanted, piece, wanted, shown) for piece in pieces]
        shown = listing.kept(shown, wanted)
    if page.geometries is not None:
        pieces = [geojson.redrawn(*one) for one in zip(pieces, page.geometries, strict=True)]
    if page.metres is not None:
        pieces = [listing.with_distance(asking.wanted, *one) for one in zip(pieces, page.metres, strict=True)]
        shown = [*shown, DISTANCE]
    headers = list_headers(asking, etag, state, envelope, len(pieces))
    content = listing.join(asking.wanted, pieces, shown, envelope, base=asking.base, excel=query.excel)
    return Response(content=content, media_type=asking.media_type, headers=headers)


def _one(asking: Asking, query: Asked, state: State, etag: str, piece: bytes, shown: Sequence[Column]) -> Response:
    content = piece
    if asking.wanted is not Format.JSON:
        envelope = Envelope(
            1, 1, 0, state.serial, state.recorded_at, {}, [Link("self", asking.url(), asking.media_type)]
        )
        if asking.wanted is Format.GEOJSON:
            content = geojson.absolute(piece, asking.base)
        else:
            content = listing.join(asking.wanted, [piece], shown, envelope, base=asking.base, excel=query.excel)
    links = document_links(asking)
    headers = asking.headers(
        etag,
        state.recorded_at,
        Link=", ".join(link.as_header() for link in links),
        Registry_Serial=str(state.serial),
        **disposition(asking, state, asking.path.rsplit("/", 1)[-1]),
    )
    return Response(content=content, media_type=asking.media_type, headers=headers)
