"""What /openapi.json promises: French, real examples, no remark of its linters, a client that compiles and reads."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from app.changes import keys
from app.database import Database
from app.errors import catalogue
from app.models import KeyRole
from app.routes.openapi import EXAMPLES, operations
from tests.conftest import serving
from tests.contract import examples

HERE = Path(__file__).parent
BIN = HERE / "node_modules" / ".bin"
JSON = "application/json"
ENGLISH = re.compile(
    r"\b(the|of|and|which|with|what|is|are|this|that|its|successful|response|additional)\b", re.IGNORECASE
)
NO_REMARK = "No results with a severity of 'hint' or higher found!"
OTHERS: dict[str, list[dict[str, Any]]] = {
    "createProposal": [{}, {"cle": []}],
    "getProposal": [{}, {"cle": []}],
    "listProposals": [{"cle": []}],
    "searchPoles": [],
    "searchOrganisations": [],
}
QUOTED = re.compile(r"`[^`]*`|«[^»]*»")
# Redocly counts its runs and looks for newer versions unless it is told not to: no test asks a third party anything.
OFFLINE = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "CI": "true"}

needs_node = pytest.mark.skipif(
    not shutil.which("node") or not BIN.exists(),
    reason="needs Node.js 20.19 or later and `npm ci --prefix tests/contract` (spectral, redocly, openapi-typescript)",
)


@pytest.fixture(scope="module")
def document(client: httpx.Client) -> dict[str, Any]:
    answered: dict[str, Any] = client.get("/openapi.json").raise_for_status().json()
    return answered


@pytest.fixture
def published(fresh: Database) -> Iterator[httpx.Client]:
    """Serve a copy of the real registry under a public address, as the examples show it."""
    with serving(fresh.url, public_url=examples.PUBLIC_URL) as url, httpx.Client(base_url=url, timeout=30) as made:
        yield made


@pytest.fixture
def key(fresh: Database) -> str:
    with fresh.writing() as session:
        return keys.create(session, name=examples.EDITOR, role=KeyRole.NATIONAL, regions=[])


@pytest.fixture
def written(document: dict[str, Any], tmp_path: Path) -> Path:
    """Write the document as a file, with the tools and the TypeScript client beside it."""
    for name in (".spectral.yaml", "redocly.yaml", "client.ts", "tsconfig.json", "package.json"):
        shutil.copy(HERE / name, tmp_path)
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules")
    path = tmp_path / "openapi.json"
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one of the Node tools; npm's links to them are scripts for node."""
    name, *arguments = command.split()
    tool = [name] if name == "node" else [str(BIN / name)]
    return subprocess.run(
        [*tool, *arguments], cwd=folder, env=OFFLINE, capture_output=True, text=True, timeout=300, check=False
    )


def texts(node: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text that a person reads; examples are data."""
    if isinstance(node, list):
        for position, one in enumerate(node):
            yield from texts(one, f"{path}/{position}")
    elif isinstance(node, dict):
        for name, inner in node.items():
            if name in {"description", "summary", "title"} and isinstance(inner, str):
                yield f"{path}/{name}", inner
            elif name not in {"example", "examples"}:
                yield from texts(inner, f"{path}/{name}")


def test_document_is_openapi_3_1(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1.")


def test_every_text_is_french(document: dict[str, Any]) -> None:
    found = list(texts(document))
    assert len(found) > 300
    assert [(path, text) for path, text in found if ENGLISH.search(QUOTED.sub("", text))] == []


def test_every_operation_has_a_summary_a_description_and_a_name(document: dict[str, Any]) -> None:
    listed = list(operations(document))
    assert sorted(operation["operationId"] for operation in listed) == sorted(examples.NAMES)
    assert all(operation["summary"] and operation["description"] for operation in listed)


def test_every_parameter_has_a_description_and_an_example_that_fits(document: dict[str, Any]) -> None:
    parameters = [parameter for operation in operations(document) for parameter in operation.get("parameters", ())]
    assert len(parameters) > 100
    for parameter in parameters:
        shown = [parameter["example"]] if "example" in parameter else parameter["schema"]["examples"]
        assert parameter["description"], parameter
        for value in shown:
            jsonschema_rs.validate(parameter["schema"], value)


def test_every_json_answer_has_an_example_that_fits_its_schema(document: dict[str, Any]) -> None:
    for operation in operations(document):
        told = [operation["responses"][status] for status in ("200", "201") if status in operation["responses"]]
        for answer in [*told, *([operation["requestBody"]] if "requestBody" in operation else [])]:
            for media, content in answer["content"].items():
                if media == JSON or (media.endswith("json") and "example" in content):
                    schema = {**content["schema"], "components": document["components"]}
                    jsonschema_rs.validate(schema, content["example"])


def test_only_writes_ask_for_a_key_and_all_do(document: dict[str, Any]) -> None:
    for path in document["paths"].values():
        for method, operation in path.items():
            usual: list[dict[str, Any]] = [] if method == "get" else [{"cle": []}]
            assert operation.get("security", []) == OTHERS.get(operation["operationId"], usual)


def test_every_error_has_an_example_that_fits_its_schema(document: dict[str, Any]) -> None:
    responses = document["components"]["responses"]
    assert {
        response["content"]["application/problem+json"]["example"]["status"] for response in responses.values()
    } == {error.status for error in catalogue().values()} - {405}
    for response in responses.values():
        (content,) = response["content"].values()
        jsonschema_rs.validate({**content["schema"], "components": document["components"]}, content["example"])


def test_examples_are_what_the_registry_answers(published: httpx.Client, key: str) -> None:
    """To write them again: `python -m tests.contract.examples`."""
    shown = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    answered = examples.recorded(published, key)
    assert examples.timeless(answered) == examples.timeless(shown)


@pytest.mark.slow
@needs_node
def test_spectral_has_no_remark(written: Path) -> None:
    done = run("spectral lint --ruleset .spectral.yaml --fail-severity hint openapi.json", written.parent)
    assert (done.stdout.strip(), done.returncode) == (NO_REMARK, 0), done.stderr


@pytest.mark.slow
@needs_node
def test_redocly_has_no_remark(written: Path) -> None:
    done = run("redocly lint --config redocly.yaml --format json openapi.json", written.parent)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["problems"] == []


@pytest.mark.slow
@needs_node
def test_generated_typescript_client_compiles_and_reads_the_registry(written: Path, address: str) -> None:
    for command in ("openapi-typescript openapi.json -o schema.d.ts", "tsc", f"node client.js {address}"):
        done = run(command, written.parent)
        assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith("Pôle Sud Archer: ")
