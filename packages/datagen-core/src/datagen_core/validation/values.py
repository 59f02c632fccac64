"""Values: ranges, inequalities, patterns, enums, uniqueness, formulas, order in time. Exact, no statistics."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datagen_core.behaviors.bounds import bounds_of
from datagen_core.distributions import DistributionParams
from datagen_core.expressions import ExpressionError, parse
from datagen_core.generators.lookup import LookupParams
from datagen_core.instants import DAY, parse_instant, to_text
from datagen_core.validation.case import Case, Skip, Trial, check
from datagen_core.validation.dataset import as_values
from datagen_core.validation.keys import repeats
from datagen_core.validation.links import follow, link
from datagen_core.validation.report import Outcome
from datagen_core.values import Values, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from datagen_core.schema.model import Column, Document, Inequality, Node, Scalar

TIMES = ("datetime", "date")
_HOLDS = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal, "==": np.equal}
_TEXT_HOLDS = {"<": pc.less, "<=": pc.less_equal, ">": pc.greater, ">=": pc.greater_equal, "==": pc.equal}
_EXACT = 1e-9
"""Relative difference up to which a recomputed float is the same."""


@check("values.range")
def ranges(case: Case) -> Iterator[Trial]:
    """Values lie within their declared range."""
    for attribute, low, high in _ranges(case.document):
        table, _, name = attribute.rpartition(".")
        yield Trial(table, (name,), partial(_range, case, attribute, low, high))


def _ranges(document: Document) -> Iterator[tuple[str, Scalar, Scalar]]:
    for entry in document.constraints.ranges:
        yield entry.attr, entry.min, entry.max
    for node in document.nodes:
        for column in node.columns:
            limits, params = column.constraints, column.generator.params
            if limits is not None and (limits.min is not None or limits.max is not None):
                yield f"{node.id}.{column.name}", limits.min, limits.max
            bounds = (params.clamp or params.truncate) if isinstance(params, DistributionParams) else None
            if bounds is not None:
                yield f"{node.id}.{column.name}", *rounded_bounds(column, bounds)


def rounded_bounds(column: Column, bounds: tuple[float, float]) -> tuple[float, float]:
    """Bounds of a distribution as the column shows them: an int column keeps the whole numbers inside."""
    if column.type != "int":
        return bounds
    low, high = float(np.ceil(bounds[0])), float(np.floor(bounds[1]))
    return (low, high) if low <= high else bounds


def _range(case: Case, attribute: str, low: Scalar, high: Scalar) -> Outcome:
    node, column = case.column(attribute)
    table = case.readable(node.id, column.name)
    least, most = _bound(low, column, end=False), _bound(high, column, end=True)
    outside = seen = 0
    lowest, highest = math.inf, -math.inf
    for batch in table.batches([column.name]):
        values = as_values(batch.column(0), column.type)
        if values.is_text:
            raise Skip("a range of strings")
        numbers = values.numbers[~values.nulls()]
        seen += len(numbers)
        outside += int(((numbers < least) | (numbers > most)).sum())
        if len(numbers):
            lowest, highest = min(lowest, float(numbers.min())), max(highest, float(numbers.max()))
    shown = [_shown(value, column) for value in (lowest, highest)] if seen else []
    message = f"{outside} of {seen} values lie outside" if outside else f"all {seen} values lie inside"
    return Outcome(outside == 0, message, shown, [low, high], effect=outside / max(seen, 1), n=seen)


def _bound(value: Scalar, column: Column, *, end: bool) -> float:
    if value is None:
        return np.inf if end else -np.inf
    if column.type in TIMES:
        moment = parse_instant(str(value), end=end)
        if moment is None:
            raise Skip(f'"{value}" is no instant')
        return moment
    if isinstance(value, str):
        raise Skip(f'"{value}" is no number')
    return value


def _shown(value: float, column: Column) -> Any:
    return to_text(int(value)) if column.type in TIMES else float(value)


@check("values.inequality")
def inequalities(case: Case) -> Iterator[Trial]:
    """Declared inequalities hold in every row."""
    for entry in case.document.constraints.inequalities:
        table, _, name = entry.left.rpartition(".")
        yield Trial(table, (name,), partial(_inequality, case, entry))


def _inequality(case: Case, entry: Inequality) -> Outcome:
    (left_node, left), (right_node, right) = case.column(entry.left), case.column(entry.right)
    if left_node.id == right_node.id:
        one, other = case.values(left_node.id, left.name), case.values(right_node.id, right.name)
    else:
        one, other = _joined(case, (left_node, left), (right_node, right))
    broken, seen = violations(entry.op, one, other)
    words = f"{entry.left} {entry.op} {entry.right}"
    message = f"{words} holds in all {seen} rows" if not broken else f"{words} fails in {broken} of {seen} rows"
    return Outcome(broken == 0, message, broken, 0, effect=broken / max(seen, 1), n=seen)


def _joined(case: Case, left: tuple[Node, Column], right: tuple[Node, Column]) -> tuple[Values, Values]:
    """Both sides on the rows of the table that refers to the other."""
    for (own, column), (other, far), swapped in ((left, right, False), (right, left, True)):
        found = link(case.document, own, other.id)
        if found is not None:
            near, brought = case.values(own.id, column.name), follow(case, own, found, far.name)
            return (brought, near) if swapped else (near, brought)
    raise Skip(f"nothing relates {left[0].id} to {right[0].id}")


def violations(op: str, one: Values, other: Values) -> tuple[int, int]:
    """Rows in which ``one op other`` fails, and rows in which both sides are there."""
    there = ~one.nulls() & ~other.nulls()
    if one.is_text and other.is_text:
        holds = _TEXT_HOLDS[op](plain(one.data), plain(other.data)).fill_null(True).to_numpy(zero_copy_only=False)
    elif one.is_text or other.is_text:
        raise Skip("one side is a string, the other is not")
    else:
        holds = _HOLDS[op](one.numbers, other.numbers)
    return int((there & ~holds).sum()), int(there.sum())


@check("values.after_parent")
def after_parents(case: Case) -> Iterator[Trial]:
    """No row is earlier than the creation of its parent."""
    for node in case.document.nodes:
        for column in node.columns:
            for bound in bounds_of(case.document, node, column):
                if (
                    bound.way.how != "row"
                    and not bound.upper
                    and not _declared(case.document, node, column, bound.column)
                ):
                    judge = partial(_after_parent, case, node, column, bound.way.table, bound.column)
                    yield Trial(node.id, (column.name,), judge)


def _declared(document: Document, node: Node, column: Column, other: str) -> bool:
    """Whether an inequality says the same, and is checked on its own."""
    own = f"{node.id}.{column.name}"
    sides = ({entry.left, entry.right} for entry in document.constraints.inequalities)
    return any(own in pair and any(side.endswith(f".{other}") for side in pair - {own}) for pair in sides)


def _after_parent(case: Case, node: Node, column: Column, table: str, created: str) -> Outcome:
    found = link(case.document, node, table)
    if found is None:
        raise Skip(f"{node.id} has no key of {table}")
    times, births = case.values(node.id, column.name), follow(case, node, found, created)
    if column.type == "date":  # a day is not before an instant of the same day
        births = Values(births.numbers // DAY * DAY, births.valid)
    broken, seen = violations(">=", times, births)
    message = f"{broken} of {seen} rows are earlier than their {table}.{created}"
    return Outcome(broken == 0, message, broken, 0, effect=broken / max(seen, 1), n=seen)


@check("values.pattern")
def patterns(case: Case) -> Iterator[Trial]:
    """Strings match their pattern as a whole."""
    for attribute, regex in _patterns(case.document):
        table, _, name = attribute.rpartition(".")
        yield Trial(table, (name,), partial(_pattern, case, attribute, regex))


def _patterns(document: Document) -> Iterator[tuple[str, str]]:
    yield from ((entry.attr, entry.regex) for entry in document.constraints.pattern)
    for node in document.nodes:
        for column in node.columns:
            if column.constraints is not None and column.constraints.pattern is not None:
                yield f"{node.id}.{column.name}", column.constraints.pattern


def _pattern(case: Case, attribute: str, regex: str) -> Outcome:
    node, column = case.column(attribute)
    if column.type != "string":
        raise Skip(f"{attribute} is {column.type}, not a string")
    wrong = seen = 0
    example: list[str] = []
    for batch in case.readable(node.id, column.name).batches([column.name]):
        texts = plain(as_values(batch.column(0), "string").data).drop_null()
        unmatched = texts.filter(pc.invert(_matches(texts, regex)))
        seen, wrong = seen + len(texts), wrong + len(unmatched)
        example = example or unmatched.slice(0, 1).to_pylist()
    message = f"{wrong} of {seen} values do not match, such as {example[0]!r}" if wrong else f"all {seen} values match"
    return Outcome(wrong == 0, message, wrong, regex, effect=wrong / max(seen, 1), n=seen)


def _matches(texts: pa.Array, regex: str) -> pa.Array:
    """Which strings match as a whole, by RE2; it knows no look-around and no references back."""
    try:
        return pc.match_substring_regex(texts, f"^(?:{regex})$" if "\n" not in regex else regex)
    except pa.ArrowInvalid as unknown:
        raise Skip(f"the pattern cannot be tested in bulk: {unknown}") from unknown


@check("values.enum")
def enums(case: Case) -> Iterator[Trial]:
    """Values are among those that are allowed."""
    for attribute, allowed, reference in _enums(case.document):
        table, _, name = attribute.rpartition(".")
        yield Trial(table, (name,), partial(_enum, case, attribute, allowed, reference))


def _enums(document: Document) -> Iterator[tuple[str, tuple[Scalar, ...] | None, str | None]]:
    yield from ((entry.attr, entry.values, entry.enum_ref) for entry in document.constraints.enum)
    for node in document.nodes:
        for column in node.columns:
            limits = column.constraints
            if limits is not None and (limits.enum is not None or limits.enum_ref is not None):
                yield f"{node.id}.{column.name}", limits.enum, limits.enum_ref


def _enum(case: Case, attribute: str, allowed: tuple[Scalar, ...] | None, reference: str | None) -> Outcome:
    node, column = case.column(attribute)
    if reference is not None:
        table, _, name = reference.rpartition(".")
        known: Iterable[Scalar] = distinct(case.values(table, name))
    else:
        known = allowed or ()
    wanted = {as_key(value, column) for value in known}
    strange: dict[Any, int] = {}
    seen = 0
    for batch in case.readable(node.id, column.name).batches([column.name]):
        values = as_values(batch.column(0), column.type)
        for value, count in counts(values).items():
            seen += count
            if as_key(value, column) not in wanted:
                strange[value] = strange.get(value, 0) + count
    rows, shown = sum(strange.values()), sorted(map(str, strange))[:5]
    message = (
        f"{rows} of {seen} values are not allowed: {', '.join(shown)}" if rows else f"all {seen} values are allowed"
    )
    return Outcome(not rows, message, shown, sorted(map(str, wanted))[:50], effect=rows / max(seen, 1), n=seen)


def as_key(value: Scalar, column: Column) -> Scalar:
    """A value as the column shows it: instants in microseconds, whole floats as they compare."""
    if column.type in TIMES and isinstance(value, str):
        return parse_instant(value)
    return value


def counts(values: Values) -> dict[Any, int]:
    """How often each value occurs; nulls are left out."""
    array = plain(values.data) if values.is_text else pa.array(values.numbers[~values.nulls()])
    found = pc.value_counts(array.drop_null())
    return dict(zip(found.field("values").to_pylist(), found.field("counts").to_pylist(), strict=True))


def distinct(values: Values) -> list[Any]:
    """The distinct values."""
    return list(counts(values))


@check("values.unique")
def uniques(case: Case) -> Iterator[Trial]:
    """Columns that are declared unique have no value twice."""
    for attribute in _uniques(case.document):
        table, _, name = attribute.rpartition(".")
        yield Trial(table, (name,), partial(_unique, case, attribute))


def _uniques(document: Document) -> Iterator[str]:
    found = list(document.constraints.unique)
    for node in document.nodes:
        for column in node.columns:
            if column.unique or (column.constraints is not None and column.constraints.unique):
                found.append(f"{node.id}.{column.name}")
    yield from dict.fromkeys(found)


def _unique(case: Case, attribute: str) -> Outcome:
    node, column = case.column(attribute)
    rows = case.readable(node.id, column.name).rows
    again, _ = repeats([case.values(node.id, column.name)])
    message = f"{again} of {rows} rows repeat a value" if again else f"no value occurs twice in {rows} rows"
    return Outcome(again == 0, message, again, 0, effect=again / max(rows, 1), n=rows)


@check("values.expression")
def expressions(case: Case) -> Iterator[Trial]:
    """Formulas hold: the column is what its expression gives for the row."""
    for node in case.document.nodes:
        for column in node.columns:
            if column.generator.name == "expression":
                yield Trial(node.id, (column.name,), partial(_expression, case, node, column))


def _expression(case: Case, node: Node, column: Column) -> Outcome:
    if column.modifiers:
        raise Skip("modifiers change what the formula gives")
    try:
        formula = parse(column.generator.params.code)
    except ExpressionError as wrong:
        raise Skip(str(wrong)) from wrong
    names = sorted(formula.columns())
    table = case.readable(node.id, column.name, *names)
    types = {one.name: one.type for one in node.columns}
    wrong_rows = seen = 0
    for batch in table.batches([column.name, *names]):
        own = {name: as_values(batch.column(name), types[name]) for name in [column.name, *names]}
        expected = formula.evaluate(own, types, batch.num_rows)
        wrong_rows += differences(own[column.name], expected, column)
        seen += batch.num_rows
    message = f"the formula fails in {wrong_rows} of {seen} rows" if wrong_rows else f"the formula holds in {seen} rows"
    return Outcome(not wrong_rows, message, wrong_rows, 0, effect=wrong_rows / max(seen, 1), n=seen)


def differences(found: Values, expected: Values, column: Column) -> int:
    """Rows in which a column is not what it should be; rows that a null rate emptied are left out."""
    compared = ~found.nulls() if column.null_rate else np.ones(len(found), bool)
    if found.is_text and expected.is_text:
        same = pc.equal(plain(found.data), plain(expected.data)).fill_null(False).to_numpy(zero_copy_only=False)
    else:
        want = expected.numbers
        if column.type == "int":
            want = np.rint(want)
        elif column.type == "date":
            want = want // DAY * DAY
        near = found.numbers == want if column.type != "float" else np.isclose(found.numbers, want, _EXACT, _EXACT)
        same = near & ~found.nulls() & ~expected.nulls()
    return int((compared & ~same & ~(found.nulls() & expected.nulls())).sum())


@check("values.lookup")
def copied(case: Case) -> Iterator[Trial]:
    """What is looked up is the value of the row that the key names."""
    for node in case.document.nodes:
        for column in node.columns:
            params = column.generator.params
            if isinstance(params, LookupParams) and params.table != node.id and not column.modifiers:
                other = case.document.node(params.table)
                found = link(case.document, node, params.table)
                if other is not None and found is not None and column.name != found.column:
                    yield Trial(node.id, (column.name,), partial(_copied, case, node, column))


def _copied(case: Case, node: Node, column: Column) -> Outcome:
    params: LookupParams = column.generator.params
    found = link(case.document, node, params.table)
    if found is None:
        raise Skip(f"{node.id} has no key of {params.table}")
    brought = follow(case, node, found, params.column)
    own = case.values(node.id, column.name)
    wrong = differences(own, brought, column)
    message = (
        f"{wrong} of {len(own)} values are not those of their {params.table}" if wrong else f"all {len(own)} agree"
    )
    return Outcome(not wrong, message, wrong, 0, effect=wrong / max(len(own), 1), n=len(own))
