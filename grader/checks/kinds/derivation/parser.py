"""The parser of one formula, by recursive descent; it refuses ambiguous text."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar

from grader.checks.kinds.derivation import nodes
from grader.checks.kinds.derivation.cursor import Cursor, Read
from grader.checks.kinds.derivation.symbols import CONSTANTS, Symbols
from grader.checks.kinds.derivation.tokens import Token
from grader.text import safe_text

_T = TypeVar("_T")

_HIGHEST_EXPONENT = 1000
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_STARTS_FACTOR = {"number", "name", "function", "big", "call", "frac", "hat", *_CLOSING}
_AFTER_DIVISOR = {"function", "big", "call"}
_DEFAULT_INDEX = "i"


def parse_formula(
    tokens: Sequence[Token], symbols: Symbols, names: Mapping[str, nodes.Node] | None = None
) -> nodes.Node:
    """Parse one formula, the last token of which is an end; `names` are formulas that it may use.

    Raises
    ------
    DerivationError
        The tokens are not a formula, or it is too large or too deep. The error has no source.
    """
    return _Parser(tokens, symbols, names or {}).formula()


class _Parser(Cursor):
    def __init__(
        self, tokens: Sequence[Token], symbols: Symbols, names: Mapping[str, nodes.Node]
    ) -> None:
        super().__init__(tokens)
        self._symbols = symbols
        self._names = names
        self._numbers = frozenset({*symbols.scalars, symbols.size, *CONSTANTS})
        self._indices: list[str] = []

    def formula(self) -> nodes.Node:
        node = self._sum()
        if self.kind != "end":
            self.fail("expected an operator or the end of the line")
        return node

    # Sums, terms, factors.

    def _sum(self) -> nodes.Node:
        terms = [self._signed(self._term)]
        while self.kind in {"+", "-"}:
            negative = self.take().kind == "-"
            term = self._signed(self._term)
            terms.append(self.made(nodes.Negated(term)) if negative else term)
        return self._joined(nodes.Sum, terms)

    def _joined(self, kind: type[nodes.Sum | nodes.Product], parts: list[nodes.Node]) -> nodes.Node:
        return parts[0] if len(parts) == 1 else self.made(kind(tuple(parts)))

    def _signed(self, read: Read) -> nodes.Node:
        negative = False
        while self.kind in {"+", "-"}:
            negative ^= self.take().kind == "-"
        node = read()
        return self.made(nodes.Negated(node)) if negative else node

    def _term(self) -> nodes.Node:
        over, under = [self._factor()], list[nodes.Node]()
        divided = False
        while True:
            kind = self.kind
            if self._starts_factor():
                self._check_implicit(divided)
                over.append(self._factor())
            elif kind == "*":
                self.take()
                over.append(self._signed(self._factor))
            elif kind == "/":
                self.take()
                under.append(self._signed(self._factor))
            else:
                break
            divided = kind == "/"
        top = self._joined(nodes.Product, over)
        if not under:
            return top
        return self.made(nodes.Quotient(top, self._joined(nodes.Product, under)))

    def _starts_factor(self) -> bool:
        return self.kind in _STARTS_FACTOR or (self.kind == "|" and not self.in_bars)

    def _check_implicit(self, divided: bool) -> None:
        shown = safe_text(self.next.shown, 30)
        if self.kind == "number":
            self.fail(f"`{shown}` follows with no sign: write `*` or `^` before it", self.next)
        exponential = self.next.text == "e" and self.follows("^")
        if divided and self.kind not in _AFTER_DIVISOR and not exponential:
            self.fail(
                f"`/` and then `{shown}` has two readings: write a / (b c) or (a / b) c",
                self.next,
            )

    def _factor(self) -> nodes.Node:
        if self.kind == "big":
            return self.nested(self._folded)
        return self.nested(self._power, in_bars=self.in_bars)

    def _power(self) -> nodes.Node:
        base = self._base()
        if not self.skip("^"):
            return base
        at = self.next
        exponent = self._signed(self._base)
        number = exponent.of if isinstance(exponent, nodes.Negated) else exponent
        if isinstance(number, nodes.Number) and number.value > _HIGHEST_EXPONENT:
            self.fail(f"this exponent is above {_HIGHEST_EXPONENT}", at)
        if self.kind == "^":
            self.fail("a power of a power: put parentheses around one of them", self.next)
        return self.made(nodes.Power(base, exponent))

    def _base(self) -> nodes.Node:
        match self.kind:
            case "name" | "hat":
                return self._symbol()
            case "number":
                return self._number()
            case "(" | "[" | "{":
                return self._group()
            case "frac":
                return self._fraction()
            case "function":
                return self._function()
            case "call":
                return self._bound(self.take(), _DEFAULT_INDEX, self._group)
            case "|":
                return self._bars()
            case _:
                return self.fail("expected a number, a symbol, a function or `(`")

    # Factors, one by one.

    def _group(self) -> nodes.Node:
        return self._enclosed(lambda: self.nested(self._sum))

    def _enclosed(self, read: Callable[[], _T]) -> _T:
        """Read a pair of brackets and the content between them."""
        closing = _CLOSING[self.take().kind]
        inside = read()
        self.expect(closing, f"`{closing}`")
        return inside

    def _braced(self, read: Callable[[], _T]) -> _T:
        """Read content that may be in braces."""
        return self._enclosed(read) if self.kind == "{" else read()

    def _bars(self) -> nodes.Node:
        self.take()
        inside = self.nested(self._sum, in_bars=True)
        self.expect("|", "a closing `|`")
        return self.made(nodes.Applied("abs", inside))

    def _number(self) -> nodes.Node:
        return self.made(nodes.Number(Decimal(self.take().text)))

    def _fraction(self) -> nodes.Node:
        self.take()
        digits = self.next.text if self.kind == "number" else ""
        if len(digits) == len("12") and digits.isdigit():  # \frac12, as LaTeX reads it
            self.take()
            one, other = (self.made(nodes.Number(Decimal(digit))) for digit in digits)
            return self.made(nodes.Quotient(one, other))
        return self.made(nodes.Quotient(self._argument(), self._argument()))

    def _argument(self) -> nodes.Node:
        if self.kind == "{":
            return self._group()
        if self.kind == "number" and len(self.next.text) > 1:
            self.fail(r"put braces around both parts of a fraction, as in \frac{1}{2}", self.next)
        if self.kind not in {"number", "name"}:
            self.fail("expected `{`")
        return self._base()

    def _function(self) -> nodes.Node:
        token = self.take()
        if token.text == "log" and self.kind == "_":
            self._base_of_logarithm()
        if token.shown == r"\sqrt" and self.kind == "[":
            return self._root()
        if self.kind in _CLOSING:
            return self.made(nodes.Applied(token.text, self._group()))  # type: ignore[arg-type]
        if not self._starts_factor():
            self.fail(f"expected `(` after `{token.shown}`")
        argument = self._factor()
        if self._starts_factor() or self.kind == "/":
            self.fail(f"where does `{token.shown}` end? Put its argument in parentheses", self.next)
        return self.made(nodes.Applied(token.text, argument))  # type: ignore[arg-type]

    def _base_of_logarithm(self) -> None:
        at = self.take()
        if self._braced(lambda: self.take().text) != "e":
            self.fail("logarithms are natural here: no base but e", at)

    def _root(self) -> nodes.Node:
        self.take()
        which = self._number() if self.kind == "number" else self.fail("expected a number")
        self.expect("]", "`]`")
        if self.kind != "{":
            self.fail("expected `{`")
        one = self.made(nodes.Number(Decimal(1)))
        return self.made(nodes.Power(self._group(), self.made(nodes.Quotient(one, which))))

    # Sums and products over the examples.

    def _folded(self) -> nodes.Node:
        token = self.take()
        index = _DEFAULT_INDEX
        while self.kind in {"_", "^"}:
            if self.take().kind == "^":
                self._braced(self._upper_bound)
            else:
                index = self._braced(self._lower_bound)
        return self._bound(token, index, lambda: self._signed(self._term))

    def _lower_bound(self) -> str:
        token = self.expect("name", "an index, as in `i = 1`")
        taken = token.text in self._numbers or token.text in self._symbols.vectors
        if taken or len(token.text) > 1:
            self.fail(f"`{safe_text(token.text, 30)}` cannot be an index: use i", token)
        if self.skip("="):
            start = self.expect("number", "1")
            if start.text != "1":
                self.fail("an index starts at 1", start)
        return token.text

    def _upper_bound(self) -> str:
        size = self._symbols.size
        token = self.expect("name", f"`{size}`")
        if token.text != size:
            self.fail(f"an index ends at {size}", token)
        return size

    def _bound(self, token: Token, index: str, read: Read) -> nodes.Node:
        self._indices.append(index)
        body = read()
        self._indices.pop()
        return self.made(nodes.Folded(token.text, index, body))  # type: ignore[arg-type]

    # Symbols.

    def _symbol(self) -> nodes.Node:
        token = self.next
        name, index = self._name()
        if index is None:
            index = self._index_of(name)
        if name in self._symbols.vectors:
            return self.made(self._element(name, index, token))
        if name in self._names and index is None:
            return self.made(self._names[name], *nodes.size_and_depth(self._names[name]))
        if name not in self._numbers:
            self.fail(self._unknown(token, name), token)
        if index is not None:
            self.fail(f"`{name}` is one number: it takes no index", token)
        return self.made(nodes.Scalar(name))

    def _name(self) -> tuple[str, str | None]:
        if not self.skip("hat"):
            return self.take().text, None
        braced = self.skip("{")
        name = f"{self.expect('name', 'a letter under the hat').text}_hat"
        if not braced:
            return name, None
        index = self._index_of(name)
        self.expect("}", "`}`")
        return name, index

    def _index_of(self, name: str) -> str | None:
        """Return the index after a symbol: ``y_i``, ``y[i]`` or, if declared, ``y^{(i)}``."""
        if self.skip("_"):
            return self._braced(self._index)
        if name not in self._symbols.vectors:
            return None
        if self.kind == "[":
            return self._enclosed(self._index)
        if not self._symbols.superscripts or self.kind != "^":
            return None
        if self.follows("("):
            self.take()
            return self._enclosed(self._index)
        if self.follows("{", "("):
            self.take()
            return self._enclosed(lambda: self._enclosed(self._index))
        return None

    def _index(self) -> str:
        return self.expect("name", "an index, such as i").text

    def _element(self, name: str, index: str | None, token: Token) -> nodes.Node:
        shown = safe_text(token.shown, 30)
        if index is None:
            self.fail(f"`{shown}` has one value per example: write {shown}_i", token)
        if index not in self._indices:
            message = f"`{safe_text(index, 30)}` is used outside a sum or product over it"
            self.fail(message, token)
        return nodes.Element(name, index)

    def _unknown(self, token: Token, name: str) -> str:
        if name in self._indices:
            return f"`{name}` counts the examples here; it can only be an index"
        shown = safe_text(token.shown, 30)
        if token.tabbed:
            return f'`{shown}` after a tab: put an r before the text, as in r"\\times"'
        return f"`{shown}` is not a symbol here; the symbols are {self._symbols.listed()}"
