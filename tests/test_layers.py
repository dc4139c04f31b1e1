"""The folders keep their places: imports go one way, one file commits, one folder writes, routes hold no SQL."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import ROOT

# Each may import itself and what stands before; two names on one line do not know each other.
LAYERS = (
    {"logs", "damage", "pauses"},
    {"settings", "errors", "forms", "connections"},
    {"commits", "prepared"},
    {"database"},
    {"wording", "replicas"},
    {"models"},
    {"security", "renderers", "queries"},
    {"changes"},
    {"routes"},
    {"senders", "doors"},
    {"server"},
    {"cli_database"},
    {"cli_backup", "cli_doctor", "cli_keys", "cli_import", "cli_proposals"},
    {"main", "cli"},
)
FILES = sorted((ROOT / "app").rglob("*.py"))
WRITING_SQL = re.compile(
    r"\s*(INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|REPLACE\s+INTO|TRUNCATE)\b", re.IGNORECASE
)


def layer(name: str) -> int:
    (found,) = (index for index, names in enumerate(LAYERS) if name in names)
    return found


def owner(path: Path) -> str:
    """Return the folder, or the file, of app/ that a file belongs to."""
    return path.relative_to(ROOT / "app").parts[0].removesuffix(".py")


def imported(tree: ast.AST) -> Iterator[str]:
    """Return the dotted names that a file imports, wherever the import stands."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def parsed(path: Path) -> ast.AST:
    return ast.parse(path.read_text(encoding="utf-8"))


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def calls(tree: ast.AST) -> Iterator[str]:
    """Return the last name of everything that is called: `session.commit()` gives `commit`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                yield node.func.attr
            elif isinstance(node.func, ast.Name):
                yield node.func.id


def texts(tree: ast.AST) -> Iterator[str]:
    return (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))


def test_every_file_has_a_layer() -> None:
    assert {owner(path) for path in FILES} == set().union(*LAYERS) | {"__init__"}


@pytest.mark.parametrize("path", [path for path in FILES if owner(path) != "__init__"], ids=named)
def test_imports_go_one_way(path: Path) -> None:
    here = owner(path)
    for name in imported(parsed(path)):
        top, _, rest = name.partition(".")
        there = rest.partition(".")[0]
        if top == "app" and there not in {"", here}:
            assert layer(there) < layer(here), f"{here} imports {name}"


def test_every_import_of_app_is_a_name_that_exists() -> None:
    known = {owner(path) for path in FILES}
    for path in FILES:
        for name in imported(parsed(path)):
            if name.startswith("app."):
                assert name.split(".")[1] in known, f"{named(path)} imports {name}"


def test_only_database_commits() -> None:
    assert {named(path) for path in FILES if "commit" in calls(parsed(path))} <= {"app/database.py"}


def test_routes_hold_no_sql() -> None:
    for path in (ROOT / "app/routes").glob("*.py"):
        tree = parsed(path)
        assert not {"select", "text", "execute", "scalars", "exec"} & set(calls(tree)), named(path)
        used = {name for name in imported(tree) if name.split(".")[0] in {"sqlalchemy", "sqlmodel"}}
        # A session is passed on, and an error of the driver becomes a problem document: neither is a statement.
        assert {name for name in used if not name.startswith("sqlalchemy.exc.")} <= {"sqlmodel.Session"}, named(path)


@pytest.mark.parametrize("path", [path for path in FILES if owner(path) != "changes"], ids=named)
def test_only_changes_writes_rows(path: Path) -> None:
    tree = parsed(path)
    assert not [name for name in imported(tree) if re.match(r"(sqlalchemy|sqlmodel).*\.(insert|update|delete)$", name)]
    flush = set() if path.name == "codings.py" else {"flush"}  # a compressor has one too
    assert not ({"add_all", "merge", "bulk_insert_mappings", "bulk_save_objects"} | flush) & set(calls(tree))
    assert not [written for written in texts(tree) if WRITING_SQL.match(written)]


def test_changes_do_write_rows_so_the_tests_above_can_fail() -> None:
    trees = [parsed(path) for path in (ROOT / "app/changes").glob("*.py")]
    assert any(WRITING_SQL.match(written) for tree in trees for written in texts(tree))
    assert any(name in {"sqlalchemy.insert", "sqlalchemy.update"} for tree in trees for name in imported(tree))
    assert "commit" not in {name for tree in trees for name in calls(tree)}


@pytest.mark.parametrize("path", FILES, ids=named)
def test_file_opens_with_one_sentence_on_what_it_is_for(path: Path) -> None:
    tree = parsed(path)
    assert isinstance(tree, ast.Module)
    assert ast.get_docstring(tree)


@pytest.mark.parametrize("path", FILES, ids=named)
def test_file_of_250_lines_asks_for_a_second_noun(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 250
