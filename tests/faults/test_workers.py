"""A worker that is killed under load: the other one answers, another takes its place, nothing acknowledged is lost."""

import os
import signal
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from app.database import Database
from tests.faults.process import Ptce, running
from tests.routes.writing import must_hold, new_key

EDITORS, EACH, KILLS = 3, 10, 2


def workers(ptce: Ptce) -> set[int]:
    """Return the processes that answer, which a parent watches over."""
    children = Path(f"/proc/{ptce.process.pid}/task/{ptce.process.pid}/children").read_text(encoding="ascii").split()
    return {int(child) for child in children if b"spawn_main" in Path(f"/proc/{child}/cmdline").read_bytes()}


@pytest.mark.slow
def test_killed_worker_is_replaced_and_loses_nothing(fresh: Database) -> None:
    key = new_key(fresh, "Client assidu")
    told: Counter[str] = Counter()
    done = threading.Event()

    def write(editor: int, address: str) -> list[str]:
        """Send each write until it is answered; on a connection of its own, so that each worker has some."""
        made = []
        for number in range(EACH):
            headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": f"{editor}-{number}"}
            while True:
                try:
                    answer = httpx.post(
                        f"{address}/v1/poles", json={"name": f"Pôle {editor} {number}"}, headers=headers, timeout=60
                    )
                except httpx.TransportError:
                    told["cut off"] += 1
                    done.wait(0.1)
                    continue
                told[str(answer.status_code)] += 1
                assert answer.status_code in {201, 503}, answer.text
                if answer.status_code == 201:
                    break
            made.append(answer.json()["id"])
        return made

    def kill(ptce: Ptce) -> set[int]:
        """Kill one worker after another, each when both are there."""
        killed: set[int] = set()
        while len(killed) < KILLS:
            here = workers(ptce)
            if len(here) == 2 and not here & killed:
                killed.add(min(here))
                os.kill(min(here), signal.SIGKILL)
            done.wait(0.1)
        return killed

    with (
        running(fresh.url, WORKERS="2", WRITE_RATE="0") as ptce,
        ThreadPoolExecutor(EDITORS + 1) as people,
    ):
        killing = people.submit(kill, ptce)
        made = [identity for ids in people.map(write, range(EDITORS), [ptce.address] * EDITORS) for identity in ids]
        killed = killing.result()
        shown = {
            identity: httpx.get(f"{ptce.address}/v1/poles/{identity}", timeout=60).status_code for identity in made
        }
        assert not workers(ptce) & killed
    assert set(shown.values()) == {200}
    assert len(shown) == EDITORS * EACH, "a write was done twice, or one answer given to two"
    must_hold(fresh)
    print(f"{KILLS} workers killed, {dict(told)}")
