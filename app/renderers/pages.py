"""Pages for people: templates filled with public documents; every value is escaped, every text is French."""

import re
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import unquote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from app import wording
from app.renderers.listing import LICENCE_URL

WEB: Final = Path(__file__).parent.parent / "web"
_HIGH: Final = re.compile(r"(?<=«) | (?=[»:;?!])| (?=\d+$)")
_MONTHS: Final = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)


@cache
def environment() -> Environment:
    """Return the templates; what a template does not have is an error, never an empty place."""
    made = Environment(
        loader=FileSystemLoader(WEB / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {"day": day, "plural": plural, "number": number, "tied": tied, "readable": readable}
    made.globals |= {
        "STATUS": wording.STATUS,
        "OUTCOME": wording.OUTCOME,
        "ROLE": wording.ROLE,
        "PRECISION": wording.PRECISION,
        "WAVE_KIND": wording.WAVE_KIND,
        "LICENCE_URL": LICENCE_URL,
    }
    return made


def page(template: str, **shown: Any) -> bytes:
    text: str = environment().get_template(template).render(**shown)
    return text.encode()


def day(date: str | None) -> str:
    """Return a date of known precision as people write it: `2021`, `mai 2021`, `12 mai 2021`."""
    if not date:
        return ""
    year, *rest = date[:10].split("-")
    month = _MONTHS[int(rest[0]) - 1] if rest else ""
    first = {"01": "1er"}.get(rest[1], str(int(rest[1]))) if len(rest) > 1 else ""
    return " ".join(part for part in (first, month, year) if part)


def plural(count: int, one: str, many: str | None = None) -> str:
    """Return a number with its noun: `1 pôle`, `12 pôles`."""
    return f"{number(count)} {one if abs(count) < 2 else many or one + 's'}"  # noqa: PLR2004  zéro et un sont singuliers


def number(count: int) -> str:
    return f"{count:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def tied(text: str) -> str:
    """Return a text whose high punctuation stays with its word at the end of a line."""
    return _HIGH.sub("\N{NO-BREAK SPACE}", text)


def readable(url: str) -> str:
    """Return an address as people read it: `rôle`, not `r%C3%B4le`; as it is where that says no text."""
    plain = unquote(url)
    return plain if plain.isprintable() and " " not in plain and "\N{REPLACEMENT CHARACTER}" not in plain else url
