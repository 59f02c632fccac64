"""Conditions that strangers wrote → trees of ours: SQL through DuckDB's own parser, nothing is run.

DuckDB 1.x and 2.x write their trees differently; both are read. What has no counterpart here becomes a node ``other``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from datapolisher import source
from datapolisher.sql import ident, literal

ARITHMETIC = frozenset("+-*/")
COMPARISONS = {
    "COMPARE_EQUAL": "=",
    "COMPARE_NOTEQUAL": "<>",
    "COMPARE_LESSTHAN": "<",
    "COMPARE_GREATERTHAN": ">",
    "COMPARE_LESSTHANOREQUALTO": "<=",
    "COMPARE_GREATERTHANOREQUALTO": ">=",
}
OPPOSITE = {"=": "<>", "<>": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
# How dialects call the day and the instant of the query → our two words.
MOMENTS = {
    **dict.fromkeys(("current_date", "today", "curdate"), "today"),
    **dict.fromkeys(
        (
            "current_timestamp",
            "now",
            "localtimestamp",
            "getdate",
            "sysdate",
            "get_current_timestamp",
            "current_datetime",
        ),
        "now",
    ),
}
MIRRORED = {"=": "=", "<>": "<>", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


@dataclass(frozen=True, slots=True)
class Node:
    """A part of a condition.

    Parameters
    ----------
    kind
        ``column``, ``value``, ``call``, ``compare``, ``and``, ``or``, ``not``, ``null``, ``in``, ``between``, ``cast``,
        ``other``.
    value
        The column's name, the constant, the function, the operator, the type.
    args
        The parts; of a ``column`` none.
    qualifier
        The table or alias before a column's name.
    """

    kind: str = "other"
    value: Any = None
    args: tuple[Node, ...] = ()
    qualifier: str = ""

    def walk(self) -> Iterator[Node]:
        """This node and everything below it."""
        yield self
        for arg in self.args:
            yield from arg.walk()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns below, each once, in the order in which they are written."""
        return tuple(dict.fromkeys(node.value for node in self.walk() if node.kind == "column"))

    @property
    def known(self) -> bool:
        """Whether every part is one that we can write again."""
        return all(node.kind != "other" for node in self.walk())

    def renamed(self, rename: Callable[[str], str]) -> Node:
        """The same tree with other names of columns, and without qualifiers."""
        if self.kind == "column":
            return replace(self, value=rename(self.value), qualifier="")
        return replace(self, args=tuple(arg.renamed(rename) for arg in self.args))

    def meaning(self, meant: Mapping[str, Node]) -> Node:
        """The same tree with what each name stands for in its place."""
        if self.kind == "column":
            return meant.get(self.value, self)
        return replace(self, args=tuple(arg.meaning(meant) for arg in self.args))

    def at(self, time: str | None) -> Node:
        """The same tree with the tool's time instead of the time at which somebody reads it again."""
        if self.kind == "call" and self.value in {"today", "now"} and not self.args and time:
            day, clock = time[:10], time[11:19] or "00:00:00"
            said = ("DATE", day) if self.value == "today" else ("TIMESTAMP", f"{day} {clock}")
            return Node("cast", said[0], (Node("value", said[1]),))
        return replace(self, args=tuple(arg.at(time) for arg in self.args))

    def sql(self, quote: Callable[[str], str] = ident) -> str:
        """The condition as SQL of ours."""
        return _WRITERS[self.kind](self, quote)

    def words(self) -> str:
        """The condition as a person would write it."""
        text = self.sql(lambda name: name if name.isidentifier() else ident(name))
        return text[1:-1] if text.startswith("(") and text.endswith(")") and text.count("(") == 1 else text


def bare(node: Node) -> Node:
    """What stands behind casts."""
    while node.kind == "cast":
        node = node.args[0]
    return node


def _call(node: Node, quote: Callable[[str], str]) -> str:
    args = [arg.sql(quote) for arg in node.args]
    if node.value in ARITHMETIC | {"%", "||", "~~", "!~~", "~~*", "!~~*"}:
        word = {"~~": "LIKE", "!~~": "NOT LIKE", "~~*": "ILIKE", "!~~*": "NOT ILIKE"}.get(node.value, node.value)
        return f"(-{args[0]})" if len(args) == 1 else f"({args[0]} {word} {args[1]})"
    name, _, distinct = str(node.value).partition(" ")
    return f"{name}({distinct + ' ' if distinct else ''}{', '.join(args)})"


def _joined(word: str) -> Callable[[Node, Callable[[str], str]], str]:
    return lambda node, quote: "(" + f" {word} ".join(arg.sql(quote) for arg in node.args) + ")"


def _other(_: Node, __: Callable[[str], str]) -> str:
    raise ValueError("a part of the condition is not known")


_WRITERS: dict[str, Callable[[Node, Callable[[str], str]], str]] = {
    "column": lambda node, quote: quote(node.value),
    "value": lambda node, _: literal(node.value),
    "call": _call,
    "compare": lambda node, quote: f"({node.args[0].sql(quote)} {node.value} {node.args[1].sql(quote)})",
    "and": _joined("AND"),
    "or": _joined("OR"),
    "not": lambda node, quote: f"(NOT {node.args[0].sql(quote)})",
    "null": lambda node, quote: f"({node.args[0].sql(quote)} IS NULL)",
    "in": lambda node, quote: f"({node.args[0].sql(quote)} IN ({', '.join(a.sql(quote) for a in node.args[1:])}))",
    "between": lambda node, quote: "({} BETWEEN {} AND {})".format(*(arg.sql(quote) for arg in node.args)),
    "cast": lambda node, quote: f"{node.qualifier or 'CAST'}({node.args[0].sql(quote)} AS {node.value})",
    "other": _other,
}


def parse_query(text: str) -> dict[str, Any] | None:
    """DuckDB's tree of a single SELECT; None for anything else."""
    plain = text.strip().rstrip(";").replace("`", '"')  # names as BigQuery and MySQL quote them
    with source.connect() as con:
        row = con.execute("SELECT json_serialize_sql(?)", [plain]).fetchone()
    tree = json.loads(row[0]) if row and row[0] else {}
    statements = tree.get("statements") or []
    return statements[0]["node"] if len(statements) == 1 and not tree.get("error") else None


def parse_condition(text: str) -> Node | None:
    """A condition as SQL or Python write it (``==``, ``and``); None where it is none."""
    tree = parse_query(f"SELECT * FROM t WHERE {text}")
    where = tree.get("where_clause") if tree else None
    return convert(where) if where else None


def convert(part: Mapping[str, Any] | None) -> Node:
    """DuckDB's node as one of ours."""
    if not part:
        return Node()
    reader = _READERS.get(str(part.get("class")))
    return reader(part) if reader else Node()


def _children(part: Mapping[str, Any]) -> tuple[Node, ...]:
    listed = part.get("children") or [item.get("expression") for item in part.get("arguments") or ()]
    return tuple(convert(item) for item in listed)


def _column(part: Mapping[str, Any]) -> Node:
    *before, name = part["column_names"]
    if not before and name.lower() in MOMENTS:
        return Node("call", MOMENTS[name.lower()])
    return Node("column", name, qualifier=before[-1] if before else "")


def _constant(part: Mapping[str, Any]) -> Node:
    said = part.get("literal")
    if said is not None:
        return _literal(str(said.get("kind")), said.get("text"))
    value = part.get("value") or {}
    if value.get("is_null"):
        return Node("value", None)
    kind: Mapping[str, Any] = value.get("type") or {}
    inner = value.get("value")
    if kind.get("id") == "DECIMAL" and isinstance(inner, int):
        inner = inner / 10 ** int((kind.get("type_info") or {}).get("scale") or 0)
    return Node("value", inner) if isinstance(inner, str | int | float | bool) else Node()


def _literal(kind: str, text: Any) -> Node:
    if kind in {"INTEGER", "NUMERIC"}:
        return Node("value", int(text) if str(text).lstrip("-").isdigit() else float(text))
    if kind in {"BOOLEAN", "TRUE", "FALSE"}:
        return Node("value", str(text or kind).lower() == "true")
    return Node("value", None) if kind == "NULL" else Node("value", text) if kind == "STRING" else Node()


def _operator(part: Mapping[str, Any]) -> Node:
    args, kind = _children(part), str(part["type"])
    if kind == "OPERATOR_IS_NULL":
        return Node("null", args=args)
    if kind == "OPERATOR_IS_NOT_NULL":
        return Node("not", args=(Node("null", args=args),))
    if kind == "OPERATOR_NOT":
        return Node("not", args=args)
    if kind in {"COMPARE_IN", "COMPARE_NOT_IN"}:
        inside = Node("in", args=args)
        return inside if kind == "COMPARE_IN" else Node("not", args=(inside,))
    if kind == "OPERATOR_COALESCE":
        return Node("call", "coalesce", args)
    return Node()


def _comparison(part: Mapping[str, Any]) -> Node:
    op = COMPARISONS.get(str(part["type"]))
    return Node("compare", op, (convert(part["left"]), convert(part["right"]))) if op else Node()


def _function(part: Mapping[str, Any]) -> Node:
    name, args = str(part["function_name"]), _children(part)
    if part.get("distinct"):
        return Node("call", f"{name} distinct", args)
    if name == "-" and len(args) == 1 and args[0].kind == "value" and isinstance(args[0].value, int | float):
        return Node("value", -args[0].value)
    return Node("call", MOMENTS.get(name.lower(), name) if not args else name, args)


def _cast(part: Mapping[str, Any]) -> Node:
    kind = part.get("type_expr") or part.get("cast_type") or {}
    name = str(kind.get("type_name") or kind.get("id") or "").upper()
    child = convert(part.get("child"))
    # Only plain words: a type that carries more (a struct, an enum) is not written again.
    word = "TRY_CAST" if part.get("try_cast") else "CAST"
    return Node("cast", name, (child,), qualifier=word) if name.replace(" ", "").isalnum() else Node()


_READERS: dict[str, Callable[[Mapping[str, Any]], Node]] = {
    "COLUMN_REF": _column,
    "CONSTANT": _constant,
    "CONJUNCTION": lambda part: Node("and" if str(part["type"]).endswith("AND") else "or", args=_children(part)),
    "OPERATOR": _operator,
    "COMPARISON": _comparison,
    "FUNCTION": _function,
    "CAST": _cast,
    "BETWEEN": lambda part: Node("between", args=tuple(convert(part[key]) for key in ("input", "lower", "upper"))),
}
