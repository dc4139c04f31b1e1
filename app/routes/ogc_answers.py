"""Answers of OGC API – Features: a state read, compared with what the client has, a document as JSON or as a page."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import Response
from sqlmodel import Session

from app.queries import run
from app.queries.asked import Asked
from app.queries.state import State
from app.queries.values import AsOf
from app.renderers.document import dumps
from app.renderers.listing import Link, attribution
from app.routes.dress import dressed_at
from app.routes.ogc_asking import Form, OgcAsking


@dataclass(frozen=True, slots=True)
class Made:
    """What an answer shows: its JSON, its links, and the page that shows the same to people."""

    content: bytes | dict[str, Any]
    links: Sequence[Link]
    page: str
    context: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    says_when: bool = False  # it tells when it was made: two of them never agree byte for byte

    @property
    def body(self) -> bytes:
        return self.content if isinstance(self.content, bytes) else dumps(self.content)


def answer(
    session: Session, asking: OgcAsking, make: Callable[[State], Made], as_of: AsOf | None = None
) -> Response:  # fmt: skip
    """Answer what the registry holds at a state. Raises Invalid for an `as_of` outside the log."""
    return of_state(asking, run.read_state(session, Asked(as_of=as_of))[0], make)


def of_state(asking: OgcAsking, state: State, make: Callable[[State], Made]) -> Response:
    etag = asking.etag(state.serial, state.epoch)
    if asking.is_fresh(etag, state.recorded_at):
        headers = asking.headers(etag, state.recorded_at, Registry_Serial=str(state.serial))
        return Response(status_code=304, headers=headers)
    made = make(state)
    headers = asking.headers(
        f"W/{etag}" if made.says_when and asking.form is Form.JSON else etag,
        state.recorded_at,
        Link=", ".join(link.as_header() for link in made.links),
        Registry_Serial=str(state.serial),
        **made.headers,
    )
    if asking.form is Form.HTML:
        said = attribution(state.serial, state.recorded_at)
        shown = {"asking": asking, "links": made.links, "attribution": said, **made.context}
        return dressed_at(asking.base, asking.path, f"ogc/{made.page}.html", headers=headers, **shown)
    return Response(made.body, media_type=asking.media_type, headers=headers)
