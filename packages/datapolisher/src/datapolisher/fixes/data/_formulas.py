"""The schema's formulas (generator ``expression``) as expressions of ours; parsed, never evaluated as Python."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from typing import Any

from datapolisher.expressions import Cast, Column, Expression, Value, call
from datapolisher.fixes.base import Context

_BINARY = {ast.Add: "plus", ast.Sub: "minus", ast.Mult: "times", ast.Div: "over"}
_COMPARE = {
    ast.Eq: "equal",
    ast.NotEq: "unequal",
    ast.Lt: "below",
    ast.LtE: "at_most",
    ast.Gt: "above",
    ast.GtE: "at_least",
}
_FUNCTIONS = {"abs": "absolute", "lower": "lower", "upper": "upper"}


class _UnknownError(Exception):
    """A part of the formula that we do not compute."""


def formula(said: Any, table: str, context: Context) -> Expression | None:
    """The formula over the table's columns; None for one with a part that is not among the operations."""
    code = said.get("code") if isinstance(said, Mapping) else said
    source = context.dataset.tables.get(table)
    if not isinstance(code, str) or source is None:
        return None
    try:
        return _Reader(source.columns).read(ast.parse(code.strip(), mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError, _UnknownError):
        return None  # the finding stays open: the caller says that the formula is not known


class _Reader:
    """Reads Python's syntax tree of a formula; every other node is unknown."""

    def __init__(self, columns: Mapping[str, str]) -> None:
        self.columns = columns

    def read(self, node: ast.AST) -> Expression:
        """One node."""
        reader: Callable[[Any], Expression] | None = getattr(self, f"_{type(node).__name__.lower()}", None)
        if reader is None:
            raise _UnknownError(type(node).__name__)
        return reader(node)

    def _name(self, node: ast.Name) -> Expression:
        if node.id not in self.columns:
            raise _UnknownError(node.id)
        return Column(node.id)

    def _constant(self, node: ast.Constant) -> Expression:
        if not isinstance(node.value, int | float | str):
            raise _UnknownError(repr(node.value))
        return Value(node.value)

    def _binop(self, node: ast.BinOp) -> Expression:
        return call(_known(_BINARY, node.op), self.read(node.left), self.read(node.right))

    def _unaryop(self, node: ast.UnaryOp) -> Expression:
        if isinstance(node.op, ast.USub):
            return call("minus", Value(0), self.read(node.operand))
        if isinstance(node.op, ast.Not):
            return call("negate", self.read(node.operand))
        raise _UnknownError(type(node.op).__name__)

    def _compare(self, node: ast.Compare) -> Expression:
        if len(node.ops) != 1:
            raise _UnknownError("a chain of comparisons")
        return call(_known(_COMPARE, node.ops[0]), self.read(node.left), self.read(node.comparators[0]))

    def _boolop(self, node: ast.BoolOp) -> Expression:
        first, *rest = map(self.read, node.values)
        for value in rest:
            first = call("both" if isinstance(node.op, ast.And) else "either", first, value)
        return first

    def _ifexp(self, node: ast.IfExp) -> Expression:
        return call("choose", self.read(node.test), self.read(node.body), self.read(node.orelse))

    def _call(self, node: ast.Call) -> Expression:
        name = node.func.id if isinstance(node.func, ast.Name) else ""
        if node.keywords:
            raise _UnknownError("a named argument")
        args = [self.read(arg) for arg in node.args]
        if name == "round" and len(args) in {1, 2}:
            digits = args[1] if len(args) > 1 else Value(0)
            if isinstance(digits, Value) and isinstance(digits.value, int):
                return call("round_double", Cast(args[0], "DOUBLE"), digits)
        if name == "coalesce" and args:
            return call("first_known", *args)
        if name in _FUNCTIONS and len(args) == 1:
            return call(_FUNCTIONS[name], args[0])
        raise _UnknownError(name or "a call")


def _known(table: Mapping[Any, str], op: ast.AST) -> str:
    if type(op) not in table:
        raise _UnknownError(type(op).__name__)
    return table[type(op)]
