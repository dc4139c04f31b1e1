"""Who waits for a connection is taken in at the next turn of the event loop, however many others wait; until it closes."""

import asyncio
import socket

import pytest

from app.doors import Loop

WAITING = 50


class Echo(asyncio.Protocol):
    """Says what it is told; counts itself."""

    taken_in = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        Echo.taken_in += 1
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.transport.write(data)  # type: ignore[attr-defined]  # uvloop's derives from no class of asyncio


def test_all_who_wait_are_taken_in_at_once_and_nobody_after_the_end() -> None:
    async def run() -> None:
        loop = asyncio.get_running_loop()
        server = await loop.create_server(Echo, "127.0.0.1", 0, backlog=WAITING)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(OSError, match="already in use"):
            await loop.create_server(Echo, "127.0.0.1", port)
        clients = [socket.create_connection(("127.0.0.1", port), timeout=30) for _ in range(WAITING)]
        turns = 0
        while Echo.taken_in < WAITING:
            turns += 1
            assert turns < WAITING / 2
            await asyncio.sleep(0)
        server.close()
        await server.wait_closed()
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=30)
        for client in clients:  # those who are in go on
            client.sendall(b"x")
            assert await loop.run_in_executor(None, client.recv, 1) == b"x"
            client.close()

    with asyncio.Runner(loop_factory=Loop) as runner:
        runner.run(run())
