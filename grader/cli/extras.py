"""Which extras a command needs, checked before it begins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.util import find_spec

from grader.course import Exercise
from grader.errors import UsageError, command_for_extras

_MODULES: Mapping[str, tuple[str, ...]] = {
    "course": ("matplotlib", "pandas", "sklearn", "scipy"),
    "plot": ("matplotlib",),
    "prove": ("mutmut", "libcst"),
}


def extras_of(exercises: Iterable[Exercise]) -> dict[str, str]:
    """Return the extras that some exercises need, and what each is for."""
    drawn = [each.id for each in exercises if _draws(each)]
    more = f" and {len(drawn) - 1} more" if len(drawn) > 1 else ""
    return {"plot": f"the figures of `{drawn[0]}`{more}"} if drawn else {}


def _draws(exercise: Exercise) -> bool:
    preloads = any(name.partition(".")[0] == "matplotlib" for name in exercise.preload)
    return preloads or any(check.draws for check in exercise.checks)


def missing_modules(extra: str) -> list[str]:
    """Return the modules of an extra that are not installed."""
    return [name for name in _MODULES[extra] if find_spec(name) is None]


def require_extras(command: str, needed: Mapping[str, str]) -> None:
    """Raise UsageError where packages of an extra are missing; all that are missing are named.

    Parameters
    ----------
    command : str
        What needs them.
    needed : Mapping of str to str
        Extras, and what each is for.
    """
    missing = {extra: absent for extra in needed if (absent := missing_modules(extra))}
    if missing:
        absent_for = "; ".join(f"{', '.join(names)} ({needed[x]})" for x, names in missing.items())
        raise UsageError(
            f"`{command}` needs what is not installed: {absent_for}. Run "
            f"`{command_for_extras(*missing)}`, then the same command again."
        )
