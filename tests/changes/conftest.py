"""Fixtures of the writing side: a small seed of one's own, and databases that hold it."""

import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from app.database import Database
from tests.changes.small_seed import SeedFolder, cut
from tests.conftest import Server, copied, seeded
from tests.sharing import Shelf, held


@pytest.fixture(scope="session")
def cut_seed(tmp_path_factory: pytest.TempPathFactory) -> SeedFolder:
    """Cut the small seed once, to read."""
    return cut(tmp_path_factory.mktemp("cut") / "seed")


@pytest.fixture
def folder(cut_seed: SeedFolder, tmp_path: Path) -> SeedFolder:
    """Copy the small seed, to edit."""
    return SeedFolder(Path(shutil.copytree(cut_seed.path, tmp_path / "seed")))


@pytest.fixture(scope="session")
def small_template(server: Server, shelf: Shelf, run_folder: Path, cut_seed: SeedFolder) -> str:
    def small() -> AbstractContextManager[str]:
        return held(run_folder, f"{server.name} small", lambda: seeded(server, cut_seed.path), server.drop)

    return shelf.get(server.name, "small", small)


@pytest.fixture
def small(server: Server, small_template: str) -> Iterator[Database]:
    """Give a database with the small seed, to write to."""
    with copied(server, small_template) as database:
        yield database
