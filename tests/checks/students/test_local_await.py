"""Functions that await, where a check calls them in its own process."""

from __future__ import annotations

import asyncio

import pytest

from grader.checks.students.local import LocalStudent
from grader.guest.protocol.values import Call, Returned

NAMES: dict[str, object] = {"asyncio": asyncio}
exec(  # as cells define them
    """
async def g(x):
    await asyncio.sleep(0)
    return x + 1
async def coroutine(x):
    return await g(x)
def runs(x):
    return asyncio.run(g(x))
def task(x):
    return asyncio.create_task(g(x))
""",
    NAMES,
)


def ask(name):
    return LocalStudent(NAMES).call(name, [Call((2,))] * 2)


@pytest.mark.parametrize("name", ["coroutine", "runs"])
def test_what_a_function_awaits_is_its_answer(name):
    assert ask(name) == [Returned(3)] * 2


@pytest.mark.parametrize("name", ["coroutine", "runs", "task"])
def test_in_a_kernel_whose_loop_runs_it_is_so_too(name):
    async def cell():
        answers = ask(name)
        await asyncio.sleep(0)
        return answers, asyncio.get_running_loop().is_running()

    assert asyncio.run(cell()) == ([Returned(3)] * 2, True)
