"""Requests made from /openapi.json, right and wrong: no server error, nothing that the document does not declare."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.changes import check, keys
from app.database import Database
from app.models import KeyRole
from tests.conftest import SEED, serving
from tests.contract import examples

CONFIG = Path(__file__).with_name("schemathesis.toml")
LONG = os.environ.get("SCHEMATHESIS_EXAMPLES")  # drawn for each operation, beside those that its schema lists
LISTED = 2000  # borders and types of every parameter are some 2,700 requests, whatever is drawn


@pytest.fixture
def key(fresh: Database) -> str:
    with fresh.writing() as session:
        return keys.create(session, name="Schemathesis", role=KeyRole.NATIONAL, regions=[])


@pytest.fixture
def writable(fresh: Database) -> Iterator[str]:
    """The address of a registry of one's own."""
    with serving(fresh.url, write_rate="0", proposal_rate="0") as url:
        yield url


def run(address: str, key: str, report: Path, *options: str) -> None:
    """Run Schemathesis as a user of the command line does; fail with its own account of what went wrong."""
    command = (str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIG), "run")
    reporting = ("--no-color", "--report", "json", "--report-json-path", str(report))
    holder = ("--header", f"Authorization: Bearer {key}")
    done = subprocess.run(
        [*command, f"{address}/openapi.json", *holder, *reporting, *options],
        capture_output=True,
        text=True,
        timeout=3600,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr
    # A run that tried nothing ends well too.
    told = json.loads(report.read_text(encoding="utf-8"))
    assert told["operations"]["tested"] == len(examples.NAMES)
    assert [name for name, phase in told["phases"].items() if phase["status"] != "success"] == ["stateful"]
    assert told["test_cases"]["generated"] > LISTED


@pytest.mark.slow
def test_no_request_finds_an_undeclared_answer(writable: str, key: str, fresh: Database, tmp_path: Path) -> None:
    # The same requests every time: what fails here fails again on the next machine.
    run(writable, key, tmp_path / "report.json", "--max-examples", "15", "--generation-deterministic")
    with fresh.reading() as session:
        assert list(check.find_faults(session, SEED)) == []


@pytest.mark.slow
@pytest.mark.skipif(not LONG, reason="SCHEMATHESIS_EXAMPLES says how many are drawn for each operation, such as 100")
def test_no_request_of_many_finds_an_undeclared_answer(writable: str, key: str, tmp_path: Path) -> None:
    # Other requests every time; the seed is in the account of a failure.
    run(writable, key, tmp_path / "report.json", "--max-examples", LONG or "", "--generation-database", "none")
