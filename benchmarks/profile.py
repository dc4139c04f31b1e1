"""Where the time of a work goes: py-spy looks at the server from outside, many times a second, while wrk asks.

What waits for a processor is counted too: on a busy machine where an answer is sent, which wakes wrk. What is spent in
PostgreSQL is not seen.
"""

import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from benchmarks import services, works
from benchmarks.measuring import Asking
from benchmarks.works import Work

_RATE: Final = "200"  # looks a second
_SHOWN: Final = 15  # functions
_LAYERS: Final = {
    "uvicorn": "uvicorn",
    "uvloop": "uvicorn",
    "httptools": "uvicorn",
    "starlette": "starlette, FastAPI, pydantic",
    "fastapi": "starlette, FastAPI, pydantic",
    "pydantic": "starlette, FastAPI, pydantic",
    "anyio": "starlette, FastAPI, pydantic",
    "sqlalchemy": "SQLAlchemy",
    "sqlmodel": "SQLAlchemy",
    "psycopg": "driver and database",
    "app": "registry",
}
# Functions of SQLAlchemy that do nothing but call the driver, whose own code in C has no frame.
_OF_THE_DRIVER: Final = {"do_execute", "do_executemany", "fetchall", "fetchone", "fetchmany"}


def tell(url: str, folder: Path, poles: int, work: Work, seconds: int) -> str:
    """Profile requests of a work, none of them answered before; return shares as tables of Markdown."""
    spy = shutil.which("py-spy")
    if spy is None:
        raise FileNotFoundError("py-spy is not on the PATH: pip install py-spy")
    stacks = folder / "stacks"
    asking = Asking([works.path(work, query) for query in works.list_of(work, poles)], work.method, seconds=seconds)
    with (
        services.running(services.registry(url, CACHE_MB="0")) as one,
        asking.command(one.address) as command,
        subprocess.Popen(command, stdout=subprocess.DEVNULL),  # noqa: S603  our own words
    ):
        looking = [spy, "record", "--pid", str(one.process.pid), "--duration", str(seconds), "--rate", _RATE]
        written = ["--format", "raw", "--function", "--output", str(stacks)]
        subprocess.run([*looking, *written], check=True, capture_output=True)  # noqa: S603  our own words
    return "\n".join(shares(work.name, stacks.read_text(encoding="utf-8").splitlines()))


def shares(name: str, stacks: Sequence[str]) -> Iterator[str]:
    """Yield the shares of layers, then of functions; a stack is `outer (file);inner (file) samples`."""
    layers: Counter[str] = Counter()
    functions: Counter[str] = Counter()
    for line in stacks:
        frames, _, samples = line.rpartition(" ")
        calls = frames.split(";")
        layers[_layer(calls)] += int(samples)
        functions[calls[-1]] += int(samples)
    yield f"\n**{name}**: share of the server's time, by layer, then by function itself\n"
    yield "| layer or function | share |\n|---|---|"
    yield from _lines(layers, len(layers))
    yield from _lines(functions, _SHOWN)


def _layer(calls: Sequence[str]) -> str:
    """Return the layer of the innermost call; what a layer has Python's own library do is its own."""
    if calls[-1].partition(" ")[0].rpartition(".")[2] in _OF_THE_DRIVER:
        return "driver and database"
    for call in reversed(calls):
        layer = _LAYERS.get(call.partition("(")[2].partition("/")[0])
        if layer:
            return layer
    return "Python"


def _lines(counts: Mapping[str, int], shown: int) -> Iterator[str]:
    total = sum(counts.values())
    for what, samples in Counter(counts).most_common(shown):
        yield f"| {what} | {samples / total:.1%} |"
