"""OGC API – Features, an application of its own under /ogc: the same registry for QGIS, GDAL and their kin."""

from typing import Annotated

from fastapi import APIRouter, Depends, FastAPI, Request, Response
from starlette.datastructures import State as Shared
from starlette.routing import BaseRoute, Match, Mount
from starlette.types import Scope

from app.errors import BadParameter, Gone, Internal, Invalid, Moved, RegistryError
from app.queries import door
from app.queries.ogc import ItemQuery, Page
from app.routes import failures, ogc_resources
from app.routes.asking import DatabaseDep, at_the_door
from app.routes.dress import error_page, wants_page
from app.routes.failures import answer
from app.routes.ogc_asking import OgcAskingDep
from app.routes.ogc_collections import found
from app.routes.protocol import allowed_methods

PageDep = Annotated[Page, Depends(at_the_door(Page))]
ItemDep = Annotated[ItemQuery, Depends(at_the_door(ItemQuery))]
router = APIRouter()


@router.get("/")
async def landing(asking: OgcAskingDep, database: DatabaseDep, _page: PageDep) -> Response:
    return await database.read(ogc_resources.landing, asking)


@router.get("/conformance")
async def conformance(asking: OgcAskingDep, database: DatabaseDep, _page: PageDep) -> Response:
    return await database.read(ogc_resources.conformance, asking)


@router.get("/api")
async def api(asking: OgcAskingDep, database: DatabaseDep, _page: PageDep) -> Response:
    return await database.read(ogc_resources.api, asking)


@router.get("/collections")
async def collections(asking: OgcAskingDep, database: DatabaseDep, _page: PageDep) -> Response:
    return await database.read(ogc_resources.collections, asking)


@router.get("/collections/{collection}")
async def collection(collection: str, asking: OgcAskingDep, database: DatabaseDep, _page: PageDep) -> Response:
    return await database.read(ogc_resources.collection, asking, found(collection))


@router.get("/collections/{collection}/queryables")
@router.get("/collections/{collection}/sortables")
@router.get("/collections/{collection}/schema")
async def schema(
    request: Request, collection: str, asking: OgcAskingDep, database: DatabaseDep, _page: PageDep
) -> Response:
    noun = request.url.path.rsplit("/", 1)[1]
    return await database.read(ogc_resources.schema, asking, found(collection), noun)


@router.get("/collections/{collection}/items")
async def items(request: Request, collection: str, asking: OgcAskingDep, database: DatabaseDep) -> Response:
    asked = found(collection)
    query = door.read(asked.shape, request.query_params.multi_items(), asking.exports.page)
    return await database.read(ogc_resources.items, asking, asked, query)


@router.get("/collections/{collection}/items/{id}")
async def item(
    collection: str,
    id: str,  # noqa: A002
    asking: OgcAskingDep,
    database: DatabaseDep,
    query: ItemDep,
) -> Response:
    return await database.read(ogc_resources.item, asking, found(collection), id, query)


class Mounted(Mount):
    """A mount that answers its bare address too, and only the addresses that its routes have."""

    def __init__(self, path: str, app: FastAPI) -> None:
        super().__init__(path, app)
        self.known: list[BaseRoute] = app.router.routes

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["type"] == "http" and scope["path"] == self.path:
            scope = {**scope, "path": f"{self.path}/"}
        match, child = super().matches(scope)
        if match is Match.NONE:
            return match, child
        child = {"path": scope["path"], **child}
        inside = {**scope, **child}
        if scope["method"] in allowed_methods(self.known, inside):
            return Match.FULL, child
        return (Match.PARTIAL if allowed_methods(self.known, inside) else Match.NONE), child


def mounted(shared: Shared) -> BaseRoute:
    """Return the route of the whole application; settings, database and rates are those of the registry."""
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    app.state = shared
    app.include_router(router)
    failures.install(app)
    app.add_exception_handler(RegistryError, _refused)
    app.add_exception_handler(Moved, _moved)
    return Mounted("/ogc", app)


async def _refused(request: Request, error: Exception) -> Response:
    """Answer 400 where a parameter is wrong: OGC API knows no 422; and where to read of a record that is retired."""
    known = error if isinstance(error, RegistryError) else Internal()
    if isinstance(known, Invalid):
        known = BadParameter(known.detail, faults=known.faults)
    if isinstance(known, Gone) and wants_page(request):
        return error_page(request, known, _ways(request, known))
    return answer(request, known)


def _ways(request: Request, gone: Gone) -> list[tuple[str, str]]:
    path, collection = request.url.path, request.path_params["collection"]
    successor = f"{path.rpartition('/')[0]}/{gone.successor}"
    ways = [(successor, "Lire la fiche qui la remplace")] if gone.successor else []
    return [*ways, (f"/{collection}/{request.path_params['id']}", "Lire son historique")]


async def _moved(request: Request, error: Exception) -> Response:
    successor = error.successor if isinstance(error, Moved) else ""
    path = request.url.path.rsplit("/", 1)[0]
    query = f"?{request.url.query}" if request.url.query else ""
    return Response(status_code=308, headers={"Location": f"{path}/{successor}{query}"})
