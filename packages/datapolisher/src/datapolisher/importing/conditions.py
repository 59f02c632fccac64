"""A condition that must hold in each row → the rules that it says."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from datapolisher.importing.claims import (
    Banned,
    Between,
    Equation,
    Holds,
    Length,
    Member,
    Moment,
    NotNull,
    Order,
    Pattern,
    Readable,
    Rule,
)
from datapolisher.importing.sqltext import ARITHMETIC, MIRRORED, OPPOSITE, Node, bare

_LENGTHS = frozenset({"length", "len", "char_length", "strlen"})
_MATCHES = frozenset({"regexp_matches", "regexp_like", "regexp_contains", "rlike"})
# What is true or false by itself, and how people compare it with true and false, which are 1 and 0.
_TRUTHS = frozenset({"compare", "and", "or", "not", "null", "in", "between"})
_SAID = frozenset({("=", 1), (">", 0), ("<>", 0), (">=", 1)})
_DENIED = frozenset({("=", 0), ("<", 1), ("<>", 1), ("<=", 0)})
# A type's name in SQL → the word for what a text is read as.
_KINDS = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "INT", "BIGINT", "HUGEINT"), "integer"),
    **dict.fromkeys(("FLOAT", "REAL", "DOUBLE", "DECIMAL"), "number"),
    "DATE": "date",
    "TIMESTAMP": "datetime",
    "BOOLEAN": "boolean",
}
_LIKES = {"~~": False, "!~~": True}
_TRIMMED = r"(\S([\s\S]*\S)?)?"
_HALF = 0.5
# "Equal" is meant of decimals; as doubles, 8.94 · 3 is 26.819999….
_FLOAT_NOISE = 1e-6


def rules_of(good: Node) -> tuple[Rule, ...]:
    """What must hold, as few and as plain rules as possible; a condition that none says stays whole."""
    if good.known and not good.columns and not any(node.kind == "call" for node in good.walk()):
        return ()  # ``1 = 1``
    if good.kind == "and":
        return tuple(rule for part in good.args for rule in rules_of(part))
    if found := _readable(good):
        return found
    if good.kind == "not":
        return (
            rules_of(opposite(good.args[0])) if _has_opposite(good.args[0]) else (_of_not(good.args[0]) or _whole(good))
        )
    if good.kind == "or":
        rest = _without_null_tests(good)
        return rules_of(rest) if rest.kind != "or" else _whole(good)
    reader = {"compare": _of_compare, "in": _of_in, "between": _of_between, "call": _of_call}.get(good.kind)
    return (reader(good) if reader else None) or _whole(good)


def _is_truth(node: Node) -> bool:
    return node.kind in _TRUTHS or (node.kind == "call" and node.value in {*_MATCHES, "regexp_full_match"})


def opposite(node: Node) -> Node:
    """The condition that holds where this one does not; unknown stays unknown."""
    if node.kind == "not":
        return node.args[0]
    if node.kind == "compare":
        return Node("compare", OPPOSITE[node.value], node.args)
    if node.kind in {"and", "or"}:
        return Node("or" if node.kind == "and" else "and", args=tuple(map(opposite, node.args)))
    return Node("not", args=(node,))


def _has_opposite(node: Node) -> bool:
    return node.kind in {"not", "compare", "and", "or"}


def _whole(good: Node) -> tuple[Rule, ...]:
    return (Holds(good.columns, good),)


def _without_null_tests(good: Node) -> Node:
    """``b IS NULL OR b >= a`` says ``b >= a``: a comparison with a null offends nobody anyway."""
    rest = [part for part in good.args if not (part.kind == "null" and part.args[0].kind == "column")]
    tested = {part.args[0].value for part in good.args if part not in rest}
    if len(rest) == 1 and tested <= set(rest[0].columns) and not _reads(rest[0]):
        return rest[0]
    return good


def _reads(good: Node) -> Node | None:
    """The cast in ``TRY_CAST(a AS INTEGER) IS NOT NULL``."""
    cast = good.args[0].args[0] if good.kind == "not" and good.args[0].kind == "null" else Node()
    known = cast.kind == "cast" and cast.qualifier == "TRY_CAST" and cast.value in _KINDS
    return cast if known and cast.args[0].kind == "column" else None


def _readable(good: Node) -> tuple[Rule, ...] | None:
    """A text that can be read as its type: where it is missing, too, or where it is there."""
    options = good.args if good.kind == "or" else (good,)
    casts = [cast for part in options if (cast := _reads(part))]
    tests = [part.args[0].value for part in options if part.kind == "null" and part.args[0].kind == "column"]
    if len(casts) != 1 or len(tests) + 1 != len(options) or not set(tests) <= set(casts[0].columns):
        return None
    name = casts[0].args[0].value
    missing: tuple[Rule, ...] = () if tests else (NotNull((name,)),)
    return (Readable((name,), _KINDS[casts[0].value]), *missing)


def _of_not(inner: Node) -> tuple[Rule, ...] | None:
    if inner.kind == "null" and inner.args[0].kind == "column":
        return (NotNull((inner.args[0].value,)),)
    if inner.kind == "in" and _values(inner) is not None:
        return (Banned((inner.args[0].value,), _values(inner) or ()),)
    if inner.kind == "call" and (inner.value in _MATCHES or inner.value in _LIKES):
        found = _of_call(inner)
        return (replace(found[0], forbidden=not found[0].forbidden),) if found else None  # type: ignore[attr-defined,call-arg]
    return None


def _values(node: Node) -> tuple[Any, ...] | None:
    subject, *listed = node.args
    plain = subject.kind == "column" and all(item.kind == "value" for item in listed)
    return tuple(item.value for item in listed) if plain else None


def _of_in(good: Node) -> tuple[Rule, ...] | None:
    values = _values(good)
    return (Member((good.args[0].value,), values),) if values is not None else None


def _of_between(good: Node) -> tuple[Rule, ...] | None:
    subject, low, high = good.args
    if subject.kind == "call" and subject.value in _LENGTHS and _column(subject.args[0]):
        ends = (_constant(low), _constant(high))
        whole = all(isinstance(end, int) for end in ends)
        return (Length((str(_column(subject.args[0])),), *ends),) if whole else None
    name, values = _column(subject), (_constant(low), _constant(high))
    if name is None or None in values:
        return None
    return (Between((name,), *values),)


def _of_call(good: Node) -> tuple[Rule, ...] | None:
    subject = good.args[0] if good.args else Node()
    pattern = good.args[1] if len(good.args) > 1 else Node()
    if good.value in _LIKES and subject.kind == "column" and isinstance(pattern.value, str):
        return (Pattern((subject.value,), like(pattern.value), whole=True, forbidden=_LIKES[good.value]),)
    if good.value in _MATCHES and _column(subject) and isinstance(pattern.value, str):
        return (Pattern((str(_column(subject)),), pattern.value),)
    if good.value == "regexp_full_match" and _column(subject) and isinstance(pattern.value, str):
        return (Pattern((str(_column(subject)),), pattern.value, whole=True),)
    return None


def _of_compare(good: Node) -> tuple[Rule, ...] | None:
    left, right = good.args
    if good.value == "=" and left.kind == "call" and left.value == "trim" and left.args == (right,) and _column(right):
        return (Pattern((str(_column(right)),), _TRIMMED, whole=True),)
    said = (good.value, right.value if right.kind == "value" else None)
    if _is_truth(left) and isinstance(said[1], int) and said in {*_SAID, *_DENIED}:
        return rules_of(left if said in _SAID else Node("not", args=(left,)))
    if _constant(left) is not None and _constant(right) is None:
        return _of_compare(Node("compare", MIRRORED[good.value], (right, left)))
    for reader in (_equation, _bound, _order):
        if found := reader(good.value, left, right):
            return found
    return None


def _column(node: Node) -> str | None:
    """The column, also behind a cast; None for anything else."""
    node = bare(node)
    return node.value if node.kind == "column" else None


def _constant(node: Node) -> Any:
    node = bare(node)
    if node.kind == "call" and node.value in {"today", "now"} and not node.args:
        return Moment(day=node.value == "today")
    return node.value if node.kind == "value" else None


def like(pattern: str) -> str:
    """``%`` and ``_`` of LIKE as a regular expression for the whole text."""
    return re.escape(pattern).replace("%", r"[\s\S]*").replace("_", r"[\s\S]")


def _bound(op: str, left: Node, right: Node) -> tuple[Rule, ...] | None:
    value = _constant(right)
    if value is None or (isinstance(value, Moment) and op in {"=", "<>"}):
        return None
    if left.kind == "call" and left.value in _LENGTHS and _column(left.args[0]) and isinstance(value, int):
        return _length(str(_column(left.args[0])), op, value)
    name = _column(left)
    return (against(name, op, value),) if name is not None else None


def against(name: str, op: str, value: Any) -> Rule:
    """A column against a constant."""
    if op == "=":
        return Member((name,), (value,))
    if op == "<>":
        return Banned((name,), (value,))
    if op in {">", ">="}:
        return Between((name,), low=value, above=op == ">")
    return Between((name,), high=value, below=op == "<")


def _length(name: str, op: str, value: int) -> tuple[Rule, ...] | None:
    low, high = {">": (value + 1, None), ">=": (value, None), "=": (value, value)}.get(op, (None, None))
    high = {"<": value - 1, "<=": value}.get(op, high)
    return (Length((name,), low, high),) if (low, high) != (None, None) else None


def _order(op: str, left: Node, right: Node) -> tuple[Rule, ...] | None:
    names = (_column(left), _column(right))
    if None in names or names[0] == names[1]:
        return None
    return (Order((str(names[0]), str(names[1])), op),)


def _equation(op: str, left: Node, right: Node) -> tuple[Rule, ...] | None:
    """``abs(total - a * b) < 0.01``, ``total = a * b``, ``round(total, 2) = round(a * b, 2)``."""
    value = _constant(right)
    near = left.kind == "call" and left.value == "abs" and op in {"<", "<="} and isinstance(value, int | float)
    if near:
        return _near_nothing(left.args[0], float(value))
    left, digits = _unrounded(left)
    right, others = _unrounded(right)
    worked = any(node.kind == "call" and node.value in ARITHMETIC for node in (*left.walk(), *right.walk()))
    if op != "=" or not worked or not (left.columns and right.columns):
        return None
    places = [n for n in (digits, others) if n is not None]
    tolerance = _HALF * 10.0 ** -min(places) if places else _FLOAT_NOISE
    sides = [side for side in (left, right) if _column(side)]
    terms = [*_terms(left), *((-sign, node) for sign, node in _terms(right))]
    return _solved(terms, tolerance, sides[0] if len(sides) == 1 else None)


def _near_nothing(difference: Node, tolerance: float) -> tuple[Rule, ...] | None:
    sides = difference.args if difference.kind == "call" and difference.value == "-" else ()
    terms = _terms(difference)
    single = _result(terms, [n for n, (_, node) in enumerate(terms) if _column(node) is not None])
    said = terms[single][1] if single is not None else next((side for side in sides if _column(side)), None)
    return _solved(terms, tolerance, said)


def _unrounded(node: Node) -> tuple[Node, int | None]:
    if node.kind == "call" and node.value == "round" and node.args:
        digits = node.args[1].value if len(node.args) > 1 else 0
        return node.args[0], digits if isinstance(digits, int) else 0
    return node, None


def _terms(node: Node, sign: int = 1) -> list[tuple[int, Node]]:
    """A sum as its terms, each with its sign."""
    node = _unrounded(node)[0]
    if node.kind == "call" and node.value in {"+", "-"} and len(node.args) == 2:
        left, right = node.args
        return [*_terms(left, sign), *_terms(right, sign if node.value == "+" else -sign)]
    return [(sign, node)]


def _solved(terms: list[tuple[int, Node]], tolerance: float, said: Node | None) -> tuple[Rule, ...] | None:
    """The terms add up to nothing: the one column that the others give (`said`, or the one that stands alone), and how."""
    alone = [n for n, (_, node) in enumerate(terms) if _column(node) is not None]
    result = next((n for n in alone if terms[n][1] == said), None) if said else _result(terms, alone)
    if result is None:
        return None
    sign, node = terms[result]
    rest = [(-sign * s, part) for n, (s, part) in enumerate(terms) if n != result]
    formula = _sum(rest)
    name = str(_column(node))
    if not formula.known or name in formula.columns or not formula.columns:
        return None
    return (Equation((name, *formula.columns), formula, tolerance),)


def _result(terms: list[tuple[int, Node]], alone: list[int]) -> int | None:
    """Among columns that stand alone, the one whose sign no other term has."""
    if len(alone) == 1:
        return alone[0]
    single = [n for n in alone if [sign for sign, _ in terms].count(terms[n][0]) == 1]
    return single[0] if single else None


def _sum(terms: list[tuple[int, Node]]) -> Node:
    ordered = sorted(terms, key=lambda term: term[0] < 0)
    sign, total = ordered[0]
    total = total if sign > 0 else Node("call", "-", (Node("value", 0), total))
    for sign, node in ordered[1:]:
        total = Node("call", "+" if sign > 0 else "-", (total, node))
    return total
