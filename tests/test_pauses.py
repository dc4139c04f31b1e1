"""A crowd of reads leaves the event loop its pauses, and each of them is read."""

import asyncio
from time import monotonic

from app.pauses import Pauses


def test_others_are_heard_between_long_reads() -> None:
    done: list[str] = []

    async def run() -> None:
        pauses = Pauses()

        async def read() -> None:
            await pauses.between_reads()
            until = monotonic() + 0.06  # longer than a turn may work
            while monotonic() < until:
                pass
            done.append("read")

        async def others() -> None:
            for _ in range(3):
                await asyncio.sleep(0)
                done.append("heard")

        await asyncio.gather(*[read() for _ in range(4)], others())

    asyncio.run(run())
    assert done[:4] == ["read", "heard", "read", "heard"]
    assert done.count("read") == 4
