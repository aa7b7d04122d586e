"""Finds the files of the example course, in the installed package or in a checkout.

Imports nothing of the grader: setup.py runs it while the wheel is built.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

PACKED = "grader/authoring/new/example"
"""The folder of the files in the wheel."""

SAMPLES = {
    "right-vectorised": "every answer is right",
    "mistake-kl-nan-on-zero": "`kl` makes the mistake `nan_on_zero`, which is named",
    "mistake-mse-lost-n": "a line of the derivation does not follow; it is shown with numbers",
    "mistakes-1": "a known mistake in nearly every exercise",
    "half-finished": "two exercises stand as they were given",
    "exception-in-the-middle": "a cell raises; what stands before it counts",
    "blank-starter": "nothing is filled in",
}
"""The sample submissions of the example, and what each shows."""


def files_in_checkout(root: Path) -> dict[str, Path]:
    """Return the files of the course at the top of a checkout.

    Parameters
    ----------
    root : Path
        The checkout.

    Returns
    -------
    dict of str to Path
        Paths inside the course's folder, and the file of each.
    """
    samples = root / "examples" / "submissions"
    return {
        **_below(root, "exercises", "solutions", "docs/schema"),
        **{f"submissions/{name}.ipynb": samples / f"{name}.ipynb" for name in SAMPLES},
    }


def example_files() -> Mapping[str, Path]:
    """Return the files of the example course, as `files_in_checkout` does."""
    packed = Path(__file__).with_name("example")
    if packed.is_dir():
        return _below(packed, ".")
    return files_in_checkout(Path(__file__).parents[3])


def _below(root: Path, *folders: str) -> dict[str, Path]:
    """Return the files of some folders, without what Python and editors leave there."""
    paths = (path for folder in folders for path in sorted((root / folder).rglob("*")))
    inside = ((path.relative_to(root), path) for path in paths if path.is_file())
    return {
        name.as_posix(): path
        for name, path in inside
        if not any(part.startswith((".", "__pycache__")) for part in name.parts)
    }
