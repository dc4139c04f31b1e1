"""`ptce doctor`: each thing that is wrong is found, with what to do; what is well is said to be."""

import socket
from pathlib import Path

import pytest

from app.changes import migrate
from tests.changes.state import damage
from tests.conftest import ON_SQLITE_ONLY, opened
from tests.test_cli import Run, cut_seed, folder, free_port, ptce, url

__all__ = ["cut_seed", "folder", "ptce", "url"]


def test_a_good_installation_ends_in_0(ptce: Run, url: str) -> None:
    with opened(url) as database:
        migrate.upgrade(database)
    said = ptce("doctor", PORT=str(free_port()))
    assert said.code == 0, said.out
    assert all(line.startswith("✓") for line in said.out.splitlines()), said.out
    assert f"à jour ({migrate.head()})" in said.out


def test_an_older_schema_is_said_and_a_newer_one_is_grave(ptce: Run, url: str) -> None:
    with opened(url) as database:
        migrate.upgrade(database)
        damage(database, "UPDATE alembic_version SET version_num = '0001'")
        assert ptce("doctor").code == 0
        assert "! schéma : « 0001 »" in ptce("doctor").out
        damage(database, "UPDATE alembic_version SET version_num = '9999'")
    said = ptce("doctor")
    assert said.code == 1
    assert "✗ schéma : « 9999 », d’une version plus récente. Installez cette version" in said.out


@ON_SQLITE_ONLY
@pytest.mark.parametrize(("settings", "sign", "said"), [
    ({"DATABASE_URL": "sqlite:////nulle/part/x.sqlite"}, "✗", "Créez-le"),
    ({"DATABASE_URL": "postgresql+psycopg://nobody:secret@127.0.0.1:1/x"}, "✗", "Vérifiez DATABASE_URL"),
    ({"SEED_DIR": "/tmp"}, "✗", "SEED_DIR doit nommer"),
    ({"HOST": "0.0.0.0"}, "!", "Donnez PUBLIC_URL"),
    ({"PUBLIC_URL": "http://ptce.example.fr"}, "!", "Servez en https"),
])  # fmt: skip
def test_what_is_wrong_is_said_with_what_to_do(ptce: Run, settings: dict[str, str], sign: str, said: str) -> None:
    ended = ptce("doctor", **settings)
    (line,) = [line for line in ended.out.splitlines() if said in line]
    assert line.startswith(sign)
    assert ended.code == (1 if sign == "✗" else 0)
    assert "secret" not in ended.out + ended.err


@ON_SQLITE_ONLY
def test_looking_makes_no_database(ptce: Run, tmp_path: Path) -> None:
    file = tmp_path / "absent.sqlite"
    assert ptce("doctor", DATABASE_URL=f"sqlite:///{file}").code == 0
    assert not file.exists()


@ON_SQLITE_ONLY
def test_a_broken_file_and_a_taken_port_are_said(ptce: Run, tmp_path: Path) -> None:
    file = tmp_path / "broken.sqlite"
    file.write_text("pas une base" * 1000)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = ptce("doctor", DATABASE_URL=f"sqlite:///{file}", PORT=str(taken.getsockname()[1]))
    assert said.code == 1
    assert "`ptce restore FICHIER --replace`" in said.out
    assert "changez HOST ou PORT" in said.out
