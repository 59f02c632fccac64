"""The tree of an expression. `at` is the 1-based column of a node in the expression's text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf

Kind = OneOf["int", "float", "string", "bool", "datetime", "date", "null"]
NUMBERS: frozenset[Kind] = frozenset(("int", "float"))
TIMES: frozenset[Kind] = frozenset(("datetime", "date"))


@dataclass(frozen=True, slots=True)
class Constant:
    """A number, a string, ``true``, ``false`` or ``null``."""

    at: int
    value: float | str | None
    kind: Kind


@dataclass(frozen=True, slots=True)
class Name:
    """A column."""

    at: int
    name: str


@dataclass(frozen=True, slots=True)
class Unary:
    """``-x``, ``+x``, ``not x``."""

    at: int
    op: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Chain:
    """Operators of one rank from left to right: ``first (op operand)…``; flat, so a long sum is no deep tree."""

    at: int
    first: Node
    rest: tuple[tuple[int, str, Node], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """``a < b <= c``: every neighbouring pair holds."""

    at: int
    first: Node
    rest: tuple[tuple[int, str, Node], ...]


@dataclass(frozen=True, slots=True)
class Logic:
    """``a and b and c`` or ``a or b or c``."""

    at: int
    op: str
    operands: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Condition:
    """``then if test else other``."""

    at: int
    test: Node
    then: Node
    other: Node


@dataclass(frozen=True, slots=True)
class Call:
    """``function(arguments)``."""

    at: int
    function: str
    arguments: tuple[Node, ...]


Node = Constant | Name | Unary | Chain | Comparison | Logic | Condition | Call


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right under a node."""
    match node:
        case Unary(operand=operand):
            return (operand,)
        case Chain(first=first, rest=rest) | Comparison(first=first, rest=rest):
            return (first, *(operand for _, _, operand in rest))
        case Logic(operands=operands):
            return operands
        case Condition(test=test, then=then, other=other):
            return (test, then, other)
        case Call(arguments=arguments):
            return arguments
        case _:
            return ()
