"""Services asked in turn, A B A B, each work with the same list; figures are medians of their turns."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final, NamedTuple

import httpx

from app.changes import keys
from app.database import Database
from app.models import KeyRole
from benchmarks import measuring, services, works
from benchmarks.databases import copied
from benchmarks.measuring import Measured
from benchmarks.services import Running, Service
from benchmarks.works import Work

_RECORDED_AT_MOST: Final = 100_000_000  # bytes: what raw uvicorn holds in memory
_WANTED: Final = (200, 304)
_PATIENCE: Final = 120  # seconds that a first answer may take
_OF_THE_SERVER: Final = ("date", "server", "connection")


class Result(NamedTuple):
    """What one service spends on one work with one set, and what was seen on the way; milliseconds, bytes."""

    database: str
    poles: int
    work: str
    service: str
    cpu: float
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


def reads(plan: Plan, url: str, poles: int, rivals: Sequence[Service]) -> Iterator[Result]:
    """Measure works that read, the start of each service and its memory after them."""
    database = url.partition(":")[0].partition("+")[0]
    with ExitStack() as stack:
        running = []
        for service in (services.registry(url), *rivals):
            starts = [_started(service) for _ in range(plan.rounds)]
            running.append((service, stack.enter_context(services.running(service))))
            yield Result(database, poles, "start, ms", service.name, 1000 * median(starts))
        for work in plan.works:
            if work.method == "GET":
                yield from _turns(plan, work, poles, database, running)
        for service, one in running:
            yield Result(database, poles, "memory, MB", service.name, measuring.memory(one))


def writes(plan: Plan, url: str, poles: int) -> Iterator[Result]:
    """Measure works that write, on a copy."""
    database = url.partition(":")[0].partition("+")[0]
    for work in plan.works:
        if work.method != "GET":
            with copied(url) as copy, services.running(services.registry(copy, WRITE_RATE="0")) as one:
                paths = [works.path(work, query) for query in works.list_of(work, poles)]
                headers = _writer(copy)
                _warmed(one, paths[0], work.method, headers)
                turns = [_run(plan, work, one, paths, headers) for _ in range(plan.rounds)]
                yield _result(database, poles, work, one.name, turns)


def _turns(
    plan: Plan, work: Work, poles: int, database: str, running: Sequence[tuple[Service, Running]]
) -> Iterator[Result]:
    queries = works.list_of(work, poles)
    registry, address = running[0][1], works.path(work, queries[0])
    headers = {"If-None-Match": httpx.get(registry.address + address).headers["etag"]} if work.known else {}
    limit = _recorded(plan.folder, registry, [works.path(work, query) for query in queries], headers)
    with services.running(limit) as raw:
        lists = [(one, [service.path(work, query) for query in queries]) for service, one in [(limit, raw), *running]]
        turns: dict[str, list[Measured]] = {}
        for _ in range(plan.rounds):
            for one, paths in lists:
                known = [path for path in paths if path is not None]
                if known:
                    _warmed(one, known[0], work.method, headers)
                    turns.setdefault(one.name, []).append(_run(plan, work, one, known, headers))
    for name, measured in turns.items():
        yield _result(database, poles, work, name, measured)


def _warmed(one: Running, path: str, method: str, headers: dict[str, str]) -> None:
    """Ask once for what a process reads once. Raises HTTPStatusError where a work is not answered."""
    content = b'{"job_count":1}' if method == "PATCH" else None
    answer = httpx.request(method, one.address + path, headers=headers, content=content, timeout=_PATIENCE)
    if answer.status_code not in _WANTED:
        answer.raise_for_status()


def _run(plan: Plan, work: Work, one: Running, paths: Sequence[str], headers: dict[str, str]) -> Measured:
    file = plan.folder / "paths"
    file.write_text("\n".join(paths), encoding="utf-8")
    return measuring.run(one, file, work.method, headers, plan.seconds)


def _result(database: str, poles: int, work: Work, name: str, turns: Sequence[Measured]) -> Result:
    middle = {figure: median(getattr(turn, figure) for turn in turns) for figure in Measured.__slots__}
    return Result(database, poles, work.name, name, **middle | {"cpu": middle["cpu"] * work.per})


def _recorded(folder: Path, registry: Running, paths: Sequence[str], headers: dict[str, str]) -> Service:
    """Return raw uvicorn with what the registry answers at these addresses, as far as memory allows."""
    answers: dict[str, tuple[int, list[tuple[str, str]], str]] = {}
    size = 0
    with httpx.Client(base_url=registry.address, headers=headers | {"Accept-Encoding": "identity"}) as client:
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


def _started(service: Service) -> float:
    with services.running(service) as one:
        return one.started


def _writer(url: str) -> dict[str, str]:
    """Return the headers of who may write, whatever stands."""
    database = Database(url)
    with database.writing() as session:
        key = keys.create(session, name=f"benchmarks {id(session)}", role=KeyRole.NATIONAL, regions=())
    database.dispose()
    return {"Authorization": f"Bearer {key}", "If-Match": "*", "Content-Type": "application/merge-patch+json"}
