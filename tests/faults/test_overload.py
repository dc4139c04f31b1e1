"""Ten times more clients than a process works for at once: bounded memory, nobody starves, 503 and never 500."""

import os
import re
import shutil
import subprocess
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Final

import httpx
import pytest
from sqlmodel import col, select

from app.database import Database
from app.models import Organisation
from tests.faults.process import Ptce, running
from tests.routes.writing import must_hold, new_key

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not shutil.which("wrk"), reason="there is no `wrk` on the PATH (Debian: apt-get install wrk)"),
]
SECONDS: Final = int(os.environ.get("OVERLOAD_SECONDS", "60"))
AT_ONCE: Final = 200  # MAX_REQUESTS, as it is by default
CROWD: Final = 10 * AT_ONCE
PEOPLE: Final = 20
EDITORS: Final = 100
LIST: Final = "/v1/poles?region=84&limit=20"
TOKEN: Final = "overload-of-the-registry"
MORE_MEMORY: Final = 400  # MB that 2,000 connections and their answers may take


@dataclass
class Person:
    """One client among the crowd, who waits as long as a refusal says, and remembers how long each answer took."""

    waits: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)

    def ask(self, address: str, path: str, done: threading.Event, **headers: str) -> None:
        with httpx.Client(base_url=address, timeout=120, headers=headers) as client:
            while not done.is_set():
                began = monotonic()
                answer = client.get(path)
                self.waits.append(monotonic() - began)
                self.statuses[answer.status_code] += 1
                if answer.status_code == 503:
                    done.wait(float(answer.headers["retry-after"]))


def memory(ptce: Ptce, line: str) -> float:
    """Return VmRSS, what a server holds in memory now, or VmHWM, the most that it has held; MB."""
    status = Path(f"/proc/{ptce.process.pid}/status").read_text(encoding="ascii")
    return int(re.search(rf"{line}:\s+(\d+)", status)[1]) / 1000  # type: ignore[index]  # each process has these lines


def crowd(address: str, path: str) -> tuple[Counter[int], list[int], list[int]]:
    """Let ten times too many clients ask without patience; return statuses, what was cut, p50, p99 and longest wait (ms)."""
    script = Path(__file__).with_name("crowd.lua")
    command = ["wrk", "-t", "1", "-c", str(CROWD), "-d", f"{SECONDS}s", "--timeout", "120s", "-s", str(script), address]
    said = subprocess.run([*command, "--", path], check=True, capture_output=True, text=True).stdout
    statuses: Counter[int] = Counter()
    for status, number in re.findall(r"(\d{3})=(\d+)", said):
        statuses[int(status)] += int(number)
    told = {
        name: list(map(int, numbers.split()))
        for name, numbers in re.findall(r"^(cut|latencies) (.*)$", said, re.MULTILINE)
    }
    return statuses, told["cut"], [microseconds // 1000 for microseconds in told["latencies"]]


@pytest.mark.parametrize("cache", ["0", "64"], ids=["nothing kept", "answers kept"])
def test_a_crowd_is_answered_or_told_to_wait(fresh: Database, cache: str) -> None:
    settings = {"CACHE_MB": cache, "METRICS_TOKEN": TOKEN, "MAX_REQUESTS": str(AT_ONCE)}
    done = threading.Event()
    with running(fresh.url, **settings) as ptce, ThreadPoolExecutor(PEOPLE + 2) as pool:
        alone = httpx.get(ptce.address + LIST, timeout=30)
        before = memory(ptce, "VmRSS")
        people = [Person() for _ in range(PEOPLE)]
        watchers = {"/health/live": Person(), "/metrics": Person()}
        asking = [pool.submit(one.ask, ptce.address, LIST, done) for one in people]
        asking += [
            pool.submit(one.ask, ptce.address, path, done, authorization=f"Bearer {TOKEN}")
            for path, one in watchers.items()
        ]
        statuses, cut, latencies = crowd(ptce.address, LIST)
        done.set()
        for one in asking:
            one.result()
        began = monotonic()
        again = httpx.get(ptce.address + LIST, timeout=30)
        recovered = monotonic() - began
        peak, after = memory(ptce, "VmHWM"), memory(ptce, "VmRSS")
        assert ptce.process.poll() is None
    answered = [one.statuses[200] for one in people]
    print(
        f"\n{fresh.engine.dialect.name}, CACHE_MB={cache}: {CROWD} clients for {SECONDS} s: {dict(statuses)}, cut {cut}; "
        f"p50, p99, longest {latencies} ms; memory {before:.0f}, at most {peak:.0f}, then {after:.0f} MB\n"
        f"  {PEOPLE} patient clients had {min(answered)} to {max(answered)} answers, "
        f"longest waits {min(max(one.waits) for one in people):.1f} to {max(max(one.waits) for one in people):.1f} s, "
        f"refused {sum(one.statuses[503] for one in people)} times\n  "
        + "; ".join(f"{path} {dict(one.statuses)} longest {max(one.waits):.2f} s" for path, one in watchers.items())
        + f"; the next answer took {recovered * 1000:.0f} ms"
    )
    assert statuses.keys() <= {200, 503}
    assert statuses[200]
    assert cut == [0, 0, 0, 0]
    assert peak - before < MORE_MEMORY
    assert {status for one in people for status in one.statuses} <= {200, 503}
    assert min(answered), "someone was only refused"
    assert [set(one.statuses) for one in watchers.values()] == [{200}] * 2
    assert min(one.statuses[200] for one in watchers.values()) > 1, "a watcher was answered when all was over"
    assert (again.status_code, again.content) == (200, alone.content)


def test_a_crowd_of_editors_loses_nothing(fresh: Database) -> None:
    """Each makes a pole again and again, on a connection of its own; whatever is acknowledged is there once."""
    key = new_key(fresh, "Client assidu")
    done = threading.Event()
    with running(fresh.url, WRITE_RATE="0") as ptce, ThreadPoolExecutor(EDITORS) as pool:
        until = monotonic() + SECONDS / 2

        def write(editor: int) -> tuple[list[str], list[float], Counter[int]]:
            made, waits, statuses = [], [], Counter[int]()
            headers = {"Authorization": f"Bearer {key}"}
            with httpx.Client(base_url=ptce.address, timeout=120, headers=headers) as client:
                while monotonic() < until:
                    began = monotonic()
                    answer = client.post("/v1/organisations", json={"name": f"Maison {editor}", "kind": "association"})
                    waits.append(monotonic() - began)
                    statuses[answer.status_code] += 1
                    if answer.status_code == 201:
                        made.append(answer.json()["id"])
                    else:
                        done.wait(float(answer.headers["retry-after"]))
            return made, waits, statuses

        told = list(pool.map(write, range(EDITORS)))
        serial = int(httpx.get(f"{ptce.address}/v1/poles?limit=1", timeout=60).headers["registry-serial"])
    made = [identity for ids, _, _ in told for identity in ids]
    statuses = sum((counted for _, _, counted in told), Counter[int]())
    waits = sorted(wait for _, several, _ in told for wait in several)
    print(
        f"\n{fresh.engine.dialect.name}: {EDITORS} editors for {SECONDS / 2:.0f} s: {dict(statuses)}; "
        f"{min(len(ids) for ids, _, _ in told)} to {max(len(ids) for ids, _, _ in told)} writes each; "
        f"waits: median {waits[len(waits) // 2]:.1f} s, longest {waits[-1]:.1f} s"
    )
    assert statuses.keys() <= {201, 503}
    assert len(set(made)) == len(made) == serial - 1, "a write was lost, or done twice"
    with fresh.reading() as session:
        assert set(made) <= set(session.scalars(select(col(Organisation.id))))
    must_hold(fresh)
