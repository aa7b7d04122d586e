"""Reading one formula, by recursive descent; whatever has two readings is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from grader.checks.kinds.derivation.cursor import Cursor, Read
from grader.checks.kinds.derivation.nodes import (
    Applied,
    Element,
    Folded,
    Negated,
    Node,
    Number,
    Power,
    Product,
    Quotient,
    Scalar,
    Sum,
    children,
)
from grader.checks.kinds.derivation.symbols import CONSTANTS, Symbols
from grader.checks.kinds.derivation.tokens import Token
from grader.text import safe_text

_ReadText: TypeAlias = Callable[[], str]

_HIGHEST_EXPONENT = 1000
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_STARTS_FACTOR = {"number", "name", "function", "big", "call", "frac", "hat", *_CLOSING}
_AFTER_DIVISOR = {"function", "big", "call"}
_DEFAULT_INDEX = "i"


@dataclass(frozen=True, slots=True)
class Defined:
    """A formula that a student gave a name.

    Attributes
    ----------
    formula : Node
        What the name stands for.
    size : int
        Of how many parts it is made.
    depth : int
        How deep they are nested.
    """

    formula: Node
    size: int
    depth: int


def defined(formula: Node) -> Defined:
    """Return a formula as what a name can stand for."""
    inside = [defined(child) for child in children(formula)]
    size = 1 + sum(part.size for part in inside)
    return Defined(formula, size, 1 + max((part.depth for part in inside), default=0))


def parse_formula(
    tokens: Sequence[Token], symbols: Symbols, names: Mapping[str, Defined] | None = None
) -> Node:
    """Read the tokens of one formula, the last of which is an end.

    Parameters
    ----------
    tokens : sequence of Token
        The tokens.
    symbols : Symbols
        What may stand in it.
    names : Mapping of str to Defined, optional
        What else may: names of formulas.

    Raises
    ------
    DerivationError
        The tokens are not a formula, or one that is too large or too deep. The error has no source.
    """
    return _Parser(tokens, symbols, names or {}).formula()


class _Parser(Cursor):
    def __init__(
        self, tokens: Sequence[Token], symbols: Symbols, names: Mapping[str, Defined]
    ) -> None:
        super().__init__(tokens)
        self._symbols = symbols
        self._names = names
        self._numbers = frozenset({*symbols.scalars, symbols.size, *CONSTANTS})
        self._indices: list[str] = []

    def formula(self) -> Node:
        node = self._sum()
        if self.kind != "end":
            self.fail("expected an operator or the end of the line")
        return node

    # Sums, terms, factors.

    def _sum(self) -> Node:
        terms = [self._signed(self._term)]
        while self.kind in {"+", "-"}:
            negative = self.take().kind == "-"
            term = self._signed(self._term)
            terms.append(self.made(Negated(term)) if negative else term)
        return terms[0] if len(terms) == 1 else self.made(Sum(tuple(terms)))

    def _signed(self, read: Read) -> Node:
        negative = False
        while self.kind in {"+", "-"}:
            negative ^= self.take().kind == "-"
        node = read()
        return self.made(Negated(node)) if negative else node

    def _term(self) -> Node:
        over, under = [self._factor()], list[Node]()
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
        return self._quotient(over, under)

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

    def _quotient(self, over: list[Node], under: list[Node]) -> Node:
        top = self._product(over)
        return self.made(Quotient(top, self._product(under))) if under else top

    def _product(self, factors: list[Node]) -> Node:
        return factors[0] if len(factors) == 1 else self.made(Product(tuple(factors)))

    def _factor(self) -> Node:
        if self.kind == "big":
            return self.nested(self._folded)
        return self.nested(self._powered, in_bars=self.in_bars)

    def _powered(self) -> Node:
        base = self._base()
        return self._power(base) if self.kind == "^" else base

    def _power(self, base: Node) -> Node:
        self.take()
        at = self.next
        exponent = self._signed(self._base)
        number = exponent.of if isinstance(exponent, Negated) else exponent
        if isinstance(number, Number) and number.value > _HIGHEST_EXPONENT:
            self.fail(f"this exponent is above {_HIGHEST_EXPONENT}", at)
        if self.kind == "^":
            self.fail("a power of a power: put parentheses round one of them", self.next)
        return self.made(Power(base, exponent))

    def _base(self) -> Node:
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
                return self._call()
            case "|":
                return self._bars()
            case _:
                return self.fail("expected a number, a symbol, a function or `(`")

    # Factors, one by one.

    def _group(self) -> Node:
        opening = self.take().kind
        inside = self.nested(self._sum)
        self.expect(_CLOSING[opening], f"`{_CLOSING[opening]}`")
        return inside

    def _bars(self) -> Node:
        self.take()
        inside = self.nested(self._sum, in_bars=True)
        self.expect("|", "a closing `|`")
        return self.made(Applied("abs", inside))

    def _number(self) -> Node:
        return self.made(Number(Decimal(self.take().text)))

    def _fraction(self) -> Node:
        self.take()
        digits = self.next.text if self.kind == "number" else ""
        if len(digits) == len("12") and digits.isdigit():  # \frac12, as LaTeX reads it
            self.take()
            one, other = (self.made(Number(Decimal(digit))) for digit in digits)
            return self.made(Quotient(one, other))
        return self.made(Quotient(self._argument(), self._argument()))

    def _argument(self) -> Node:
        if self.kind == "{":
            return self._group()
        if self.kind == "number" and len(self.next.text) > 1:
            self.fail(r"put braces round both parts of a fraction, as in \frac{1}{2}", self.next)
        if self.kind not in {"number", "name"}:
            self.fail("expected `{`")
        return self._base()

    def _function(self) -> Node:
        token = self.take()
        if token.text == "log" and self.kind == "_":
            self._base_of_logarithm()
        if token.shown == r"\sqrt" and self.kind == "[":
            return self._root()
        if self.kind in _CLOSING:
            return self.made(Applied(token.text, self._group()))  # type: ignore[arg-type]
        if not self._starts_factor():
            self.fail(f"expected `(` after `{token.shown}`")
        argument = self._factor()
        if self._starts_factor() or self.kind == "/":
            self.fail(f"where does `{token.shown}` end? Put its argument in parentheses", self.next)
        return self.made(Applied(token.text, argument))  # type: ignore[arg-type]

    def _base_of_logarithm(self) -> None:
        at = self.take()
        if self._braced(lambda: self.take().text) != "e":
            self.fail("logarithms are natural here: no base but e", at)

    def _root(self) -> Node:
        self.take()
        which = self._number() if self.kind == "number" else self.fail("expected a number")
        self.expect("]", "`]`")
        if self.kind != "{":
            self.fail("expected `{`")
        one = self.made(Number(Decimal(1)))
        return self.made(Power(self._group(), self.made(Quotient(one, which))))

    # Sums and products over the examples.

    def _call(self) -> Node:
        token = self.take()
        body = self._bound(_DEFAULT_INDEX, self._group)
        return self.made(Folded(token.text, _DEFAULT_INDEX, body))  # type: ignore[arg-type]

    def _folded(self) -> Node:
        token = self.take()
        index = _DEFAULT_INDEX
        while self.kind in {"_", "^"}:
            if self.take().kind == "^":
                self._braced(self._upper_bound)
            else:
                index = self._braced(self._lower_bound)
        body = self._bound(index, lambda: self._signed(self._term))
        return self.made(Folded(token.text, index, body))  # type: ignore[arg-type]

    def _braced(self, read: _ReadText) -> str:
        if not self.skip("{"):
            return read()
        text = read()
        self.expect("}", "`}`")
        return text

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

    def _bound(self, index: str, read: Read) -> Node:
        self._indices.append(index)
        body = read()
        self._indices.pop()
        return body

    # Symbols.

    def _symbol(self) -> Node:
        token = self.next
        name, index = self._name()
        if index is None:
            index = self._index_of(name)
        if name in self._symbols.vectors:
            return self.made(self._element(name, index, token))
        if name in self._names and index is None:
            known = self._names[name]
            return self.made(known.formula, known.size, known.depth)
        if name not in self._numbers:
            self.fail(self._unknown(token, name), token)
        if index is not None:
            self.fail(f"`{name}` is one number: it takes no index", token)
        return self.made(Scalar(name))

    def _name(self) -> tuple[str, str | None]:
        if not self.skip("hat"):
            return self.take().text, None
        if not self.skip("{"):
            return f"{self.expect('name', 'a letter under the hat').text}_hat", None
        name = self.expect("name", "a letter under the hat").text
        index = self._index_of(f"{name}_hat")
        self.expect("}", "`}`")
        return f"{name}_hat", index

    def _index_of(self, name: str) -> str | None:
        """Return the index behind a symbol: ``y_i``, ``y[i]`` or, if declared, ``y^{(i)}``."""
        if self.skip("_"):
            return self._braced(self._index)
        if name not in self._symbols.vectors:
            return None
        if self.kind == "[":
            return self._enclosed("[")
        if not self._symbols.superscripts or self.kind != "^":
            return None
        if self.follows("("):
            self.take()
            return self._enclosed("(")
        if self.follows("{", "("):
            self.take()
            return self._braced(lambda: self._enclosed("("))
        return None

    def _enclosed(self, opening: str) -> str:
        self.expect(opening, f"`{opening}`")
        index = self._index()
        self.expect(_CLOSING[opening], f"`{_CLOSING[opening]}`")
        return index

    def _index(self) -> str:
        return self.expect("name", "an index, such as i").text

    def _element(self, name: str, index: str | None, token: Token) -> Node:
        shown = safe_text(token.shown, 30)
        if index is None:
            self.fail(f"`{shown}` is one value an example: write {shown}_i", token)
        if index not in self._indices:
            message = f"`{safe_text(index, 30)}` stands outside of a sum or product over it"
            self.fail(message, token)
        return Element(name, index)

    def _unknown(self, token: Token, name: str) -> str:
        if name in self._indices:
            return f"`{name}` counts the examples here; it can only be an index"
        shown = safe_text(token.shown, 30)
        if token.tabbed:
            return f'`{shown}` after a tab: put an r before the text, as in r"\\times"'
        return f"`{shown}` is not a symbol here; there are {self._symbols.spoken()}"
