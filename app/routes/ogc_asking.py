"""What a request to OGC API – Features asks beside its query: JSON or HTML, and the types that each resource has."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

import mimeparse
from fastapi import Depends, Request

from app.errors import Fault, NotAcceptable, invalid_parameter, shortened
from app.renderers import VERSION
from app.renderers.listing import Link
from app.renderers.negotiation import Format
from app.routes import dress
from app.routes.asking import Asking, base_of, keeping_of
from app.routes.who import ReaderDep

HTML: Final = "text/html"
JSON: Final = "application/json"
GEOJSON: Final = "application/geo+json"
SCHEMA: Final = "application/schema+json"
OPENAPI: Final = "application/vnd.oai.openapi+json;version=3.0"


class Form(StrEnum):
    JSON = "json"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class OgcAsking(Asking):
    """One request; `media` is the type of its JSON."""

    form: Form = Form.JSON
    media: str = JSON

    def etag(self, version: int | str, epoch: str) -> str:
        look = f".{dress.look()}" if self.form is Form.HTML else ""
        return f'"{version}-{epoch}.{VERSION}{look}-ogc-{self.form}"'

    @property
    def media_type(self) -> str:
        return f"{HTML}; charset=utf-8" if self.form is Form.HTML else self.media

    @property
    def own_links(self) -> list[Link]:
        """The address of this answer and of its other form."""
        links = [Link("self", self.url(), self.media if self.form is Form.JSON else HTML)]
        if self.form is Form.JSON:
            return [*links, Link("alternate", self.url(f="html"), HTML, "Cette page en HTML")]
        return [*links, Link("alternate", self.url(f="json"), self.media, "Cette page en JSON")]

    def at(self, path: str) -> str:
        """Return an address under /ogc."""
        return f"{self.base}/ogc{path}"


async def ogc_asking(request: Request, asks: ReaderDep) -> OgcAsking:
    """Read the request. Raises Unauthorized, TooManyRequests, Invalid, NotAcceptable."""
    path = request.url.path.rstrip("/")
    media = media_of(path)
    return OgcAsking(
        seed_dir=request.app.state.settings.seed_dir,
        exports=request.app.state.exports,
        wanted=Format.JSON,
        base=base_of(request),
        path=path,
        suffix="",
        given=tuple(request.query_params.multi_items()),
        if_none_match=", ".join(request.headers.getlist("if-none-match")) or None,
        if_modified_since=request.headers.get("if-modified-since"),
        keeping=keeping_of(request) if asks is None else "private, no-cache",
        rate=tuple(request.scope.get("ptce.headers", {}).items()),
        form=_form(request.query_params.get("f"), ", ".join(request.headers.getlist("accept")), media),
        media=media,
    )


def media_of(path: str) -> str:
    """Return the type of the JSON at an address."""
    _, *steps = path.split("/ogc", 1)[-1].split("/")
    if steps[:1] == ["api"]:
        return OPENAPI
    if steps[2:3] == ["items"]:
        return GEOJSON
    return SCHEMA if steps[2:] in (["queryables"], ["sortables"], ["schema"]) else JSON


def _form(named: str | None, accept: str, media: str) -> Form:
    if named:
        if named in set(Form):
            return Form(named)
        raise invalid_parameter("f", named, "un format parmi json, html")
    if not accept or accept == "*/*":
        return Form.JSON
    # The last one wins a tie: `Accept: */*` gives JSON.
    offered = {
        HTML: Form.HTML,
        "application/openapi+json": Form.JSON,
        JSON: Form.JSON,
        media.partition(";")[0]: Form.JSON,
    }
    try:
        best = mimeparse.best_match(list(offered), accept.lower())
    except mimeparse.MimeTypeParseException:
        best = ""
    if not best:
        fault = Fault(parameter="Accept", value=shortened(accept), expected=f"un type parmi {media}, {HTML}")
        raise NotAcceptable(f"Cette adresse répond en {media} ou en {HTML}.", faults=[fault])
    return offered[best]


OgcAskingDep = Annotated[OgcAsking, Depends(ogc_asking)]
