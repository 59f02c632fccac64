"""Laws of single columns: declared weights, null rates, distributions."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from datagen_core.behaviors import segments
from datagen_core.behaviors.bounds import bounds_of
from datagen_core.behaviors.creation import creation_column, time_column
from datagen_core.behaviors.references import generator_of
from datagen_core.behaviors.vintage import height_at, multipliers_of
from datagen_core.distributions import DistributionParams
from datagen_core.generators.choice import ChoiceParams, weights_of
from datagen_core.instants import DAY, parse_instant
from datagen_core.modifiers.effect import EffectArgs
from datagen_core.modifiers.seasonality import SeasonalityArgs
from datagen_core.modifiers.trend import YEAR
from datagen_core.timegrid import cycle_index
from datagen_core.validation.case import Case, Skip, Trial, check
from datagen_core.validation.cdf import Cumulative
from datagen_core.validation.dataset import as_values
from datagen_core.validation.effects import felt
from datagen_core.validation.laws import enough, judge_cumulated, judge_mean, judge_share, judge_shares
from datagen_core.validation.links import follow, link
from datagen_core.validation.values import as_key, counts, distinct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from datagen_core.schema.model import AgeMultiplier, Column, Document, ModifierUse, Node
    from datagen_core.validation.links import Link
    from datagen_core.validation.report import Outcome

EDGES = 200
"""Points at which a distribution is compared."""
GROUPS = 64
"""Classes into which the rows' own factors are put."""
DISCRETE_STEPS = ("map_values",)
NOISE = ("jitter", "outliers")


def _columns(document: Document, kind: type) -> Iterator[tuple[Node, Column]]:
    for node in document.nodes:
        for column in node.columns:
            if isinstance(generator_of(document, node, column).params, kind):
                yield node, column


@check("behaviour.weights")
def weights(case: Case) -> Iterator[Trial]:
    """Choices occur as often as their weights say."""
    for node, column in _columns(case.document, ChoiceParams):
        yield Trial(node.id, (column.name,), partial(_weights, case, node, column))


def _weights(case: Case, node: Node, column: Column) -> Outcome:
    _undisturbed(node, column)
    params: ChoiceParams = column.generator.params
    choices = list(params.choices) if params.choices is not None else _referenced(case, params)
    wanted: dict[Any, float] = {}
    mapping = _mapping(column)
    for choice, weight in zip(choices, weights_of(params, len(choices)), strict=True):
        key = as_key(mapping.get(str(choice), choice), column)
        wanted[key] = wanted.get(key, 0.0) + weight
    found, nulls = _tally(case, node, column)
    if None in wanted and not column.null_rate:
        found[None] = nulls
    else:
        wanted.pop(None, None)
    keys = list(dict.fromkeys([*wanted, *found]))
    return judge_shares(
        [found.get(key, 0) for key in keys],
        [wanted.get(key, 0.0) for key in keys],
        [str(key) for key in keys],
        "weights",
    )


def _undisturbed(node: Node, column: Column) -> None:
    """Skip where something else decides how often a value occurs."""
    if node.stage_config is not None or node.state_transition_model is not None:
        raise Skip("the funnel or the transitions decide what occurs")
    if column.unique or (column.constraints is not None and column.constraints.unique):
        raise Skip("a unique column has each value once")
    if any(column.name in use.params.on for use in node.modifiers if hasattr(use.params, "on")):
        raise Skip("an effect on the table keeps rows by this column's value")
    odd = [use.name for use in column.modifiers if use.name not in DISCRETE_STEPS]
    if odd:
        raise Skip(f"{odd[0]} changes the values")


def _mapping(column: Column) -> dict[str, Any]:
    """What map_values makes of each choice, one modifier after the other."""
    mapping: dict[str, Any] = {}
    for use in column.modifiers:
        later = dict(use.params.mapping)
        mapping = {key: later.get(str(value), value) for key, value in mapping.items()} | {
            key: value for key, value in later.items() if key not in mapping
        }
    return mapping


def _referenced(case: Case, params: ChoiceParams) -> list[Any]:
    table, _, name = (params.choices_ref or "").rpartition(".")
    return distinct(case.values(table, name))


def _tally(case: Case, node: Node, column: Column) -> tuple[dict[Any, int], int]:
    """How often each value occurs, and how many nulls there are."""
    found: dict[Any, int] = {}
    nulls = 0
    for batch in case.readable(node.id, column.name).batches([column.name]):
        values = as_values(batch.column(0), column.type)
        nulls += int(values.nulls().sum())
        for value, count in counts(values).items():
            found[value] = found.get(value, 0) + count
    return found, nulls


@check("behaviour.null_rate")
def null_rates(case: Case) -> Iterator[Trial]:
    """Nulls are as frequent as declared."""
    for node in case.document.nodes:
        for column in node.columns:
            if column.null_rate is not None:
                yield Trial(node.id, (column.name,), partial(_null_rate, case, node, column))


def _null_rate(case: Case, node: Node, column: Column) -> Outcome:
    own = column.generator.name in {"lookup", "expression", "aggregate", "state"}
    if own or (isinstance(column.generator.params, ChoiceParams) and None in (column.generator.params.choices or ())):
        raise Skip("the generator makes nulls of its own")
    table = case.readable(node.id, column.name)
    nulls = sum(batch.column(0).null_count for batch in table.batches([column.name]))
    return judge_share(nulls, table.rows, column.null_rate or 0.0, "nulls")


@check("behaviour.distribution")
def distributions(case: Case) -> Iterator[Trial]:
    """Numbers follow their distribution, through the modifiers that move it."""
    for node, column in _columns(case.document, DistributionParams):
        yield Trial(node.id, (column.name,), partial(_distribution, case, node, column))


@dataclass(frozen=True)
class Step:
    """What a modifier does to a row's number: `scale` · x + `shift`, or a bound, or a rounding."""

    scale: NDArray[np.float64] | float = 1.0
    shift: float = 0.0
    low: float = -math.inf
    high: float = math.inf
    digits: int | None = None

    def before(self, value: NDArray[np.float64]) -> NDArray[np.float64]:
        """The largest number that the step takes to at most `value`."""
        if self.digits is not None:
            unit = 10.0**-self.digits
            return (np.floor(value / unit + 1e-6) + 0.5) * unit
        inside = (value - self.shift) / self.scale
        return np.where(value >= self.high, math.inf, np.where(value < self.low, -math.inf, inside))

    def thinned(self, rows: NDArray[np.int64]) -> Step:
        """The same for some of the rows."""
        return replace(self, scale=self.scale[rows]) if isinstance(self.scale, np.ndarray) else self


def _varies(step: Step) -> bool:
    return isinstance(step.scale, np.ndarray)


def _distribution(case: Case, node: Node, column: Column) -> Outcome:
    params: DistributionParams = column.generator.params
    _drawn_alone(case.document, node, column)
    noise = [use.name for use in column.modifiers if use.name in NOISE]
    values = case.values(node.id, column.name)
    rows = np.flatnonzero(~values.nulls())
    enough(len(rows))
    numbers = values.numbers[rows].astype(np.float64)
    steps = _merged([step.thinned(rows) for step in _steps(case, node, column)])
    if noise:
        return _mean(params, numbers, steps, column, noise)
    points = _points(numbers, steps, column)
    observed = np.searchsorted(np.sort(numbers), points, side="right") / len(numbers)
    return judge_cumulated(points, observed, _expected(params, points, steps, len(rows)), len(rows), params.kind)


def _drawn_alone(document: Document, node: Node, column: Column) -> None:
    if bounds_of(document, node, column):
        raise Skip("an inequality bounds the values")
    if column.unique or (column.constraints is not None and column.constraints.unique):
        raise Skip("the column is unique")
    if any(f"{node.id}.{column.name}" in (entry.left, entry.right) for entry in document.constraints.inequalities):
        raise Skip("an inequality bounds the values")


def _steps(case: Case, node: Node, column: Column) -> list[Step]:
    """What happens to a number after it is drawn, in order; the distribution's clamp and the ranges come last."""
    odd = [use.name for use in column.modifiers if use.name not in _STEPS and use.name not in NOISE]
    if odd:
        raise Skip(f"{odd[0]} changes the values row by row")
    steps = [*_behavior_steps(case, node, column)]
    steps += [_STEPS[use.name](case, node, use) for use in column.modifiers if use.name in _STEPS]
    params: DistributionParams = column.generator.params
    bounds = params.clamp or params.truncate
    if bounds is not None:
        steps.append(_bound(column, *bounds))
    steps += [_bound(column, low, high) for low, high in _declared_ranges(case.document, node, column)]
    return [*steps, Step(digits=0)] if column.type == "int" else steps


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


def _merged(steps: list[Step]) -> list[Step]:
    """Neighbouring steps that only multiply, as one."""
    merged: list[Step] = []
    for step in steps:
        if merged and _scales(step) and _scales(merged[-1]):
            merged[-1] = Step(scale=merged[-1].scale * step.scale)
        else:
            merged.append(step)
    return merged


def _scales(step: Step) -> bool:
    return step.shift == 0 and step.digits is None and math.isinf(step.low) and math.isinf(step.high)


def _points(numbers: NDArray[np.float64], steps: list[Step], column: Column) -> NDArray[np.float64]:
    """Where to compare: at the data's own quantiles, strictly inside the bounds, between the values where they are rounded."""
    points = np.unique(np.quantile(numbers, np.linspace(0, 1, EDGES + 1), method="nearest"))
    digits = [step.digits for step in steps if step.digits is not None]
    if digits:
        points = points + 0.5 * 10.0 ** -min(digits)
    low = max((step.low for step in steps), default=-math.inf)
    high = min((step.high for step in steps), default=math.inf)
    inside = points[(points >= low) & (points < high)]
    if not len(inside):
        raise Skip(f"all values of {column.name} lie at its bounds")
    return inside


def _expected(
    params: DistributionParams, points: NDArray[np.float64], steps: list[Step], rows: int
) -> NDArray[np.float64]:
    """P(Y ≤ point), the mean over the rows' own factors."""
    law = Cumulative(params)
    varying = [step for step in steps if _varies(step)]
    classes, shares = _classes(varying, rows)
    total = np.zeros(len(points))
    for chosen, share in zip(classes, shares, strict=True):
        at = points
        scales = iter(chosen)
        factors = [next(scales) if _varies(step) else step.scale for step in steps]
        for step, scale in zip(reversed(steps), reversed(factors), strict=True):
            at = Step(scale, step.shift, step.low, step.high, step.digits).before(at)
        total += share * law.over(at)
    return total


def _classes(varying: list[Step], rows: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows with (nearly) the same factors, and the share of each class."""
    if not varying:
        return np.empty((1, 0)), np.ones(1)
    table = np.stack([np.asarray(step.scale, float) for step in varying], axis=1)
    distinct_rows, sizes = np.unique(table, axis=0, return_counts=True)
    if len(distinct_rows) <= 8 * GROUPS:
        return distinct_rows, sizes / rows
    if len(varying) > 1:
        raise Skip("too many combinations of factors")
    parts = np.array_split(np.sort(table[:, 0]), GROUPS)
    return np.array([[part.mean()] for part in parts]), np.array([len(part) / rows for part in parts])


def _mean(
    params: DistributionParams, numbers: NDArray[np.float64], steps: list[Step], column: Column, noise: list[str]
) -> Outcome:
    """What is blurred row by row keeps its mean (times what outliers add), unless the bounds hold much of it."""
    low = max((step.low for step in steps), default=-math.inf)
    high = min((step.high for step in steps), default=math.inf)
    at_bounds = float(((numbers <= low) | (numbers >= high)).mean())
    if at_bounds > 0.002 or params.clamp is None:
        raise Skip(f"{', '.join(noise)} and the bounds together leave no simple law ({at_bounds:.1%} at the bounds)")
    expected: Any = Cumulative(params).mean()
    for step in steps:
        if step.digits is None and not (math.isfinite(step.low) or math.isfinite(step.high)):
            expected = expected * step.scale + step.shift
    for use in column.modifiers:
        if use.name == "outliers":
            expected = expected * _outlier_factor(use)
    error = float(numbers.std()) / math.sqrt(len(numbers))
    what = f"mean of {params.kind} with {', '.join(noise)}"
    return judge_mean(float(numbers.mean()), float(np.mean(expected)), error, len(numbers), what)


def _outlier_factor(use: ModifierUse) -> float:
    """1 + rate · (E m − 1) for spikes; for drops the mean of 1/m."""
    if use.params.mode == "burst":
        raise Skip("bursts run over neighbouring rows")
    law = Cumulative(use.params.magnitude_dist)
    low, high = law.bounds
    if not (math.isfinite(low) and math.isfinite(high)):
        raise Skip("the magnitude has no bounds")
    if use.params.mode == "spike":
        return float(1 + use.params.rate * (law.mean() - 1))
    grid = np.linspace(low, high, 4001)
    cumulated = law.over(grid)
    inverse = cumulated[0] / low + (np.diff(cumulated) / ((grid[1:] + grid[:-1]) / 2)).sum()
    return float(1 + use.params.rate * (inverse - 1))
