"""How many lists a process sends as streams at once, and from which size on a list is one."""

from typing import Final

from app.errors import Unavailable

FIRST: Final = 50  # records read at once to begin with: the first bytes wait for no more
MOST: Final = 1000  # records read at once, however small they are


class Exports:
    """The places for streams: each costs memory and processor for as long as its client takes."""

    def __init__(self, at_once: int, page: int, sheet: int) -> None:
        self.page = page  # records; a whole list of no more is an answer like any other
        self.sheet = sheet  # rows of a workbook at most
        self._at_once, self._under_way = at_once, 0

    def enter(self) -> None:
        """Take a place. Raises Unavailable if there is none."""
        if self._under_way >= self._at_once:
            raise Unavailable(
                "Trop de listes entières sont envoyées en même temps. Réessayez dans quelques secondes, ou lisez la "
                "liste page à page.",
                headers={"Retry-After": "5"},
            )
        self._under_way += 1

    def leave(self) -> None:
        self._under_way -= 1
