"""The table of kinds of check.

A course's own kinds come through entry points of the group ``grader.checks``: each names a
subclass of `Check`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from types import MappingProxyType

from grader.checks.base import Check
from grader.checks.kinds.cost import CostCheck
from grader.checks.kinds.derivation.check import DerivationCheck
from grader.checks.kinds.function import FunctionCheck
from grader.checks.kinds.gradient.check import GradientCheck
from grader.checks.kinds.manual import ManualCheck
from grader.checks.kinds.output import OutputCheck
from grader.checks.kinds.plot.check import PlotCheck
from grader.checks.kinds.property import PropertyCheck
from grader.checks.kinds.python import PythonCheck
from grader.checks.kinds.quiz import QuizCheck
from grader.checks.kinds.raises import RaisesCheck
from grader.checks.kinds.source.check import SourceCheck
from grader.checks.kinds.stability import StabilityCheck
from grader.checks.kinds.value import ValueCheck
from grader.checks.kinds.witness import WitnessCheck
from grader.errors import UsageError

GROUP = "grader.checks"

_OURS: tuple[type[Check], ...] = (
    ValueCheck,
    FunctionCheck,
    PropertyCheck,
    StabilityCheck,
    RaisesCheck,
    WitnessCheck,
    DerivationCheck,
    QuizCheck,
    SourceCheck,
    OutputCheck,
    ManualCheck,
    GradientCheck,
    CostCheck,
    PythonCheck,
    PlotCheck,
)


def collect_kinds(others: Iterable[EntryPoint]) -> Mapping[str, type[Check]]:
    """Return our kinds and those of other packages, by the key that names each in YAML.

    Raises
    ------
    UsageError
        An entry point names something else than a kind of check, or a kind that is there already.
    """
    kinds = {kind.kind: kind for kind in _OURS}
    for other in others:
        kind = _load(other)
        if not (isinstance(kind, type) and issubclass(kind, Check)):
            raise UsageError(
                f"The entry point `{other.name}` of `{GROUP}` names {other.value}, which is no "
                "subclass of grader.checks.base.Check."
            )
        if kind.kind in kinds:
            raise UsageError(
                f"The entry point `{other.name}` of `{GROUP}` defines the kind `{kind.kind}`, "
                "which is there already: rename it."
            )
        kinds[kind.kind] = kind
    return MappingProxyType(kinds)


def _load(entry_point: EntryPoint) -> object:
    try:
        return entry_point.load()
    except Exception as error:  # another package's code may fail in any way
        raise UsageError(
            f"The entry point `{entry_point.name}` of `{GROUP}` cannot be loaded: "
            f"{type(error).__name__}: {error}. Correct or remove the package that brings it."
        ) from error


@cache
def all_kinds() -> Mapping[str, type[Check]]:
    """Return every kind of check, by the key that names it in YAML."""
    return collect_kinds(entry_points(group=GROUP))
