"""What statements share: the type of one with any columns, and long lists of values cut to what one holds."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Select

AnySelect = Select[*tuple[Any, ...]]

PORTION = 500  # values in one statement: both databases bound the number of parameters


def portions(values: Iterable[Any]) -> Iterable[list[Any]]:
    """Cut values into parts that fit a statement; sorted, without doubles or None."""
    wanted = sorted({value for value in values if value is not None})
    return (wanted[start : start + PORTION] for start in range(0, len(wanted), PORTION))
