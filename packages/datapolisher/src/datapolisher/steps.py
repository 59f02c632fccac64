"""The steps of path 2: small declarative operations that DuckDB and Polars both perform, with the same result.

Every step re-finds its rows from the data through a predicate or a mapping of values, never through positions, and
changes nothing when it runs a second time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from datapolisher.expressions import Call, Column, Expression, KeyIn, Related, Value, call
from datapolisher.sql import Scalar


@dataclass(frozen=True, slots=True)
class Update:
    """Set a column where the predicate holds (everywhere without one); the column keeps its type.

    Parameters
    ----------
    table, column
        What is changed.
    value
        The new value.
    where
        Which rows; a predicate that is null selects nothing.
    """

    table: str
    column: str
    value: Expression
    where: Expression | None = None


@dataclass(frozen=True, slots=True)
class MapValues:
    """Replace the values of a column that the mapping names; all others stay.

    Parameters
    ----------
    mapping
        Pairs (old, new); no new value may be an old one, or a second run would change it again.
    """

    table: str
    column: str
    mapping: tuple[tuple[Scalar, Scalar], ...]

    def __post_init__(self) -> None:
        again = {old for old, _ in self.mapping} & {new for _, new in self.mapping}
        if again:
            raise ValueError(
                f"{self.table}.{self.column}: {sorted(map(str, again))} are both replaced and replacements"
            )


@dataclass(frozen=True, slots=True)
class Swap:
    """Exchange two cells where the predicate holds; the columns have one type.

    Parameters
    ----------
    first, second
        The columns.
    where
        Which rows; it must not hold any more once they are swapped.
    """

    table: str
    first: str
    second: str
    where: Expression


@dataclass(frozen=True, slots=True)
class Retype:
    """Give a column another type; every value has to be one of that type.

    Parameters
    ----------
    before
        DuckDB's name of the type that it has; text, usually.
    """

    table: str
    column: str
    type: str
    before: str = "VARCHAR"


@dataclass(frozen=True, slots=True)
class AddColumn:
    """A further column at the end; where there is one of that name, its values are computed again.

    Parameters
    ----------
    type
        DuckDB's name of its type.
    mark
        It says which rows of another column were made, and counts for no change of its own; a row once marked stays
        marked.
    """

    table: str
    column: str
    type: str
    value: Expression
    mark: bool = False


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Take out the rows where the predicate holds, whole, with the reason."""

    table: str
    where: Expression
    reason: str


@dataclass(frozen=True, slots=True)
class DropDuplicates:
    """Fold rows that are equal in every column into the first of them."""

    table: str


@dataclass(frozen=True, slots=True)
class DropColumn:
    """Take a column of the input out; its values are kept beside the change log. Steps of a table that drop come last.

    Parameters
    ----------
    type
        DuckDB's name of its type.
    """

    table: str
    column: str
    type: str


@dataclass(frozen=True, slots=True)
class AddRows:
    """Add a row for each key that the table does not have; steps of a table that add come last.

    They follow its last row, in the order of their keys; all that is not key or mark is null.

    Parameters
    ----------
    keys
        The key's columns.
    mark
        A boolean column, which is true in the new rows.
    source
        The table, and its columns, where the keys stand: `columns` are those of the key here.
    values
        The one key, where it stands nowhere.
    """

    table: str
    keys: tuple[str, ...]
    mark: str
    source: KeyIn | None = None
    values: tuple[Scalar, ...] = ()


Step = Update | MapValues | Swap | Retype | AddColumn | Quarantine | DropDuplicates | DropColumn | AddRows


def expressions(step: Step) -> tuple[Expression, ...]:
    """The expressions that a step evaluates."""
    if isinstance(step, Update):
        return (step.value,) if step.where is None else (step.value, step.where)
    if isinstance(step, AddColumn):
        return (step.value,)
    if isinstance(step, AddRows):
        return () if step.source is None else (step.source,)
    return (step.where,) if isinstance(step, Quarantine | Swap) else ()


def written(step: Step) -> tuple[str, ...]:
    """The columns of its table that a step writes."""
    if isinstance(step, Swap):
        return (step.first, step.second)
    if isinstance(step, AddRows):
        return (*step.keys, step.mark)
    return () if isinstance(step, Quarantine | DropDuplicates) else (step.column,)


# Operations that are null where their first argument is.
_NULL_OF_NULL = frozenset(
    {"trim", "squeeze", "upper", "lower", "pad_zeros", "strip_separators", "round_double", "round_away", "round_float"}
    | {"round_decimal", "minus_seconds", "over"}
)


def keeps_nulls(step: Step) -> bool:
    """Whether a step leaves null what is null in the column that it writes."""
    if isinstance(step, MapValues):
        return all(old is not None for old, _ in step.mapping)
    if isinstance(step, Update):
        return _null_with(step.value, step.column)
    return isinstance(step, Retype)


def _null_with(value: Expression, column: str) -> bool:
    if isinstance(value, Call):
        return value.op in _NULL_OF_NULL and _null_with(value.args[0], column)
    return value in (Column(column), Value(None))


def relations(step: Step) -> Iterator[Related]:
    """The places where a step looks into another table (or into its own as a whole)."""
    for expression in expressions(step):
        yield from (node for node in expression.walk() if isinstance(node, Related))


def columns(step: Step) -> dict[str, set[str]]:
    """Table → the columns that a step names there; the column that `AddColumn` makes is not among them."""
    named: dict[str, set[str]] = {step.table: set()}
    if not isinstance(step, AddColumn):
        named[step.table] |= set(written(step))
    for expression in expressions(step):
        named[step.table] |= {node.name for node in expression.walk() if isinstance(node, Column)}
    for node in relations(step):
        named[step.table] |= set(node.columns)
        value = getattr(node, "value", None)
        named.setdefault(node.table, set()).update(node.keys, [value] if value else [])
    return named


def once_marked(table: str, mark: str, where: Expression) -> tuple[AddColumn, AddColumn]:
    """Steps around a change that must not be made a second time: one makes the mark, one sets it where it was made.

    In between, rows that are to be changed are those where `where` holds and the mark does not.
    """
    none = AddColumn(table, mark, "BOOLEAN", Value(False), mark=True)
    return none, AddColumn(table, mark, "BOOLEAN", call("first_known", where, False), mark=True)


def fill(table: str, column: str, value: Expression | Scalar) -> tuple[Step, ...]:
    """Fill a column's nulls and mark the rows in ``<column>_filled``."""
    mark = AddColumn(table, f"{column}_filled", "BOOLEAN", call("is_null", Column(column)), mark=True)
    return (mark, Update(table, column, call("first_known", Column(column), value)))
