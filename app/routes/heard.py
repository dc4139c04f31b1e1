"""What a request says that decides how its answer is sent, whatever the application makes of it."""

from dataclasses import dataclass
from typing import Final

from starlette.types import Scope

from app.routes.codings import CODINGS, marked, unmarked, wished

_READ: Final = frozenset(
    {
        b"host",
        b"accept",
        b"accept-encoding",
        b"authorization",
        b"origin",
        b"if-none-match",
        b"if-modified-since",
        b"range",
        b"if-range",
    }
)
_TAGS: Final = {b"if-none-match", b"if-match"}


@dataclass(frozen=True, slots=True)
class Heard:
    """The headers of a request that its answer depends on; a header of several lines is one list."""

    lines: dict[bytes, bytes]
    coding: str | None

    def get(self, name: bytes) -> bytes | None:
        return self.lines.get(name)

    def line(self, name: bytes) -> str | None:
        """Return a header as the application reads it, with the ETags that it gave."""
        line = self.lines.get(name)
        return None if line is None else unmarked(line, self.coding).decode("latin-1")


def heard(scope: Scope) -> Heard:
    lines: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in _READ:
            lines[name] = lines[name] + b", " + value if name in lines else value
    accepted = lines.get(b"accept-encoding")
    return Heard(lines, wished(accepted.decode("latin-1")) if accepted else None)


def without_codings(scope: Scope, coding: str | None = None) -> Scope:
    """Return the request with the ETags that the application gave: it knows nothing of codings.

    A cache asks whether any copy that it has will do: none does whose coding the client may not read. A write may start
    from all of them.
    """
    if not any(name in _TAGS for name, _ in scope["headers"]):
        return scope
    readable = {b"if-none-match": (coding,), b"if-match": CODINGS}
    headers = [
        (name, unmarked(value, *readable[name]) if name in readable else value) for name, value in scope["headers"]
    ]
    return {**scope, "headers": headers}


def own_tag(heard: Heard, tag: bytes, other: bytes | None = None) -> bytes:
    """Return the ETag that the client has of this state, so that a 304 names the copy it keeps; else the other one."""
    if not tag.startswith(b"W/"):
        known = {one.strip().removeprefix(b"W/") for one in (heard.get(b"if-none-match") or b"").split(b",")}
        for own in (marked(tag, heard.coding), tag):
            if own in known:
                return own
    return other or tag
