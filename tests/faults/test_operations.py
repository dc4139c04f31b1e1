"""A server as it runs in production: its processes, its logs, its end."""

import json
import signal
import sqlite3
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.engine import make_url
from sqlmodel import col

from app.database import Database
from app.models import Pole
from tests.conftest import ON_SQLITE_ONLY
from tests.faults.process import running
from tests.routes.writing import new_key

TOKEN = "jeton-de-prometheus"


@pytest.mark.slow
@ON_SQLITE_ONLY
def test_two_processes_log_json_and_tell_their_metrics_together(fresh: Database) -> None:
    headers = {"Authorization": f"Bearer {TOKEN}"}
    with running(fresh.url, WORKERS="2", ACCESS_LOG="true", LOG_FORMAT="json", METRICS_TOKEN=TOKEN) as ptce:
        with httpx.Client(transport=httpx.HTTPTransport(retries=8)) as patient:  # the first process listens later
            patient.get(f"{ptce.address}/health/live")
        for _ in range(12):  # a connection each: whichever process takes it
            assert httpx.get(f"{ptce.address}/v1/poles?q=secret-de-marie").status_code == 200
        names = {"X-Request-Id": "celle-ci-2"}
        assert httpx.get(f"{ptce.address}/v1/poles/3-eva", headers=names).status_code == 200
        counted = [httpx.get(f"{ptce.address}/metrics", headers=headers).text for _ in range(4)]
    for text in counted:
        assert 'ptce_requests_total{method="GET",route="/v1/poles",status="200"} 12.0' in text
    said = [json.loads(one) for one in ptce.said if one.startswith("{")]
    assert len(said) > len(ptce.said) - 10, ptce.said
    (request,) = [one for one in said if one.get("request_id") == "celle-ci-2"]
    assert request["path"] == "/v1/poles/3-eva"
    assert (request["route"], request["status"], request["method"]) == ("/v1/poles/{id}", 200, "GET")
    assert any(one["logger"].startswith("uvicorn") and one["level"] == "info" for one in said)
    everything = "".join(ptce.said)
    assert "marie" not in everything
    assert TOKEN not in everything
    assert "127.0.0.1:" not in everything.replace(ptce.address, "")


@pytest.mark.slow
@ON_SQLITE_ONLY
def test_a_server_told_to_end_answers_the_write_that_it_has_begun(fresh: Database) -> None:
    """Someone else holds the lock of SQLite: the write waits for it, and meanwhile the server is told to end."""
    key = new_key(fresh, "Cellule nationale")
    headers = {"Authorization": f"Bearer {key}", "If-Match": "*"}
    path = "/v1/poles/archer-pole-sud"
    other = sqlite3.connect(make_url(fresh.url).database or "", isolation_level=None)
    with running(fresh.url, MAX_REQUESTS="1") as ptce, ThreadPoolExecutor(1) as people:
        httpx.get(ptce.address + path, headers=headers, timeout=30)  # the first use of a key is noted
        other.execute("BEGIN IMMEDIATE")
        write = people.submit(httpx.patch, ptce.address + path, json={"notes": "À la fin"}, headers=headers, timeout=60)
        while httpx.get(ptce.address + path, headers=headers, timeout=30).status_code == 200 and not write.done():
            pass  # until the write is inside: with a key, nothing is answered from memory
        ptce.process.send_signal(signal.SIGTERM)
        with pytest.raises(httpx.TransportError):
            while True:  # until nobody is let in any more
                httpx.get(f"{ptce.address}/health/live", timeout=5)
        assert ptce.process.poll() is None
        other.execute("COMMIT")
        other.close()
        assert write.result().status_code == 200
        # uvicorn ends by the signal that it was sent, once all is done.
        assert ptce.process.wait(timeout=30) in {0, -signal.SIGTERM}
    with fresh.reading() as session:
        assert session.scalars(select(col(Pole.notes)).where(col(Pole.id) == "archer-pole-sud")).one() == "À la fin"
