"""What is wrong with a derivation, and how a line of it is shown."""

from __future__ import annotations

from grader.checks.kinds.derivation.chain import ChainLine
from grader.checks.kinds.derivation.slips import Symptom
from grader.checks.verdict_text import Failure
from grader.text import safe_text

_LINE_SHOWN = 160


def failure_of_step(symptom: Symptom, brief: str, detail: str = "", hint: str = "") -> Failure:
    """Return the first thing that is wrong with a derivation.

    Parameters
    ----------
    symptom : tuple of str
        What kind of slip it is; no line numbers, no notation.
    brief : str
        What does not hold, and where.
    detail : str
        The lines themselves and a counterexample; empty where there is none.
    hint : str
        What to think about, where that is not how two lines compare.
    """
    message = "\n".join(filter(None, (brief, detail)))
    return Failure(message, brief, evidence=symptom, hint=hint)


def quoted(line: ChainLine) -> str:
    """Return a line as a message shows it."""
    relation = f"{line.relation} " if line.relation else ""
    return f"    line {line.number}:  {relation}{safe_text(line.source, _LINE_SHOWN)}"
