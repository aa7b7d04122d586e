"""The symbols that a derivation may use, and which of them vary."""

from __future__ import annotations

from dataclasses import dataclass, replace

CONSTANTS = frozenset({"pi", "e"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbols:
    """The symbols of an exercise, by role.

    Attributes
    ----------
    data : tuple of str
        Known values, one per example; `y` is written ``y_i``.
    minimised : tuple of str
        Variables that the loss is minimised over, one value per example.
    fixed : tuple of str
        Positive constants.
    free : tuple of str
        Positive numbers that the loss is also minimised over.
    size : str
        The number of examples.
    superscripts : bool
        Whether ``y^{(i)}`` also means ``y_i``.
    """

    data: tuple[str, ...]
    minimised: tuple[str, ...]
    fixed: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    size: str = "n"
    superscripts: bool = False

    @property
    def vectors(self) -> tuple[str, ...]:
        """The symbols that take an index."""
        return self.data + self.minimised

    @property
    def scalars(self) -> tuple[str, ...]:
        """The positive numbers."""
        return self.fixed + self.free

    def freed(self, names: tuple[str, ...]) -> Symbols:
        """Return these symbols with some of the fixed ones made free."""
        fixed = tuple(name for name in self.fixed if name not in names)
        free = self.free + tuple(name for name in self.fixed if name in names)
        return replace(self, fixed=fixed, free=free)

    def listed(self) -> str:
        """Return a list of all symbols, for a message."""
        plain = (*self.scalars, self.size, *sorted(CONSTANTS, reverse=True))
        return ", ".join([*(f"{shown(name)}_i" for name in self.vectors), *map(shown, plain)])


def shown(name: str) -> str:
    """Return a symbol as messages show it.

    Examples
    --------
    >>> shown("y_hat"), shown("sigma")
    ('ŷ', 'sigma')
    """
    return "ŷ" if name == "y_hat" else name
