"""What every page wears: its templates, its assets at addresses that never change, its security headers."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from fastapi import APIRouter, Request, Response

from app.errors import NotFound, RegistryError
from app.queries.state import State
from app.renderers import pages
from app.renderers.pages import WEB
from app.routes.asking import base_of, keeping_of

router = APIRouter(include_in_schema=False)
_MEDIA: Final = {"css": "text/css; charset=utf-8", "svg": "image/svg+xml", "js": "text/javascript; charset=utf-8"}
# Nothing from elsewhere, nothing inline: a text of the registry can run nothing.
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'self'"
)
# Any page may frame what is made for it, errors too.
FRAMED: Final = _POLICY.replace("frame-ancestors 'self'", "frame-ancestors *")
HEADERS: Final = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Language": "fr",
    "Vary": "Accept",
}
MENU: Final = (
    ("/", "Carte et liste"),
    ("/waves", "Appels"),
    ("/stats", "Chiffres"),
    ("/donnees", "Données"),
    ("/api", "API"),
    ("/integrer", "Intégrer"),
    ("/a-propos", "À propos"),
)


@dataclass(frozen=True, slots=True)
class Site:
    """What templates know of the site."""

    menu: tuple[tuple[str, str], ...] = MENU

    def asset(self, name: str) -> str:
        return f"/static/{_digest(name)}/{name}"


def dressed(
    request: Request, template: str, *, status: int = 200, headers: dict[str, str] | None = None, **shown: Any
) -> Response:
    """Answer a page."""
    told = {"most": request.app.state.settings.max_page} | shown
    return dressed_at(base_of(request), request.url.path, template, status=status, headers=headers, **told)


def dressed_at(
    base: str, path: str, template: str, /, *, status: int = 200, headers: Mapping[str, str] | None = None, **shown: Any
) -> Response:
    """Answer a page whose address is known."""
    told = {"site": Site(), "here": path, "canonical": base + path, "attribution": "Registre des PTCE"}
    content = pages.page(template, **(told | shown))
    return Response(content, status, {**HEADERS, **(headers or {})}, media_type="text/html")


def of_state(request: Request, state: State) -> dict[str, str]:
    """Return what a page says that nothing but the state of the registry and its address decide."""
    return {"Cache-Control": keeping_of(request), "Vary": "Accept", "Registry-Serial": str(state.serial)}


def error_page(request: Request, error: RegistryError, ways: Sequence[tuple[str, str]] = ()) -> Response:
    """Answer an error as a page; `ways` lead on from it: addresses, and what they are."""
    problem = error.problem(request.url.path)
    framed = {"Content-Security-Policy": FRAMED} if request.url.path == "/embed" else {}
    headers = framed | dict(error.headers)
    return dressed(request, "error.html", status=error.status, headers=headers, problem=problem, ways=ways)


def wants_page(request: Request) -> bool:
    """Return whether a person asks, with a browser, for what is not the API's; OGC API has pages, and `f` for them."""
    path, named = request.url.path, request.query_params.get("f")
    if path.startswith("/ogc") and named:
        return named == "html"
    return "text/html" in request.headers.get("accept", "") and not path.startswith(("/v1", "/problems", "/health"))


@router.get("/static/{digest}/{name}")
async def get_asset(digest: str, name: str) -> Response:
    """Answer a file of the site; its address changes with its content, so that it may be kept for ever."""
    if name not in _assets() or digest != _digest(name):
        raise NotFound
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(_assets()[name], headers=headers, media_type=_MEDIA[name.rpartition(".")[2]])


def asset(name: str) -> bytes:
    return _assets()[name]


@cache
def _assets() -> dict[str, bytes]:
    """Return our own files, and those of Leaflet from its wheel."""
    own = {file.name: file.read_bytes() for file in sorted((WEB / "static").iterdir())}
    leaflet = files("js_lib_leaflet") / "static" / "js_lib_leaflet"
    return own | {name: (leaflet / name).read_bytes() for name in ("leaflet.css", "leaflet.js")}


@cache
def _digest(name: str) -> str:
    return hashlib.sha256(_assets()[name]).hexdigest()[:12]


@cache
def look() -> str:
    """Return a digest of templates and assets: a page whose look has changed is another page."""
    shown = [file.read_bytes() for file in sorted(WEB.rglob("*")) if file.is_file()]
    return hashlib.sha256(b"".join([*shown, *_assets().values()])).hexdigest()[:8]
