"""Fixtures: the real application over real HTTP, on the real seed, on both databases.

`registry` and `client` are shared and only read; `fresh` is a private copy of the same database, to write to.
PostgreSQL (with PostGIS) takes part where TEST_POSTGRES_URL names a server on which databases may be created.
"""

import os
import sqlite3
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psycopg
import pytest
import uvicorn
from sqlalchemy.engine import make_url

from app.changes import migrate, seed
from app.database import Database
from app.main import create_app
from app.settings import ROOT, Settings

POSTGRES_URL = os.environ.get("TEST_POSTGRES_URL")
SEED = ROOT / "seed"
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


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """Each database in turn: every test that reaches it runs once on each."""
    if request.param == "postgresql" and not POSTGRES_URL:
        pytest.skip(NO_POSTGRES)
    return Server(request.param, tmp_path_factory.mktemp("databases"))


@pytest.fixture(scope="session")
def template(server: Server) -> Iterator[str]:
    """The URL of a database with the real seed, which nobody is connected to (PostgreSQL copies no other)."""
    url = server.create()
    with opened(url) as database:
        migrate.upgrade(database)
        with database.writing() as session:
            seed.seed_database(session, SEED)
    yield url
    server.drop(url)


@pytest.fixture(scope="session")
def registry(server: Server, template: str) -> Iterator[Database]:
    """The real registry, to read."""
    url = server.copy(template)
    with opened(url) as database:
        yield database
    server.drop(url)


@pytest.fixture
def fresh(server: Server, template: str) -> Iterator[Database]:
    """A copy of the real registry, to write to."""
    url = server.copy(template)
    with opened(url) as database:
        yield database
    server.drop(url)


@pytest.fixture
def empty(server: Server) -> Iterator[Database]:
    """A database without tables."""
    url = server.create()
    with opened(url) as database:
        yield database
    server.drop(url)


@contextmanager
def serving(url: str, **settings: object) -> Iterator[str]:
    """Serve the real application over real HTTP; give the address."""
    app = create_app(Settings.model_validate({"database_url": url} | settings))
    service = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_level="critical", lifespan="on"))
    started = threading.Event()
    startup = service.startup

    async def announced(*args: object, **kwargs: object) -> None:
        await startup(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they came
        started.set()

    service.startup = announced  # type: ignore[method-assign]  # no sleep: wait for the very moment
    thread = threading.Thread(target=service.run)
    thread.start()
    if not started.wait(timeout=30):
        raise RuntimeError("the server did not start within 30 s")
    port = service.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        service.should_exit = True
        thread.join()


@pytest.fixture(scope="session")
def address(registry: Database) -> Iterator[str]:
    with serving(registry.url) as url:
        yield url


@pytest.fixture(scope="session")
def client(address: str) -> Iterator[httpx.Client]:
    """A client of the real registry."""
    with httpx.Client(base_url=address, timeout=30) as made:
        yield made


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
