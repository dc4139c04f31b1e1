"""The turnstile: whom it lets in, whom it lets wait."""

import asyncio
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from app.routes.turnstile import Turnstile


def test_more_than_at_once_wait_for_a_place_in_the_order_of_coming() -> None:
    inside: list[int] = []

    async def come() -> None:
        done, full = asyncio.Event(), asyncio.Event()

        async def work(scope: Scope, _receive: Receive, _send: Send) -> None:
            inside.append(scope["number"])
            if len(inside) == 2:
                full.set()
            await done.wait()

        async def nothing(*_message: Message) -> Any:
            pytest.fail("nobody is refused yet")

        turnstile = Turnstile(work, at_once=2, headers=1024)
        scopes = [{"type": "http", "path": "/v1/poles", "headers": [], "number": number} for number in range(5)]
        all_of_them = asyncio.gather(*[turnstile(scope, nothing, nothing) for scope in scopes])
        await full.wait()
        assert inside == [0, 1]
        done.set()
        await all_of_them

    asyncio.run(come())
    assert inside == list(range(5))
