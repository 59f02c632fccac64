"""What happens to a number between its distribution and its column: factors, shifts, bounds, roundings, row by row."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from datagen_core.behaviors import segments
from datagen_core.behaviors.creation import creation_column, time_column
from datagen_core.behaviors.vintage import height_at, multipliers_of
from datagen_core.distributions import DistributionParams
from datagen_core.instants import DAY, parse_instant
from datagen_core.modifiers.trend import YEAR
from datagen_core.timegrid import cycle_index
from datagen_core.validation.case import Case, Skip
from datagen_core.validation.effects import felt
from datagen_core.validation.links import follow, link
from datagen_core.validation.noise import mixture_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from datagen_core.behaviors.effects import EffectArgs
    from datagen_core.modifiers.seasonality import SeasonalityArgs
    from datagen_core.schema.model import AgeMultiplier, Column, Document, ModifierUse, Node
    from datagen_core.validation.links import Link
    from datagen_core.validation.noise import Mixture

NOISE = ("jitter", "outliers")
"""Modifiers that blur single rows: their step is a mixture."""


@dataclass(frozen=True)
class Step:
    """What a modifier does to a row's number: `scale` · x + `shift`, or a bound, or a rounding."""

    scale: NDArray[np.float64] | float = 1.0
    shift: float = 0.0
    low: float = -math.inf
    high: float = math.inf
    digits: int | None = None
    noise: Mixture | None = None

    def before(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """The largest number that the step takes to at most `value`; one more axis for each part of a mixture."""
        if self.noise is not None:
            return self.noise.before(value)
        if self.digits is not None:
            unit = 10.0**-self.digits
            return (np.floor(value / unit + 1e-6) + 0.5) * unit
        inside = (value - self.shift) / self.scale
        return np.where(value >= self.high, math.inf, np.where(value < self.low, -math.inf, inside))

    def thinned(self, rows: NDArray[np.int64]) -> Step:
        """The same for some of the rows."""
        return replace(self, scale=self.scale[rows]) if isinstance(self.scale, np.ndarray) else self

    @property
    def varies(self) -> bool:
        """Whether the rows have factors of their own."""
        return isinstance(self.scale, np.ndarray)


def steps_of(case: Case, node: Node, column: Column) -> list[Step]:
    """What happens to a number after it is drawn, in order; the distribution's clamp and the ranges come last."""
    odd = [use.name for use in column.modifiers if use.name not in _STEPS and use.name not in NOISE]
    if odd:
        raise Skip(f"{odd[0]} changes the values row by row")
    steps = [*_behavior_steps(case, node, column)]
    steps += [_step(case, node, use) for use in column.modifiers]
    params = column.generator.params
    bounds = (params.clamp or params.truncate) if isinstance(params, DistributionParams) else None
    if bounds is not None:
        steps.append(_bound(column, *bounds))
    steps += [_bound(column, low, high) for low, high in _declared_ranges(case.document, node, column)]
    return [*steps, Step(digits=0)] if column.type == "int" else steps


def _step(case: Case, node: Node, use: ModifierUse) -> Step:
    return Step(noise=mixture_of(use)) if use.name in NOISE else _STEPS[use.name](case, node, use)


def _bound(column: Column, low: float, high: float) -> Step:
    """Bounds as an int column keeps them: by the whole numbers inside."""
    whole = column.type == "int"
    least = math.ceil(low) if whole and math.isfinite(low) else low
    most = math.floor(high) if whole and math.isfinite(high) else high
    return Step(low=least, high=most) if least <= most else Step(low=low, high=high)


def _declared_ranges(document: Document, node: Node, column: Column) -> Iterator[tuple[float, float]]:
    entries: list[Any] = [one for one in document.constraints.ranges if one.attr == f"{node.id}.{column.name}"]
    entries += [column.constraints] if column.constraints is not None else []
    for entry in entries:
        low, high = entry.min, entry.max
        yield float(-math.inf if low is None else low), float(math.inf if high is None else high)


def _multiply(_case: Case, _node: Node, use: ModifierUse) -> Step:
    return Step(scale=_positive(use.params.factor, use.name))


def _positive(factor: float, name: str) -> float:
    if factor <= 0:
        raise Skip(f"{name} by {factor:g} turns the distribution round")
    return factor


def _clamp(_case: Case, _node: Node, use: ModifierUse) -> Step:
    low, high = use.params.min, use.params.max
    return Step(low=-math.inf if low is None else low, high=math.inf if high is None else high)


def _season(case: Case, node: Node, use: ModifierUse) -> Step:
    params: SeasonalityArgs = use.params
    times, there = _times(case, node, params.time_reference)
    table = np.asarray(params.weights, float)
    return Step(scale=_strictly(np.where(there, table[cycle_index(times, params.dimension)], 1.0), use.name))


def _strictly(factors: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    if (factors <= 0).any():
        raise Skip(f"{name} multiplies some rows by 0")
    return factors


def _times(case: Case, node: Node, named: str | None) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    column = node.column(named) if named is not None else time_column(node)
    if column is None:
        raise Skip(f"{node.id} has no time")
    values = case.values(node.id, column.name)
    return values.numbers, ~values.nulls()


def _trend(case: Case, node: Node, use: ModifierUse) -> Step:
    times, there = _times(case, node, use.params.time_reference)
    years = (times - (parse_instant(case.document.timeframe.start) or 0)) / YEAR
    rate, numbers = use.params.rate or 0.0, use.params.params
    if use.params.type == "exponential":
        factors = np.power(1.0 + rate, years)
    elif use.params.type == "linear":
        factors = 1.0 + rate * years
    else:
        a = 0.1 if numbers.a is None else numbers.a
        factors = 1.0 + a * np.log1p((1.0 if numbers.b is None else numbers.b) * np.maximum(years, 0.0))
    return Step(scale=_strictly(np.where(there, factors, 1.0), use.name))


def _anomaly(case: Case, node: Node, use: ModifierUse) -> Step:
    times, there = _times(case, node, None)
    factors = np.ones(len(times))
    for dates, factor in (
        (use.params.spike_dates, use.params.spike_multiplier),
        (use.params.drop_dates, use.params.drop_multiplier),
    ):
        days = np.array([parse_instant(text) for text in dates], np.int64) // DAY
        factors[np.isin(times // DAY, days) & there] *= factor
    return Step(scale=_strictly(factors, use.name))


def _effect(case: Case, node: Node, use: ModifierUse) -> Step:
    params: EffectArgs = use.params
    if params.map.op != "mul":
        raise Skip("an effect adds to some rows")
    own = time_column(node)
    times = case.values(node.id, own.name) if params.window is not None and own is not None else None
    return Step(scale=_strictly(felt(case, node, params, times), use.name))


_STEPS: dict[str, Callable[[Case, Node, ModifierUse], Step]] = {
    "add": lambda _case, _node, use: Step(shift=use.params.value),
    "anomaly": _anomaly,
    "clamp": _clamp,
    "effect": _effect,
    "multiply": _multiply,
    "round": lambda _case, _node, use: Step(digits=use.params.digits),
    "seasonality": _season,
    "trend": _trend,
}


def _behavior_steps(case: Case, node: Node, column: Column) -> Iterator[Step]:
    """What the segment and the age of each parent do to the column's values."""
    for name in node.parents:
        parent, found = case.document.node(name), link(case.document, node, name)
        if parent is None:
            continue
        behavior = parent.segment_behavior
        by_segment = (
            behavior is not None
            and column.name in behavior.applies_to_columns
            and segments.differs(behavior, "value_multiplier")
        )
        curves = (
            [] if parent.vintage_behavior is None else [*multipliers_of(parent.vintage_behavior, column, numeric=True)]
        )
        if found is None and (by_segment or curves):
            raise Skip(f"{node.id} has no key of {name}")
        if behavior is not None and by_segment and found is not None:
            of_row = follow(case, node, found, behavior.segment_column)
            yield Step(scale=_strictly(segments.traits(behavior, of_row, "value_multiplier"), "the segment"))
        if curves and found is not None:
            yield _aged(case, node, parent, found, curves)


def _aged(case: Case, node: Node, parent: Node, found: Link, curves: list[AgeMultiplier]) -> Step:
    """The factor of the parent's age at the row's time."""
    created = creation_column(parent)
    if created is None:
        raise Skip(f"{parent.id} has no creation")
    times, there = _times(case, node, None)
    births = follow(case, node, found, created.name)
    age = (times - births.numbers).astype(np.float64)
    factors = math.prod((height_at(curve, age) for curve in curves), start=np.ones(len(age)))
    return Step(scale=_strictly(np.where(there & ~births.nulls(), factors, 1.0), "the age"))


def merged_steps(steps: list[Step]) -> list[Step]:
    """Neighbouring steps that only multiply, as one."""
    merged: list[Step] = []
    for step in steps:
        if merged and _scales(step) and _scales(merged[-1]):
            merged[-1] = Step(scale=merged[-1].scale * step.scale)
        else:
            merged.append(step)
    return merged


def _scales(step: Step) -> bool:
    return (
        step.noise is None
        and step.shift == 0
        and step.digits is None
        and math.isinf(step.low)
        and math.isinf(step.high)
    )
