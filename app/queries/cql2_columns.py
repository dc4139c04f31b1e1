"""Properties of stored features in SQL, with the folding and matching of CQL2: one expression for both databases."""

import re
import sqlite3
import unicodedata
from typing import Any, Final

from sqlalchemy import Boolean, Engine, Numeric, String, event, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

# Letters with a stroke, which Unicode does not take apart.
_STROKES: Final = ("øØđĐłŁħĦŧŦ", "oOdDlLhHtT")
_MARKS: Final = re.compile("[\u0300-\u036f]")


class Text(FunctionElement[str]):
    """A text of a stored feature (document, name), ordered by its bytes."""

    inherit_cache = True
    type = String()


class Number(FunctionElement[Any]):
    """A number of a stored feature (document, name)."""

    inherit_cache = True
    type = Numeric(asdecimal=False)


class Elements(FunctionElement[str]):
    """The texts of a list of a stored feature (document, name), as rows."""

    inherit_cache = True
    type = String()


class Bytewise(FunctionElement[str]):
    """A text, compared by its bytes."""

    inherit_cache = True
    type = String()


class CaseFolded(FunctionElement[str]):
    inherit_cache = True
    type = String()


class WithoutAccents(FunctionElement[str]):
    inherit_cache = True
    type = String()


class Like(FunctionElement[bool]):
    """A text (text, pattern for LIKE, pattern for GLOB) matches: `%` any characters, `_` one; case matters."""

    inherit_cache = True
    type = Boolean()


def case_folded(text: str) -> str:
    return text.lower().replace("ß", "ss").replace("ς", "σ")


def without_accents(text: str) -> str:
    return _MARKS.sub("", unicodedata.normalize("NFD", text)).translate(str.maketrans(*_STROKES))


def like(text: Any, pattern: str) -> Like:
    """Return whether a text matches; a backslash takes the next character as it is."""
    patterns = ["", ""]
    for token in re.finditer(r"\\(.)|(.)", pattern, re.DOTALL):
        escaped, plain = token.groups()
        if plain in {"%", "_"}:
            pieces = plain, {"%": "*", "_": "?"}[plain]
        else:
            character = escaped or plain
            sql = f"\\{character}" if character in "%_\\" else character
            pieces = sql, f"[{character}]" if character in "*?[" else character
        patterns = [before + piece for before, piece in zip(patterns, pieces, strict=True)]
    return Like(text, *map(literal, patterns))


@event.listens_for(Engine, "connect")
def _teach_sqlite(connection: Any, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        for name, function in (("ptce_casei", case_folded), ("ptce_accenti", without_accents)):
            connection.create_function(name, 1, _or_null(function), deterministic=True)


def _or_null(function: Any) -> Any:
    return lambda text: None if text is None else function(text)


def _compiled(element: Any, compiler: SQLCompiler, kwargs: Any) -> list[str]:
    return [compiler.process(clause, **kwargs) for clause in element.clauses]


@compiles(Text, "sqlite")
@compiles(Number, "sqlite")
def _property_sqlite(element: Any, compiler: SQLCompiler, **kwargs: Any) -> str:
    document, name = _compiled(element, compiler, kwargs)
    return f"json_extract(CAST({document} AS TEXT), '$.properties.' || {name})"


@compiles(Elements, "sqlite")
def _elements_sqlite(element: Any, compiler: SQLCompiler, **kwargs: Any) -> str:
    document, name = _compiled(element, compiler, kwargs)
    return f"json_each(CAST({document} AS TEXT), '$.properties.' || {name})"


def _properties(document: str) -> str:
    return f"convert_from({document}, 'UTF8')::jsonb -> 'properties'"


@compiles(Text, "postgresql")
def _text_postgresql(element: Any, compiler: SQLCompiler, **kwargs: Any) -> str:
    document, name = _compiled(element, compiler, kwargs)
    return f'(({_properties(document)} ->> CAST({name} AS text)) COLLATE "C")'


@compiles(Number, "postgresql")
def _number_postgresql(element: Any, compiler: SQLCompiler, **kwargs: Any) -> str:
    document, name = _compiled(element, compiler, kwargs)
    return f"CAST({_properties(document)} ->> CAST({name} AS text) AS float)"


@compiles(Elements, "postgresql")
def _elements_postgresql(element: Any, compiler: SQLCompiler, **kwargs: Any) -> str:
    document, name = _compiled(element, compiler, kwargs)
    return f"jsonb_array_elements_text({_properties(document)} -> CAST({name} AS text))"


@compiles(Bytewise, "sqlite")
def _bytewise_sqlite(element: Any, compiler: SQLCompiler, **kwargs: Any) -> str:
    return _compiled(element, compiler, kwargs)[0]


@compiles(Bytewise, "postgresql")
def _bytewise_postgresql(element: Any, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f'(CAST({_compiled(element, compiler, kwargs)[0]} AS text) COLLATE "C")'


@compiles(CaseFolded, "sqlite")
def _casei_sqlite(element: Any, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"ptce_casei({_compiled(element, compiler, kwargs)[0]})"


@compiles(CaseFolded, "postgresql")
def _casei_postgresql(element: Any, compiler: SQLCompiler, **kwargs: Any) -> str:
    # ICU's rules of case are Python's, whatever the locale of the database.
    lower = f'lower({_compiled(element, compiler, kwargs)[0]} COLLATE "und-x-icu")'
    return f"(replace(replace({lower}, 'ß', 'ss'), 'ς', 'σ') COLLATE \"C\")"


@compiles(WithoutAccents, "sqlite")
def _accenti_sqlite(element: Any, compiler: SQLCompiler, **kwargs: Any) -> str:
    return f"ptce_accenti({_compiled(element, compiler, kwargs)[0]})"


@compiles(WithoutAccents, "postgresql")
def _accenti_postgresql(element: Any, compiler: SQLCompiler, **kwargs: Any) -> str:
    text = _compiled(element, compiler, kwargs)[0]
    bare = f"regexp_replace(normalize({text}, NFD), '[\\u0300-\\u036f]', '', 'g')"
    return f"(translate({bare}, '{_STROKES[0]}', '{_STROKES[1]}') COLLATE \"C\")"


@compiles(Like, "sqlite")
def _like_sqlite(element: Any, compiler: SQLCompiler, **kwargs: Any) -> str:
    text, _, pattern = _compiled(element, compiler, kwargs)
    return f"({text} GLOB {pattern})"


@compiles(Like, "postgresql")
def _like_postgresql(element: Any, compiler: SQLCompiler, **kwargs: Any) -> str:
    text, pattern, _ = _compiled(element, compiler, kwargs)
    return f"({text} LIKE {pattern})"
