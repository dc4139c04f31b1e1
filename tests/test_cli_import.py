"""`ptce import`: the same rules as over HTTP, a report beside the file, an exit code that scripts can trust."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.cli import cli
from app.database import Database
from app.settings import get_settings


@pytest.fixture
def run(fresh: Database, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    monkeypatch.setenv("DATABASE_URL", fresh.url)
    get_settings.cache_clear()
    return CliRunner()


def sheet(folder: Path, text: str) -> Path:
    path = folder / "poles.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_sheet_is_checked_then_written(run: CliRunner, tmp_path: Path) -> None:
    path = sheet(tmp_path, "id;status\r\ndistro;inactive\r\n")
    checked = run.invoke(cli, ["import", str(path)])
    assert checked.exit_code == 0, checked.output
    assert "status : active → inactive" in checked.output
    assert "Rien n’a été écrit" in checked.output
    report = (tmp_path / "poles.rapport.csv").read_text(encoding="utf-8-sig")
    assert report.startswith("id;status;action;errors;changes\n")
    written = run.invoke(cli, ["import", str(path), "--apply", "--editor", "Test", "--reason", "Essai"])
    assert "Écriture 2." in written.output
    assert "1 inchangées" in run.invoke(cli, ["import", str(path), "--apply"]).output


def test_a_wrong_row_exits_with_one_and_writes_nothing(run: CliRunner, tmp_path: Path) -> None:
    path = sheet(tmp_path, "id,status\ndistro,actif\narcher-pole-sud,unknown\n")
    done = run.invoke(cli, ["import", str(path), "--apply", "--report", str(tmp_path / "dit.csv")])
    assert done.exit_code == 1
    assert "ligne 2 (distro) : status" in done.output
    assert "erreur" in (tmp_path / "dit.csv").read_text(encoding="utf-8")


def test_emptied_cells_need_a_yes(run: CliRunner, tmp_path: Path) -> None:
    path = sheet(tmp_path, "id,status,website\necopal-reunion,active,\n")
    assert "vidé : website" in run.invoke(cli, ["import", str(path)]).output
    assert run.invoke(cli, ["import", str(path), "--apply"]).exit_code == 1
    assert run.invoke(cli, ["import", str(path), "--apply", "--empties"]).exit_code == 0


def test_a_sheet_over_its_limit_is_not_read(run: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAX_SHEET", "100000")
    get_settings.cache_clear()
    for size, code in ((100_000, 0), (100_001, 2)):
        done = run.invoke(cli, ["import", str(sheet(tmp_path, "id,status\n".ljust(size)))])
        assert done.exit_code == code, done.output
    assert "100000 octets (MAX_SHEET)" in " ".join(done.output.split())
    get_settings.cache_clear()


@pytest.mark.parametrize(("name", "text"), [("poles.txt", "id"), ("poles.csv", "id\n"), ("poles.xlsx", "id")])
def test_a_file_that_is_no_sheet_exits_with_two(run: CliRunner, tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert run.invoke(cli, ["import", str(path)]).exit_code == 2
