"""Fixtures of the writing side: a small seed of one's own, and databases that hold it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.changes import migrate, seed
from app.database import Database
from tests.changes.small_seed import SeedFolder, cut
from tests.conftest import Server, opened


@pytest.fixture(scope="session")
def cut_seed(tmp_path_factory: pytest.TempPathFactory) -> SeedFolder:
    """Cut the small seed once, to read."""
    return cut(tmp_path_factory.mktemp("cut") / "seed")


@pytest.fixture
def folder(cut_seed: SeedFolder, tmp_path: Path) -> SeedFolder:
    """Copy the small seed, to edit."""
    return SeedFolder(Path(shutil.copytree(cut_seed.path, tmp_path / "seed")))


@pytest.fixture(scope="session")
def small_template(server: Server, cut_seed: SeedFolder) -> Iterator[str]:
    url = server.create()
    with opened(url) as database:
        migrate.upgrade(database)
        with database.writing() as session:
            seed.seed_database(session, cut_seed.path)
    yield url
    server.drop(url)


@pytest.fixture
def small(server: Server, small_template: str) -> Iterator[Database]:
    """Give a database with the small seed, to write to."""
    url = server.copy(small_template)
    with opened(url) as database:
        yield database
    server.drop(url)
