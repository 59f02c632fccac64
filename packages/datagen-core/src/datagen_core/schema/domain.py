"""What values a column can hold, as far as its document says: a list of them, or the interval in which they lie."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from datagen_core.distributions import DistributionParams
from datagen_core.generators.base import TIMES
from datagen_core.generators.choice import ChoiceParams
from datagen_core.generators.datetime_series import DatetimeSeriesParams, Window
from datagen_core.generators.diffusion_curve import DiffusionCurveParams
from datagen_core.generators.enum_list import EnumListParams
from datagen_core.generators.lookup import LookupParams
from datagen_core.generators.sequence import SequenceParams
from datagen_core.generators.state import RoleParams, StateParams
from datagen_core.instants import parse_instant
from datagen_core.modifiers.clamp import ClampArgs
from datagen_core.modifiers.map_values import MapValuesArgs
from datagen_core.sizes import own_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datagen_core.schema.model import Column, Document, ModifierUse, Node, Scalar

DEEPEST = 16  # look-ups of look-ups that are followed
TIME_SHAPES = frozenset({"seasonality", "outliers"})  # move no instant out of its window


class Interval(NamedTuple):
    """Lowest and highest value, both included; microseconds since 1970 for times."""

    low: float
    high: float


def values_of(document: Document, node: Node, column: Column, depth: int = 0) -> tuple[Scalar, ...] | None:
    """All values that the column can hold, null aside; None where its document does not list them."""
    values = _listed(document, node, column, depth)
    for use in column.modifiers:
        if values is None or not isinstance(use.params, MapValuesArgs):
            return None
        mapping = use.params.mapping
        values = tuple(mapping.get(str(value), value) for value in values)
    return None if values is None else tuple(value for value in values if value is not None)


def _listed(document: Document, node: Node, column: Column, depth: int) -> tuple[Scalar, ...] | None:
    params = column.generator.params
    if isinstance(params, StateParams | RoleParams):
        return _played(node, params.role)
    if isinstance(params, EnumListParams):
        return params.values
    if isinstance(params, ChoiceParams) and params.choices is not None:
        weights = params.weights or (1.0,) * len(params.choices)
        return tuple(value for value, weight in zip(params.choices, weights, strict=False) if weight > 0)
    reference = params.source if isinstance(params, LookupParams) else getattr(params, "choices_ref", None)
    found = document.resolve(reference) if isinstance(reference, str) else None
    return values_of(document, *found, depth + 1) if found is not None and depth < DEEPEST else None


def _played(node: Node, role: str) -> tuple[str, ...] | None:
    """The words that a column holds by its role."""
    if role == "channel" and node.touches is not None:
        return node.touches.channels
    if node.stage_config is not None:
        names = tuple(stage.stage_name for stage in node.stage_config.stages)
        return {"to": names, "from": names[:-1]}.get(role)
    model = node.state_transition_model
    if model is None:
        return None
    left = {name for name, state in model.states.items() if not state.terminal}
    return {"to": tuple(model.states), "from": tuple(name for name in model.states if name in left)}.get(role)


def _numbered(node: Node, role: str) -> Interval | None:
    """The numbers that a column holds by its role."""
    if role == "index" and node.stage_config is not None:
        return Interval(0, len(node.stage_config.stages) - 1)
    if role == "index" and node.state_transition_model is not None:
        return Interval(0, node.state_transition_model.max_transitions)
    if node.touches is None:
        return None
    return {"position": Interval(1, node.touches.max_touches), "weight": Interval(0, 1)}.get(role)


def interval_of(document: Document, node: Node, column: Column, depth: int = 0) -> Interval | None:
    """The interval in which all values of a column of numbers or times lie; None where its document does not say."""
    interval = _generated(document, node, column, depth)
    for use in column.modifiers:
        interval = _modified(interval, column, use)
    return interval


def _modified(interval: Interval | None, column: Column, use: ModifierUse) -> Interval | None:
    if column.type in TIMES:
        return interval if use.name in TIME_SHAPES else None
    if not isinstance(use.params, ClampArgs):
        return None
    low = -math.inf if use.params.min is None else use.params.min
    high = math.inf if use.params.max is None else use.params.max
    before = interval or Interval(-math.inf, math.inf)
    return Interval(min(max(before.low, low), high), max(min(before.high, high), low))


def _generated(document: Document, node: Node, column: Column, depth: int) -> Interval | None:
    params = column.generator.params
    if isinstance(params, StateParams | RoleParams):
        return _numbered(node, params.role)
    if isinstance(params, DatetimeSeriesParams | DiffusionCurveParams):
        window = params.within if isinstance(params.within, Window) else document.timeframe
        return _between(parse_instant(window.start), parse_instant(window.end, end=True))
    if isinstance(params, DistributionParams):
        return _drawn(params)
    if isinstance(params, SequenceParams) and not node.parents:
        last = params.start + (max(own_rows(node), 1) - 1) * params.step
        return Interval(min(params.start, last), max(params.start, last))
    if isinstance(params, LookupParams):
        found = document.resolve(params.source)
        return interval_of(document, *found, depth + 1) if found is not None and depth < DEEPEST else None
    return _of_list(_listed(document, node, column, depth), column)


def _drawn(params: DistributionParams) -> Interval | None:
    bounds = params.clamp or params.truncate
    given = params.params.given()
    if params.kind in {"uniform", "triangular"} and {"low", "high"} <= given.keys():
        natural = Interval(given["low"], given["high"])
        if bounds is None:
            return natural
        return Interval(min(max(natural.low, bounds[0]), bounds[1]), max(min(natural.high, bounds[1]), bounds[0]))
    return Interval(*bounds) if bounds is not None else None


def _of_list(values: Sequence[Scalar] | None, column: Column) -> Interval | None:
    found = [_number(value, column) for value in values or () if value is not None]
    numbers = [number for number in found if number is not None]
    return Interval(min(numbers), max(numbers)) if numbers and len(numbers) == len(found) else None


def _number(value: Scalar, column: Column) -> float | None:
    if column.type in TIMES:
        return parse_instant(value) if isinstance(value, str) else None
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _between(start: int | None, end: int | None) -> Interval | None:
    return Interval(start, end) if start is not None and end is not None else None
