"""The kind of every part of an expression, and everything that is wrong with it, before a row is touched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datagen_core.expressions.functions import FUNCTIONS, Function, common
from datagen_core.expressions.nodes import (
    NUMBERS,
    TIMES,
    Call,
    Chain,
    Comparison,
    Condition,
    Constant,
    Kind,
    Logic,
    Name,
    Node,
    Unary,
)
from datagen_core.expressions.parser import wrong
from datagen_core.instants import parse_instant

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from datagen_core.errors import Problem

MOST_DIGITS = 15


class Checker:
    """Walks a tree once; `problems` holds the mistakes. What is wrong counts as null, so that it is named once."""

    def __init__(self, types: Mapping[str, Kind]) -> None:
        self.types = types
        self.problems: list[Problem] = []

    def kind(self, node: Node) -> Kind:
        """The kind of a node's values."""
        return _RULES[type(node)](self, node)

    def _constant(self, node: Constant) -> Kind:
        return node.kind

    def _logic(self, node: Logic) -> Kind:
        for operand in node.operands:
            self._truth(operand, f'"{node.op}"')
        return "bool"

    def _refuse(self, at: int, message: str, hint: str = "") -> Kind:
        self.problems.append(wrong(at, message, hint))
        return "null"

    def _name(self, node: Name) -> Kind:
        if node.name in self.types:
            return self.types[node.name]
        self.problems.append(wrong(node.at, f'unknown column "{node.name}"', "", node.name, tuple(self.types)))
        return "null"

    def _truth(self, node: Node, where: str) -> None:
        kind = self.kind(node)
        if kind not in {"bool", "null"}:
            self._refuse(node.at, f"{where} takes true or false, not {kind}", "write a comparison")

    def _unary(self, node: Unary) -> Kind:
        if node.op == "not":
            self._truth(node.operand, '"not"')
            return "bool"
        kind = self.kind(node.operand)
        if kind in NUMBERS or kind == "null":
            return kind
        return self._refuse(node.at, f'"{node.op}" takes a number, not {kind}')

    def _chain(self, node: Chain) -> Kind:
        kind = self.kind(node.first)
        for at, op, operand in node.rest:
            right = self.kind(operand)
            given = arithmetic(op, kind, right, operand)
            kind = self._refuse(at, f'"{op}" does not go between {kind} and {right}') if given is None else given
        return kind

    def _comparison(self, node: Comparison) -> Kind:
        left, left_kind = node.first, self.kind(node.first)
        for at, op, right in node.rest:
            right_kind = self.kind(right)
            self._pair(at, op, (left, left_kind), (right, right_kind))
            left, left_kind = right, right_kind
        return "bool"

    def _pair(self, at: int, op: str, left: tuple[Node, Kind], right: tuple[Node, Kind]) -> None:
        for (side, kind), (_, other) in ((left, right), (right, left)):
            if kind == "string" and other in TIMES:
                if not isinstance(side, Constant):
                    self._refuse(at, f'"{op}" does not go between {left[1]} and {right[1]}')
                elif parse_instant(str(side.value)) is None:
                    self._refuse(side.at, f'"{side.value}" is not an ISO 8601 instant', "write '2024-01-31T00:00:00Z'")
                return
        both = common((left[1], right[1]))
        if both is None or (both == "bool" and op not in {"==", "!="}):
            self._refuse(at, f'"{op}" does not go between {left[1]} and {right[1]}')

    def _condition(self, node: Condition) -> Kind:
        self._truth(node.test, '"if"')
        then, other = self.kind(node.then), self.kind(node.other)
        kind = common((then, other))
        return (
            self._refuse(node.at, f"one side of the condition is {then}, the other {other}") if kind is None else kind
        )

    def _call(self, node: Call) -> Kind:
        kinds = [self.kind(argument) for argument in node.arguments]
        function = FUNCTIONS.get(node.function)
        if function is None:
            self.problems.append(
                wrong(node.at, f'unknown function "{node.function}"', "", node.function, tuple(FUNCTIONS))
            )
            return "null"
        if not function.least <= len(kinds) <= function.most:
            return self._refuse(node.at, f"{node.function} takes {function.arity()}, not {len(kinds)}")
        self._arguments(node, function, kinds)
        return function.gives(kinds)

    def _arguments(self, node: Call, function: Function, kinds: list[Kind]) -> None:
        for argument, kind in zip(node.arguments, kinds, strict=True):
            if kind != "null" and kind not in function.takes:
                self._refuse(argument.at, f"{node.function} takes {' or '.join(sorted(function.takes))}, not {kind}")
        if node.function in {"coalesce", "min", "max"} and common(kinds) is None:
            self._refuse(node.at, f"{node.function} takes values of one kind, not {', '.join(kinds)}")
        if node.function == "round" and len(node.arguments) > 1 and digits_of(node.arguments[1]) is None:
            self._refuse(node.arguments[1].at, f"round takes a whole number of digits, at most {MOST_DIGITS}")


_RULES: dict[type, Callable[[Checker, Any], Kind]] = {
    Constant: Checker._constant,
    Name: Checker._name,
    Unary: Checker._unary,
    Chain: Checker._chain,
    Comparison: Checker._comparison,
    Logic: Checker._logic,
    Condition: Checker._condition,
    Call: Checker._call,
}


def digits_of(node: Node) -> int | None:
    """The digits that `round` is given: a whole number as it stands, within what a float holds."""
    sign = -1 if isinstance(node, Unary) and node.op == "-" else 1
    inner = node.operand if isinstance(node, Unary) else node
    value: object = inner.value if isinstance(inner, Constant) and inner.kind == "int" else None
    return sign * value if isinstance(value, int) and value <= MOST_DIGITS else None


def arithmetic(op: str, left: Kind, right: Kind, operand: Node) -> Kind | None:
    """The kind of ``left op right``; None where there is none."""
    if "null" in {left, right}:
        return left if right == "null" else right
    if {left, right} <= NUMBERS:
        return _numeric(op, left, right, operand)
    if op == "+" and left == right == "string":
        return "string"
    return _timely(op, left, right)


def _timely(op: str, left: Kind, right: Kind) -> Kind | None:
    """Instants move by seconds and differ by seconds, dates by days."""
    if left in TIMES and right in TIMES and op == "-":
        return "int" if left == right == "date" else "float"
    steps = NUMBERS if left == "datetime" else {"int"}
    return left if left in TIMES and right in steps and op in {"+", "-"} else None


def _numeric(op: str, left: Kind, right: Kind, operand: Node) -> Kind:
    whole = left == right == "int"
    if op == "/":
        return "float"
    if op == "**":  # a whole power is whole only when the exponent stands there and is not negative
        return "int" if whole and isinstance(operand, Constant) else "float"
    return "int" if whole else "float"
