"""Starts a sandbox's zygote before the course is read; imports no numpy, to be fast."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from grader.sandbox.engine import Isolation
from grader.sandbox.settings import SandboxSettings
from grader.sandbox.zygote import Zygote


class EarlySandbox:
    """A zygote that is started before the course is read, and warms up in the meantime.

    Its settings are those of course.yaml; the preloads of exercises come later. Raise SandboxError
    if this machine does not support the tier, or the course's Python is missing.
    """

    def __init__(
        self, settings: SandboxSettings, isolation: Isolation, *, hidden: Sequence[Path]
    ) -> None:
        self._made_for = _essence(settings, isolation, hidden)
        self._zygote = Zygote.launch(settings, isolation, hidden=hidden)
        self._free = True

    def warm_up(
        self, settings: SandboxSettings, isolation: Isolation, hidden: Sequence[Path]
    ) -> bool:
        """Make the zygote preload what the course wants, once that is known, if it fits.

        Returns
        -------
        bool
            Whether it fits; the machine is then known to give the tier.
        """
        fits = self._fits(settings, isolation, hidden)
        if fits:
            self._zygote.warm_up(settings.preload)
        return fits

    def take(
        self, settings: SandboxSettings, isolation: Isolation, hidden: Sequence[Path]
    ) -> Zygote | None:
        """Return the zygote if it was made for these settings and not taken before."""
        fits = self._fits(settings, isolation, hidden)
        self._free = False
        return self._zygote if fits else None

    def _fits(
        self, settings: SandboxSettings, isolation: Isolation, hidden: Sequence[Path]
    ) -> bool:
        preloads = self._zygote.preloads
        return (
            self._free
            and preloads in (None, settings.preload)
            and _essence(settings, isolation, hidden) == self._made_for
        )

    def hand_over(self) -> None:
        """Leave the zygote to the worker that was just forked; may be called again."""
        self._free = False
        self._zygote.hand_over()

    def close(self) -> None:
        """End the zygote; may be called twice."""
        self._zygote.close()


def _essence(
    settings: SandboxSettings, isolation: Isolation, hidden: Sequence[Path]
) -> tuple[object, ...]:
    """Return what a zygote is started with, without preloads, which come later."""
    folders = tuple(folder.resolve() for folder in hidden)
    return settings.model_copy(update={"preload": ()}), isolation, folders
