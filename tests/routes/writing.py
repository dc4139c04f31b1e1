"""What the tests of writes share: an editor who holds a key, and the proofs that follow a write."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from app.changes import check, keys
from app.database import Database
from app.models import KeyRole
from tests.conftest import SEED, Server, copied, serving
from tests.routes.asking import asked, refused

Json = dict[str, Any]
Serve = Callable[[Database], httpx.Client]
NOTHING: Any = object()  # no body at all, where None is the body `null`


def new_key(
    database: Database, name: str, role: KeyRole = KeyRole.NATIONAL, regions: Collection[str] = (), **more: Any
) -> str:
    with database.writing() as session:
        return keys.create(session, name=name, role=role, regions=regions, **more)


@dataclass(frozen=True)
class Editor:
    """A client with a key: reads a record's ETag right before each edit, and gives what was answered."""

    client: httpx.Client
    key: str
    database: Database
    name: str = "Cellule nationale"

    def send(
        self, method: str, path: str, body: Any = NOTHING, headers: dict[str, str] | None = None, **query: Any
    ) -> httpx.Response:
        """Send one request as it is: a body of bytes unchanged, any other as JSON; no If-Match of its own."""
        sent = {"Authorization": f"Bearer {self.key}"}
        how: Json = {"params": query} if query else {}
        if isinstance(body, bytes):
            how["content"] = body
            sent["Content-Type"] = "application/json"
        elif body is not NOTHING:
            how["json"] = body
        return self.client.request(method, path, headers=sent | (headers or {}), **how)

    def edit(self, method: str, path: str, body: Any = NOTHING, **query: Any) -> httpx.Response:
        """Send one edit of what stands: If-Match is the ETag that a read gives now."""
        return self.send(method, path, body, {"If-Match": self.etag(path)}, **query)

    def etag(self, path: str) -> str:
        """Return the ETag of what is at an address, uncompressed; any state where nothing is."""
        tag: str = self.client.get(path, headers={"Accept-Encoding": "identity"}).headers.get("etag", "*")
        return tag

    def read(self, path: str) -> Json:
        return asked(self.client, path)

    def create(self, path: str, body: Any, **query: Any) -> Json:
        return written(self.send("POST", path, body, **query), 201)

    def act(self, path: str, body: Any = NOTHING, **query: Any) -> Json:
        """Merge or restore."""
        return written(self.send("POST", path, body, **query))

    def put(self, path: str, body: Any, **query: Any) -> Json:
        return written(self.edit("PUT", path, body, **query))

    def patch(self, path: str, body: Any, **query: Any) -> Json:
        return written(self.edit("PATCH", path, body, **query))

    def delete(self, path: str, **query: Any) -> Json:
        return written(self.edit("DELETE", path, **query))

    def serial(self) -> int:
        """Return the version of the whole registry."""
        return int(self.client.get("/v1/poles?limit=1").headers["registry-serial"])

    def history(self, path: str) -> list[Json]:
        items: list[Json] = self.read(f"{path}/history")["items"]
        return items


def an_editor(
    database: Database,
    client: httpx.Client,
    name: str = "Cellule nationale",
    role: KeyRole = KeyRole.NATIONAL,
    regions: Collection[str] = (),
) -> Editor:
    return Editor(client, new_key(database, name, role, regions), database, name)


@contextmanager
def edited(server: Server, template: str) -> Iterator[Editor]:
    """Serve a private copy of the registry to an editor; prove at the end that whatever was written left it whole."""
    with (
        copied(server, template) as database,
        serving(database.url, write_rate="0", proposal_rate="0") as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        yield an_editor(database, client)
        must_hold(database)


def written(response: httpx.Response, status: int = 200) -> Json:
    """Check that a write was carried out and return what it answered."""
    assert response.status_code == status, response.text[:1000]
    assert response.headers["content-type"] == "application/json"
    assert response.headers["cache-control"] == "private, no-store"
    answer: Json = response.json()
    return answer


def faults(response: httpx.Response) -> dict[str, Json]:
    """Return what a refused body did wrong, by pointer."""
    found = refused(response, 422)["errors"]
    assert len({fault["pointer"] for fault in found}) == len(found)
    return {fault["pointer"]: fault for fault in found}


def must_hold(database: Database) -> None:
    """Prove every invariant of the registry, as `ptce check` does."""
    with database.reading() as session:
        assert list(check.find_faults(session, SEED)) == []
