"""What a run shows while it goes on: a line for each result, and a bar where a terminal is."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator

from grader.exports import ResultsStream
from grader.feedback.class_summary import LINE_STYLES, name_columns, result_line
from grader.results import RunHeader, SubmissionResult


def as_json(results: Iterable[SubmissionResult], header: RunHeader) -> Iterator[SubmissionResult]:
    """Print results as JSON while they come."""
    stream = ResultsStream(sys.stdout, header)
    for result in results:
        stream.add(result)
        yield result
    stream.close()


def as_lines(
    results: Iterable[SubmissionResult], students: Collection[str]
) -> Iterator[SubmissionResult]:
    """Print a line for each result while they come, with a bar on a terminal."""
    names = name_columns(students)
    if not (sys.stdout.isatty() or sys.stderr.isatty()):  # no bar, and nothing of rich is loaded
        for result in results:
            print(result_line(result, names=names), flush=True)
            yield result
        return
    from rich.console import Console
    from rich.text import Text

    from grader.cli.bar import with_bar

    console = Console(highlight=False, markup=False, soft_wrap=True)
    # Lines are cut to a terminal's width, and nowhere else: a file has room for the whole line.
    terminal = sys.stdout.isatty()
    for result in with_bar(results, "Grading", len(students), console):
        line = result_line(result, names=names, width=console.width if terminal else None)
        if terminal:
            console.print(Text(line, style=LINE_STYLES[result.status], no_wrap=True))
        else:
            print(line, flush=True)  # a tenth of the time of the console
        yield result
