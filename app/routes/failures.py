"""Every error of the service becomes one shape on the wire: a problem document in French."""

import logging
from dataclasses import replace

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app import wording
from app.damage import is_damage
from app.errors import Damaged, Fault, Internal, Invalid, MethodNotAllowed, Moved, NotFound, RegistryError, Unavailable
from app.prepared import took_too_long
from app.routes.asking import asked_of
from app.routes.dress import error_page, wants_page
from app.routes.protocol import allowed_methods, problem_response

log = logging.getLogger(__name__)


def install(app: FastAPI) -> None:
    app.add_exception_handler(RegistryError, _known)
    app.add_exception_handler(Moved, _moved)
    app.add_exception_handler(RequestValidationError, _body)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(DBAPIError, _database)
    app.add_exception_handler(PoolTimeout, _database)  # every connection is busy
    app.add_exception_handler(ClientDisconnect, _hung_up)
    app.add_exception_handler(Exception, _unexpected)


def answer(request: Request, error: RegistryError) -> Response:
    if wants_page(request):
        return error_page(request, error)
    return problem_response(error, request.scope.get("ptce.path", request.url.path))


async def _known(request: Request, error: Exception) -> Response:
    return answer(request, error if isinstance(error, RegistryError) else Internal())


async def _moved(request: Request, error: Exception) -> Response:
    successor = error.successor if isinstance(error, Moved) else ""
    params = request.path_params
    if "key" in params:  # a link is named by its pole, then its other end
        params = params | {"key": f"{successor}@{params['key'].partition('@')[2]}"}
    else:
        params = params | {"id": successor}
    path = request.app.url_path_for(request.scope["route"].name, **params)
    return Response(status_code=308, headers={"Location": replace(asked_of(request), path=path).url()})


async def _body(request: Request, error: Exception) -> Response:
    details = error.errors() if isinstance(error, RequestValidationError) else []
    faults = [
        Fault(pointer="/" + "/".join(map(str, detail["loc"][1:])), expected=wording.expected(detail))
        for detail in details
    ]
    return answer(request, Invalid(faults=faults))


async def _http(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == MethodNotAllowed.status:
        methods = ", ".join(allowed_methods(request.app.router.routes, request.scope))
        detail = f"{request.method} n’est pas permis ici. Méthodes permises : {methods}."
        return answer(request, MethodNotAllowed(detail, headers={"Allow": methods}))
    if status == NotFound.status:
        return answer(request, _no_page(request))
    return answer(request, Internal())


def _no_page(request: Request) -> NotFound:
    routes = iter_route_contexts(request.app.routes)  # half a second of work less than /openapi.json, for a first 404
    known = dict.fromkeys(route.path or "" for route in routes if getattr(route, "include_in_schema", False))
    hint = wording.suggestion(request.url.path, [path for path in known if "{" not in path])
    return NotFound(f"{NotFound.meaning} Vouliez-vous « {hint} » ?" if hint else None)


async def _database(request: Request, error: Exception) -> Response:
    if isinstance(error, DBAPIError) and is_damage(error.orig):
        log.error("the database is damaged", exc_info=error)
        return answer(request, Damaged())
    reads = request.method == "GET" or request.url.path.endswith("/search")  # a write has waited for its turn
    if reads and isinstance(error, DBAPIError) and took_too_long(error.orig):
        log.warning("a query took too long", extra={"path": request.url.path})
        seconds = request.app.state.settings.query_seconds
        detail = (
            f"Cette requête demande plus de {seconds:g} secondes. Demandez moins à la fois, ou réessayez plus tard."
        )
        return answer(request, Unavailable(detail, headers={"Retry-After": "30"}))
    log.error("database error", exc_info=error)
    return answer(request, Unavailable(headers={"Retry-After": "5"}))


async def _hung_up(_request: Request, _error: Exception) -> Response:
    return Response(status_code=400)  # nobody reads it, and it is no fault of the service


async def _unexpected(request: Request, error: Exception) -> Response:
    log.error("unexpected error", exc_info=error)
    return answer(request, Internal())
