"""The table of all kinds of check.

Other packages add kinds through entry points of the group ``grader.checks``; each refers to a
subclass of `Check`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from grader.checks.base import Check
from grader.errors import UsageError

GROUP = "grader.checks"

_OURS: Mapping[str, str] = {
    "value": "grader.checks.kinds.value:ValueCheck",
    "function": "grader.checks.kinds.function:FunctionCheck",
    "property": "grader.checks.kinds.property:PropertyCheck",
    "stability": "grader.checks.kinds.stability:StabilityCheck",
    "raises": "grader.checks.kinds.raises:RaisesCheck",
    "witness": "grader.checks.kinds.witness:WitnessCheck",
    "derivation": "grader.checks.kinds.derivation.check:DerivationCheck",
    "quiz": "grader.checks.kinds.quiz:QuizCheck",
    "source": "grader.checks.kinds.source.check:SourceCheck",
    "output": "grader.checks.kinds.output:OutputCheck",
    "manual": "grader.checks.kinds.manual:ManualCheck",
    "gradient": "grader.checks.kinds.gradient.check:GradientCheck",
    "cost": "grader.checks.kinds.cost:CostCheck",
    "python": "grader.checks.kinds.python:PythonCheck",
    "plot": "grader.checks.kinds.plot.check:PlotCheck",
}


class KindTable(Mapping[str, "type[Check]"]):
    """Kinds of check by their keys in YAML; ours are imported when they are used.

    Parameters
    ----------
    places : Mapping of str to str
        Module and class of each of our kinds.
    others : Mapping of str to type of Check
        Kinds of other packages.
    """

    def __init__(self, places: Mapping[str, str], others: Mapping[str, type[Check]]) -> None:
        self._places = places
        self._others = others

    def __getitem__(self, name: str) -> type[Check]:
        if name in self._others:
            return self._others[name]
        module, _, kind = self._places[name].partition(":")
        found: type[Check] = getattr(import_module(module), kind)
        return found

    def __iter__(self) -> Iterator[str]:
        yield from self._places
        yield from self._others

    def __len__(self) -> int:
        return len(self._places) + len(self._others)

    def __contains__(self, name: object) -> bool:
        return name in self._places or name in self._others

    @property
    def are_ours(self) -> bool:
        """Whether all kinds are of this package."""
        return not self._others and all(
            each.startswith("grader.") for each in self._places.values()
        )


def collect_kinds(others: Iterable[EntryPoint]) -> KindTable:
    """Return our kinds and those of other packages, by their keys in YAML.

    Raises
    ------
    UsageError
        An entry point is not a kind of check, or its kind already exists.
    """
    found: dict[str, type[Check]] = {}
    for other in others:
        kind = _load(other)
        if not (isinstance(kind, type) and issubclass(kind, Check)):
            raise UsageError(
                f"The entry point `{other.name}` of `{GROUP}` names {other.value}, which is not "
                "a subclass of grader.checks.base.Check."
            )
        if kind.kind in _OURS or kind.kind in found:
            raise UsageError(
                f"The entry point `{other.name}` of `{GROUP}` defines the kind `{kind.kind}`, "
                "which already exists: rename it."
            )
        found[kind.kind] = kind
    return KindTable(_OURS, found)


def _load(entry_point: EntryPoint) -> object:
    try:
        return entry_point.load()
    except Exception as error:  # another package's code may fail in any way
        raise UsageError(
            f"The entry point `{entry_point.name}` of `{GROUP}` cannot be loaded: "
            f"{type(error).__name__}: {error}. Correct or remove its package."
        ) from error


@cache
def all_kinds() -> KindTable:
    """Return all kinds of check, by their keys in YAML."""
    return collect_kinds(entry_points(group=GROUP))
