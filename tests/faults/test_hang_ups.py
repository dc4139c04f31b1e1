"""Clients that hang up in the middle of what they send: no fault of the service, and nothing of it is logged as one."""

import asyncio
import logging
from typing import Any

import pytest

from app.database import Database
from app.main import create_app
from app.settings import Settings
from tests.conftest import ON_SQLITE_ONLY


@ON_SQLITE_ONLY
def test_half_a_body_is_no_error_of_the_service(registry: Database, caplog: pytest.LogCaptureFixture) -> None:
    app = create_app(Settings(database_url=registry.url))
    said = iter([{"type": "http.request", "body": b'{"q"', "more_body": True}, {"type": "http.disconnect"}])
    answered: list[Any] = []

    async def receive() -> Any:
        return next(said)

    async def send(message: Any) -> None:
        answered.append(message)

    scope = {
        "type": "http", "http_version": "1.1", "method": "POST", "scheme": "http", "server": ("127.0.0.1", 80),
        "path": "/v1/poles/search", "raw_path": b"/v1/poles/search", "query_string": b"", "root_path": "",
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"application/json"), (b"content-length", b"99")],
    }  # fmt: skip
    with caplog.at_level(logging.WARNING):
        asyncio.run(app(scope, receive, send))
    assert [message["status"] for message in answered if "status" in message] == [400]
    assert caplog.records == []
    app.state.database.dispose()
