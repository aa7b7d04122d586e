"""The check kind ``plot``: lines, histogram, labels and legend of a matplotlib figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field, model_validator

from grader.checks.base import (
    Check,
    CheckContext,
    Expression,
    Student,
    Verdict,
    WrittenCall,
    failed,
    passed,
)
from grader.checks.bundling import (
    call_to_bundle,
    calls_from_bundle,
    is_small,
    items_from_bundle,
    list_from_bundle,
    tolerance_from_bundle,
    tolerance_to_bundle,
)
from grader.checks.cases import (
    Case,
    PythonName,
    failure_of_call,
    generated_calls,
    written_cases,
    written_draws,
)
from grader.checks.kinds.plot.figure import Panel, UnreadError, failure_about, folded, panels_of
from grader.checks.kinds.plot.histogram import Histogram, histogram_failure, numbers_of
from grader.checks.kinds.plot.line_errors import line_failures
from grader.checks.kinds.plot.lines import Lines, Wanted, lines_wanted, names_of_reference
from grader.checks.students.local import LocalStudent
from grader.checks.verdict_text import Failure, call_text, evidence_of, failed_by, way_of
from grader.compare import Tolerance
from grader.errors import CheckError, command_for_extras
from grader.guest.protocol.values import Answer, Call, Raised, Returned, Value
from grader.inputs import Given, require_names
from grader.text import safe_text

_MOST_SHOWN = 4
_NOT_DRAWN = "did not draw what is asked for"
_EMPTY = "it is empty; after `plt.show()`, `plt.gcf()` is a new figure, so keep yours before that"
_TEXTS = {"xlabel": "its x axis", "ylabel": "its y axis", "title": "it"}
_NOUNS = {"xlabel": "label", "ylabel": "label", "title": "title"}
# Errors of these kinds do not depend on the data, so they can identify a known mistake.
_KINDS_AS_EVIDENCE = frozenset({"legend", "names", "title", "xlabel", "ylabel", "xscale", "yscale"})

Scale = Literal["linear", "log", "symlog", "logit"]


@dataclass(frozen=True, slots=True)
class Drawing:
    """A required figure: the call, unless the cells drew it; its histogram's values; its lines."""

    call: Call | None
    values: np.ndarray | None
    wanted: Wanted | None


@dataclass(frozen=True, slots=True)
class PreparedPlot:
    """The required figures: either all drawn by calls, or a single one drawn by the cells."""

    drawings: tuple[Drawing, ...]
    tolerance: Tolerance


class PlotCheck(Check):
    """Check a figure that a function draws or the cells drew."""

    kind: ClassVar[str] = "plot"
    reads_work: ClassVar[bool] = False
    draws: ClassVar[bool] = True

    plot: PythonName = Field(
        description="Name of the function that draws; without `cases` and `given`, of a variable "
        "that holds the figure."
    )
    cases: tuple[Case, ...] = Field(default=(), description="Calls, listed one by one.")
    given: Given = Field(default={}, description="Inputs to draw for each trial.")
    trials: int = Field(default=1, ge=1, le=20, description="Number of calls to draw.")
    args: tuple[PythonName, ...] = Field(
        default=(),
        description="Names of the arguments, in order, for use in formulas; by default all of "
        "`given`.",
    )
    lines: Lines | None = Field(default=None, description="Lines that it must have.")
    histogram: Histogram | None = Field(default=None, description="A histogram that it must have.")
    title: bool | str = Field(default=False, description="`true` for any title, or its text.")
    xlabel: bool | str = Field(default=False, description="`true` for any label, or its text.")
    ylabel: bool | str = Field(default=False, description="`true` for any label, or its text.")
    legend: bool | Annotated[int, Field(ge=1)] = Field(
        default=False,
        description="`true` for any legend, or the number of lines that it must name, no two "
        "alike.",
    )
    xscale: Scale | None = Field(default=None, description="Scale of the x axis.")
    yscale: Scale | None = Field(default=None, description="Scale of the y axis.")

    @model_validator(mode="after")
    def _asks_something(self) -> PlotCheck:
        wanted = (self.lines, self.histogram, self.legend, self.xscale, self.yscale)
        if not any((*wanted, self.title, self.xlabel, self.ylabel)):
            raise ValueError("nothing is checked: state `lines`, `histogram`, `legend` or the like")
        if self.given:
            require_names(self.args, tuple(self.given), "which `given` does not draw")
        if any(len(case.args) > len(self.args) for case in self.cases):
            raise ValueError("a case has more arguments than `args` has names")
        return self

    @property
    def _names(self) -> tuple[str, ...]:
        return self.args or tuple(self.given)

    def expressions(self) -> Iterator[Expression]:
        """Yield the formulas of the lines and of the histogram."""
        named = (name for case in self.cases for name in case.kwargs)
        args = tuple(dict.fromkeys((*self.args, *self.given, *named)))
        if self.lines is not None and self.lines.y is not None:
            yield Expression(("lines", "y"), self.lines.y, ("x", *args))
        if self.lines is not None and self.lines.covers is not None:
            yield Expression(("lines", "covers"), self.lines.covers, args)
        if self.histogram is not None:
            yield Expression(("histogram", "of"), self.histogram.of, args)

    def written_calls(self) -> Iterator[WrittenCall]:
        """Yield the listed calls, and the drawn one."""
        yield from written_cases(self.plot, self.cases)
        if self.given:
            yield from written_draws(self.plot, self._names, args=self.args)

    def prepare(self, context: CheckContext) -> PreparedPlot:
        """Draw the inputs, and read the reference's figures."""
        tolerance = self.tolerance or context.tolerance
        calls = self._calls(context)
        student = LocalStudent(context.reference, limit_s=context.limit_s)
        answers = student.draw(self.plot, calls or None)
        requested: Sequence[Call | None] = calls or [None]
        pairs = zip(requested, answers, strict=True)
        drawings = tuple(self._drawing(context, *pair, tolerance) for pair in pairs)
        return PreparedPlot(drawings, tolerance)

    def _calls(self, context: CheckContext) -> list[Call]:
        """Return the calls that draw; empty if the cells do."""
        trials = self.trials if self.given else 0
        drawn = generated_calls(context, self.given, self._names, trials)
        return [*(case.call for case in self.cases), *drawn]

    def _drawing(
        self, context: CheckContext, call: Call | None, answer: Answer, tolerance: Tolerance
    ) -> Drawing:
        panels = self._panels_of_reference(answer)
        args: dict[str, Value] = {}
        if call is not None:
            args = dict(zip(self._names, call.args, strict=False)) | dict(call.kwargs)
        try:
            names = {**names_of_reference(context.reference), **args}
            values = None if self.histogram is None else self.histogram.values_among(names)
            wanted = None
            if self.lines is not None:
                by_point = self.yscale == "log"
                wanted = lines_wanted(
                    self.lines, context, args, panels, tolerance, by_point=by_point
                )
        except CheckError:
            raise
        except Exception as error:  # an author's formula may raise anything
            raise CheckError(
                f"A formula of this check raised {type(error).__name__}: {error}. Correct it."
            ) from error
        return Drawing(call, values, wanted)

    def _panels_of_reference(self, answer: Answer) -> tuple[Panel, ...]:
        if isinstance(answer, Raised) and answer.type_name == "ModuleNotFoundError":
            raise CheckError(
                f"The reference cannot draw: {answer.message}. Install matplotlib with "
                f"`{command_for_extras('plot')}`."
            )
        failure, panels = _read(answer)
        if failure is not None:
            raise CheckError(f"The reference's `{self.plot}` {failure.message}. Correct it.")
        return panels

    def sends_nothing(self, prepared: PreparedPlot) -> bool:
        """Return whether the cells drew the figure, so that no call is sent."""
        return all(drawing.call is None for drawing in prepared.drawings)

    def without_listed_answers(self) -> PlotCheck | None:
        """Return the check itself if its lines are given by a formula."""
        return self if self.lines is not None and self.lines.y is not None else None

    def expected_values(self, prepared: PreparedPlot) -> tuple[Value, ...]:
        """Return the y of each line at the x of the reference's first line."""
        wanted = [drawing.wanted for drawing in prepared.drawings if drawing.wanted is not None]
        return tuple(curve for each in wanted for curve in each.first)

    def to_bundle(self, prepared: PreparedPlot) -> Value | None:
        """Return the calls and the histogram's values; None if lines are checked."""
        kept = [(drawing.call, drawing.values) for drawing in prepared.drawings]
        calls = [call_to_bundle(call) for call, _ in kept if call is not None]
        if self.lines is not None or not is_small(calls, [values for _, values in kept]):
            return None
        return {
            "calls": calls,
            "values": [values for _, values in kept],
            "tolerance": tolerance_to_bundle(prepared.tolerance),
        }

    def from_bundle(self, bundled: Value) -> PreparedPlot:
        """Return the bundled figures."""
        calls, values, tolerance = items_from_bundle(bundled, "calls", "values", "tolerance")
        requested: Sequence[Call | None] = calls_from_bundle(calls) or [None]
        found = [None if each is None else numbers_of(each) for each in list_from_bundle(values)]
        misses_values = any((each is None) == bool(self.histogram) for each in found)
        if len(requested) != len(found) or misses_values:
            raise ValueError("there must be the values of one histogram per call")
        drawings = tuple(
            Drawing(call, each, None) for call, each in zip(requested, found, strict=True)
        )
        return PreparedPlot(drawings, tolerance_from_bundle(tolerance))

    def judge(self, prepared: PreparedPlot, student: Student) -> Verdict:
        """Request every figure, and report the first wrong one."""
        calls = [drawing.call for drawing in prepared.drawings if drawing.call is not None]
        answers = student.draw(self.plot, calls or None)
        for drawing, answer in zip(prepared.drawings, answers, strict=True):
            text = call_text(self.plot, drawing.call) if drawing.call else f"`{self.plot}`"
            failure, panels = _read(answer)
            if failure is not None:
                way = failure.brief if drawing.call is None else way_of(failure) or _NOT_DRAWN
                found = replace(failure, brief=way, evidence=_evidence(answer))
                return failed_by(found, self.plot, [], at=text)
            where, failures = self._fewest_failures(panels, drawing, prepared.tolerance)
            if failures:
                about = f"The figure of {text}{where}"
                return self._failed(about, failures, called=bool(drawing.call))
        return passed()

    def _failed(self, text: str, failures: Sequence[Failure], *, called: bool) -> Verdict:
        messages = "; ".join([failure.message for failure in failures][:_MOST_SHOWN])
        briefs = "; ".join([*dict.fromkeys(failure.brief for failure in failures)][:_MOST_SHOWN])
        kinds = dict.fromkeys(kind for failure in failures for kind in failure.evidence)
        return failed(
            f"{text}: {messages}.",
            # A called function knows the hidden inputs, and could encode them in its failures.
            brief=f"`{self.plot}` {_NOT_DRAWN}."
            if called
            else f"The figure of `{self.plot}`: {briefs}.",
            evidence=tuple(kinds) if kinds.keys() <= _KINDS_AS_EVIDENCE else (),
        )

    def _fewest_failures(
        self, panels: Sequence[Panel], drawing: Drawing, tolerance: Tolerance
    ) -> tuple[str, Sequence[Failure]]:
        """Return which axes come closest, and their errors."""
        if not panels:
            message = "it is empty" if drawing.call else _EMPTY
            return "", [failure_about("axes", message, "it is empty")]
        found = [list(self._failures(panel, drawing, tolerance)) for panel in panels]
        weights = [sum(failure.weight for failure in failures) for failures in found]
        closest = weights.index(min(weights))
        where = f", axes {closest + 1} of {len(panels)}" if len(panels) > 1 else ""
        title = panels[closest].title
        named = f" (`{safe_text(title, 40)}`)" if where and title else ""
        return where + named, found[closest]

    def _failures(self, panel: Panel, drawing: Drawing, tolerance: Tolerance) -> Iterator[Failure]:
        if self.histogram is not None and drawing.values is not None:
            yield from histogram_failure(panel.bars, drawing.values, self.histogram, tolerance.rtol)
        if drawing.wanted is not None:
            yield from line_failures(panel.lines, drawing.wanted)
        yield from self._failures_of_texts(panel)

    def _failures_of_texts(self, panel: Panel) -> Iterator[Failure]:
        for key, owner in _TEXTS.items():
            wanted, found, noun = getattr(self, key), getattr(panel, key), _NOUNS[key]
            if wanted and not found:
                yield failure_about(key, f"{owner} has no {noun}")
            elif isinstance(wanted, str) and folded(wanted) != folded(found):
                brief = f"{owner} has another {noun}"
                yield failure_about(key, f"{brief}, `{safe_text(found, 60)}` for `{wanted}`", brief)
        names = {line.name for line in panel.lines if line.name}
        if self.legend and not panel.legend:
            yield failure_about("legend", "it has no legend")
        elif self.legend is not True and len(names) < self.legend:
            yield failure_about("legend", f"its legend names fewer lines than {self.legend}")
        for key in ("xscale", "yscale"):
            scale = getattr(self, key)
            if scale is not None and getattr(panel, key) != scale:
                yield failure_about(key, f"its {key[0]} axis is not {scale}")


def _read(answer: Answer) -> tuple[Failure | None, tuple[Panel, ...]]:
    """Return the panels of a figure, or why there are none."""
    failure = failure_of_call(answer)
    if failure is not None or not isinstance(answer, Returned):
        return failure, ()
    try:
        return None, panels_of(answer.value)
    except UnreadError as error:
        return Failure(str(error), error.brief), ()


def _evidence(answer: Answer) -> tuple[Value, ...]:
    if isinstance(answer, Returned):
        return ("no figure",) if answer.value is None and not answer.changed else ()
    return evidence_of([answer])
