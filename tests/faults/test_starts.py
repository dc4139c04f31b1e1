"""Processes that start together on an empty database: one migrates and fills it, the others wait for it."""

import os
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import select

from app.changes import check, migrate
from app.database import Database
from app.models import Write
from tests.changes.small_seed import cut
from tests.faults.process import COMMAND


@pytest.mark.slow
@pytest.mark.parametrize("server", ["postgresql"], indirect=True, scope="session")
def test_several_start_at_once(empty: Database, tmp_path: Path) -> None:
    small = cut(tmp_path / "seed")
    settings = os.environ | {"DATABASE_URL": empty.url, "SEED_DIR": str(small.path)}
    starting = [
        subprocess.Popen([*COMMAND, "seed"], env=settings, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
        for _ in range(4)
    ]
    said = [process.communicate()[1] for process in starting]
    assert [process.returncode for process in starting] == [0] * 4, said
    assert sum("Écriture 1 :" in told for told in said) == 1
    assert sum("Rien à changer" in told for told in said) == 3
    assert migrate.current(empty) == migrate.head()
    with empty.reading() as session:
        assert [write.serial for write in session.scalars(select(Write))] == [1]
        assert list(check.find_faults(session, small.path)) == []
