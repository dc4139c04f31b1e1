"""Services asked in turn, A B A B, each work with the same list; figures are medians of their turns."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from math import nan
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

import httpx

from app.changes import keys
from app.database import Database
from app.models import KeyRole
from benchmarks import measuring, processes, services, works
from benchmarks.databases import copied
from benchmarks.measuring import Asking, Measured, WorkFailedError
from benchmarks.services import RAW, REGISTRY, Running, Service
from benchmarks.works import Work

_RECORDED_AT_MOST: Final = 100_000_000  # bytes: what raw uvicorn holds in memory
_PLAIN: Final = {"Accept-Encoding": "identity"}  # as wrk asks: an ETag is of one coding
_WANTED: Final = (200, 304)
_KEPT: Final = "512"  # MB: all that a work asks for is kept
_PATIENCE: Final = 120  # seconds that an answer may take
_OF_THE_SERVER: Final = ("date", "server", "connection")


class Result(NamedTuple):
    """What one service spends on one work with one set, and what was seen on the way; milliseconds, bytes.

    `cpu` is no number where a rival failed: not all of its answers were of the work.
    """

    database: str
    poles: int
    work: str
    service: str
    cpu: float
    connections: int = 0
    of_database: float = 0  # of `cpu`, in PostgreSQL
    rate: float = 0
    p50: float = 0
    p99: float = 0
    size: float = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, and how long."""

    works: Sequence[Work]
    folder: Path
    rounds: int
    seconds: int
    connections: Sequence[int]


@dataclass(frozen=True, slots=True)
class _Place:
    """A set, and where it is kept."""

    url: str
    poles: int

    def result(self, work: str, service: str, cpu: float) -> Result:
        return Result(self.url.partition(":")[0].partition("+")[0], self.poles, work, service, cpu)


def reads(plan: Plan, url: str, poles: int, rivals: Sequence[Service]) -> Iterator[Result]:
    """Measure works that read, the start of each service and its memory after them."""
    place, chosen = _Place(url, poles), [work for work in plan.works if work.method == "GET"]
    with ExitStack() as stack:
        first = []
        for service in (services.registry(url, CACHE_MB="0"), *rivals):
            starts = [_started(service) for _ in range(plan.rounds)]
            first.append((service, stack.enter_context(services.running(service))))
            for figure, told in zip(("start, ms", "start, CPU ms"), zip(*starts, strict=True), strict=True):
                yield place.result(figure, service.name, 1000 * median(told))
        keeping = services.registry(url, CACHE_MB=_KEPT)
        again = [(keeping, stack.enter_context(services.running(keeping)))]
        for work in chosen:
            yield from _turns(plan, work, place, again if work.again else first)
        for service, one in first:
            yield place.result("memory, MB", service.name, processes.memory(one))


def writes(plan: Plan, url: str, poles: int) -> Iterator[Result]:
    """Measure works that write, on a copy."""
    place = _Place(url, poles)
    for work in plan.works:
        if work.method != "GET":
            with copied(url) as copy:
                service = services.registry(copy, WRITE_RATE="0")
                with services.running(service) as one:
                    paths = [works.path(work, query) for query in works.list_of(work, poles)]
                    yield from _measured(plan, work, place, [(one, paths)], _writer(copy))


def _turns(plan: Plan, work: Work, place: _Place, running: Sequence[tuple[Service, Running]]) -> Iterator[Result]:
    queries = works.list_of(work, place.poles)
    registry, address = running[0][1], works.path(work, queries[0])
    headers = {}
    if work.known:
        headers["If-None-Match"] = httpx.get(registry.address + address, headers=_PLAIN, timeout=_PATIENCE).headers[
            "etag"
        ]
    limit = _recorded(plan.folder, registry, [works.path(work, query) for query in queries], headers)
    with services.running(limit) as raw:
        asked = [(limit, raw), *running]
        known = [query for query in queries if not work.again or limit.path(work, query)]  # the registry keeps these
        lists = [(one, [path for query in known if (path := service.path(work, query))]) for service, one in asked]
        yield from _measured(plan, work, place, [(one, paths) for one, paths in lists if paths], headers)


def _measured(
    plan: Plan, work: Work, place: _Place, lists: Sequence[tuple[Running, Sequence[str]]], headers: dict[str, str]
) -> Iterator[Result]:
    turns: dict[tuple[str, int], list[Measured]] = {}
    for _ in range(plan.rounds):
        for one, paths in lists:
            for connections in plan.connections:
                asking = Asking(paths, work.method, headers, connections, plan.seconds)
                figures = turns.setdefault((one.name, connections), [])
                try:
                    _warmed(one, paths[0], work.method, headers)
                    figures.append(measuring.run(one, asking))
                except (WorkFailedError, httpx.HTTPError):
                    if one.name in {REGISTRY, RAW}:
                        raise
    for (name, connections), measured in turns.items():
        if len(measured) < plan.rounds:
            yield place.result(work.name, name, nan)._replace(connections=connections)
            continue
        middle = {figure: median(getattr(turn, figure) for turn in measured) for figure in Measured.__slots__}
        spent = {"cpu": middle.pop("cpu") * work.per, "of_database": middle.pop("database") * work.per}
        yield place.result(work.name, name, 0)._replace(connections=connections, **middle, **spent)


def _warmed(one: Running, path: str, method: str, headers: dict[str, str]) -> None:
    """Ask once for what a process reads once. Raises HTTPStatusError where a work is not answered."""
    content = b'{"job_count":1}' if method == "PATCH" else None
    answer = httpx.request(method, one.address + path, headers=headers, content=content, timeout=_PATIENCE)
    if answer.status_code not in _WANTED:
        answer.raise_for_status()


def _recorded(folder: Path, registry: Running, paths: Sequence[str], headers: dict[str, str]) -> Service:
    """Return raw uvicorn with what the registry answers at these addresses, as far as memory allows."""
    answers: dict[str, tuple[int, list[tuple[str, str]], str]] = {}
    size = 0
    with httpx.Client(base_url=registry.address, headers=headers, timeout=_PATIENCE) as client:
        for name in ("accept", "accept-encoding"):  # wrk sends neither: what is kept now is what it asks for
            del client.headers[name]
        for path in dict.fromkeys(paths):
            answer = client.get(path)
            kept = [(name, value) for name, value in answer.headers.items() if name not in _OF_THE_SERVER]
            answers[path] = (answer.status_code, kept, answer.text)
            size += len(answer.content)
            if size > _RECORDED_AT_MOST:
                break
    file = folder / "recorded.json"
    file.write_text(json.dumps(answers), encoding="utf-8")
    return services.raw(file, answers)


def _started(service: Service) -> tuple[float, float]:
    """Return the seconds to the first answer of a service, those that passed and those of CPU."""
    with services.running(service) as one:
        return one.started, processes.tree_cpu(one)


def _writer(url: str) -> dict[str, str]:
    """Return the headers of who may write, whatever stands."""
    database = Database(url)
    with database.writing() as session:
        key = keys.create(session, name=f"benchmarks {id(session)}", role=KeyRole.NATIONAL, regions=())
    database.dispose()
    return {"Authorization": f"Bearer {key}", "If-Match": "*", "Content-Type": "application/merge-patch+json"}
