"""The CPU that processes spend, from /proc: those of a service, and those that PostgreSQL has for its database."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from os import sysconf
from pathlib import Path
from threading import Event, Thread
from typing import Final

from benchmarks.databases import checkpointer, name_of
from benchmarks.services import Running

_TICKS: Final = sysconf("SC_CLK_TCK")
_EVERY: Final = 0.05  # seconds between two looks: what a backend spends after the last one is lost


@dataclass(slots=True)
class Backends:
    """Processes of a local PostgreSQL server that work for one database; they may come and go while this looks."""

    postmaster: int
    database: str
    _first: dict[int, float] = field(default_factory=dict)
    _last: dict[int, float] = field(default_factory=dict)
    _others: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.look()
        self._first = dict(self._last)

    def look(self) -> None:
        for pid in _children(self.postmaster):
            if pid not in self._others and (pid in self._last or self._is_ours(pid)):
                self._last[pid] = max(cpu(pid), self._last.get(pid, 0.0))

    def spent(self) -> float:
        """Return the CPU seconds since the first look; of those that came later, all of theirs."""
        self.look()
        return sum(last - self._first.get(pid, 0.0) for pid, last in self._last.items())

    def _is_ours(self, pid: int) -> bool:
        title = _read(f"/proc/{pid}/cmdline").replace("\0", " ")
        words = title.split()
        if f" {self.database} " in title or (words[1:3] == ["parallel", "worker"] and int(words[-1]) in self._last):
            return True
        if ") " in title:  # its client is told: it knows its database, and that is another one
            self._others.add(pid)
        return False


def backends_of(url: str) -> Backends:
    """Return the processes that a PostgreSQL server, on this machine, has for a database."""
    postmaster = int(_read(f"/proc/{checkpointer(url)}/stat").rpartition(")")[2].split()[1])
    return Backends(postmaster, name_of(url))


@dataclass(slots=True)
class Spent:
    """CPU seconds."""

    server: float = 0.0
    database: float = 0.0


@contextmanager
def spending(service: Running) -> Iterator[Spent]:
    """Tell what a service and its database spend until the block ends."""
    spent, ended = Spent(), Event()
    url, before = service.database_url, tree_cpu(service)
    backends = backends_of(url) if url and url.startswith("postgresql") else None

    def look() -> None:
        while backends and not ended.wait(_EVERY):
            backends.look()

    looking = Thread(target=look)
    looking.start()
    try:
        yield spent
    finally:
        ended.set()
        looking.join()
        spent.server = tree_cpu(service) - before
        spent.database = backends.spent() if backends else 0.0


def cpu(pid: int) -> float:
    """Return the CPU seconds, user and system, of a process and of its children that ended; 0 if it is gone."""
    fields = _read(f"/proc/{pid}/stat").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS


def memory(service: Running) -> float:
    """Return what a service holds in memory, in MB; its database server not, nor what is mapped of a file of SQLite."""
    held, mapped = 0, ""
    for pid in _tree(service.process.pid):
        for line in _read(f"/proc/{pid}/smaps").splitlines():
            name, _, rest = line.partition(":")
            if "-" in name:  # addresses: a mapping begins
                mapped = line
            elif name == "Pss" and not mapped.endswith(".sqlite"):
                held += int(rest.split()[0])
    return held / 1000


def tree_cpu(service: Running) -> float:
    return sum(map(cpu, _tree(service.process.pid)))


def _tree(pid: int) -> Iterator[int]:
    yield pid
    for child in _children(pid):
        yield from _tree(child)


def _children(pid: int) -> list[int]:
    return [int(child) for task in _tasks(pid) for child in _read(f"{task}/children").split()]


def _tasks(pid: int) -> list[Path]:
    try:
        return list(Path(f"/proc/{pid}/task").iterdir())
    except OSError:
        return []


def _read(file: str) -> str:
    """Return what a file of /proc says; nothing if its process is gone."""
    try:
        return Path(file).read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
