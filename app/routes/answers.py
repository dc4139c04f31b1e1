"""Answers: a state read, compared with what the client has, a page of stored pieces joined, headers."""

import json
import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from fastapi import Response
from sqlmodel import Session

from app import wording
from app.errors import Gone, NotFound, invalid_parameter
from app.models import Action, Kind, Public
from app.models.base import SLUG
from app.models.organisation import MemberPublic
from app.queries import run, vocabulary
from app.queries.asked import PARIS, Asked, AskedList, HistoryQuery, MembersQuery, RecordsQuery
from app.queries.state import State
from app.queries.text import fold
from app.queries.vocabulary import Meaning
from app.renderers import geojson, history, listing
from app.renderers.columns import Column
from app.renderers.document import COLUMNS, render
from app.renderers.listing import Envelope, Link
from app.renderers.negotiation import MEDIA, Format
from app.routes.asking import Asking

_SLUG = re.compile(SLUG)
Loader = Callable[[Session, Any, Sequence[Meaning], State], tuple[list[Public], int]]
_NOT_FILTERS = {"f", "excel", "as_of", "limit", "offset", "fields", "sort", "facets"}


def records(session: Session, asking: Asking, query: RecordsQuery, fields: Sequence[str]) -> Response:
    """Answer a list of records."""
    shown = COLUMNS[query.kind]
    wanted = _wanted_fields(query, shown, fields)
    state, meanings = run.read_state(session, query)
    etag = asking.etag(state.serial, state.epoch)
    if asking.is_fresh(etag, state.recorded_at):
        return _not_modified(asking, etag, state)
    form = "body" if wanted else listing.stored_form(asking.wanted)
    page = run.read_page(session, query, meanings, state, form)
    envelope = Envelope(
        count=page.total,
        limit=query.limit,
        offset=query.offset,
        serial=state.serial,
        recorded_at=state.recorded_at,
        filters=_echo(query, meanings),
        facets=page.facets,
        undetermined=page.undetermined,
        notices=vocabulary.notices(meanings),
        links=_links(asking, query, state, page.total),
    )
    return _list(asking, query, state, envelope, page.pieces, shown, wanted)


def documents(
    session: Session, asking: Asking, query: AskedList, load: Loader, shown: Sequence[Column], fields: Sequence[str]
) -> Response:
    """Answer a list of documents that are made for this request: places, sectors, members, history."""
    wanted = _wanted_fields(query, shown, fields)
    state, meanings = run.read_state(session, query)
    etag = asking.etag(state.serial, state.epoch)
    if asking.is_fresh(etag, state.recorded_at):
        return _not_modified(asking, etag, state)
    made, total = load(session, query, meanings, state)
    rendered = [render(document, shown) for document in made]
    form = "body" if wanted else listing.stored_form(asking.wanted)
    envelope = Envelope(
        count=total,
        limit=query.limit,
        offset=query.offset,
        serial=state.serial,
        recorded_at=state.recorded_at,
        filters=_echo(query, meanings),
        notices=vocabulary.notices(meanings),
        links=_links(asking, query, state, total),
    )
    return _list(asking, query, state, envelope, [getattr(one, form) for one in rendered], shown, wanted)


def document(session: Session, asking: Asking, query: Asked, made: Callable[[State], Public], shown: Sequence[Column]) -> Response:
    """Answer one document that is made for this request."""
    state, _ = run.read_state(session, query)
    etag = asking.etag(state.serial, state.epoch)
    if asking.is_fresh(etag, state.recorded_at):
        return _not_modified(asking, etag, state)
    rendered = render(made(state), shown)
    return _one(asking, query, state, etag, getattr(rendered, listing.stored_form(asking.wanted)), shown)


def record(session: Session, asking: Asking, query: Asked, kind: Kind, record_id: str) -> Response:
    """Answer one record; 410 if it is retired, 308 if it is merged."""
    found = _found(session, query, kind, record_id, listing.stored_form(asking.wanted))
    state = State(found.revision.serial, found.revision.id, found.write.recorded_at, found.epoch)
    if found.revision.action is Action.MERGED:
        place = asking.path.removesuffix(record_id) + (found.revision.successor or "")
        return Response(status_code=308, headers={"Location": asking.base + place + asking.suffix})
    if found.revision.action is Action.RETIRED:
        raise Gone(f"Cette fiche a été retirée : {found.write.reason}", successor=found.revision.successor)
    etag = asking.etag(state.serial, state.epoch)
    if asking.is_fresh(etag, state.recorded_at):
        return _not_modified(asking, etag, state)
    return _one(asking, query, state, etag, found.piece, COLUMNS[kind])


def members_of(session: Session, pole_id: str) -> Loader:
    def load(_session: Session, query: MembersQuery, _meanings: Sequence[Meaning], state: State) -> tuple[list[Public], int]:
        found = run.read_record(session, Kind.POLE, _slug(pole_id), state, "body")
        members = [MemberPublic.model_validate(member) for member in json.loads(found.piece)["members"]]
        kept: list[Public] = [member for member in members if not query.role or member.role in query.role]
        return kept[query.offset : query.offset + query.limit], len(kept)

    return load


def history_of(kind: Kind, record_id: str) -> Loader:
    def load(session: Session, query: HistoryQuery, _meanings: Sequence[Meaning], state: State) -> tuple[list[Public], int]:
        revisions = run.read_history(session, kind, _slug(record_id), state)
        if not revisions:
            run.read_record(session, kind, record_id, state, "body")
        entries: list[Public] = list(history.entries(revisions))
        return entries[query.offset : query.offset + query.limit], len(entries)

    return load


def _found(session: Session, query: Asked, kind: Kind, record_id: str, form: str) -> run.Record:
    state = run.read_state(session, query)[0] if query.as_of is not None else None
    return run.read_record(session, kind, _slug(record_id), state, form)


def _slug(record_id: str) -> str:
    if not _SLUG.match(record_id) or len(record_id) > 100:  # noqa: PLR2004  as in models.base.Slug
        raise NotFound(f"Aucune fiche « {record_id[:100]} » : un identifiant est fait de minuscules, chiffres et tirets.")
    return record_id


def _not_modified(asking: Asking, etag: str, state: State) -> Response:
    return Response(status_code=304, headers=asking.headers(etag, state.recorded_at))


def _wanted_fields(query: AskedList, shown: Sequence[Column], fields: Sequence[str]) -> frozenset[str]:
    known = listing.names(shown, fields)
    for name in query.fields:
        if name not in known:
            hint = wording.suggestion(name, known)
            raise invalid_parameter("fields", name, "un champ parmi " + ", ".join(known), hint)
    return frozenset(query.fields)


def _echo(query: Asked, meanings: Sequence[Meaning]) -> dict[str, Any]:
    """Return the filters as they were understood, in canonical codes."""
    echo: dict[str, Any] = {}
    for name, field in type(query).model_fields.items():
        value = getattr(query, name)
        if name in _NOT_FILTERS or value in (None, []):
            continue
        if name in query.named:
            meant = (meaning for meaning in meanings if meaning.filter == name)
            codes = (
                meaning.value if meaning.term in {name, "member", "siren"} else f"{meaning.term}:{meaning.value}"
                for meaning in meant
                if not meaning.term.startswith("territory_")
            )
            echo[name] = list(dict.fromkeys([vocabulary.key(name, v) for v in value] if name == "territory" else codes))
        elif isinstance(value, list):
            echo[field.alias or name] = [str(one) for one in dict.fromkeys(value)]
        else:
            echo[name] = listing.utc(value) if hasattr(value, "hour") else str(value)
    return echo


def _links(asking: Asking, query: AskedList, state: State, total: int) -> list[Link]:
    """Return the links of a list: pages and other formats are pinned to the serial, so that none skips or repeats."""
    pin = {"as_of": state.serial} if state.serial else {}
    media = MEDIA[asking.wanted].split(";")[0]

    def page(rel: str, offset: int) -> Link:
        return Link(rel, asking.url(**pin, limit=query.limit, offset=offset), media)

    links = [Link("self", asking.url(), media)]
    last = max(0, (total - 1) // query.limit * query.limit)
    if query.offset + query.limit < total:
        links.append(page("next", query.offset + query.limit))
    if query.offset:
        links.append(page("prev", max(0, min(query.offset - query.limit, last))))
    links += [page("first", 0), page("last", last)]
    without = frozenset({"f", "excel"})
    links += [
        Link("alternate", asking.url(suffix=f".{other}", without=without, **pin), MEDIA[other].split(";")[0])
        for other in Format
        if other is not asking.wanted
    ]
    return [*links, *_about(asking)]


def _about(asking: Asking) -> list[Link]:
    return [
        Link("license", listing.LICENCE_URL, "text/html"),
        Link("service-desc", f"{asking.base}/openapi.json", "application/json"),
        Link("service-doc", f"{asking.base}/docs", "text/html"),
    ]


def _list(
    asking: Asking,
    query: AskedList,
    state: State,
    envelope: Envelope,
    pieces: Sequence[bytes],
    shown: Sequence[Column],
    wanted: frozenset[str],
) -> Response:
    if wanted:
        pieces = [listing.trimmed(asking.wanted, piece, wanted, shown) for piece in pieces]
        shown = listing.kept(shown, wanted)
    headers = asking.headers(
        asking.etag(state.serial, state.epoch),
        state.recorded_at,
        Link=", ".join(link.as_header() for link in envelope.links),
        Registry_Serial=str(state.serial),
        Registry_Count=str(envelope.count),
        **_disposition(asking, state, _file_name(asking, envelope, len(pieces))),
    )
    content = listing.join(asking.wanted, pieces, shown, envelope, base=asking.base, excel=query.excel)
    return Response(content=content, media_type=asking.media_type, headers=headers)


def _one(asking: Asking, query: Asked, state: State, etag: str, piece: bytes, shown: Sequence[Column]) -> Response:
    content = piece
    if asking.wanted is not Format.JSON:
        envelope = Envelope(1, 1, 0, state.serial, state.recorded_at, {}, [Link("self", asking.url(), asking.media_type)])
        if asking.wanted is Format.GEOJSON:
            content = geojson.absolute(piece, asking.base)
        else:
            content = listing.join(asking.wanted, [piece], shown, envelope, base=asking.base, excel=query.excel)
    without = frozenset({"f", "excel"})
    others = [
        Link("alternate", asking.url(suffix=f".{other}", without=without), MEDIA[other].split(";")[0])
        for other in Format
        if other is not asking.wanted
    ]
    links = [Link("self", asking.url(), asking.media_type.split(";")[0]), *others, *_about(asking)]
    headers = asking.headers(
        etag,
        state.recorded_at,
        Link=", ".join(link.as_header() for link in links),
        Registry_Serial=str(state.serial),
        **_disposition(asking, state, asking.path.rsplit("/", 1)[-1]),
    )
    return Response(content=content, media_type=asking.media_type, headers=headers)


def _disposition(asking: Asking, state: State, name: str) -> dict[str, str]:
    if asking.wanted not in {Format.CSV, Format.XLSX}:
        return {}
    day = state.recorded_at.astimezone(PARIS).date().isoformat()
    file = f"ptce-{name}-{day}.{asking.wanted}"
    plain = unicodedata.normalize("NFKD", file).encode("ascii", "ignore").decode()
    return {"Content_Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file)}"}


def _file_name(asking: Asking, envelope: Envelope, shown: int) -> str:
    """Name the file after what it holds: its filters, and which part of the list if it is not the whole."""
    values = [value for values in envelope.filters.values() for value in (values if isinstance(values, list) else [values])]
    name = "-".join([asking.path.rsplit("/", 1)[-1], *(fold(value).replace(" ", "-") for value in values)])[:80].strip("-")
    if shown < envelope.count:
        name += f"-{envelope.offset + 1}-a-{envelope.offset + shown}-sur-{envelope.count}"
    return name

