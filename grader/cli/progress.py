"""Progress of a run: a line for each result, and a progress bar on a terminal."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterable, Iterator

from grader.exports import ResultsStream
from grader.feedback.class_summary import LINE_STYLES, name_columns, result_line
from grader.results import RunHeader, SubmissionResult


def as_json(results: Iterable[SubmissionResult], header: RunHeader) -> Iterator[SubmissionResult]:
    """Yield results, and print each as JSON when it is ready."""
    stream = ResultsStream(sys.stdout, header)
    for result in results:
        stream.add(result)
        yield result
    stream.close()


def as_lines(
    results: Iterable[SubmissionResult], students: Collection[str]
) -> Iterator[SubmissionResult]:
    """Yield results, and print a line for each, with a progress bar on a terminal."""
    names = name_columns(students)
    if not (sys.stdout.isatty() or sys.stderr.isatty()):  # no bar, so rich is not imported
        for result in results:
            print(result_line(result, names=names), flush=True)
            yield result
        return
    from rich.console import Console
    from rich.text import Text

    from grader.cli.bar import with_bar

    console = Console(highlight=False, markup=False, soft_wrap=True)
    # Lines are cut only to the width of a terminal; a file has room for the whole line.
    terminal = sys.stdout.isatty()
    for result in with_bar(results, "Grading", len(students), console):
        line = result_line(result, names=names, width=console.width if terminal else None)
        if terminal:
            console.print(Text(line, style=LINE_STYLES[result.status], no_wrap=True))
        else:
            print(line, flush=True)  # takes a tenth of the time that the console takes
        yield result
