"""Reading one formula, by recursive descent; whatever has two readings is refused."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import NoReturn, TypeAlias

from grader.checks.algebra.fault import DerivationError
from grader.checks.algebra.nodes import (
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
)
from grader.checks.algebra.symbols import CONSTANTS, Symbols
from grader.checks.algebra.tokens import Token
from grader.text import safe_text

__all__ = ["parse_formula"]

_Read: TypeAlias = Callable[[], Node]
_ReadText: TypeAlias = Callable[[], str]

_DEEPEST = 90
_MOST_NODES = 250
_HIGHEST_EXPONENT = 1000
_CLOSING = {"(": ")", "[": "]", "{": "}"}
_STARTS_FACTOR = {"number", "name", "function", "big", "call", "frac", "hat", *_CLOSING}
_AFTER_DIVISOR = {"function", "big", "call"}
_DEFAULT_INDEX = "i"


def parse_formula(tokens: Sequence[Token], symbols: Symbols, source: str, line: int = 1) -> Node:
    """Read the tokens of one formula, the last of which is an end.

    Raises
    ------
    DerivationError
        The tokens are not a formula, or one that is too large or too deep.
    """
    return _Parser(tokens, symbols, source, line).formula()


class _Parser:
    def __init__(self, tokens: Sequence[Token], symbols: Symbols, source: str, line: int) -> None:
        self._tokens = tokens
        self._at = 0
        self._symbols = symbols
        self._source = source
        self._line = line
        self._indices: list[str] = []
        self._in_bars = False
        self._depth = 0
        self._nodes = 0

    def formula(self) -> Node:
        node = self._sum()
        if self._kind != "end":
            self._fail("expected an operator or the end of the line")
        return node

    # What stands next.

    @property
    def _next(self) -> Token:
        return self._tokens[self._at]

    @property
    def _kind(self) -> str:
        return self._next.kind

    def _take(self) -> Token:
        token = self._next
        self._at += 1
        return token

    def _skip(self, kind: str) -> bool:
        if self._kind != kind:
            return False
        self._at += 1
        return True

    def _expect(self, kind: str, what: str) -> Token:
        if self._kind != kind:
            self._fail(f"expected {what}")
        return self._take()

    def _fail(self, message: str, token: Token | None = None) -> NoReturn:
        where = token or self._next
        if token is None:
            found = where.shown if where.kind == "end" else f"`{safe_text(where.shown, 30)}`"
            message = f"{message}, found {found}"
        raise DerivationError(message, self._line, where.column, self._source)

    def _made(self, node: Node) -> Node:
        self._nodes += 1
        if self._nodes > _MOST_NODES:
            self._fail(f"this formula has more than {_MOST_NODES} parts", self._next)
        return node

    @contextmanager
    def _deeper(self, in_bars: bool = False) -> Iterator[None]:
        before, self._in_bars = self._in_bars, in_bars
        self._depth += 1
        if self._depth > _DEEPEST:
            self._fail("this formula is nested too deep", self._next)
        yield
        self._depth -= 1
        self._in_bars = before

    # Sums, terms, factors.

    def _sum(self) -> Node:
        terms = [self._signed(self._term)]
        while self._kind in {"+", "-"}:
            negative = self._take().kind == "-"
            term = self._signed(self._term)
            terms.append(self._made(Negated(term)) if negative else term)
        return terms[0] if len(terms) == 1 else self._made(Sum(tuple(terms)))

    def _signed(self, read: _Read) -> Node:
        negative = False
        while self._kind in {"+", "-"}:
            negative ^= self._take().kind == "-"
        node = read()
        return self._made(Negated(node)) if negative else node

    def _term(self) -> Node:
        over, under = [self._factor()], list[Node]()
        divided = False
        while True:
            if self._skip("*"):
                over.append(self._signed(self._factor))
                divided = False
            elif self._skip("/"):
                under.append(self._signed(self._factor))
                divided = True
            elif self._starts_factor():
                self._check_implicit(divided)
                over.append(self._factor())
                divided = False
            else:
                break
        return self._quotient(over, under)

    def _starts_factor(self) -> bool:
        return self._kind in _STARTS_FACTOR or (self._kind == "|" and not self._in_bars)

    def _check_implicit(self, divided: bool) -> None:
        shown = safe_text(self._next.shown, 30)
        if self._kind == "number":
            self._fail(f"`{shown}` follows with no sign: write `*` or `^` before it", self._next)
        if divided and self._kind not in _AFTER_DIVISOR:
            self._fail(
                f"`/` and then `{shown}` has two readings: write a / (b c) or (a / b) c",
                self._next,
            )

    def _quotient(self, over: list[Node], under: list[Node]) -> Node:
        top = self._product(over)
        return self._made(Quotient(top, self._product(under))) if under else top

    def _product(self, factors: list[Node]) -> Node:
        return factors[0] if len(factors) == 1 else self._made(Product(tuple(factors)))

    def _factor(self) -> Node:
        if self._kind == "big":
            with self._deeper():
                return self._folded()
        with self._deeper(self._in_bars):
            base = self._base()
            if self._kind != "^":
                return base
            return self._power(base)

    def _power(self, base: Node) -> Node:
        self._take()
        at = self._next
        exponent = self._signed(self._base)
        number = exponent.of if isinstance(exponent, Negated) else exponent
        if isinstance(number, Number) and number.value > _HIGHEST_EXPONENT:
            self._fail(f"this exponent is above {_HIGHEST_EXPONENT}", at)
        if self._kind == "^":
            self._fail("a power of a power: put parentheses round one of them", self._next)
        return self._made(Power(base, exponent))

    def _base(self) -> Node:
        with self._deeper(self._in_bars):
            if self._kind in _CLOSING:
                return self._group()
            if self._kind == "|":
                return self._bars()
            read = {
                "number": self._number,
                "name": self._symbol,
                "hat": self._symbol,
                "function": self._function,
                "call": self._call,
                "frac": self._fraction,
            }.get(self._kind)
            if read is None:
                self._fail("expected a number, a symbol, a function or `(`")
            return read()

    # Factors, one by one.

    def _group(self) -> Node:
        opening = self._take().kind
        with self._deeper():
            inside = self._sum()
        self._expect(_CLOSING[opening], f"`{_CLOSING[opening]}`")
        return inside

    def _bars(self) -> Node:
        self._take()
        with self._deeper(in_bars=True):
            inside = self._sum()
        self._expect("|", "a closing `|`")
        return self._made(Applied("abs", inside))

    def _number(self) -> Node:
        return self._made(Number(Decimal(self._take().text)))

    def _fraction(self) -> Node:
        self._take()
        return self._made(Quotient(self._argument(), self._argument()))

    def _argument(self) -> Node:
        if self._kind == "{":
            return self._group()
        if self._kind == "number" and len(self._next.text) > 1:
            self._fail(r"put braces round both parts of a fraction, as in \frac{1}{2}", self._next)
        if self._kind not in {"number", "name"}:
            self._fail("expected `{`")
        return self._base()

    def _function(self) -> Node:
        token = self._take()
        if token.text == "log" and self._kind == "_":
            self._fail("logarithms are natural here: no base", self._next)
        if self._kind in _CLOSING:
            return self._made(Applied(token.text, self._group()))  # type: ignore[arg-type]
        if not self._starts_factor():
            self._fail(f"expected `(` after `{token.shown}`")
        argument = self._factor()
        if self._starts_factor() or self._kind == "/":
            self._fail(
                f"where does `{token.shown}` end? Put its argument in parentheses", self._next
            )
        return self._made(Applied(token.text, argument))  # type: ignore[arg-type]

    # Sums and products over the examples.

    def _call(self) -> Node:
        token = self._take()
        with self._bound(_DEFAULT_INDEX):
            body = self._group()
        return self._made(Folded(token.text, _DEFAULT_INDEX, body))  # type: ignore[arg-type]

    def _folded(self) -> Node:
        token = self._take()
        index = _DEFAULT_INDEX
        while self._kind in {"_", "^"}:
            if self._take().kind == "^":
                self._braced(self._upper_bound)
            else:
                index = self._braced(self._lower_bound)
        with self._bound(index):
            body = self._signed(self._term)
        return self._made(Folded(token.text, index, body))  # type: ignore[arg-type]

    def _braced(self, read: _ReadText) -> str:
        if not self._skip("{"):
            return read()
        text = read()
        self._expect("}", "`}`")
        return text

    def _lower_bound(self) -> str:
        token = self._expect("name", "an index, as in `i = 1`")
        names = {*self._symbols.vectors, *self._symbols.scalars, self._symbols.size, *CONSTANTS}
        if token.text in names or len(token.text) > 1:
            self._fail(f"`{safe_text(token.text, 30)}` cannot be an index: use i", token)
        if self._skip("="):
            start = self._expect("number", "1")
            if start.text != "1":
                self._fail("an index starts at 1", start)
        return token.text

    def _upper_bound(self) -> str:
        size = self._symbols.size
        token = self._expect("name", f"`{size}`")
        if token.text != size:
            self._fail(f"an index ends at {size}", token)
        return size

    @contextmanager
    def _bound(self, index: str) -> Iterator[None]:
        self._indices.append(index)
        yield
        self._indices.pop()

    # Symbols.

    def _symbol(self) -> Node:
        token = self._next
        name, index = self._name()
        if index is None and self._kind == "_":
            index = self._subscript()
        if name in self._symbols.vectors:
            return self._made(self._element(name, index, token))
        if name not in {*self._symbols.scalars, self._symbols.size, *CONSTANTS}:
            self._fail(self._unknown(token, name), token)
        if index is not None:
            self._fail(f"`{name}` is one number: it takes no index", token)
        return self._made(Scalar(name))

    def _name(self) -> tuple[str, str | None]:
        if not self._skip("hat"):
            return self._take().text, None
        if not self._skip("{"):
            return f"{self._expect('name', 'a letter under the hat').text}_hat", None
        name = self._expect("name", "a letter under the hat").text
        index = self._subscript() if self._kind == "_" else None
        self._expect("}", "`}`")
        return f"{name}_hat", index

    def _subscript(self) -> str:
        self._take()
        return self._braced(lambda: self._expect("name", "an index, such as i").text)

    def _element(self, name: str, index: str | None, token: Token) -> Node:
        shown = safe_text(token.shown, 30)
        if index is None:
            self._fail(f"`{shown}` is one value an example: write {shown}_i", token)
        if index not in self._indices:
            message = f"`{safe_text(index, 30)}` stands outside of a sum or product over it"
            self._fail(message, token)
        return Element(name, index)

    def _unknown(self, token: Token, name: str) -> str:
        if name in self._indices:
            return f"`{name}` counts the examples here; it can only be an index"
        shown = safe_text(token.shown, 30)
        if self._source[: token.column - 1].endswith("\t"):
            return f'`{shown}` after a tab: put an r before the text, as in r"\\times"'
        return f"`{shown}` is not a symbol here; there are {self._symbols.spoken()}"
