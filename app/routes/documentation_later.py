"""What OpenAPI says of routes is made when somebody reads it: the shapes of all answers cost much of a start."""

from collections.abc import Callable
from functools import partial, wraps
from typing import Any, Final, ParamSpec

from fastapi.routing import APIRoute, RouteContext

P = ParamSpec("P")
_LATER: Final = "later"  # among what a route keeps for OpenAPI


def told_later(tell: Callable[P, dict[str, Any]]) -> Callable[P, dict[str, Any]]:
    """Let a function that returns the arguments of a route decorator do so when the document is asked for."""

    @wraps(tell)
    def later(*args: P.args, **kwargs: P.kwargs) -> dict[str, Any]:
        return {"openapi_extra": {_LATER: partial(tell, *args, **kwargs)}, "response_model": None}

    return later


def told(context: RouteContext) -> RouteContext:
    """Return a route with all that OpenAPI says of it: another one, since FastAPI reads it when a route is made."""
    route = context.original_route
    if not isinstance(route, APIRoute) or _LATER not in (route.openapi_extra or {}):
        return context
    known = ("endpoint", "methods", "name", "tags", "summary", "operation_id")
    tell = context.openapi_extra[_LATER]
    return RouteContext(APIRoute(context.path or "", **{name: getattr(context, name) for name in known}, **tell()))
