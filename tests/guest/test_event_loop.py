"""The event loop of a notebook, in this process and in forks of it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from grader.guest.event_loop import NotebookLoop


@pytest.fixture
def loop():
    made = NotebookLoop()
    made.enter()
    yield made
    made.leave()
    made.close()


async def three():
    await asyncio.sleep(0.001)
    return 3


def descriptors():
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_loop_opens_nothing_before_it_is_used_and_nothing_is_left_of_it():
    before = descriptors()
    loop = NotebookLoop()
    loop.enter()
    loop.catch_up()
    assert descriptors() == before
    assert loop.finish(three()) == 3
    assert descriptors() > before
    loop.leave()
    loop.release()
    assert descriptors() == before


def test_a_fork_goes_on_with_the_tasks_and_disturbs_no_other(loop):
    event = asyncio.Event()

    async def wait():
        await event.wait()
        return 5

    task = asyncio.ensure_future(wait())
    assert loop.finish(three()) == 3
    child = os.fork()
    if child == 0:
        try:
            loop.enter()
            event.set()
            right = loop.finish(task) == 5 and loop.finish(asyncio.to_thread(abs, -3)) == 3
            os._exit(0 if right else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert not task.done()
    event.set()
    assert loop.finish(task) == 5
    assert loop.finish(asyncio.to_thread(abs, -3)) == 3


def test_a_loop_that_is_entered_lets_none_be_started_but_where_a_function_is_asked(loop):
    made = three()
    with pytest.raises(RuntimeError, match="running event loop"):
        asyncio.run(made)
    made.close()
    with loop.asked():
        assert asyncio.run(three()) == 3
        loop.enter()
        assert loop.finish(asyncio.get_running_loop().create_task(three())) == 3
    loop.enter()
