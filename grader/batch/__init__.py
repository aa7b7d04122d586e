"""A class: its hand-ins into the gradebook, what is not graded yet to workers, and back.

`grader.batch.loop` and `grader.batch.grade` are not imported from here: they need the gradebook,
whose database library takes a while to import, and much that works with a pool has no gradebook.
"""

from grader.batch.executor import Executor, Task
from grader.batch.pool import LocalPool
from grader.sandbox.engine import EngineFactory

__all__ = ["EngineFactory", "Executor", "LocalPool", "Task"]
