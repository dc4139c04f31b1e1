"""Ten times more clients than one process has room for, for a minute: bounded memory, fair waits, no 500, and then well."""

import json
import shutil
import subprocess
import time
from collections import Counter
from pathlib import Path
from threading import Event, Thread

import httpx
import pytest

from app.database import Database
from tests.conftest import ON_SQLITE_ONLY
from tests.faults.process import running

pytestmark = [pytest.mark.slow, ON_SQLITE_ONLY]
AT_ONCE = 50
SECONDS = 60
SCRIPT = """
local n = 0
request = function()
  n = n + 1
  return wrk.format("GET", "/v1/poles?limit=20&offset=" .. n % 90)
end
"""


def resident(pid: int) -> int:
    """Return the memory of a process, in bytes."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096


def test_ten_times_more_clients_than_capacity(fresh: Database, tmp_path: Path) -> None:
    if not shutil.which("wrk"):
        pytest.skip("wrk is not installed")
    script = tmp_path / "poles.lua"
    script.write_text(SCRIPT)
    with running(fresh.url, MAX_REQUESTS=str(AT_ONCE)) as ptce:
        assert httpx.get(f"{ptce.address}/v1/poles?limit=20").status_code == 200
        before, most = resident(ptce.process.pid), 0
        seen: Counter[int] = Counter()
        waits: list[float] = []
        crowded = Event()

        def look() -> None:
            nonlocal most
            while not crowded.wait(0.5):
                began = time.monotonic()
                seen[httpx.get(f"{ptce.address}/v1/poles?limit=20", timeout=30).status_code] += 1
                waits.append(time.monotonic() - began)
                most = max(most, resident(ptce.process.pid))

        looking = Thread(target=look)
        looking.start()
        load = ["wrk", "-t2", f"-c{AT_ONCE * 10}", f"-d{SECONDS}s", "--timeout", "30s", "--latency", "-s", str(script)]
        said = subprocess.run([*load, ptce.address], check=True, capture_output=True, text=True).stdout
        crowded.set()
        looking.join()
        began = time.monotonic()
        while httpx.get(f"{ptce.address}/v1/poles?limit=20").status_code != 200:
            assert time.monotonic() - began < 5
        recovered = time.monotonic() - began
    print(said, json.dumps({"MB before": before >> 20, "MB most": most >> 20, "worst wait of a newcomer": max(waits),
                            "recovered in": recovered, "newcomers": seen}))  # fmt: skip
    assert set(seen) <= {200, 503, 429}
    assert "Non-2xx" not in said or seen[500] == 0
    assert "unexpected error" not in "".join(ptce.said)
    assert most - before < 200 << 20
    assert max(waits) < 30
