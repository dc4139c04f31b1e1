"""HTTP around every route, as one pure ASGI layer: readable addresses, format suffixes, OPTIONS."""

from collections import Counter
from typing import Final
from urllib.parse import quote, unquote_plus, unquote_to_bytes

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import BadRequest, Fault, NotFound, RegistryError, UriTooLong

_NAME: Final = 200  # bytes of a name that are told
API: Final = "/v1/"
OWN_SUFFIXES: Final = {"atom"}  # a feed is an address of its own, not a form of a list
_HOLDS: Final = {200, 206, 304}
METHODS: Final = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Protocol:
    """Refuses addresses that cannot be read, takes `.csv` off the path, answers OPTIONS for every route."""

    def __init__(self, app: ASGIApp, routes: list[BaseRoute], longest: int) -> None:
        self.app = app
        self.routes = routes
        self.longest = longest  # bytes of path and query

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        send = _never_guessed(send)
        refused = self._refusal(scope)
        if refused is not None:
            await problem_response(refused, scope["path"])(scope, receive, send)
            return
        scope = _without_suffix(scope)
        elsewhere = self._without_slash(scope)
        if elsewhere is not None:
            await elsewhere(scope, receive, send)
        elif scope["method"] == "OPTIONS" and "access-control-request-method" not in Headers(scope=scope):
            await self._options(scope)(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    def _without_slash(self, scope: Scope) -> Response | None:
        """Return the way to the same address without its last slash, if that one exists; relative, for proxies."""
        bare = scope["path"].rstrip("/")
        if not bare or bare == scope["path"] or not allowed_methods(self.routes, {**scope, "path": bare}):
            return None
        query = scope["query_string"].decode()
        return Response(status_code=308, headers={"Location": quote(bare) + (f"?{query}" if query else "")})

    def _refusal(self, scope: Scope) -> RegistryError | None:
        path, query = scope.get("raw_path") or scope["path"].encode(), scope["query_string"]
        if len(path) + len(query) + bool(query) > self.longest:
            if len(path) >= len(query):
                return UriTooLong(f"L’adresse dépasse {_bytes(self.longest)}. Demandez moins de valeurs à la fois.")
            bare = _without_suffix(scope)["path"]
            search = {**scope, "path": f"{bare}/search", "raw_path": f"{bare}/search".encode()}
            return _too_long(self.longest, query, bare, searched="POST" in allowed_methods(self.routes, search))
        try:
            readable = unquote_to_bytes(path).decode()
            unquote_to_bytes(query).decode()
        except UnicodeDecodeError:
            return BadRequest()
        return NotFound() if "\0" in readable else None  # PostgreSQL's texts have none

    def _options(self, scope: Scope) -> Response:
        methods = allowed_methods(self.routes, scope)
        if not methods:
            return problem_response(NotFound(), scope.get("ptce.path", scope["path"]))
        return Response(status_code=204, headers={"Allow": ", ".join(methods)})


def allowed_methods(routes: list[BaseRoute], scope: Scope) -> list[str]:
    """Return the methods that an address answers, HEAD and OPTIONS included; nothing if there is no such address."""
    # Asked method by method: a router within a router does not tell those of its routes.
    methods = {
        method
        for method in METHODS
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes)
    }
    return sorted(methods | ({"HEAD"} if "GET" in methods else set()) | {"OPTIONS"}) if methods else []


def problem_response(error: RegistryError, instance: str) -> Response:
    content = error.problem(instance).model_dump_json(exclude_none=True)
    return Response(
        content, error.status, {"Content-Language": "fr", **error.headers}, media_type="application/problem+json"
    )


def _too_long(most: int, query: bytes, path: str, *, searched: bool) -> UriTooLong:
    """Say which parameter to shorten: the one that takes most; and the way without this limit, where there is one."""
    taken = Counter[bytes]()
    for pair in query.split(b"&"):
        taken[pair.partition(b"=")[0]] += len(pair)
    (name, size), *_ = taken.most_common(1)
    parameter = unquote_plus(name[:_NAME].decode(errors="replace"))
    said = f"L’adresse dépasse {_bytes(most)} : le paramètre « {parameter} » en prend {_bytes(size)}"
    way = f" ou envoyez les mêmes filtres dans un corps, sans cette limite, à POST {path}/search" if searched else ""
    fault = Fault(parameter=parameter, expected=f"une adresse de {_bytes(most)} au plus, tous paramètres compris")
    return UriTooLong(f"{said}, raccourcissez-le{way}.", faults=[fault])


def _bytes(size: int) -> str:
    return f"{size:,} octets".replace(",", " ")


def _without_suffix(scope: Scope) -> Scope:
    path: str = scope["path"]
    stem, _, suffix = path.rpartition(".")
    if not path.startswith(API) or not suffix or "/" in suffix or not stem.removeprefix(API) or suffix in OWN_SUFFIXES:
        return scope
    return {**scope, "path": stem, "ptce.suffix": f".{suffix}", "ptce.path": path}


def _never_guessed(send: Send) -> Send:
    """Leave nothing to guess: not to browsers what an answer is, not to caches how long a refusal or a way on holds."""

    async def send_headers(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message["headers"], (b"x-content-type-options", b"nosniff")]
            if not any(name == b"cache-control" for name, _ in headers):
                headers.append((b"cache-control", b"no-cache" if message["status"] in _HOLDS else b"no-store"))
            message = {**message, "headers": headers}
        await send(message)

    return send_headers
