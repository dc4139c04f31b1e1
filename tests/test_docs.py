"""What is documented is tested: settings, commands, filters, addresses, errors and examples of the README, both ways."""

import re
import shlex
from collections.abc import Iterator

import httpx
import pytest

from app.cli import cli
from app.errors import catalogue
from app.queries.asked import PoleQuery
from app.settings import ROOT, Settings

README = (ROOT / "README.md").read_text(encoding="utf-8")
SHOWN_ADDRESS = "http://127.0.0.1:8000"


def section(title: str) -> str:
    return README.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def first_cells(text: str, header: str) -> list[str]:
    table = text.split(f"| {header} |", 1)[1].split("\n\n", 1)[0]
    return [row.split("|")[1].strip() for row in table.splitlines()[2:]]


def examples() -> Iterator[tuple[str, str]]:
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        command, _, answer = block.partition("\n")
        yield shlex.split(command.removeprefix("$ "))[-1], answer


def test_every_setting_is_documented_with_its_default() -> None:
    rows = dict(
        re.findall(r"^\| `([A-Z_]+)` \| ([^|]+) \|", section("Run it") + section("Run it in production"), re.MULTILINE)
    )
    assert set(rows) == {name.upper() for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        if isinstance(field.default, str | int):
            assert rows[name.upper()].strip() == f"`{field.default}`".lower()


def test_every_command_is_documented() -> None:
    documented = {cell.strip("`").split()[1] for cell in first_cells(section("Run it"), "command")}
    commands = {command.name or getattr(command.callback, "__name__", "") for command in cli.registered_commands}
    assert documented == commands | {group.name for group in cli.registered_groups}


def test_every_filter_is_documented() -> None:
    listed = section("Use it").split("Filters of `/v1/poles`:", 1)[1].split("Each is described", 1)[0]
    assert set(re.findall(r"`(\w+)`", listed)) == set(PoleQuery.model_fields)


def test_every_address_is_documented(client: httpx.Client) -> None:
    rows = first_cells(section("Use it"), "address")
    documented = {path for row in rows for path in re.findall(r"`(/[^`]+)`", row)}
    bases = {re.sub(r"/\{\w+\}.*", "", path) for path in client.get("/openapi.json").json()["paths"]}
    assert bases <= {re.sub(r"/\{\w+\}.*", "", path) for path in documented}


@pytest.mark.parametrize(("url", "answer"), list(examples()))
def test_example_answers_as_shown(client: httpx.Client, url: str, answer: str) -> None:
    shown = answer.split("…", maxsplit=1)[0].rstrip("\n")
    got = client.get(url.removeprefix(SHOWN_ADDRESS)).text.replace("\r\n", "\n")
    assert got.replace(str(client.base_url).rstrip("/"), SHOWN_ADDRESS).startswith(shown)


@pytest.mark.parametrize("slug", list(catalogue()))
def test_every_error_is_explained(client: httpx.Client, slug: str) -> None:
    explained = client.get(f"/problems/{slug}").json()
    assert explained["status"] == catalogue()[slug].status
    assert explained["meaning"]


def test_figures_of_the_readme_are_those_of_the_registry(client: httpx.Client) -> None:
    stats = client.get("/v1/stats").json()
    assert f"{stats['poles']['total']} poles" in README.replace("\n", " ")
    assert f"{stats['organisations']} organisations" in README.replace("\n", " ")
