"""Text to tree: Python's precedence for the operators that the language has, and nothing else.

Numbers, 'strings', columns (in `backquotes` where the name is not a word), true, false, null, ``+ - * / // % **``,
comparisons (chained as in Python), ``and or not``, parentheses, ``a if c else b``, function calls.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from datagen_core.errors import Problem
from datagen_core.expressions.nodes import Call, Chain, Comparison, Condition, Constant, Logic, Name, Node, Unary

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 10_000
DEEPEST = 50
_LARGEST = (1 << 63) - 1
_TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
    |(?P<string>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    |(?P<name>[^\W\d]\w*)
    |(?P<quoted>`[^`]+`)
    |(?P<op>\*\*|//|<=|>=|==|!=|[-+*/%<>(),])
    |(?P<wrong>\S)
    |(?P<end>\Z)
    )""",
    re.VERBOSE | re.DOTALL,
)
_WORDS = frozenset(("and", "or", "not", "if", "else"))
_CONSTANTS = {"true": True, "false": False, "null": None, "none": None}
_COMPARISONS = frozenset(("<", "<=", ">", ">=", "==", "!="))
_HINTS = {
    "=": 'write "==" to compare',
    "&": 'write "and"',
    "|": 'write "or"',
    "!": 'write "not", or "!=" to compare',
    "'": "the string is not closed",
    '"': "the string is not closed",
    "`": "the name is not closed",
    ".": "columns of other tables come through lookup; methods do not exist",
    "[": "there is no indexing",
}
_ESCAPES = {"n": "\n", "t": "\t"}


@dataclass(frozen=True, slots=True)
class Token:
    """`kind`: number, string, name, quoted, op, word or end."""

    kind: str
    text: str
    at: int


class ExpressionError(Exception):
    """The text is no expression; `problem` says where and why, its pointer relative to the text."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


def wrong(
    at: int, message: str, hint: str = "", received: str | None = None, accepted: tuple[str, ...] = ()
) -> Problem:
    """A mistake at a column of the text."""
    return Problem((), f"at character {at}: {message}", received, accepted, hint)


def tokenize(code: str) -> list[Token]:
    """The text's tokens, the last of kind ``end``."""
    tokens: list[Token] = []
    position = 0
    while not tokens or tokens[-1].kind != "end":
        match = _TOKEN.match(code, position)
        if match is None or match.lastgroup is None:  # the pattern matches any text; this satisfies the types
            raise ExpressionError(wrong(position + 1, "cannot be read"))
        kind, text, at = match.lastgroup, match[match.lastgroup], match.start(match.lastgroup) + 1
        if kind == "wrong":
            raise ExpressionError(wrong(at, f'"{text}" has no meaning here', _HINTS.get(text, "")))
        tokens.append(Token("word" if kind == "name" and text in _WORDS else kind, text, at))
        position = match.end()
    return tokens


class _Parser:
    """Recursive descent; one method per rank of precedence, loosest first."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.next = 0
        self.depth = 0

    @property
    def token(self) -> Token:
        return self.tokens[self.next]

    def advance(self) -> Token:
        token = self.token
        self.next += 1
        return token

    def accept(self, *texts: str) -> Token | None:
        """The next token if it is one of these operators or words."""
        return self.advance() if self.token.kind in {"op", "word"} and self.token.text in texts else None

    def expect(self, text: str, why: str) -> None:
        if self.accept(text) is None:
            self.refuse(f'"{text}" is missing {why}')

    def refuse(self, message: str) -> NoReturn:
        found = "the end" if self.token.kind == "end" else f'"{self.token.text}"'
        raise ExpressionError(wrong(self.token.at, f"{message}; found {found}"))

    def deeper(self) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionError(wrong(self.token.at, f"nested more than {DEEPEST} deep", "split it over columns"))

    def condition(self) -> Node:
        self.deeper()
        then = self.disjunction()
        mark = self.accept("if")
        if mark:
            test = self.disjunction()
            self.expect("else", "after the condition")
            then = Condition(mark.at, test, then, self.condition())
        self.depth -= 1
        return then

    def disjunction(self) -> Node:
        return self._logic("or", self.conjunction)

    def conjunction(self) -> Node:
        return self._logic("and", self.negation)

    def _logic(self, op: str, read: Callable[[], Node]) -> Node:
        at, operands = self.token.at, [read()]
        while self.accept(op):
            operands.append(read())
        return Logic(at, op, tuple(operands)) if len(operands) > 1 else operands[0]

    def negation(self) -> Node:
        mark = self.accept("not")
        if mark is None:
            return self.comparison()
        self.deeper()
        node = Unary(mark.at, "not", self.negation())
        self.depth -= 1
        return node

    def comparison(self) -> Node:
        at, first = self.token.at, self.sum()
        rest = []
        while mark := self.accept(*_COMPARISONS):
            rest.append((mark.at, mark.text, self.sum()))
        return Comparison(at, first, tuple(rest)) if rest else first

    def sum(self) -> Node:
        at, first = self.token.at, self.term()
        rest = []
        while mark := self.accept("+", "-"):
            rest.append((mark.at, mark.text, self.term()))
        return Chain(at, first, tuple(rest)) if rest else first

    def term(self) -> Node:
        at, first = self.token.at, self.sign()
        rest = []
        while mark := self.accept("*", "/", "//", "%"):
            rest.append((mark.at, mark.text, self.sign()))
        return Chain(at, first, tuple(rest)) if rest else first

    def sign(self) -> Node:
        mark = self.accept("-", "+")
        if mark is None:
            return self.power()
        self.deeper()
        node = Unary(mark.at, mark.text, self.sign())
        self.depth -= 1
        return node

    def power(self) -> Node:
        at, base = self.token.at, self.primary()
        mark = self.accept("**")
        if mark is None:
            return base
        self.deeper()
        node = Chain(at, base, ((mark.at, "**", self.sign()),))
        self.depth -= 1
        return node

    def primary(self) -> Node:
        token = self.token
        if self.accept("("):
            node = self.condition()
            self.expect(")", f"to close the parenthesis at character {token.at}")
            return node
        if token.kind not in {"number", "string", "name", "quoted"}:
            self.refuse("a value is missing")
        self.advance()
        return self._read(token)

    def _read(self, token: Token) -> Node:
        match token.kind:
            case "number":
                return self._number(token)
            case "string":
                return _string(token)
            case "quoted":
                return Name(token.at, token.text[1:-1])
            case _:
                return self._name(token)

    def _number(self, token: Token) -> Node:
        if self.token.kind in {"number", "name"} and self.token.at == token.at + len(token.text):
            raise ExpressionError(wrong(token.at, f'"{token.text}{self.token.text}" is no number'))
        whole = token.text.isdigit()
        value = int(token.text) if whole and len(token.text) <= 20 else float(token.text)
        if (whole and value > _LARGEST) or value == float("inf"):
            raise ExpressionError(wrong(token.at, "the number is too large"))
        return Constant(token.at, value, "int" if whole else "float")

    def _name(self, token: Token) -> Node:
        if self.accept("("):
            return Call(token.at, token.text, self._arguments())
        if token.text.lower() in _CONSTANTS:
            value = _CONSTANTS[token.text.lower()]
            return Constant(token.at, value, "null" if value is None else "bool")
        return Name(token.at, token.text)

    def _arguments(self) -> tuple[Node, ...]:
        if self.accept(")"):
            return ()
        arguments = [self.condition()]
        while self.accept(","):
            arguments.append(self.condition())
        self.expect(")", "after the arguments")
        return tuple(arguments)


def _string(token: Token) -> Node:
    text = re.sub(r"\\(.)", lambda match: _ESCAPES.get(match[1], match[1]), token.text[1:-1], flags=re.DOTALL)
    return Constant(token.at, text, "string")


def parse_tree(code: str) -> Node:
    """The tree of an expression.

    Raises
    ------
    ExpressionError
        The text is empty, too long, too deep, or no expression of the language.
    """
    if len(code) > LONGEST:
        raise ExpressionError(wrong(LONGEST, f"longer than {LONGEST} characters"))
    parser = _Parser(tokenize(code))
    tree = parser.condition()
    if parser.token.kind != "end":
        parser.refuse("the expression should end here, or an operator is missing")
    return tree
