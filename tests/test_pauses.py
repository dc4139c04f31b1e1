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


def test_who_came_first_is_read_first_however_soon_others_come_again() -> None:
    """Those who were just answered ask again at once, as a crowd does: nobody of the others waits for ever."""
    reads = dict.fromkeys(range(12), 0)

    async def run() -> None:
        pauses = Pauses()

        async def ask_again_and_again(client: int) -> None:
            while sum(reads.values()) < 5 * len(reads):
                await pauses.between_reads()
                until = monotonic() + 0.02
                while monotonic() < until:
                    pass
                reads[client] += 1
                await asyncio.sleep(0)

        await asyncio.gather(*map(ask_again_and_again, reads))

    asyncio.run(run())
    assert max(reads.values()) - min(reads.values()) <= 2, reads


def test_who_leaves_keeps_nobody_waiting() -> None:
    async def run() -> None:
        pauses = Pauses()

        async def read() -> None:
            await pauses.between_reads()
            until = monotonic() + 0.06
            while monotonic() < until:
                pass

        tasks = [asyncio.create_task(read()) for _ in range(6)]
        await asyncio.sleep(0)
        for task in tasks[1:4]:  # they wait
            task.cancel()
        await asyncio.sleep(0)
        tasks[4].cancel()  # it was about to go on
        async with asyncio.timeout(10):
            done = await asyncio.gather(*tasks, read(), return_exceptions=True)
        assert [isinstance(one, asyncio.CancelledError) for one in done] == [
            False,
            True,
            True,
            True,
            True,
            False,
            False,
        ]

    asyncio.run(run())
