"""What a step computes: a small tree over a table's columns that DuckDB and Polars both evaluate to the same values.

An operation has one row in `OPERATIONS` with its two spellings; adding one touches nothing else. Both engines follow
SQL here: a comparison with null is null, and a predicate that is null selects nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal as Choice

from datapolisher.sql import Scalar

AggregateName = Choice["sum", "count", "min", "max", "mean"]

# Unicode White_Space, and what is invisible beside it: zero width space and joiners, byte order mark.
BLANKS = "\t\n\x0b\x0c\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200E)))
BLANKS += "\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"


class Expression:
    """A node of the tree."""

    def parts(self) -> tuple[Expression, ...]:
        """The nodes directly below."""
        return ()

    def walk(self) -> Iterator[Expression]:
        """This node and all below, parents first."""
        yield self
        for part in self.parts():
            yield from part.walk()


@dataclass(frozen=True, slots=True)
class Column(Expression):
    """A column of the step's table."""

    name: str


@dataclass(frozen=True, slots=True)
class Value(Expression):
    """A constant."""

    value: Scalar


@dataclass(frozen=True, slots=True)
class Call(Expression):
    """An operation of `OPERATIONS` on arguments."""

    op: str
    args: tuple[Expression, ...]

    def parts(self) -> tuple[Expression, ...]:
        return self.args


@dataclass(frozen=True, slots=True)
class Cast(Expression):
    """`of` as another type, by DuckDB's name.

    A `lenient` cast reads text, and gives null where the text says no value of the type; any other takes no text.
    """

    of: Expression
    type: str
    lenient: bool = False

    def parts(self) -> tuple[Expression, ...]:
        return (self.of,)


@dataclass(frozen=True, slots=True)
class Matches(Expression):
    """Whether the whole text has the form of a regular expression (the syntax that RE2 and Rust's regex share)."""

    of: Expression
    pattern: str

    def parts(self) -> tuple[Expression, ...]:
        return (self.of,)


@dataclass(frozen=True, slots=True)
class Rewrite(Expression):
    """The text with every match of the pattern replaced; ``\\1`` in the template stands for what its first group holds."""

    of: Expression
    pattern: str
    template: str

    def parts(self) -> tuple[Expression, ...]:
        return (self.of,)


@dataclass(frozen=True, slots=True)
class KeyIn(Expression):
    """Whether this row's `columns` are a key of `table`: a key that is there, that repeats, or whose row was taken out.

    False where a column of the key is null.
    """

    columns: tuple[str, ...]
    table: str
    keys: tuple[str, ...]
    which: Choice["present", "repeated", "taken"] = "present"


@dataclass(frozen=True, slots=True)
class ParentValue(Expression):
    """`value` of the row of `table` whose `keys` equal this row's `columns`, or null; the least where a key repeats."""

    columns: tuple[str, ...]
    table: str
    keys: tuple[str, ...]
    value: str


@dataclass(frozen=True, slots=True)
class ChildAggregate(Expression):
    """`op` over `value` of the rows of `table` whose `keys` equal this row's `columns`; null without such rows.

    ``count`` counts rows and needs no `value`.
    """

    columns: tuple[str, ...]
    table: str
    keys: tuple[str, ...]
    op: AggregateName
    value: str | None = None


Related = KeyIn | ParentValue | ChildAggregate


@dataclass(frozen=True, slots=True)
class Operation:
    """The two spellings of an operation.

    ``{0}``, ``{1}`` are its arguments, ``{all}`` all of them with commas, ``{rest}`` all but the first; ``{raw1}`` and
    ``{raw_rest}`` are constants as Python writes them.
    """

    sql: str
    polars: str


OPERATIONS: Mapping[str, Operation] = {
    "is_null": Operation("({0} IS NULL)", "{0}.is_null()"),
    "not_null": Operation("({0} IS NOT NULL)", "{0}.is_not_null()"),
    "equal": Operation("({0} = {1})", "({0} == {1})"),
    "unequal": Operation("({0} <> {1})", "({0} != {1})"),
    "below": Operation("({0} < {1})", "({0} < {1})"),
    "at_most": Operation("({0} <= {1})", "({0} <= {1})"),
    "above": Operation("({0} > {1})", "({0} > {1})"),
    "at_least": Operation("({0} >= {1})", "({0} >= {1})"),
    "is_in": Operation("({0} IN ({rest}))", "{0}.is_in([{raw_rest}])"),
    "both": Operation("({0} AND {1})", "({0} & {1})"),
    "either": Operation("({0} OR {1})", "({0} | {1})"),
    "negate": Operation("(NOT {0})", "(~{0})"),
    "plus": Operation("({0} + {1})", "({0} + {1})"),
    "minus": Operation("({0} - {1})", "({0} - {1})"),
    "times": Operation("({0} * {1})", "({0} * {1})"),
    # Both as real numbers; by zero: null. (Polars divides by a constant through its reciprocal, which rounds twice: the
    # zeros make a column of it.)
    "over": Operation(
        "(CAST({0} AS DOUBLE) / nullif(CAST({1} AS DOUBLE), 0))",
        "({0}.cast(pl.Float64) / ({0}.is_null().cast(pl.Float64) * 0.0 + pl.when({1} != 0).then({1}).cast(pl.Float64)))",
    ),
    "latest": Operation("greatest({all})", "pl.max_horizontal({all})"),
    "earliest": Operation("least({all})", "pl.min_horizontal({all})"),
    "absolute": Operation("abs({0})", "{0}.abs()"),
    "first_known": Operation("coalesce({all})", "pl.coalesce({all})"),
    "choose": Operation("CASE WHEN {0} THEN {1} ELSE {2} END", "pl.when({0}).then({1}).otherwise({2})"),
    "trim": Operation("trim_blanks({0})", "{0}.cast(pl.String).str.strip_chars(BLANKS)"),
    "squeeze": Operation("squeeze_blanks({0})", '{0}.cast(pl.String).str.replace_all(BLANK_RUN, " ")'),
    "upper": Operation("upper({0})", "{0}.str.to_uppercase()"),
    "lower": Operation("lower({0})", "{0}.str.to_lowercase()"),
    "join_text": Operation("({0} || {1})", "({0} + {1})"),
    # Texts of digits only, filled with zeros to a length; others stay.
    "pad_zeros": Operation(
        "CASE WHEN length({0}) < {1} THEN lpad({0}, {1}, '0') ELSE {0} END", "{0}.str.pad_start({raw1}, '0')"
    ),
    "strip_separators": Operation("strip_separators({0})", "{0}.str.replace_all(SEPARATORS, '')"),
    # Whole days from the first instant to the second.
    "whole_days": Operation(
        "CAST(floor((epoch_us({1}) - epoch_us({0})) / 86400000000) AS BIGINT)",
        "({1} - {0}).dt.total_microseconds().floordiv(86_400_000_000)",
    ),
    # To {1} decimals, half to even on the decimal value, exact (see the macro's comment).
    "round_double": Operation("round_double({0}, {1})", "round_double({0}, {raw1})"),
    # The same, a tie away from zero, as merchants round.
    "round_away": Operation("round_away({0}, {1})", "round_away({0}, {raw1})"),
    "round_float": Operation("round_float({0}, {1})", "round_float({0}, {raw1})"),
    # {2} is two units of the last digit kept, {3} half of one: DuckDB rounds ties away from zero.
    "round_decimal": Operation(
        "CASE WHEN abs({0} % {2}) = {3} THEN trunc({0}, {1}) ELSE round({0}, {1}) END",
        '{0}.round({raw1}, mode="half_to_even")',
    ),
    # {1} seconds earlier.
    "minus_seconds": Operation("({0} - to_seconds({1}))", "({0} - pl.duration(seconds={raw1}))"),
    # The same day and time a hundred years before.
    "century_before": Operation("({0} - INTERVAL 100 YEAR)", '{0}.dt.offset_by("-100y")'),
    # Its nulls numbered on from its greatest value, in the order of the files.
    "numbered": Operation(
        "coalesce({0}, coalesce(max({0}) OVER (), 0) "
        '+ count(*) FILTER (WHERE {0} IS NULL) OVER (ORDER BY "#row" ROWS UNBOUNDED PRECEDING))',
        "pl.coalesce({0}, {0}.max().fill_null(0) + {0}.is_null().cast(pl.Int64).cum_sum())",
    ),
    # The last known value in the rows before, in the order of the files.
    "last_known": Operation(
        'last_value({0} IGNORE NULLS) OVER (ORDER BY "#row" ROWS UNBOUNDED PRECEDING)', "{0}.forward_fill()"
    ),
}


def call(op: str, *args: Expression | Scalar) -> Call:
    """The operation `op`; constants may be given bare.

    Raises
    ------
    ValueError
        There is no such operation.
    """
    if op not in OPERATIONS:
        raise ValueError(f"no operation {op!r}")
    return Call(op, tuple(arg if isinstance(arg, Expression) else Value(arg) for arg in args))


def all_of(predicates: Sequence[Expression]) -> Expression:
    """True where every predicate is; at least one has to be given."""
    first, *rest = predicates
    for predicate in rest:
        first = call("both", first, predicate)
    return first


def any_of(predicates: Sequence[Expression]) -> Expression:
    """True where some predicate is; at least one has to be given."""
    first, *rest = predicates
    for predicate in rest:
        first = call("either", first, predicate)
    return first


def is_one_of(of: Expression, values: Sequence[Scalar]) -> Expression:
    """Whether `of` equals one of the values."""
    if any(isinstance(value, date) for value in values):
        return any_of([call("equal", of, value) for value in values])
    return call("is_in", of, *values)


def rounded(column: str, type_: str, digits: int) -> Expression | None:
    """The column rounded half to even on the decimal value; None for a type that has no decimals."""
    if type_.startswith("DECIMAL"):
        unit = Decimal(1).scaleb(-digits)
        return call("round_decimal", Column(column), digits, 2 * unit, unit / 2)
    kind = {"DOUBLE": "round_double", "FLOAT": "round_float"}.get(type_)
    return call(kind, Column(column), digits) if kind else None
