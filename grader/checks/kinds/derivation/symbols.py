"""The symbols that a derivation may use, and what may vary."""

from __future__ import annotations

from dataclasses import dataclass, replace

CONSTANTS = frozenset({"pi", "e"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Symbols:
    """What each symbol of an exercise stands for.

    Attributes
    ----------
    data : tuple of str
        Known values, one an example: ``y`` is written ``y_i``.
    minimised : tuple of str
        What the loss is minimised over, one value an example.
    fixed : tuple of str
        Positive numbers that stay as they are.
    free : tuple of str
        Positive numbers that the loss is minimised over too.
    size : str
        The number of examples.
    superscripts : bool
        Whether ``y^{(i)}`` is another way to write ``y_i``.
    """

    data: tuple[str, ...]
    minimised: tuple[str, ...]
    fixed: tuple[str, ...] = ()
    free: tuple[str, ...] = ()
    size: str = "n"
    superscripts: bool = False

    @property
    def vectors(self) -> tuple[str, ...]:
        """The symbols that carry an index."""
        return self.data + self.minimised

    @property
    def scalars(self) -> tuple[str, ...]:
        """The positive numbers."""
        return self.fixed + self.free

    def freed(self, names: tuple[str, ...]) -> Symbols:
        """Return the same symbols, with some of the fixed ones free."""
        fixed = tuple(name for name in self.fixed if name not in names)
        free = self.free + tuple(name for name in self.fixed if name in names)
        return replace(self, fixed=fixed, free=free)

    def spoken(self) -> str:
        """List what may be written, for a message."""
        plain = (*self.scalars, self.size, *sorted(CONSTANTS, reverse=True))
        return ", ".join([*(f"{shown(name)}_i" for name in self.vectors), *map(shown, plain)])


def shown(name: str) -> str:
    """Return a symbol as a person writes it.

    Examples
    --------
    >>> shown("y_hat"), shown("sigma")
    ('ŷ', 'sigma')
    """
    if name == "y_hat":
        return "ŷ"
    return name
