"""Words: folded and cut in Python, the same for both databases, and the match of a query's words on their index."""

import re
import unicodedata
from collections.abc import Sequence
from itertools import filterfalse
from typing import Any

from sqlalchemy import ColumnElement, String, bindparam, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.queries.statements import Match

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ß": "ss", "ø": "o", "đ": "d", "ł": "l"})
_NOT_A_WORD = re.compile(r"[\W_]+")
_WORD_LENGTH = 60


def fold(text: str) -> str:
    """Return the words of a text without accents, case or punctuation: `Cœur d’Île` becomes `coeur d ile`."""
    # Compatibility letters (𝓐, ﬁ) become plain ones before their case is folded; what folding composes is taken apart.
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold().translate(_LIGATURES))
    letters = "".join(filterfalse(unicodedata.combining, plain))
    return _NOT_A_WORD.sub(" ", letters).strip()


def words(text: str) -> list[str]:
    return [word[:_WORD_LENGTH] for word in fold(text).split()]


def slug(text: str, length: int = 80) -> str:
    """Return the identifier that a name makes: `Pôle d’Île` becomes `pole-d-ile`; empty if it has no Latin letter."""
    latin = fold(text).encode("ascii", "ignore").decode()
    return "-".join(latin.split())[:length].strip("-")


class TextMatch(Match):
    """A revision's text has all the words of a query, each as a beginning."""

    inherit_cache = True


def text_match(revision_id: Any, prefixes: Sequence[str]) -> ColumnElement[bool]:
    return TextMatch(revision_id, *map(literal, text_values(prefixes).values()))


class TextFound(FunctionElement[str]):
    """The revisions of any kind and time whose text has all the words told by `text_values`: `7,12`, or NULL.

    Whoever knows what stands needs no other table for it; one text, as `Gathered`.
    """

    inherit_cache = True
    type = String()

    def __init__(self) -> None:
        super().__init__(*(bindparam(name, type_=String()) for name in ("fts5", "tsquery")))


def text_values(prefixes: Sequence[str]) -> dict[str, str]:
    """Return the words of a query in the grammar of each database."""
    # Words hold letters and digits only (see `fold`): quoting them is enough for both grammars.
    fts5 = " AND ".join(f'"{word}"*' for word in prefixes)
    tsquery = " & ".join(f"'{word}':*" for word in prefixes)
    return {"fts5": fts5, "tsquery": tsquery}


@compiles(TextMatch, "sqlite")
def _sqlite(element: TextMatch, compiler: SQLCompiler, **kwargs: Any) -> str:
    revision_id, fts5, _ = (compiler.process(clause, **kwargs) for clause in element.clauses)
    # Compiled fragments, values bound.
    return f"{revision_id} IN (SELECT rowid FROM revision_text WHERE revision_text MATCH {fts5})"  # noqa: S608


@compiles(TextMatch, "postgresql")
def _postgresql(element: TextMatch, compiler: SQLCompiler, **kwargs: Any) -> str:
    revision_id, _, tsquery = (compiler.process(clause, **kwargs) for clause in element.clauses)
    found = f"SELECT revision FROM revision_text WHERE words @@ CAST({tsquery} AS tsquery)"  # noqa: S608
    return f"{revision_id} IN ({found})"


@compiles(TextFound, "sqlite")
def _found_sqlite(element: TextFound, compiler: SQLCompiler, **kwargs: Any) -> str:
    fts5 = compiler.process(element.clauses.clauses[0], **kwargs)
    return f"(SELECT group_concat(rowid) FROM revision_text WHERE revision_text MATCH {fts5})"  # noqa: S608


@compiles(TextFound, "postgresql")
def _found_postgresql(element: TextFound, compiler: SQLCompiler, **kwargs: Any) -> str:
    tsquery = compiler.process(element.clauses.clauses[1], **kwargs)
    found = f"revision_text WHERE words @@ CAST({tsquery} AS tsquery)"
    return f"(SELECT string_agg(CAST(revision AS text), ',') FROM {found})"  # noqa: S608
