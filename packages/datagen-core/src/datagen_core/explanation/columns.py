"""Where the values of a column come from, and what keeps them within their bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from datagen_core.behaviors.bounds import bounds_of
from datagen_core.behaviors.references import generator_of
from datagen_core.distributions import DistributionParams
from datagen_core.generators.aggregate import AggregateParams
from datagen_core.generators.base import TIMES
from datagen_core.generators.choice import ChoiceParams, weights_of
from datagen_core.generators.datetime_series import DatetimeSeriesParams, Window
from datagen_core.generators.enum_list import EnumListParams
from datagen_core.generators.expression import ExpressionParams
from datagen_core.generators.lookup import LookupParams
from datagen_core.generators.sequence import SequenceParams
from datagen_core.generators.state import RoleParams

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from datagen_core.behaviors.bounds import Bound
    from datagen_core.schema.model import Column, Document, GeneratorUse, ModifierUse, Node

SHOWN = 4  # choices that are listed
_NOTES = frozenset({"comment", "schema_uri"})
_ROLES = {
    "to": "the state or stage that is reached",
    "from": "the state that is left; null in the first row",
    "time": "when the step is taken, after the one before it",
    "index": "the number of the step, from 0",
    "channel": "a channel, by weight",
    "position": "the number of the touch, from 1",
    "weight": "the touch's share of the conversion",
}


@dataclass(frozen=True, slots=True)
class ColumnStory:
    """A column: its source, what changes its values, and what they keep to and by which means."""

    name: str
    type: str
    source: str
    changes: tuple[str, ...]
    keeps: tuple[str, ...]


def stories(document: Document, node: Node) -> Iterator[ColumnStory]:
    """The columns of a table, in the order of the file."""
    for column in node.columns:
        use = generator_of(document, node, column)
        changes = tuple(_change(one) for one in column.modifiers)
        keeps = tuple(_keeps(document, node, column, use))
        yield ColumnStory(column.name, column.type, source_of(document, node, use), changes, keeps)


def source_of(document: Document, node: Node, use: GeneratorUse) -> str:
    """One phrase about where a generator takes its values from."""
    tell = _SOURCES.get(type(use.params))
    return tell(use.params, node, document) if tell is not None else f"{use.name} {_given(use.params)}".rstrip()


def _sequence(params: SequenceParams, _node: Node, _document: Document) -> str:
    step = "" if params.step == 1 else f" in steps of {params.step}"
    return f"counts from {params.start}{step}"


def _choice(params: ChoiceParams, _node: Node, _document: Document) -> str:
    if params.choices is None:
        kind = "" if params.weights_kind == "uniform" else f", {params.weights_kind}"
        return f"a value of {params.choices_ref}{kind}"
    shares = weights_of(params, len(params.choices))
    listed = [f"{value} {share:.0%}" for value, share in zip(params.choices[:SHOWN], shares, strict=False)]
    more = f", and {len(params.choices) - SHOWN} more" if len(params.choices) > SHOWN else ""
    return f"one of {', '.join(listed)}{more}"


def _distribution(params: DistributionParams, _node: Node, _document: Document) -> str:
    numbers = ", ".join(f"{name} {value:g}" for name, value in params.params.given().items())
    clamp = "" if params.clamp is None else f", clipped to {_between(params.clamp)}"
    truncate = "" if params.truncate is None else f", within {_between(params.truncate)}"
    return f"{params.kind} ({numbers}){clamp}{truncate}"


def _between(bounds: tuple[float, float]) -> str:
    return f"{bounds[0]:g} … {bounds[1]:g}"


def _series(params: DatetimeSeriesParams, _node: Node, document: Document) -> str:
    window = params.within
    where = f"{window.start} … {window.end}" if isinstance(window, Window) else "the timeframe"
    patterns = ", ".join(pattern.dimension for pattern in params.all_patterns)
    return f"a point of the {params.freq or document.timeframe.freq} grid of {where}" + (
        f", weighted by {patterns}" if patterns else ""
    )


def _lookup(params: LookupParams, node: Node, _document: Document) -> str:
    if params.pairs:
        agree = ", ".join(mine if mine == other else f"{mine} = {other}" for mine, other in params.pairs)
        return f"{params.source} of the row that agrees in {agree}"
    if params.table == node.id:
        return f"{params.source} of an earlier row"
    if params.table in node.parents[:1]:
        return f"{params.source} of its parent"
    return f"{params.source} of a random row"


def _aggregate(params: AggregateParams, _node: Node, _document: Document) -> str:
    where = "" if params.where is None else f" where {params.where}"
    return f"{params.op} of {params.of} over the row's own children{where}"


_SOURCES: dict[type, Callable[[Any, Node, Document], str]] = {
    SequenceParams: _sequence,
    ChoiceParams: _choice,
    DistributionParams: _distribution,
    DatetimeSeriesParams: _series,
    LookupParams: _lookup,
    AggregateParams: _aggregate,
    EnumListParams: lambda params, _node, _document: f"a list of {len(params.values)} values",
    ExpressionParams: lambda params, _node, _document: f"= {params.code}",
    RoleParams: lambda params, _node, _document: _ROLES.get(params.role, f"its part as {params.role}"),
}


def _given(params: Any) -> str:
    """The parameters that differ from their defaults, in short."""
    if not isinstance(params, msgspec.Struct):
        return ""
    fields = [one for one in msgspec.structs.fields(params) if one.name not in _NOTES]
    given = {one.encode_name: getattr(params, one.name) for one in fields}
    defaults = {one.encode_name: one.default for one in fields}
    told = {name: value for name, value in given.items() if value != defaults[name] and value not in (None, {}, ())}
    return ", ".join(_short(value) if name == "method" else f"{name} {_short(value)}" for name, value in told.items())


def _short(value: Any) -> str:
    text = str(msgspec.to_builtins(value)) if isinstance(value, msgspec.Struct | dict | tuple) else str(value)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _change(use: ModifierUse) -> str:
    return f"{use.name} {_given(use.params)}".rstrip()


def _keeps(document: Document, node: Node, column: Column, use: GeneratorUse) -> Iterator[str]:
    if (
        (column.name in node.keys and len(node.keys) == 1)
        or column.unique
        or f"{node.id}.{column.name}" in document.constraints.unique
    ):
        yield f"unique: {_unique_by(use)}"
    if use is not column.generator and isinstance(use.params, LookupParams):
        yield f"refers to {use.params.source}: drawn from its keys in place of {column.generator.name}"
    for bound in bounds_of(document, node, column):
        yield _bounded(bound, column)
    yield from _declared(document, f"{node.id}.{column.name}", column)
    if column.null_rate:
        yield f"null in {column.null_rate:.1%} of the rows"


def _unique_by(use: GeneratorUse) -> str:
    if use.name == "sequence":
        return "a sequence does not repeat"
    if use.name == "lookup":
        return "as the column that it looks up is"
    return "each row has a number of its own in a shuffled order, and no value is drawn twice"


def _bounded(bound: Bound, column: Column) -> str:
    place = bound.column if bound.way.how == "row" else f"{bound.way.table}.{bound.column}"
    if bound.equal:
        return f"equal to {place}: a copy of it"
    low, high = ("before", "after") if column.type in TIMES else ("below", "above")
    word = (low if bound.upper else high) if bound.strict else f"not {high if bound.upper else low}"
    return f"{word} {place}: drawn from what that leaves"


def _declared(document: Document, attribute: str, column: Column) -> Iterator[str]:
    own = column.constraints
    for one in document.constraints.ranges:
        if one.attr == attribute:
            yield _ranged(one.min, one.max)
    if own is not None and (own.min is not None or own.max is not None):
        yield _ranged(own.min, own.max)
    patterns = [one.regex for one in document.constraints.pattern if one.attr == attribute]
    for regex in patterns + ([own.pattern] if own is not None and own.pattern is not None else []):
        yield f"matches {regex}"
    if any(one.attr == attribute for one in document.constraints.enum) or (
        own is not None and (own.enum or own.enum_ref)
    ):
        yield "one of the listed values"


def _ranged(low: Any, high: Any) -> str:
    return f"within {'…' if low is None else low} … {'' if high is None else high}".rstrip() + ": clipped"
