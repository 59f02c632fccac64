"""Keys of several columns: what makes sure that no combination comes twice.

Either one of the columns has no value twice, or the steps of a process tell a parent's rows apart. Else, where the key names
the row's parent, one further column differs among the rows of a parent. Else the columns together are a bijection of the
row's number: every combination is as likely as every other.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from datagen_core.behaviors.bounds import bounds_of
from datagen_core.behaviors.references import generator_of, lookups
from datagen_core.distributions import DistributionParams
from datagen_core.generators.choice import ChoiceParams
from datagen_core.generators.datetime_series import DatetimeSeriesParams
from datagen_core.generators.lookup import LookupParams
from datagen_core.generators.sequence import SequenceParams

if TYPE_CHECKING:
    from datagen_core.schema.model import Column, Document, Node

Kind = Literal["apart", "siblings", "numbered", "none"]
_STEPS = frozenset({"index", "position", "time"})


@dataclass(frozen=True, slots=True)
class KeyPlan:
    """How a key stays unique.

    Parameters
    ----------
    kind
        ``apart``: by itself. ``siblings``: `column` differs among the rows of a parent. ``numbered``: all columns are a
        bijection of the row's number. ``none``: by nothing.
    column
        Of ``siblings``.
    table
        The table that this column looks into at random, if it does.
    """

    kind: Kind
    column: str = ""
    table: str = ""


def key_plan(document: Document, node: Node) -> KeyPlan:
    """What keeps the key of a table unique."""
    columns = [column for name in node.keys if (column := node.column(name)) is not None]
    if len(columns) < 2 or any(unique_alone(document, node, column) for column in columns):
        return KeyPlan("apart")
    of_parent = _of_parent(document, node, columns)
    others = [column for column in columns if column.name not in of_parent]
    if _is_parent(document, node, of_parent):
        if _one_each(node) or any(_step(node, column) for column in others):
            return KeyPlan("apart")
        return next((plan for column in others if (plan := _sibling(document, node, column))), KeyPlan("none"))
    if all(_numbered(document, node, column) for column in columns):
        return KeyPlan("numbered")
    return KeyPlan("none")


def unique_alone(document: Document, node: Node, column: Column) -> bool:
    """Whether the column has no value twice, whatever others have."""
    constrained = column.constraints is not None and column.constraints.unique
    if column.unique or constrained or f"{node.id}.{column.name}" in document.constraints.unique:
        return True
    params = generator_of(document, node, column).params
    return isinstance(params, SequenceParams) and params.step != 0 and not column.modifiers


def names_once(document: Document, node: Node, params: LookupParams) -> Literal["parent", "random", "never"]:
    """How a look-up that may bring no value twice keeps that: as the only child, or by a bijection of the row's number."""
    if _picks(document, node, params):
        return "random"
    parent = document.node(node.parents[0]) if node.parents else None
    source = parent.column(params.column) if parent is not None else None
    if parent is None or source is None or params.pairs or params.table != parent.id:
        return "never"
    single = parent.keys == (source.name,) or unique_alone(document, parent, source)
    return "parent" if single and _only_child(node, parent) else "never"


def _only_child(node: Node, parent: Node) -> bool:
    """Whether no parent has two rows."""
    if node.process is not None or node.touches is not None:
        return False
    fanout = node.fanout
    if fanout is not None:
        most = fanout.max if fanout.max is not None else (fanout.clamp or (0, None))[1]
        return most is not None and most <= 1
    varied = parent.segment_behavior is not None and any(
        traits.fanout_multiplier > 1 for traits in parent.segment_behavior.behaviors.values()
    )
    return not (varied or node.modifiers or parent.vintage_behavior is not None)


def _of_parent(document: Document, node: Node, columns: list[Column]) -> dict[str, str]:
    """Key columns that are a column of the primary parent, and which."""
    named = {column.name for column in columns}
    return {
        column.name: params.column
        for column, params in lookups(document, node)
        if column.name in named and params.table in node.parents[:1] and not params.pairs and not column.modifiers
    }


def _is_parent(document: Document, node: Node, found: dict[str, str]) -> bool:
    """Whether these columns say which row of the primary parent it is."""
    parent = document.node(node.parents[0]) if node.parents else None
    if parent is None:
        return False
    brought = set(found.values())
    if set(parent.keys) <= brought:
        return True
    return any(
        unique_alone(document, parent, column) for name in brought if (column := parent.column(name)) is not None
    )


def _one_each(node: Node) -> bool:
    return node.fanout is None and node.process is None and node.touches is None


def _step(node: Node, column: Column) -> bool:
    """Whether the column tells the steps of a parent apart."""
    role = getattr(column.generator.params, "role", None)
    if role == "time":
        return column.type == "datetime"
    return role in _STEPS or (role == "to" and node.stage_config is not None and not column.modifiers)


def _sibling(document: Document, node: Node, column: Column) -> KeyPlan | None:
    params = generator_of(document, node, column).params
    if column.modifiers or column.null_rate:
        return None
    if isinstance(params, LookupParams):
        return KeyPlan("siblings", column.name, params.table) if _picks(document, node, params) else None
    whole = column.type == "int" and isinstance(params, DistributionParams)
    drawn = whole or isinstance(params, ChoiceParams | DatetimeSeriesParams)
    return KeyPlan("siblings", column.name) if drawn else None


def _picks(document: Document, node: Node, params: LookupParams) -> bool:
    """Whether a look-up brings a value that names a random row of another table."""
    other = document.node(params.table)
    column = other.column(params.column) if other is not None else None
    if other is None or column is None or params.pairs or params.table in {node.id, *node.parents[:1]}:
        return False
    return other.keys == (column.name,) or unique_alone(document, other, column)


def _numbered(document: Document, node: Node, column: Column) -> bool:
    """Whether every value of the column is as likely as every other, so that the row's number may choose it."""
    params = generator_of(document, node, column).params
    if column.modifiers or column.null_rate or bounds_of(document, node, column):
        return False
    if isinstance(params, LookupParams):
        return _picks(document, node, params)
    if isinstance(params, ChoiceParams):
        return params.weights_kind == "uniform" and len(set(params.weights or (1.0,))) == 1
    return isinstance(params, DatetimeSeriesParams) and not params.all_patterns
