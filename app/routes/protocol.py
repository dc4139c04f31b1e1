"""HTTP around every route, as one pure ASGI layer: readable addresses, format suffixes, HEAD and OPTIONS."""

from typing import Final
from urllib.parse import unquote_to_bytes

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.routing import BaseRoute, Match
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.errors import BadRequest, RegistryError, UriTooLong

MAX_URL: Final = 8192  # bytes of path and query
API: Final = "/v1/"


class Protocol:
    """Refuses addresses that cannot be read, takes `.csv` off the path, answers HEAD and OPTIONS for every route."""

    def __init__(self, app: ASGIApp, routes: list[BaseRoute]) -> None:
        self.app = app
        self.routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        refused = _refusal(scope)
        if refused is not None:
            await problem_response(refused, scope["path"])(scope, receive, send)
            return
        scope = _without_suffix(scope)
        if scope["method"] == "OPTIONS" and "access-control-request-method" not in Headers(scope=scope):
            await self._options(scope)(scope, receive, send)
        elif scope["method"] == "HEAD":
            await self.app({**scope, "method": "GET"}, receive, _without_body(send))
        else:
            await self.app(scope, receive, send)

    def _options(self, scope: Scope) -> Response:
        methods = allowed_methods(self.routes, scope)
        return Response(status_code=204 if methods else 404, headers={"Allow": ", ".join(methods)} if methods else {})


def allowed_methods(routes: list[BaseRoute], scope: Scope) -> list[str]:
    """Return the methods that an address answers, HEAD and OPTIONS included; nothing if there is no such address."""
    asked = {**scope, "method": "OPTIONS"}
    matching = [route for route in routes if route.matches(asked)[0] is not Match.NONE]
    methods = {method for route in matching for method in getattr(route, "methods", None) or {"GET"}}
    return sorted(methods | ({"HEAD", "OPTIONS"} if "GET" in methods else set())) if matching else []


def problem_response(error: RegistryError, instance: str) -> Response:
    content = error.problem(instance).model_dump_json(exclude_none=True)
    return Response(
        content, error.status, {"Content-Language": "fr", **error.headers}, media_type="application/problem+json"
    )


def _refusal(scope: Scope) -> RegistryError | None:
    path, query = scope.get("raw_path") or scope["path"].encode(), scope["query_string"]
    if len(path) + len(query) > MAX_URL:
        return UriTooLong()
    try:
        unquote_to_bytes(path).decode()
        unquote_to_bytes(query).decode()
    except UnicodeDecodeError:
        return BadRequest()
    return None


def _without_suffix(scope: Scope) -> Scope:
    path: str = scope["path"]
    stem, dot, suffix = path.rpartition(".")
    if not path.startswith(API) or not dot or "/" in suffix or not stem.removeprefix(API):
        return scope
    return {**scope, "path": stem, "ptce.suffix": dot + suffix, "ptce.path": path}


def _without_body(send: Send) -> Send:
    async def send_headers(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_headers
