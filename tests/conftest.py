"""Fixtures: the real application over real HTTP, on the real seed, on both databases.

`registry` and `client` are shared and only read; `fresh` is a private copy of the same database, to write to.
PostgreSQL (with PostGIS) takes part where TEST_POSTGRES_URL names a server on which databases may be created.
Folders of tests run in several processes (pytest-xdist); a file, `::`, `-k` or `-s` in this one, with nothing to wait for.
"""

import asyncio
import os
import shutil
import socket
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
import uvicorn
from coverage import Coverage
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy.engine import make_url

from app.changes import migrate, seed
from app.database import Database
from app.main import create_app
from app.server import server_options
from app.settings import ROOT, Settings
from tests.sharing import Shelf, held

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL")
SEED = ROOT / "seed"
# For what no database can change, such as pages, headers and rates.
ON_SQLITE_ONLY = pytest.mark.parametrize("server", ["sqlite"], indirect=True, scope="session")
CHROMIUM = shutil.which("chromium")
NEEDS_CHROMIUM = pytest.mark.skipif(
    not CHROMIUM, reason="there is no `chromium` on the PATH (Debian: apt-get install chromium)"
)
NO_POSTGRES = "TEST_POSTGRES_URL is not set: the same test runs on PostgreSQL with PostGIS where it is"


@dataclass(frozen=True)
class Server:
    """A database server of the suite: makes databases, copies them, drops them."""

    name: str
    folder: Path

    def create(self) -> str:
        name = f"ptce_test_{uuid.uuid4().hex[:12]}"
        if self.name == "sqlite":
            return f"sqlite:///{self.folder / name}.sqlite"
        self._administer(f'CREATE DATABASE "{name}"')
        return self._url(name)

    def copy(self, url: str) -> str:
        made = self.create() if self.name == "sqlite" else ""
        if made:
            source, target = (sqlite3.connect(make_url(one).database or "") for one in (url, made))
            with source, target:
                source.backup(target)
            source.close()
            target.close()
            return made
        name = f"ptce_test_{uuid.uuid4().hex[:12]}"
        self._administer(f'CREATE DATABASE "{name}" TEMPLATE "{make_url(url).database}"')
        return self._url(name)

    def drop(self, url: str) -> None:
        database = make_url(url).database or ""
        if self.name == "sqlite":
            for suffix in ("", "-wal", "-shm"):
                Path(database + suffix).unlink(missing_ok=True)
        else:
            self._administer(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')

    def _url(self, name: str) -> str:
        return make_url(POSTGRES_URL or "").set(database=name).render_as_string(hide_password=False)

    def _administer(self, statement: str) -> None:
        plain = make_url(POSTGRES_URL or "").set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(statement.encode())


@contextmanager
def opened(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.dispose()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int | None:
    """Start no processes for what is asked by name: they would cost more than the tests, and hide what is printed."""
    named = any("::" in argument or argument.endswith(".py") for argument in config.args)
    if not named and not config.option.keyword and config.option.capture != "no":
        return None  # one for each processor
    config.option.dist = "no"
    return 0


@pytest.hookimpl(trylast=True)  # after pytest has put together what shares fixtures
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that all processes of this run share."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def shelf() -> Iterator[Shelf]:
    made = Shelf()
    yield made
    made.close()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Each database in turn: every test that reaches it runs once on each."""
    if request.param == "postgresql" and not POSTGRES_URL:
        pytest.skip(NO_POSTGRES)
    # Measuring lines makes them half as slow again: SQLite shows which ones are reached.
    measuring = Coverage.current() if request.param == "postgresql" else None
    if measuring:
        measuring.stop()
    yield Server(request.param, tmp_path_factory.mktemp("databases"))
    if measuring:
        measuring.start()


def seeded(server: Server, folder: Path) -> str:
    """Make a database with this seed; give its URL."""
    url = server.create()
    with opened(url) as database:
        migrate.upgrade(database)
        with database.writing() as session:
            seed.seed_database(session, folder)
    return url


@contextmanager
def copied(server: Server, template: str) -> Iterator[Database]:
    """Open a copy of a database; nothing of it stays, whatever fails."""
    url = server.copy(template)
    try:
        with opened(url) as database:
            yield database
    finally:
        server.drop(url)


@pytest.fixture(scope="session")
def template(server: Server, shelf: Shelf, run_folder: Path) -> str:
    """The URL of a database with the real seed, which nobody is connected to (PostgreSQL copies no other)."""

    def real() -> AbstractContextManager[str]:
        return held(run_folder, server.name, lambda: seeded(server, SEED), server.drop)

    return shelf.get(server.name, "template", real)


@pytest.fixture(scope="session")
def registry(server: Server, shelf: Shelf, template: str) -> Database:
    """The real registry, to read."""
    return shelf.get(server.name, "registry", lambda: copied(server, template))


@pytest.fixture
def fresh(server: Server, template: str) -> Iterator[Database]:
    """A copy of the real registry, to write to."""
    with copied(server, template) as database:
        yield database


@pytest.fixture
def empty(server: Server) -> Iterator[Database]:
    """A database without tables."""
    url = server.create()
    with opened(url) as database:
        yield database
    server.drop(url)


class Service(uvicorn.Server):
    """Says when it listens, and leaves when it is told: uvicorn's own loop looks ten times a second."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening, self._leaving = threading.Event(), asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self.listening.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)
        await self._leaving.wait()

    def leave(self) -> None:
        self._loop.call_soon_threadsafe(self._leaving.set)


@contextmanager
def serving(url: str, **settings: object) -> Iterator[str]:
    """Serve the real application over real HTTP; give the address."""
    known = Settings.model_validate({"database_url": url} | settings)
    options = server_options(known) | {"factory": False, "log_config": None}
    service = Service(uvicorn.Config(create_app(known), port=0, log_level="critical", lifespan="on", **options))
    thread = threading.Thread(target=service.run)
    thread.start()
    if not service.listening.wait(timeout=30):
        raise RuntimeError("the server did not start within 30 s")
    port = service.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        service.leave()
        thread.join()


@pytest.fixture(scope="session")
def address(server: Server, shelf: Shelf, registry: Database) -> str:
    return shelf.get(server.name, "address", lambda: serving(registry.url))


@pytest.fixture(scope="session")
def client(server: Server, shelf: Shelf, address: str) -> httpx.Client:
    """A client of the real registry."""
    return shelf.get(server.name, "client", lambda: httpx.Client(base_url=address, timeout=30))


@pytest.fixture
def client_of() -> Iterator[Callable[[Database], httpx.Client]]:
    """Serve a database of one's own and give its client."""
    closing: list[Callable[[], object]] = []

    def make(database: Database) -> httpx.Client:
        service = serving(database.url)
        url = service.__enter__()
        made = httpx.Client(base_url=url, timeout=30)
        closing.extend([lambda: service.__exit__(None, None, None), made.close])
        return made

    yield make
    for close in reversed(closing):
        close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Return a browser for one file: while it is open, nothing else in its thread may run an event loop."""
    with sync_playwright() as playwright:
        # Containers and CI run as root, where Chromium's own sandbox cannot.
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()
