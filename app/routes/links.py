"""What an answer says of itself: its links, the filters as they were understood, the name of its file."""

import unicodedata
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from app.queries import vocabulary
from app.queries.asked import Asked, AskedList, RecordsQuery
from app.queries.run import Page
from app.queries.state import State
from app.queries.text import fold
from app.queries.values import PARIS, WHOLE
from app.queries.vocabulary import Meaning
from app.queries.whole import Whole
from app.renderers import listing
from app.renderers.listing import Envelope, Link
from app.renderers.negotiation import MEDIA, Format
from app.routes.asking import Asking

_NOT_FILTERS = {"f", "excel", "as_of", "limit", "offset", "fields", "sort", "facets", "geometry"}


def echo(query: Asked, meanings: Sequence[Meaning]) -> dict[str, Any]:
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
            echo[name] = listing.utc(value) if hasattr(value, "hour") else str(value).removesuffix(".0")
    if isinstance(query, RecordsQuery) and query.area:
        echo["within"] = str(query.area)
    return echo


def enveloped(
    asking: Asking, query: AskedList, state: State, meanings: Sequence[Meaning], page: Page | Whole
) -> Envelope:
    return Envelope(
        count=page.total,
        limit=min(query.limit, page.total) if query.limit == WHOLE else query.limit,
        offset=query.offset,
        serial=state.serial,
        recorded_at=state.recorded_at,
        filters=echo(query, meanings),
        facets=page.facets,
        undetermined=page.undetermined,
        notices=[*vocabulary.notices(meanings), *page.notices],
        links=list_links(asking, query, state, page.total),
    )


def list_headers(asking: Asking, etag: str, state: State, envelope: Envelope, shown: int) -> dict[str, str]:
    return asking.headers(
        etag,
        state.recorded_at,
        Link=", ".join(link.as_header() for link in envelope.links if link.method is None),
        Registry_Serial=str(state.serial),
        Registry_Count=str(envelope.count),
        **disposition(asking, state, file_name(asking, envelope, shown)),
    )


def list_links(asking: Asking, query: AskedList, state: State, total: int) -> list[Link]:
    """Return the links of a list: pages and other formats are pinned to the serial, so that none skips or repeats."""
    pin: dict[str, Any] = {"as_of": state.serial} if state.serial else {}
    media = MEDIA[asking.wanted]

    def page(rel: str, offset: int) -> Link:
        return asking.link(rel, media, **pin, limit=query.limit, offset=offset)

    links = [asking.link("self", media)]
    if query.limit == WHOLE:
        return [*links, *_alternates(asking, **pin), *_about(asking)]
    last = max(0, (total - 1) // query.limit * query.limit)
    if query.offset + query.limit < total:
        links.append(page("next", query.offset + query.limit))
    if query.offset:
        links.append(page("prev", max(0, min(query.offset - query.limit, last))))
    links += [page("first", 0), page("last", last)]
    return [*links, *_alternates(asking, **pin), *_about(asking)]


def document_links(asking: Asking) -> list[Link]:
    return [asking.link("self", MEDIA[asking.wanted]), *_alternates(asking), *_about(asking)]


def _alternates(asking: Asking, **pin: Any) -> list[Link]:
    without = frozenset({"f", "excel", "geometry"})
    return [
        asking.link("alternate", MEDIA[other], suffix=f".{other}", without=without, **pin)
        for other in Format
        if other is not asking.wanted
    ]


def _about(asking: Asking) -> list[Link]:
    return [
        Link("license", listing.LICENCE_URL, "text/html"),
        Link("service-desc", f"{asking.base}/openapi.json", "application/json"),
        Link("service-doc", f"{asking.base}/docs", "text/html"),
    ]


def disposition(asking: Asking, state: State, name: str) -> dict[str, str]:
    if asking.wanted not in {Format.CSV, Format.XLSX}:
        return {}
    day = state.recorded_at.astimezone(PARIS).date().isoformat()
    file = f"ptce-{name}-{day}.{asking.wanted}"
    plain = unicodedata.normalize("NFKD", file).encode("ascii", "ignore").decode()
    return {"Content_Disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file)}"}


def file_name(asking: Asking, envelope: Envelope, shown: int) -> str:
    """Name the file after what it holds: its filters, and which part of the list if it is not the whole."""
    values = [
        value for values in envelope.filters.values() for value in (values if isinstance(values, list) else [values])
    ]
    name = "-".join([asking.path.rsplit("/", 1)[-1], *(fold(value).replace(" ", "-") for value in values)])[:80].strip(
        "-"
    )
    if shown < envelope.count:
        name += f"-{envelope.offset + 1}-a-{envelope.offset + shown}-sur-{envelope.count}"
    return name
