"""CQL2, as text or JSON, read into its JSON form; what could hurt the parser of the library never reaches it.

That parser overflows its stack on thousands of nested terms, and tries twice as long for each parenthesis around a
mistake. So the text is bounded first, by one scan, and the same scan takes groups apart: each is parsed alone.
"""

import json
import re
from typing import Any, Final

from app.errors import Invalid, invalid_parameter
from app.queries.ogc import MAX_FILTER

Json = Any
MAX_NESTING: Final = 64
_GROUP: Final = "ptce_group_"
_GEOMETRY_NESTING: Final = 5  # `MULTIPOLYGON(((…)))`
_STRING: Final = r"'(?:[^'\\]|''|\\.)*'"
_ESCAPED: Final = dict(zip("abtnvfr", "\a\b\t\n\v\f\r", strict=True)) | {"'": "''"}
_TOKEN: Final = re.compile(_STRING + r"|\"[^\"]*\"|[A-Za-z_]\w*|\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\S")
_ILIKE: Final = re.compile(rf"({_STRING})|(\"[^\"]*\"|\b[A-Za-z_]\w*+)\s++ILIKE\s++({_STRING})", re.IGNORECASE)
_KEYWORDS: Final = {"and", "or", "not", "in", "like", "between", "is", "div"}
_SIGNS: Final = set("+-*/^%")
_OPERAND: Final = re.compile(r"[\w\"')+-]$")  # what a sign after it would add to
_GEOMETRIES: Final = {
    f"{many}{kind}" for many in ("", "multi") for kind in ("point", "linestring", "polygon")
} | {"geometrycollection"}  # fmt: skip


def read(text: str, language: str) -> Json:
    """Return a filter in its JSON form. Raises Invalid."""
    if len(text.encode()) > MAX_FILTER:
        raise refusal(text, f"un filtre de {MAX_FILTER} octets au plus")
    if language == "cql2-json":
        return _read_json(text)
    return _Text(_of_today(text) if language == "cql-text" else text).read()


def refusal(text: object, expected: str, suggestion: str | None = None) -> Invalid:
    return invalid_parameter("filter", text, expected, suggestion)


def _of_today(text: str) -> str:
    """Return CQL, the draft that GDAL writes, in CQL2: the same but for ILIKE."""
    return _ILIKE.sub(lambda found: found[1] or f"CASEI({found[2]}) LIKE CASEI({found[3]})", text)


def _read_json(text: str) -> Json:
    depth = deepest = 0
    for token in re.finditer(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]', text):
        depth += (token[0] in "[{") - (token[0] in "]}")
        deepest = max(deepest, depth)
    # One operator is an object and a list.
    if deepest > 2 * MAX_NESTING:
        raise refusal(text, f"un filtre de {MAX_NESTING} niveaux au plus")

    def constant(name: str) -> Json:
        raise ValueError(name)

    try:
        return json.loads(text, parse_constant=constant)
    except (ValueError, RecursionError):
        raise refusal(text, "du JSON : un objet qui a les membres op et args") from None


def _kind(before: str) -> str:
    """Return what a parenthesis after this word opens."""
    if before.lower() == "in":
        return "list"
    return "call" if before[:1].isalpha() and before.lower() not in _KEYWORDS else "group"


def _is_operand(before: str) -> bool:
    """Return whether a sign after this word would add to it."""
    return bool(_OPERAND.search(before)) and before.lower() not in _KEYWORDS


def _unescaped(literal: str) -> str:
    """Return a text as the library reads it, which knows no other escape than the double quote."""
    return re.sub(r"\\(.)", lambda escaped: _ESCAPED.get(escaped[1], escaped[0]), literal)


class _Text:
    """One filter in CQL2 text; innermost groups are parsed first, each then stands for a name."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.groups: list[Json] = []

    def read(self) -> Json:
        self._check_operators()
        return self._restored(self._parsed(self._without_groups()), 0)

    def _check_operators(self) -> None:
        outside = re.sub(_STRING + r"|\"[^\"]*\"", "''", self.text)
        if _GROUP in self.text.lower() or len(re.findall(r"(?i)\bnot\b", outside)) > MAX_NESTING:
            raise refusal(self.text, f"un filtre de {MAX_NESTING} négations au plus")

    def _without_groups(self) -> str:
        """Return the text with each group (not the lists of IN, calls or geometries) replaced by a name."""
        pieces: list[str] = []
        opened: list[tuple[int, str]] = []  # where it begins, and what it is
        geometry = 0  # how many parentheses of a geometry are open
        before = ""
        position = 0
        for token in _TOKEN.finditer(self.text):
            word = token[0]
            pieces.append(self.text[position : token.start()])
            position = token.end()
            if word == "(":
                geometry += bool(geometry or before.lower() in _GEOMETRIES)
                opened.append((len(pieces), "geometry" if geometry else _kind(before)))
                lists = sum(kind == "list" for _, kind in opened)
                if len(opened) > MAX_NESTING or geometry > _GEOMETRY_NESTING or lists > 1:
                    raise refusal(self.text, f"un filtre de {MAX_NESTING} niveaux au plus")
                pieces.append(word)
            elif word == ")":
                if not opened:
                    raise refusal(self.text, "autant de parenthèses ouvertes que fermées")
                begin, kind = opened.pop()
                geometry = max(0, geometry - 1)
                pieces.append(word)
                if kind == "group":
                    self.groups.append(self._parsed("".join(pieces[begin + 1 : -1])))
                    pieces[begin:] = [f" {_GROUP}{len(self.groups) - 1} "]
            elif word in _SIGNS and not geometry and (word in "*/^%" or _is_operand(before)):
                raise refusal(self.text, "un filtre sans calcul")
            else:
                pieces.append(_unescaped(word) if word[0] == "'" else word)
            before = word
        if opened:
            raise refusal(self.text, "autant de parenthèses ouvertes que fermées")
        return "".join(pieces) + self.text[position:]

    def _parsed(self, text: str) -> Json:
        import cql2

        try:
            return cql2.parse_text(text).to_json()
        except Exception as error:  # noqa: BLE001  the library raises errors of any class, plain Exception too
            place = re.search(r"--> (\d+):(\d+)", str(error))
            near = text[max(0, int(place[2]) - 1) :][:40].strip() if place else ""
            where = f" ; l’erreur est vers « {near} »" if near and _GROUP not in near else ""
            raise refusal(self.text, f"du CQL2, comme region = '84' AND name LIKE 'P%'{where}") from None

    def _restored(self, node: Json, depth: int) -> Json:
        if depth > 4 * MAX_NESTING:
            raise refusal(self.text, f"un filtre de {MAX_NESTING} niveaux au plus")
        if isinstance(node, list):
            return [self._restored(one, depth + 1) for one in node]
        if isinstance(node, dict):
            name = node.get("property")
            if isinstance(name, str) and name.startswith(_GROUP):
                return self._restored(self.groups[int(name.removeprefix(_GROUP))], depth + 1)
            return {member: self._restored(value, depth + 1) for member, value in node.items()}
        return node
