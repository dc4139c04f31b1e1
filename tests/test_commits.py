"""The number that changes with every commit: one's own at once, those of other processes within a second."""

import asyncio
from collections.abc import Awaitable, Callable
from time import monotonic

from anyio import create_task_group, fail_after, sleep
from sqlalchemy import text
from sqlmodel import Session

from app.changes.publish import begin_write
from app.database import Database
from tests.conftest import opened


def a_write(session: Session) -> None:
    with begin_write(session, editor="x", reason="x"):
        pass


def while_listening(database: Database, test: Callable[[], Awaitable[None]]) -> None:
    async def run() -> None:
        async with create_task_group() as tasks:
            tasks.start_soon(database.listen)
            await until(lambda: database.version() is not None)
            await test()
            tasks.cancel_scope.cancel()

    asyncio.run(run())


async def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    with fail_after(seconds):
        while not condition():  # noqa: ASYNC110  a number tells nobody that it changes
            await sleep(0.01)


def test_own_commit_is_known_before_its_answer_leaves(fresh: Database) -> None:
    async def test() -> None:
        before = fresh.version()
        assert fresh.version() == before
        await fresh.write(a_write, True)
        after = fresh.version()
        assert after != before
        await fresh.write(a_write, False)  # taken back
        assert fresh.version() == after

    while_listening(fresh, test)


def test_commit_of_another_process_is_known_within_a_second(fresh: Database) -> None:
    async def test() -> None:
        with opened(fresh.url) as other:
            for change in (a_write, lambda session: session.execute(text("UPDATE sector SET position = position + 1"))):
                before = fresh.version()
                await other.write(change, True)
                await until(lambda before=before: fresh.version() not in {before, None}, seconds=1)  # type: ignore[misc]

    while_listening(fresh, test)


def test_nothing_is_known_while_nobody_listens(fresh: Database) -> None:
    """On PostgreSQL; then it is again, with what was missed."""
    if fresh.is_sqlite:
        assert fresh.version() is not None
        return
    assert fresh.version() is None

    async def test() -> None:
        before = fresh.version()
        with opened(fresh.url) as other, other.writing() as session:
            a_write(session)
            session.execute(
                text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'SELECT coalesce(max%'")
            )
        await until(lambda: fresh.version() is None)
        await until(lambda: fresh.version() not in {before, None})

    while_listening(fresh, test)


def test_loop_with_much_to_do_does_not_make_it_deaf(fresh: Database) -> None:
    """A crowd keeps the loop busy: what is kept must not be distrusted for it, nor hold after a commit."""

    async def test() -> None:
        over = monotonic() + 2
        before = heard = fresh.version()
        with opened(fresh.url) as other, other.writing() as session:
            a_write(session)
        while monotonic() < over:  # nothing else runs on this loop meanwhile
            heard = fresh.version()
            assert heard is not None
        assert heard != before

    while_listening(fresh, test)
