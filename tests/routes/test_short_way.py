"""The short way answers what FastAPI's own way would, byte for byte, and leaves to it all that is not for it."""

from collections.abc import Iterator

import httpx
import pytest
from starlette.routing import Match

from app.main import create_app
from app.routes import organisations, poles, waves
from app.routes.short_way import ShortWay
from app.settings import Settings
from tests.routes.asking import OF_ONE_REQUEST

ROUTERS = (poles.router, organisations.router, waves.router)
ASKED = (
    "/v1/poles?limit=3&facets=region", "/v1/poles.geojson?bbox=4,44,6,46", "/v1/poles.csv?limit=all", "/v1/organisations?q=archer",
    "/v1/waves", "/v1/poles/archer-pole-sud", "/v1/poles/archer-pole-sud.csv", "/v1/waves/aap-2013", "/v1/organisations/bge",
    "/v1/poles/archer-pole-sud/members", "/v1/poles/archer-pole-sud/history", "/v1/waves/aap-2013/history",
    "/v1/poles?region=99", "/v1/poles?nothing=1", "/v1/poles.pdf", "/v1/poles/nobody", "/v1/poles/UPPER", "/v1/poles/search",
    "/v1/poles?as_of=99", "/v1/poles/archer-pole-sud?as_of=1", "/v1/poles/%C3%A9t%C3%A9", "/v1/poles//", "/v1/poles/a/b/c",
)  # fmt: skip


@pytest.fixture(scope="module")
def transports(template: str) -> Iterator[list[httpx.ASGITransport]]:
    apps = [create_app(Settings(database_url=template, cache_mb=0)) for _ in range(2)]
    routes = apps[1].router.routes
    (short,) = [route for route in routes if isinstance(route, ShortWay)]
    routes.remove(short)
    yield [httpx.ASGITransport(app) for app in apps]
    for app in apps:
        app.state.database.dispose()


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
@pytest.mark.anyio
async def test_both_ways_answer_alike(transports: list[httpx.ASGITransport], method: str, path: str) -> None:
    told = []
    for transport in transports:
        async with httpx.AsyncClient(transport=transport, base_url="http://registre.example") as client:
            answer = await client.request(method, path)
            headers = {name: value for name, value in answer.headers.items() if name not in OF_ONE_REQUEST}
            is_problem = answer.status_code >= 400 and answer.content
            body = answer.json() | {"request_id": None} if is_problem else answer.content
            told.append((answer.status_code, headers, body))
    assert told[0] == told[1]


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        ("GET", "/v1/poles", True), ("GET", "/v1/waves", True), ("GET", "/v1/organisations/bge", True),
        ("GET", "/v1/poles/archer-pole-sud", True), ("GET", "/v1/poles/archer-pole-sud/members", False), ("GET", "/v1/poles/search", False), ("POST", "/v1/poles", False), ("GET", "/v1/poles/a/b", False),
        ("GET", "/v1/sources", False), ("GET", "/", False),
    ],
)  # fmt: skip
def test_it_knows_what_is_read_of_records(method: str, path: str, found: bool) -> None:
    scope = {"type": "http", "method": method, "path": path}
    assert (ShortWay("/v1", ROUTERS).matches(scope)[0] is Match.FULL) == found
