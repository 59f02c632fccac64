"""A Polars expression as it prints itself → SQL: ``[(col("a")) > (dyn int: 0)]`` → ``"a" > 0``; read, never evaluated."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping
from typing import Any

from datapolisher.sql import ident, literal

# A date or an instant, which Polars prints without quotes.
_DATE = re.compile(r"(?<![\"\w-])\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d(?:\.\d+)?)?(?![\"\w])")
_TYPED = re.compile(r"\b(?:dyn )?(?:int|float|str|lit): (?=[-\d\"])")
_BINARY: dict[type[ast.operator], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Mod: "%",
    ast.BitAnd: "AND",
    ast.BitOr: "OR",
}
_COMPARE: dict[type[ast.cmpop], str] = {
    ast.Eq: "=",
    ast.NotEq: "<>",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}
# Method → SQL over its subject and its arguments.
_METHODS: dict[str, str] = {
    "abs": "abs({0})",
    "round": "round({0}, {1})",
    "is_null": "{0} IS NULL",
    "is_not_null": "{0} IS NOT NULL",
    "is_nan": "isnan({0})",
    "fill_null": "coalesce({0}, {1})",
    "str.starts_with": "starts_with({0}, {1})",
    "str.ends_with": "ends_with({0}, {1})",
    "dt.year": "year({0})",
    "dt.month": "month({0})",
    "dt.day": "day({0})",
    "not": "NOT {0}",
    "is_between": "{0} BETWEEN {1} AND {2}",
    "is_in": "{0} IN ({1})",
    "str.len_chars": "length({0})",
    "str.contains": "regexp_matches({0}, {1})",
    "str.to_lowercase": "lower({0})",
    "str.to_uppercase": "upper({0})",
    "str.strip_chars": "trim({0})",
    "cast": "{0}",
    "strict_cast": "{0}",
    "alias": "{0}",
}
_CENTS = "2"
# A cast that gives null where it cannot → DuckDB's type.
_CASTS = {
    **dict.fromkeys(("Int8", "Int16", "Int32", "Int64", "UInt8", "UInt16", "UInt32", "UInt64"), "BIGINT"),
    **dict.fromkeys(("Float32", "Float64"), "DOUBLE"),
    "Date": "DATE",
    "Boolean": "BOOLEAN",
}


class _UnknownError(Exception):
    """A part that has no counterpart."""


def condition(text: str) -> str | None:
    """The expression as SQL; None where it has a part that we do not know."""
    # Polars prints texts as they are: a backslash in one is a backslash.
    plain = (
        _DATE.sub(r'"\g<0>"', _TYPED.sub("", text.strip().replace("\\", "\\\\")))
        .replace("&&", "&")
        .replace("||", "|")
        .replace(".not()", ".not_()")
    )
    try:
        return _read(ast.parse(plain, mode="eval").body)
    except (SyntaxError, ValueError, RecursionError, MemoryError, IndexError, _UnknownError):
        return None


def _read(node: ast.expr) -> str:
    reader = _READERS.get(type(node))
    if reader is None:
        raise _UnknownError(type(node).__name__)
    return reader(node)


def _name(node: ast.Name) -> str:
    if node.id not in {"null", "true", "false"}:
        raise _UnknownError(node.id)
    return node.id.upper()


def _list(node: ast.List) -> str:
    """Polars sets brackets around what is joined by an operator."""
    if len(node.elts) == 1:
        return f"({_read(node.elts[0])})"
    return ", ".join(map(_read, node.elts))


def _constant(node: ast.Constant) -> str:
    if not isinstance(node.value, int | float | str | None):
        raise _UnknownError(repr(node.value))
    return literal(node.value)


def _binary(node: ast.BinOp) -> str:
    return f"({_read(node.left)} {_known(_BINARY, node.op)} {_read(node.right)})"


def _compare(node: ast.Compare) -> str:
    if len(node.ops) != 1:
        raise _UnknownError("a chain")
    return f"({_read(node.left)} {_known(_COMPARE, node.ops[0])} {_read(node.comparators[0])})"


def _known(table: Mapping[Any, str], op: ast.AST) -> str:
    if type(op) not in table:
        raise _UnknownError(type(op).__name__)
    return table[type(op)]


def _unary(node: ast.UnaryOp) -> str:
    if isinstance(node.op, ast.USub):
        return f"(-{_read(node.operand)})"
    raise _UnknownError(type(node.op).__name__)


def _flat(node: ast.expr) -> list[ast.expr]:
    """Arguments stand in brackets, and lists in further ones; so do terms joined by an operator, which stay together."""
    if not isinstance(node, ast.List) or (len(node.elts) == 1 and isinstance(node.elts[0], ast.BinOp | ast.Compare)):
        return [node]
    return [part for item in node.elts for part in _flat(item)]


def _call(node: ast.Call) -> str:
    if isinstance(node.func, ast.Name):
        if node.func.id == "col" and node.args and isinstance(node.args[0], ast.Constant):
            return ident(str(node.args[0].value))
        raise _UnknownError(node.func.id)
    parts: list[str] = []
    subject: ast.expr = node.func
    while isinstance(subject, ast.Attribute):
        parts.append(subject.attr)
        subject = subject.value
    name = ".".join(reversed(parts)).rstrip("_")
    form = _METHODS.get(name)
    if form is None:
        raise _UnknownError(name)
    if name in {"is_null", "is_not_null"} and (tried := _tried(subject)):
        return f"({tried} {'IS NULL' if name == 'is_null' else 'IS NOT NULL'})"
    given = [] if name in {"cast", "alias", "strict_cast"} else node.args
    args = [_read(part) for arg in given for part in _flat(arg)]
    args = [", ".join(args)] if name == "is_in" else args
    if name == "round" and not args:
        args = [_CENTS]  # Polars does not print to how many digits
    return "(" + form.format(f"({_read(subject)})", *args) + ")"


def _tried(node: ast.expr) -> str:
    """``col("a").cast(Int64)``: null where it cannot be read."""
    cast = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "cast"
    if not cast or not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute) or not node.args:
        return ""
    kind = _CASTS.get(node.args[0].id) if isinstance(node.args[0], ast.Name) else None
    return f"TRY_CAST({_read(node.func.value)} AS {kind})" if kind else ""


_READERS: dict[type[ast.expr], Callable[..., str]] = {
    ast.List: _list,
    ast.Name: _name,
    ast.Constant: _constant,
    ast.BinOp: _binary,
    ast.Compare: _compare,
    ast.UnaryOp: _unary,
    ast.Call: _call,
}
