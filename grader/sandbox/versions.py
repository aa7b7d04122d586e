"""What is installed in the Python that runs inside: it is part of what a grade rests on."""

from __future__ import annotations

import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib import metadata

from grader.errors import SandboxError
from grader.sandbox.interpreter import ANSWER_WITHIN_S, find_interpreter
from grader.sandbox.settings import SandboxSettings

_ALWAYS = ("numpy", "ipython")
_QUESTION = """
import json, platform, sys
from importlib import metadata
found = {"python": platform.python_version()}
for name in sys.argv[1:]:
    try:
        found[name] = metadata.version(name)
    except metadata.PackageNotFoundError:
        pass
print(json.dumps(found))
"""


def guest_versions(settings: SandboxSettings) -> Mapping[str, str]:
    """Return the versions of Python, numpy, IPython, and what is preloaded or stated, if known.

    Raises
    ------
    SandboxError
        The course's Python does not answer.
    """
    preloaded = (module.split(".")[0] for module in settings.preload)
    names = list(dict.fromkeys((*_ALWAYS, *preloaded, *(settings.packages or ()))))
    if settings.python is None:
        return {"python": platform.python_version(), **_own_versions(names)}
    return _asked(str(find_interpreter(settings.python).executable), names)


def _own_versions(names: Sequence[str]) -> dict[str, str]:
    found = {name: _installed(name) for name in names}
    return {name: version for name, version in found.items() if version is not None}


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _asked(executable: str, names: Sequence[str]) -> dict[str, str]:
    command = [executable, "-I", "-c", _QUESTION, *names]
    try:
        told = subprocess.run(  # noqa: S603 (the author's own choice of Python)
            command, capture_output=True, check=True, timeout=ANSWER_WITHIN_S
        )
        return dict(json.loads(told.stdout))
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise SandboxError(f"`{executable}` does not tell its versions: {error}") from error
