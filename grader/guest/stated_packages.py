"""Limits a notebook's imports to the packages that the course states.

Other installed packages differ between machines, and the same notebook would then get different
grades. This is not a security layer: a notebook can undo it, and gains nothing.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import FrameType, ModuleType

_ALWAYS = ("numpy", "ipython")
# Packages that are imported under another name than they are installed by.
_MODULES = {
    "beautifulsoup4": "bs4",
    "ipython": "IPython",
    "opencv-python": "cv2",
    "opencv-python-headless": "cv2",
    "pillow": "PIL",
    "python-dateutil": "dateutil",
    "pyyaml": "yaml",
    "scikit-image": "skimage",
    "scikit-learn": "sklearn",
}
KNOWN_PACKAGES = tuple(_MODULES)
"""Import names by package, where they differ."""

_REQUIRED = re.compile(r"\s*([A-Za-z0-9][A-Za-z0-9._-]*)")


def canonical(package: str) -> str:
    """Return the normalised name of a package.

    >>> canonical("Scikit_Learn")
    'scikit-learn'
    """
    return re.sub(r"[-_.]+", "-", package).lower()


def module_of(package: str) -> str:
    """Return the name that a package is imported by.

    >>> module_of("scikit-learn"), module_of("pandas")
    ('sklearn', 'pandas')
    """
    name = canonical(package)
    return _MODULES.get(name, name.replace("-", "_"))


def allow_only(packages: Iterable[str], modules: Iterable[str] = ()) -> None:
    """Let cells import only these packages, of all installed ones, and their dependencies.

    Parameters
    ----------
    packages : iterable of str
        Names as pip knows them; numpy and IPython are always allowed.
    modules : iterable of str
        Modules of other packages to allow as well.
    """
    place = sys.meta_path.index(PathFinder)
    sys.meta_path[place] = _Stated((*_ALWAYS, *packages), modules)


class _Stated(PathFinder):
    """Finds what `PathFinder` finds, except packages that are not stated."""

    def __init__(self, packages: Sequence[str], modules: Iterable[str]) -> None:
        self._packages = packages
        self._allowed = {*map(module_of, packages), *(name.partition(".")[0] for name in modules)}
        import site  # imported here and below: most importers of this module need only its names
        import sysconfig

        paths = (*site.getsitepackages(), *map(sysconfig.get_path, ("purelib", "platlib")))
        self._machinery = ("<frozen importlib", f"{sysconfig.get_path('stdlib')}/importlib/")
        self._installed = tuple(f"{path}/" for path in dict.fromkeys(paths) if path)
        self._needed: frozenset[str] | None = None

    def find_spec(  # type: ignore[override]  # PathFinder's is a method of the class
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Return the spec of a module; None if it may not be imported."""
        found = PathFinder.find_spec(fullname, path, target)
        if found is None or path is not None or fullname in self._allowed:
            return found
        if not self._is_installed(found) or self._asked_by_library() or self._is_needed(fullname):
            return found
        return None

    def _is_installed(self, spec: ModuleSpec) -> bool:
        """Return whether a module is neither part of Python nor of the notebook."""
        places = [spec.origin or "", *(spec.submodule_search_locations or ())]
        return any(place.startswith(self._installed) for place in places)

    def _asked_by_library(self) -> bool:
        """Return whether a library does the import: libraries may use optional dependencies."""
        frame: FrameType | None = sys._getframe(2)  # noqa: SLF001
        while frame is not None and frame.f_code.co_filename.startswith(self._machinery):
            frame = frame.f_back
        return frame is not None and frame.f_code.co_filename.startswith(self._installed)

    def _is_needed(self, module: str) -> bool:
        """Return whether a module belongs to a stated package or a dependency of one."""
        if self._needed is None:
            from importlib import metadata

            packages = set(_with_what_they_need(self._packages))
            owners = metadata.packages_distributions()
            self._needed = frozenset(
                name
                for name, those in owners.items()
                if packages.intersection(map(canonical, those))
            )
        return module in self._needed


def _with_what_they_need(packages: Iterable[str]) -> Iterator[str]:
    from importlib import metadata

    waiting, seen = list(map(canonical, packages)), set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        yield name
        try:
            wanted = metadata.requires(name) or []
        except metadata.PackageNotFoundError:
            continue
        for line in wanted:
            match = _REQUIRED.match(line)
            if match is not None and "extra ==" not in line:
                waiting.append(canonical(match[1]))
