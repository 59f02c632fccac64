"""The values of an expression: every node at once for all rows, nulls carried beside the numbers.

Null in, null out, except for `coalesce` and for what ``and`` and ``or`` can decide without it; a null condition chooses
the other side. What has no value (a division by zero, the root of a negative number, a number too large) is null: the
caller decides whether the column may hold one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datagen_core.expressions.functions import common
from datagen_core.expressions.kinds import arithmetic, digits_of
from datagen_core.expressions.nodes import (
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
from datagen_core.instants import DAY, HOUR, SECOND, parse_instant
from datagen_core.values import ARROW_TYPES, Values, plain, round_decimal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

Bools = "NDArray[np.bool_]"
_INT_LIMIT = 2.0**63


@dataclass(frozen=True, slots=True)
class Term:
    """Values of a part: numbers, truth values and times (µs) as numpy arrays with a null mask; strings as Arrow."""

    kind: Kind
    data: Any
    null: NDArray[np.bool_]


def evaluate(tree: Node, columns: Mapping[str, Values], types: Mapping[str, Kind], rows: int) -> Values:
    """The expression's values for `rows` rows; the tree has to be free of problems for these types."""
    return _Evaluation(columns, types, rows).values(tree)


@dataclass(frozen=True, slots=True)
class _Evaluation:
    columns: Mapping[str, Values]
    types: Mapping[str, Kind]
    rows: int

    def values(self, tree: Node) -> Values:
        term = self.term(tree)
        if term.kind == "string":
            return Values(term.data)
        return Values(term.data, ~term.null if term.null.any() else None)

    def term(self, node: Node) -> Term:
        return _RULES[type(node)](self, node)

    def _name(self, node: Name) -> Term:
        return _column(self.columns[node.name], self.types[node.name])

    def _unary(self, node: Unary) -> Term:
        return _signed(node.op, self.term(node.operand))

    def _logic(self, node: Logic) -> Term:
        return reduce(_DECIDE[node.op], [_truth(self.term(operand)) for operand in node.operands])

    def _condition(self, node: Condition) -> Term:
        test = _truth(self.term(node.test))
        return _choose(test.data & ~test.null, self.term(node.then), self.term(node.other))

    def _constant(self, node: Constant) -> Term:
        if node.kind == "string":
            return Term("string", pa.repeat(pa.scalar(node.value, pa.string()), self.rows), self._none())
        data = np.full(self.rows, 0 if node.value is None else node.value)
        return Term(node.kind, data, np.full(self.rows, node.kind == "null"))

    def _none(self) -> NDArray[np.bool_]:
        return np.zeros(self.rows, bool)

    def _chain(self, node: Chain) -> Term:
        result = self.term(node.first)
        for _, op, operand in node.rest:
            right = self.term(operand)
            kind = arithmetic(op, result.kind, right.kind, operand)
            result = _combine(op, result, right, kind or "null")
        return result

    def _comparison(self, node: Comparison) -> Term:
        left = self.term(node.first)
        links = []
        for _, op, operand in node.rest:
            right = self.term(operand)
            links.append(_compare(op, left, right))
            left = right
        return reduce(_both, links)

    def _call(self, node: Call) -> Term:
        arguments = [self.term(argument) for argument in node.arguments]
        if node.function == "round":
            digits = digits_of(node.arguments[1]) if len(arguments) > 1 else 0
            return _round(arguments[0], digits or 0, whole=len(arguments) == 1)
        return _FUNCTIONS[node.function](arguments)


_RULES: dict[type, Callable[[_Evaluation, Any], Term]] = {
    Constant: _Evaluation._constant,
    Name: _Evaluation._name,
    Unary: _Evaluation._unary,
    Chain: _Evaluation._chain,
    Comparison: _Evaluation._comparison,
    Logic: _Evaluation._logic,
    Condition: _Evaluation._condition,
    Call: _Evaluation._call,
}


def _column(values: Values, kind: Kind) -> Term:
    if values.is_text:
        data = plain(values.data)
        return Term("string", data, np.asarray(data.is_null()))
    data, null = values.numbers, values.nulls()
    return Term(kind, data, null | ~np.isfinite(data)) if data.dtype.kind == "f" else Term(kind, data, null)


def _text(data: pa.Array) -> Term:
    return Term("string", data, np.asarray(data.is_null()))


def _real(numbers: Any, null: NDArray[np.bool_]) -> Term:
    """Floats; what is not finite is null."""
    bad = null | ~np.isfinite(numbers)
    return Term("float", np.where(bad, 0.0, numbers), bad)


def _whole(exact: Any, rough: Any, null: NDArray[np.bool_]) -> Term:
    """Integers computed modulo 2⁶⁴, null where the same computed in floats does not fit."""
    bad = null | ~(np.abs(rough) < _INT_LIMIT)
    return Term("int", np.where(bad, 0, exact), bad)


def _to_int(numbers: NDArray[Any], null: NDArray[np.bool_]) -> Term:
    """Floats without a fraction as integers."""
    bad = null | ~(np.abs(numbers) < _INT_LIMIT)
    return Term("int", np.where(bad, 0.0, numbers).astype(np.int64), bad)


def _cast(term: Term, kind: Kind) -> Term:
    """A term in the kind that it shares with others; a null has any kind."""
    if term.kind == kind:
        return term
    if term.kind == "null" and kind == "string":
        return _text(pa.nulls(len(term.null), pa.string()))
    dtype = {"float": np.float64, "bool": np.bool_}.get(kind, np.int64)
    return Term(kind, term.data.astype(dtype), term.null)


def _truth(term: Term) -> Term:
    return _cast(term, "bool")


def _signed(op: str, term: Term) -> Term:
    if op == "not":
        truth = _truth(term)
        return Term("bool", ~truth.data, truth.null)
    if op == "+" or term.kind == "null":
        return term
    if term.kind == "float":
        return Term("float", -term.data, term.null)
    return _whole(-term.data, -term.data.astype(np.float64), term.null)


def _both(left: Term, right: Term) -> Term:
    """Kleene's and: false decides, whatever the other is."""
    no = (~left.data & ~left.null) | (~right.data & ~right.null)
    return Term("bool", left.data & right.data & ~no, (left.null | right.null) & ~no)


def _either(left: Term, right: Term) -> Term:
    """Kleene's or: true decides."""
    yes = (left.data & ~left.null) | (right.data & ~right.null)
    return Term("bool", yes, (left.null | right.null) & ~yes)


_DECIDE: dict[str, Callable[[Term, Term], Term]] = {"and": _both, "or": _either}


def _choose(first: NDArray[np.bool_], then: Term, other: Term) -> Term:
    kind = common((then.kind, other.kind)) or "null"
    left, right = _cast(then, kind), _cast(other, kind)
    if kind == "string":
        return _text(pc.if_else(pa.array(first), left.data, right.data))
    return Term(kind, np.where(first, left.data, right.data), np.where(first, left.null, right.null))


def _combine(op: str, left: Term, right: Term, kind: Kind) -> Term:
    if "null" in {left.kind, right.kind}:
        return _cast(Term("null", np.zeros(len(left.null), np.int64), np.ones(len(left.null), bool)), kind)
    if kind == "string":
        return _text(pc.binary_join_element_wise(left.data, right.data, ""))
    if left.kind in TIMES:
        return _times(op, left, right, kind)
    null = left.null | right.null
    with np.errstate(all="ignore"):
        return _ARITHMETIC[op](left.data, right.data, null, kind)


def _times(op: str, left: Term, right: Term, kind: Kind) -> Term:
    """Instants: their difference in seconds (days for dates), or one moved by seconds (days)."""
    null = left.null | right.null
    if right.kind in TIMES:
        span = left.data - right.data
        return Term("int", span // DAY, null) if kind == "int" else Term("float", span / SECOND, null)
    step = right.data.astype(np.float64) * (DAY if kind == "date" else SECOND)
    far = null | ~(np.abs(step) < _INT_LIMIT / 2)
    moved = np.where(far, 0, np.rint(np.where(far, 0, step))).astype(np.int64)
    return Term(kind, left.data + moved if op == "+" else left.data - moved, far)


def _linear(name: str) -> Callable[[Any, Any, NDArray[np.bool_], Kind], Term]:
    ufunc = getattr(np, name)

    def apply(left: Any, right: Any, null: NDArray[np.bool_], kind: Kind) -> Term:
        rough = ufunc(left.astype(np.float64), right.astype(np.float64))
        return _whole(ufunc(left, right), rough, null) if kind == "int" else _real(rough, null)

    return apply


def _divide(left: Any, right: Any, null: NDArray[np.bool_], _kind: Kind) -> Term:
    return _real(left / np.where(right == 0, 1, right), null | (right == 0))


def _floored(name: str) -> Callable[[Any, Any, NDArray[np.bool_], Kind], Term]:
    """``//`` and ``%``, rounded down as Python's."""
    ufunc = getattr(np, name)

    def apply(left: Any, right: Any, null: NDArray[np.bool_], kind: Kind) -> Term:
        empty = null | (right == 0)
        result = ufunc(left, np.where(right == 0, 1, right))
        return Term("int", result, empty) if kind == "int" else _real(result, empty)

    return apply


def _power(left: Any, right: Any, null: NDArray[np.bool_], kind: Kind) -> Term:
    rough = np.power(left.astype(np.float64), right.astype(np.float64))
    undefined = null | ((left == 0) & (right < 0))
    if kind == "int":
        return _whole(np.power(left, np.maximum(right, 0)), rough, undefined)
    return _real(rough, undefined)


_ARITHMETIC: dict[str, Callable[[Any, Any, NDArray[np.bool_], Kind], Term]] = {
    "+": _linear("add"),
    "-": _linear("subtract"),
    "*": _linear("multiply"),
    "/": _divide,
    "//": _floored("floor_divide"),
    "%": _floored("remainder"),
    "**": _power,
}
_NUMPY = {"<": "less", "<=": "less_equal", ">": "greater", ">=": "greater_equal", "==": "equal", "!=": "not_equal"}


def _compare(op: str, left: Term, right: Term) -> Term:
    null = left.null | right.null
    if "null" in {left.kind, right.kind}:
        return Term("bool", np.zeros(len(null), bool), np.ones(len(null), bool))
    if left.kind == right.kind == "string":
        name = _NUMPY[op]
        found = getattr(pc, name)(left.data, right.data).fill_null(False)
        return Term("bool", found.to_numpy(zero_copy_only=False), null)
    return Term("bool", getattr(np, _NUMPY[op])(_instants(left), _instants(right)), null)


def _instants(term: Term) -> Any:
    """A string beside a time is an instant as it stands."""
    if term.kind != "string":
        return term.data
    distinct = {text: parse_instant(text) or 0 for text in pc.unique(term.data).to_pylist()}
    return np.int64(next(iter(distinct.values()), 0))


def _round(term: Term, digits: int, *, whole: bool) -> Term:
    if term.kind == "int" and digits >= 0:
        return term
    numbers = round_decimal(term.data.astype(np.float64), digits)
    return _to_int(numbers, term.null) if whole or term.kind == "int" else _real(numbers, term.null)


def _map(change: Callable[[Any], Any]) -> Callable[[Sequence[Term]], Term]:
    """A function of one number that gives floats."""

    def apply(arguments: Sequence[Term]) -> Term:
        with np.errstate(all="ignore"):
            return _real(change(arguments[0].data.astype(np.float64)), arguments[0].null)

    return apply


def _to_whole(change: Callable[[Any], Any]) -> Callable[[Sequence[Term]], Term]:
    def apply(arguments: Sequence[Term]) -> Term:
        term = arguments[0]
        return term if term.kind == "int" else _to_int(change(term.data.astype(np.float64)), term.null)

    return apply


def _absolute(arguments: Sequence[Term]) -> Term:
    term = arguments[0]
    negative = term.data < 0
    return _choose(negative, _signed("-", term), term)


def _log(arguments: Sequence[Term]) -> Term:
    with np.errstate(all="ignore"):
        logs = [np.log(term.data.astype(np.float64)) for term in arguments]
        null = reduce(np.logical_or, [term.null for term in arguments])
        return _real(logs[0] if len(logs) == 1 else logs[0] / logs[1], null)


def _extreme(pick: Any) -> Callable[[Sequence[Term]], Term]:
    def apply(arguments: Sequence[Term]) -> Term:
        kind = common([term.kind for term in arguments]) or "null"
        terms = [_cast(term, kind) for term in arguments]
        null = reduce(np.logical_or, [term.null for term in terms])
        return Term(kind, reduce(pick, [term.data for term in terms]), null)

    return apply


def _coalesce(arguments: Sequence[Term]) -> Term:
    kind = common([term.kind for term in arguments]) or "null"
    terms = [_cast(term, kind) for term in arguments]
    return reduce(lambda found, term: _choose(~found.null, found, term), terms)


def _concat(arguments: Sequence[Term]) -> Term:
    return _text(pc.binary_join_element_wise(*[_as_text(term) for term in arguments], ""))


def _as_text(term: Term) -> pa.Array:
    """Values as they are written: whole numbers without a point, dates and instants in ISO 8601 to the second."""
    if term.kind == "string":
        return term.data
    mask = pa.array(term.null)
    if term.kind == "null":
        return pa.nulls(len(term.null), pa.string())
    if term.kind in TIMES:
        instants = pa.array(term.data // SECOND, pa.int64()).view(pa.timestamp("s", "UTC"))
        text = pc.strftime(instants, format="%Y-%m-%d" if term.kind == "date" else "%Y-%m-%dT%H:%M:%SZ")
    else:
        text = pa.array(term.data, ARROW_TYPES[term.kind]).cast(pa.string())
    return pc.if_else(mask, pa.scalar(None, pa.string()), text)


def _of_text(change: Callable[[pa.Array], pa.Array]) -> Callable[[Sequence[Term]], Term]:
    return lambda arguments: _text(change(_cast(arguments[0], "string").data))


def _length(arguments: Sequence[Term]) -> Term:
    text = _cast(arguments[0], "string")
    lengths = pc.utf8_length(text.data).fill_null(0).to_numpy(zero_copy_only=False)
    return Term("int", lengths.astype(np.int64), text.null)


def _of_time(part: Callable[[Any], Any]) -> Callable[[Sequence[Term]], Term]:
    return lambda arguments: Term("int", part(arguments[0].data.astype(np.int64)), arguments[0].null)


def _months(micros: Any) -> Any:
    return (micros // DAY).astype("datetime64[D]").astype("datetime64[M]")


def _day_of_month(micros: Any) -> Any:
    days = (micros // DAY).astype("datetime64[D]")
    return (days - days.astype("datetime64[M]").astype("datetime64[D]")).astype(np.int64) + 1


_FUNCTIONS: dict[str, Callable[[Sequence[Term]], Term]] = {
    "abs": _absolute,
    "ceil": _to_whole(np.ceil),
    "coalesce": _coalesce,
    "concat": _concat,
    "day": _of_time(_day_of_month),
    "dow": _of_time(lambda micros: (micros // DAY + 3) % 7),  # 1970-01-01 was a Thursday
    "exp": _map(np.exp),
    "floor": _to_whole(np.floor),
    "hour": _of_time(lambda micros: micros % DAY // HOUR),
    "length": _length,
    "log": _log,
    "lower": _of_text(pc.utf8_lower),
    "max": _extreme(np.maximum),
    "min": _extreme(np.minimum),
    "month": _of_time(lambda micros: _months(micros).astype(np.int64) % 12 + 1),
    "sqrt": _map(np.sqrt),
    "upper": _of_text(pc.utf8_upper),
    "year": _of_time(lambda micros: _months(micros).astype(np.int64) // 12 + 1970),
}
