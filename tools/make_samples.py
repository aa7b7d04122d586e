"""Write ``examples/submissions`` and its manifest: ``python -m tools.make_samples``.

Run it after a change to the exercises, to ``solutions/`` or to ``tools/samples``. Two runs write
the same bytes; a test fails when a file is not what this writes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

from tools.samples import accidents, answers, cheats, formats, mistakes, unreadable
from tools.samples.course import ROOT

EXAMPLES = ROOT / "examples"
_FOLDER = "submissions"


def make_samples() -> Mapping[str, bytes]:
    """Return the content of every file to write, by its path below ``examples``."""
    makers = (answers, formats, mistakes, accidents, cheats, unreadable)
    samples = sorted((one for maker in makers for one in maker.samples()), key=lambda one: one.path)
    files = {f"{_FOLDER}/{sample.path}": sample.content for sample in samples}
    students = {
        student: expected.document()
        for sample in samples
        for student, expected in sample.students.items()
    }
    manifest = {name: students[name] for name in sorted(students)}
    files["manifest.json"] = (json.dumps(manifest, indent=2) + "\n").encode()
    return files


def write(folder: Path) -> None:
    """Write the files, and nothing else, into ``folder/submissions``; and the manifest."""
    shutil.rmtree(folder / _FOLDER, ignore_errors=True)
    for path, content in make_samples().items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


if __name__ == "__main__":
    write(EXAMPLES)
