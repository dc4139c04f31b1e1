"""One registry behind one cache of others, asked through it and without it."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.caches.fronts import FRONTS, Front
from tests.conftest import Server, copied, serving
from tests.routes.writing import Editor, an_editor

TOKEN = "un-jeton-pour-compter"
COUNTED = re.compile(r'ptce_requests_total\{method="(\w+)",route="([^"]*)",status="(\d+)"\} (\d+)')
# What must not change on the way through a cache.
SAME = (
    "etag", "content-type", "content-encoding", "content-language", "content-disposition", "last-modified", "link",
    "cache-control", "registry-serial", "registry-count", "access-control-allow-origin",
)  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """An answer as it came, not decoded."""

    status: int
    headers: httpx.Headers
    raw: bytes

    @property
    def told(self) -> tuple[int, dict[str, str | None], bytes]:
        return self.status, {name: self.headers.get(name) for name in SAME}, self.raw


def ask(client: httpx.Client, path: str, method: str = "GET", **headers: str) -> Answer:
    """Ask for a plain body, unless said otherwise."""
    sent = {"Accept-Encoding": "identity"} | {name.replace("_", "-"): told for name, told in headers.items()}
    with client.stream(method, path, headers=sent) as response:
        return Answer(response.status_code, response.headers, b"".join(response.iter_raw()))


@dataclass(frozen=True)
class Bench:
    front: Front
    client: httpx.Client  # through the cache
    editor: Editor  # straight at the registry
    bare: httpx.Client  # the registry without any cache, even its own

    def ask(self, path: str, method: str = "GET", **headers: str) -> Answer:
        return ask(self.client, path, method, **headers)

    def truth(self, path: str, method: str = "GET", **headers: str) -> Answer:
        """Return what the registry answers to the same, asked at the same host, without any cache."""
        return ask(self.bare, path, method, **{"Host": self.client.base_url.netloc.decode()} | headers)

    def heard(self) -> Counter[tuple[str, int]]:
        """Return how many requests have reached the registry, by method and status."""
        text = self.editor.client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
        found: Counter[tuple[str, int]] = Counter()
        for method, route, status, times in COUNTED.findall(text):
            if route != "/metrics":
                found[method, int(status)] += int(times)
        return found


@contextmanager
def benched(server: Server, template: str, folder: Path, front: str, **settings: Any) -> Iterator[Bench]:
    free: dict[str, Any] = {"write_rate": "0", "proposal_rate": "0", "metrics_token": TOKEN}
    with (
        copied(server, template) as database,
        serving(database.url, **free | settings) as address,
        serving(database.url, **settings | {"cache_mb": 0}) as alone,
        FRONTS[front](address, folder) as before,
        before.open(base_url=before.address, timeout=30) as client,
        httpx.Client(base_url=address, timeout=30) as straight,
        httpx.Client(base_url=alone, timeout=30) as bare,
    ):
        yield Bench(before, client, an_editor(database, straight), bare)


@pytest.fixture(scope="module", params=FRONTS)
def front(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name
