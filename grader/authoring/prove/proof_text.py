"""A proof in words and numbers, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.table import Table
from rich.text import Text

from grader.authoring.prove.proof import ExerciseProof, Survivor
from grader.text import safe_text

_REASON = 600
_COLUMNS = ("exercise", "claims", "mutants", "caught", "alike", "ms/submission", "seconds", "")


def proof_table(proofs: Sequence[ExerciseProof]) -> Table:
    """Return a row for each exercise: claims that hold, mutants, time."""
    table = Table(box=None, pad_edge=False)
    for name in _COLUMNS:
        table.add_column(name, justify="left" if name in ("exercise", "") else "right")
    for proof in proofs:
        table.add_row(*_row(proof))
    return table


def _row(proof: ExerciseProof) -> Iterator[str | Text]:
    mutants = proof.mutants
    yield proof.id
    yield f"{len(proof.claims) - len(proof.broken)}/{len(proof.claims)}"
    yield str(mutants.made)
    yield f"{mutants.share:.1%}"
    yield str(mutants.equivalent)
    yield f"{1e3 * proof.submission_cpu_s:.1f}"
    yield f"{proof.seconds:.1f}"
    yield Text("proven", "green") if proof.holds else Text("FALLS SHORT", "red")


def proof_lines(proof: ExerciseProof) -> Iterator[str]:
    """Yield the lines about claims that do not hold and mutants that survive."""
    unexplained = [survivor for survivor in proof.mutants.survivors if not survivor.equivalent]
    if not proof.broken and not unexplained:
        return
    yield ""
    yield proof.id
    together: dict[tuple[str, str], list[str]] = {}
    for claim in proof.broken:
        together.setdefault((claim.kind, claim.reason), []).append(claim.about)
    for (kind, reason), about in together.items():
        yield f"  {kind}: {', '.join(about)}"
        yield f"    {safe_text(reason, _REASON)}"
    for survivor in unexplained:
        yield from _survivor_lines(survivor)


def _survivor_lines(survivor: Survivor) -> Iterator[str]:
    yield f"  no check catches this mutant of reference.py, line {survivor.line}:"
    for line in survivor.diff.splitlines():
        yield f"    {line}"
    yield f"    {safe_text(survivor.found, _REASON)}"
    yield f"    id: {survivor.mutant}"


def summary_line(proofs: Sequence[ExerciseProof], seconds: float) -> str:
    """Return the summary of all proofs."""
    proven = sum(proof.holds for proof in proofs)
    mutants = sum(proof.mutants.made for proof in proofs)
    proven_text = f"{proven} of {len(proofs)} exercises are proven"
    return f"{proven_text}, with {mutants} mutants of their references, in {seconds:.0f} s."
