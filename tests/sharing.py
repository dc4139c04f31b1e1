"""What is dear to make is made once: by one process of a run for all of them, or by each process for all its tests."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any, TypeVar

Made = TypeVar("Made")


@contextmanager
def held(folder: Path, name: str, make: Callable[[], str], drop: Callable[[str], None]) -> Iterator[str]:
    """Give what the first process of a run made for all of them, and the last one drops."""
    note = folder / f"{name}.made"
    with (folder / f"{name}.turn").open("w") as turn, (folder / f"{name}.users").open("w") as users:
        fcntl.flock(turn, fcntl.LOCK_EX)
        if not note.exists():
            note.write_text(make(), encoding="utf-8")
        made = note.read_text(encoding="utf-8")
        fcntl.flock(users, fcntl.LOCK_SH)
        fcntl.flock(turn, fcntl.LOCK_UN)
        yield made
        fcntl.flock(turn, fcntl.LOCK_EX)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return  # another process still needs it
        note.unlink()
        drop(made)


class Shelf:
    """What this process makes once for each database server, though tests may go from one to the other and back."""

    def __init__(self) -> None:
        self._made: dict[tuple[str, str], Any] = {}
        self._closing = ExitStack()

    def get(self, server: str, name: str, make: Callable[[], AbstractContextManager[Made]]) -> Made:
        if (server, name) not in self._made:
            self._made[server, name] = self._closing.enter_context(make())
        made: Made = self._made[server, name]
        return made

    def close(self) -> None:
        self._closing.close()
