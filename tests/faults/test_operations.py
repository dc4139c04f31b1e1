"""A server as it runs in production: its processes, its logs, its end."""

import json

import httpx
import pytest

from app.database import Database
from tests.conftest import ON_SQLITE_ONLY
from tests.faults.process import running

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
