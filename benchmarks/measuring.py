"""What a request costs: CPU of the processes that serve it, rate and latencies as wrk sees them."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Final

from benchmarks.processes import spending
from benchmarks.services import Running

_LUA: Final = Path(__file__).with_name("wrk.lua")
_LONGEST: Final = 60  # seconds


@dataclass(frozen=True, slots=True)
class Asking:
    """What is asked: paths, in turn, on so many connections for so many seconds."""

    paths: Sequence[str]
    method: str
    headers: dict[str, str] = field(default_factory=dict)
    connections: int = 1
    seconds: int = 3

    @contextmanager
    def command(self, address: str) -> Iterator[list[str]]:
        """Give the command that asks a service; it works until the block ends."""
        given = [argument for name, value in self.headers.items() for argument in ("-H", f"{name}: {value}")]
        shape = ["--threads", "1", "--connections", str(self.connections), "--duration", f"{self.seconds}s"]
        with NamedTemporaryFile("w", encoding="utf-8") as paths:
            paths.write("\n".join(self.paths))
            paths.flush()
            script = ["-s", str(_LUA), address, "--", paths.name, self.method]
            yield ["wrk", "--timeout", "120s", *shape, *given, *script]


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of a work; milliseconds, bytes. `database` is the part of `cpu` that is spent in PostgreSQL."""

    cpu: float
    database: float
    rate: float
    p50: float
    p99: float
    size: float


class WorkFailedError(Exception):
    """A work did not get the answers that it is about: a figure would mean nothing."""


def run(service: Running, asking: Asking) -> Measured:
    """Ask for so long, longer if nothing comes; what is under way at the end counts as half done."""
    with asking.command(service.address) as command, spending(service) as spent:
        said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603  our own words
    (figures,) = (line.split()[1:] for line in said.splitlines() if line.startswith("measured "))
    requests, microseconds, size, p50, p99, failed = map(int, figures)
    if not requests and asking.seconds < _LONGEST:
        return run(service, replace(asking, seconds=asking.seconds * 4))
    if failed or not requests:
        raise WorkFailedError(f"{service.name}: {failed} of {requests} requests failed")
    done = requests + asking.connections / 2
    return Measured(
        cpu=1000 * (spent.server + spent.database) / done,
        database=1000 * spent.database / done,
        rate=requests / (microseconds / 1e6),
        p50=p50 / 1000,
        p99=p99 / 1000,
        size=size / requests,
    )
