"""The short way: who reads records goes straight to the function that answers, as FastAPI's routes declare it.

FastAPI tries its routes in turn and solves the parameters of one anew for each request: more than the answer costs.
This route stands before them, for GET only; what it does not know, they answer.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass
from re import Pattern
from typing import Any, get_type_hints

from fastapi import APIRouter, Request, Response
from fastapi.params import Depends
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match, NoMatchFound, compile_path
from starlette.types import Receive, Scope, Send

Ask = Callable[[Request], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class _Way:
    """A route, and what asks its parameters of a request; the others are of its path."""

    route: APIRoute
    path: Pattern[str]
    path_format: str
    answer: Callable[..., Awaitable[Response]]
    asked: tuple[tuple[str, Ask], ...]


class ShortWay(BaseRoute):
    """The lists and records of these routers, whose parameters are of the path or depend on nothing but the request."""

    def __init__(self, prefix: str, routers: Iterable[APIRouter]) -> None:
        ways = [way for router in routers for way in _ways(prefix, router)]
        self._lists = {way.path_format: way for way in ways if "{" not in way.path_format}
        self._records = {way.path_format.rpartition("/")[0]: way for way in ways if way.path_format.endswith("}")}

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] != "http" or scope["method"] != "GET":
            return Match.NONE, {}
        path: str = scope["path"]
        way = self._lists.get(path) or self._records.get(path.rpartition("/")[0])
        found = way.path.match(path) if way else None
        if way is None or found is None:
            return Match.NONE, {}
        told = {"route": way.route, "endpoint": way.answer, "path_params": found.groupdict(), "ptce.way": way}
        return Match.FULL, told

    def url_path_for(self, name: str, /, **path_params: Any) -> Any:
        raise NoMatchFound(name, path_params)  # the routes themselves know

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        way: _Way = scope["ptce.way"]
        scope["fastapi"]["effective_route_context"] = way  # as FastAPI tells which route it has found
        values = {name: await ask(request) for name, ask in way.asked}
        response = await way.answer(**scope["path_params"], **values)
        await response(scope, receive, send)


def _ways(prefix: str, router: APIRouter) -> Iterator[_Way]:
    for route in router.routes:
        if isinstance(route, APIRoute) and "GET" in (route.methods or ()):
            path, path_format, of_path = compile_path(prefix + route.path)
            hints = get_type_hints(route.endpoint, include_extras=True)
            asks = {name: _ask(hints[name]) for name in inspect.signature(route.endpoint).parameters}
            if all(ask or name in of_path for name, ask in asks.items()):
                asked = tuple((name, ask) for name, ask in asks.items() if ask)
                yield _Way(route, path, path_format, route.endpoint, asked)


def _ask(hint: Any) -> Ask | None:
    """Return what a parameter depends on, if that asks for the request alone."""
    for told in getattr(hint, "__metadata__", ()):
        if isinstance(told, Depends) and told.dependency is not None:
            (only, *others) = inspect.signature(told.dependency).parameters.values()
            if not others and only.annotation is Request:
                return told.dependency
    return None
