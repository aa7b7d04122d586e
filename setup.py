"""Packs the example course into the wheel and the sdist; all else stands in pyproject.toml."""

from __future__ import annotations

import runpy
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent
_COURSE = runpy.run_path(str(ROOT / "grader" / "authoring" / "new" / "example_files.py"))
FILES = {
    f"{_COURSE['PACKED']}/{name}": path.relative_to(ROOT).as_posix()
    for name, path in _COURSE["files_in_checkout"](ROOT).items()
}


class BuildWithCourse(build_py):
    """Copies the course to where the package looks for it; in a checkout the package reads it."""

    def build_package_data(self) -> None:
        """Copy the files of the package and of the course."""
        super().build_package_data()
        for name, source in FILES.items():
            target = Path(self.build_lib, name)
            self.mkpath(str(target.parent))
            self.copy_file(source, str(target))

    def get_source_files(self) -> list[str]:
        """Return what the sdist holds, so that it can build the wheel."""
        return [*super().get_source_files(), *FILES.values()]

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """Return what the wheel holds."""
        outputs = super().get_outputs(include_bytecode)
        if self.editable_mode:
            return outputs
        return [*outputs, *(str(Path(self.build_lib, name)) for name in FILES)]


setup(cmdclass={"build_py": BuildWithCourse})
