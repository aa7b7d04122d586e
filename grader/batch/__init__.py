"""Grade a class: store submissions in the gradebook, and send ungraded ones to workers.

`grader.batch.loop` and `grader.batch.grade` are not imported here: they need the gradebook, whose
database library is slow to import, and many users of a pool have no gradebook.
"""

from grader.batch.executor import Executor, Task
from grader.batch.pool import LocalPool
from grader.sandbox.engine import EngineFactory

__all__ = ["EngineFactory", "Executor", "LocalPool", "Task"]
