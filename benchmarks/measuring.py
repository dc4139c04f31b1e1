"""What a request costs: CPU of the processes that serve it, from /proc; rate and latencies, from wrk."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.databases import backends
from benchmarks.services import Running

WRK: Final = ("wrk", "--threads", "1", "--connections", "2", "--timeout", "120s")
_LUA: Final = Path(__file__).with_name("wrk.lua")
_TICKS: Final = os.sysconf("SC_CLK_TCK")
_CONNECTIONS: Final = 2
_LONGEST: Final = 60  # seconds


@dataclass(frozen=True, slots=True)
class Measured:
    """One run of a work; milliseconds, bytes."""

    cpu: float
    rate: float
    p50: float
    p99: float
    size: float


class WorkFailedError(Exception):
    """A work did not get the answers that it is about: a figure would mean nothing."""


def run(service: Running, paths: Path, method: str, headers: dict[str, str], seconds: int) -> Measured:
    """Ask a list of paths for so long, longer if nothing comes; what is under way at the end counts as half done."""
    before = _cpu(service)
    given = [argument for name, value in headers.items() for argument in ("-H", f"{name}: {value}")]
    command = [*WRK, "--duration", f"{seconds}s", *given, "-s", str(_LUA), service.address, "--", str(paths), method]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout  # noqa: S603  our own words
    (figures,) = (line.split()[1:] for line in said.splitlines() if line.startswith("measured "))
    requests, microseconds, size, p50, p99, failed = map(int, figures)
    if not requests and seconds < _LONGEST:
        return run(service, paths, method, headers, seconds * 4)
    if failed or not requests:
        raise WorkFailedError(f"{service.name}: {failed} of {requests} requests failed")
    spent = _cpu(service) - before
    return Measured(
        cpu=1000 * spent / (requests + _CONNECTIONS / 2),
        rate=requests / (microseconds / 1e6),
        p50=p50 / 1000,
        p99=p99 / 1000,
        size=size / requests,
    )


def memory(service: Running) -> float:
    """Return what a service holds in memory, in MB; its database server not."""
    pages = (Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii") for pid in _tree(service.process.pid))
    return sum(int(line.split()[1]) for page in pages for line in page.splitlines() if line.startswith("Pss:")) / 1000


def cpu_of_process(pid: int) -> float:
    """Return the CPU seconds, user and system, of a process and of its children that ended; 0 if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:15])) / _TICKS


def _cpu(service: Running) -> float:
    pids = [*_tree(service.process.pid), *backends(service.database_url)]
    return sum(map(cpu_of_process, pids))


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text(encoding="ascii").split():
            yield from _tree(int(child))
