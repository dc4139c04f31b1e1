"""The limit: a bare ASGI application under the same server that answers recorded bytes; nothing is read or decided."""

import json
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

_RECORDED = json.loads(Path(os.environ["RECORDED"]).read_text(encoding="utf-8"))
_ANSWERS = {
    address: (status, [(name.encode(), value.encode()) for name, value in headers], body.encode())
    for address, (status, headers, body) in _RECORDED.items()
}


async def app(scope: dict[str, Any], _receive: object, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """Answer what the registry answered at this address."""
    if scope["type"] != "http":
        return
    query = scope["query_string"].decode()
    status, headers, body = _ANSWERS[f"{scope['path']}?{query}" if query else scope["path"]]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
