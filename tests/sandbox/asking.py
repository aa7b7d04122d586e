"""Asking a session that a test has started by itself."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

from grader.sandbox.exercise_session import AnySession, ExerciseSession
from grader.sandbox.notebook_run import NotebookSession, NotebookSource
from grader.sandbox.settings import Limits


@dataclass(frozen=True)
class _Started:
    """Gives the one session again and again, so that nothing brings back one that is gone."""

    limits: Limits
    started: AnySession

    def session(self) -> AnySession:
        return self.started


def answering(session: AnySession) -> AbstractContextManager[ExerciseSession]:
    """Return what answers the questions of an exercise."""
    return NotebookSession(_Started(session._limits, session), NotebookSource([])).open()
