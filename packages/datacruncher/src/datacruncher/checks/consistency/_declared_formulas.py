"""Formulas that the schema declares (generator ``expression``), as SQL: parsed, never evaluated as Python.

Those of numbers over the row's own numbers, which nothing moves afterwards; what else a formula may say is left alone.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from datacruncher.catalog import Catalog, Column, Table
from datacruncher.checks.consistency._formulas import Formula
from datacruncher.checks.values import double, numbers
from datacruncher.documents import ColumnDocument

_BINARY = {ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/"}


# Rows that are looked at, and the share of them that may be off by the rounding of an input where none is rounded.
_SAMPLE, _FEW = 20_000, 0.001


class _Term(NamedTuple):
    """A part of a formula: its SQL, and how far it is off where its numbers are rounded to hundredths."""

    sql: str
    off: str


@dataclass(frozen=True, slots=True)
class _Declared(Formula):
    """A declared formula; `off` as of its term."""

    off: str = ""

    @property
    def loose(self) -> Formula:
        """The same, for inputs that were rounded after the result was computed from them."""
        return replace(self, slack=self.off)


class _UnknownError(Exception):
    """A part of a formula that is none of these."""


def declared_formulas(catalog: Catalog, table: Table) -> Iterator[Formula]:
    """A formula for each number of the table whose declaration says how it is computed."""
    known = {column.name: column for column in numbers(table)}
    for column in known.values():
        said = column.declared
        if isinstance(said, ColumnDocument) and said.generates == "expression" and _is_final(said):
            formula = _formula(column, str(said.parameters.get("code", "")), known)
            if formula is not None:
                yield formula if _holds_exactly(catalog, table, formula) else formula.loose


def _holds_exactly(catalog: Catalog, table: Table, formula: _Declared) -> bool:
    """Whether (nearly) no row keeps the formula but for the rounding of its inputs."""
    exact, loose = formula.breaks, formula.loose.breaks
    share = catalog.ask(
        f"SELECT AVG(CAST(({exact}) AND NOT ({loose}) AS INTEGER)) AS share FROM (SELECT * FROM {table.sql}"
        f" USING SAMPLE reservoir({_SAMPLE} ROWS) REPEATABLE (7))"
    )[0]["share"]
    return (share or 0.0) <= _FEW


def _is_final(said: ColumnDocument) -> bool:
    """Whether no modifier moves the values by more than rounding."""
    return all(modifier.transform == "round" for modifier in said.modifiers)


def _formula(result: Column, code: str, known: dict[str, Column]) -> _Declared | None:
    try:
        node = ast.parse(code.strip(), mode="eval").body
        while isinstance(node, ast.Call) and _name(node) == "round" and node.args:
            node = node.args[0]
        inputs: dict[str, Column] = {}
        term = _term(node, known, inputs)
    except (SyntaxError, ValueError, RecursionError, MemoryError, _UnknownError):
        return None
    if not inputs or result.name in inputs:
        return None
    return _Declared(result, tuple(inputs.values()), term.sql, ast.unparse(node), "TRUE", 1 + len(inputs), off=term.off)


def _term(node: ast.AST, known: dict[str, Column], inputs: dict[str, Column]) -> _Term:
    """A node as SQL; the columns that it reads are added to `inputs`."""
    if isinstance(node, ast.Name) and node.id in known:
        inputs[node.id] = known[node.id]
        return _Term(double(known[node.id]), "0" if known[node.id].family == "integer" else "0.005")
    if isinstance(node, ast.Constant) and type(node.value) in {int, float}:
        return _Term(f"CAST({node.value!r} AS DOUBLE)", "0")
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _term(node.operand, known, inputs)
        return _Term(f"(-{inner.sql})", inner.off)
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return _both(_BINARY[type(node.op)], *(_term(side, known, inputs) for side in (node.left, node.right)))
    if isinstance(node, ast.Call) and _name(node) == "abs" and len(node.args) == 1:
        inner = _term(node.args[0], known, inputs)
        return _Term(f"ABS({inner.sql})", inner.off)
    raise _UnknownError(type(node).__name__)


def _both(sign: str, left: _Term, right: _Term) -> _Term:
    if sign in "+-":
        return _Term(f"({left.sql} {sign} {right.sql})", f"({left.off} + {right.off})")
    if sign == "*":
        return _Term(f"({left.sql} * {right.sql})", f"(ABS({left.sql}) * {right.off} + ABS({right.sql}) * {left.off})")
    divisor = f"NULLIF({right.sql}, 0)"
    whole = f"({left.sql} / {divisor})"
    return _Term(whole, f"(({left.off} + ABS({whole}) * {right.off}) / ABS({divisor}))")


def _name(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else ""
