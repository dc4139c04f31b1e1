"""The services that are compared: each is started as its users start it, and answers the same works."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx

from app.settings import ROOT
from benchmarks import works
from benchmarks.works import Query, Work

REGISTRY: Final = "registry"
RAW: Final = "raw uvicorn"
_UVICORN: Final = (sys.executable, "-m", "uvicorn", "--no-access-log", "--log-level", "warning")
_PATIENCE: Final = 120  # seconds that a service may take to answer first


@dataclass(frozen=True, slots=True)
class Service:
    """How a service is started (`{port}` in its command), and its address for a query, if it has such a work."""

    name: str
    command: Sequence[str]
    path: Callable[[Work, Query], str | None]
    first: str
    database_url: str | None = None
    environment: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Running:
    """A service that runs; `started` is what it took to its first answer, in seconds."""

    name: str
    process: subprocess.Popen[bytes]
    address: str
    database_url: str | None
    started: float


@contextmanager
def running(service: Service) -> Iterator[Running]:
    """Start a service, wait until it answers, end it."""
    port = _free_port()
    command = [part.format(port=port) for part in service.command]
    began = time.monotonic()
    environment = os.environ | service.environment
    silent = subprocess.DEVNULL
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=silent, stderr=silent) as process:  # noqa: S603
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(process, address + service.first, began)
            yield Running(service.name, process, address, service.database_url, time.monotonic() - began)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def registry(url: str, **environment: str) -> Service:
    command = (sys.executable, "-c", "from app.cli import cli; cli()", "serve", "--port", "{port}")
    first = "/v1/poles?limit=1"
    return Service(REGISTRY, command, works.path, first, url, {"DATABASE_URL": url, **environment})


def raw(recorded: Path, known: Collection[str]) -> Service:
    """Return the bare application that answers what was recorded of the registry at these addresses."""
    command = (*_UVICORN, "--port", "{port}", "benchmarks.raw:app")

    def path(work: Work, query: Query) -> str | None:
        address = works.path(work, query)
        return address if address in known else None

    first = next(iter(known))
    return Service(RAW, command, path, first, environment={"RECORDED": str(recorded)})


def template(url: str) -> Service:
    """Return the service that a tutorial would make, on the tables that the registry writes."""
    command = (*_UVICORN, "--port", "{port}", "benchmarks.template:app")
    return Service("template", command, _template_path, "/poles?limit=1", url, {"DATABASE_URL": url})


def _template_path(work: Work, query: Query) -> str | None:
    address = works.path(work, query).removeprefix("/v1")
    return address.replace(work.form, "") if work.rivals else None


def _wait(process: subprocess.Popen[bytes], address: str, began: float) -> None:
    while True:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        try:
            httpx.get(address, timeout=_PATIENCE)
        except httpx.TransportError:
            if time.monotonic() - began > _PATIENCE:
                raise
            time.sleep(0.02)
        else:
            return


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
