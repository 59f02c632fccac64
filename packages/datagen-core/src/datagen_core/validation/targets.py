"""Targets: realism that the document asks for. They are measured and never mended."""

from __future__ import annotations

import math
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from datagen_core.behaviors.creation import time_column
from datagen_core.behaviors.effects import EffectArgs
from datagen_core.generators.datetime_series import DatetimeSeriesParams
from datagen_core.instants import DAY, HOUR
from datagen_core.validation.case import Case, Skip, Trial, check
from datagen_core.validation.dataset import as_values
from datagen_core.validation.effects import felt
from datagen_core.validation.exposure import Exposure, exposure, patterns_of
from datagen_core.validation.laws import FEWEST_ROWS, enough
from datagen_core.validation.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from datagen_core.schema.model import Column, CompositeEffect, MeanInRange, Node, WeekendShare

SIZES = {"hour": 24, "dow": 7, "month": 12}
_SATURDAY = 5
DEFAULT_MAPE = 0.15
_HALF_NORMAL = math.sqrt(2 / math.pi)
"""E|Z| of a standard normal: the mean absolute error that chance alone makes, in standard deviations."""


@check("behaviour.weekend_share")
def weekend_shares(case: Case) -> Iterator[Trial]:
    """The share of rows on Saturdays and Sundays lies in its range."""
    for target in case.document.targets.weekend_share:
        yield Trial(target.table, (target.timestamp,), partial(_weekend, case, target))


def _weekend(case: Case, target: WeekendShare) -> Outcome:
    _, column = case.column(f"{target.table}.{target.timestamp}")
    weekend = seen = 0
    for batch in case.readable(target.table, column.name).batches([column.name]):
        values = as_values(batch.column(0), column.type)
        days = values.numbers[~values.nulls()] // DAY
        weekend += int(((days + 3) % 7 >= _SATURDAY).sum())
        seen += len(days)
    if not seen:
        raise Skip("there are no rows")
    return _in_range(weekend / seen, target.min, target.max, seen, "weekend share")


def _in_range(observed: float, low: float | None, high: float | None, n: int, what: str) -> Outcome:
    least, most = -math.inf if low is None else low, math.inf if high is None else high
    outside = max(least - observed, observed - most, 0.0)
    message = f"{what} {observed:.4g}, wanted between {least:g} and {most:g}"
    return Outcome(outside == 0, message, observed, {"min": low, "max": high}, effect=outside, n=n)


@check("behaviour.mean_in_range")
def means(case: Case) -> Iterator[Trial]:
    """The mean of a column lies in its range."""
    for target in case.document.targets.mean_in_range:
        yield Trial(target.table, (target.column,), partial(_mean, case, target))


def _mean(case: Case, target: MeanInRange) -> Outcome:
    _, column = case.column(f"{target.table}.{target.column}")
    total, seen = 0.0, 0
    for batch in case.readable(target.table, column.name).batches([column.name]):
        values = as_values(batch.column(0), column.type)
        if values.is_text:
            raise Skip(f"{target.column} is a string")
        numbers = values.numbers[~values.nulls()]
        total += float(numbers.sum(dtype=float))
        seen += len(numbers)
    if not seen:
        raise Skip("there are no rows")
    return _in_range(total / seen, target.min, target.max, seen, "mean")


@check("behaviour.composite_effect")
def composites(case: Case) -> Iterator[Trial]:
    """The lift in each stratum is the product of the declared multipliers, within the tolerance."""
    for target in case.document.targets.composite_effect:
        yield Trial(target.table, (target.metric,), partial(_composite, case, target))


def _composite(case: Case, target: CompositeEffect) -> Outcome:
    """Occurrence where the metric is no column, else the mean of the column."""
    node = case.node(target.table)
    column = node.column(target.metric)
    declared = _declared(target, _effects(node, column))
    if column is None:
        observed, exposed = _occurrence(case, target, tuple(declared))
        return _judged(target, declared, observed, exposed, None)
    counts, sums, squares = _sums(case, target, tuple(declared))
    return _judged(target, declared, sums, counts, _errors(counts, sums, squares))


def _effects(node: Node, column: Column | None) -> set[str]:
    """The effect tables that act on what is measured: they are divided out row by row."""
    uses = node.modifiers if column is None else column.modifiers
    return {use.params.effect_table for use in uses if isinstance(use.params, EffectArgs)}


def _declared(target: CompositeEffect, effects: set[str]) -> dict[str, NDArray[np.float64]]:
    """The product of the declared multipliers by dimension; outliers act on all strata alike."""
    found: dict[str, NDArray[np.float64]] = {}
    for influence in target.influences:
        if influence.kind == "effect" and influence.table not in effects:
            raise Skip(f"no effect of {influence.table} acts on {target.table}, which could be divided out")
        if influence.kind == "seasonality" and influence.dimension is not None:
            weights = np.asarray(influence.weights, float)
            if len(weights) != SIZES[influence.dimension]:
                raise Skip(f"{len(weights)} weights for {influence.dimension}")
            found[influence.dimension] = found.get(influence.dimension, np.ones(len(weights))) * weights
    if not found:
        raise Skip("no influence has strata")
    return found


def _strata(days: NDArray[np.int64], hours: NDArray[np.int64], dimensions: tuple[str, ...]) -> NDArray[np.int64]:
    """The stratum of each (day, hour): its places in the dimensions' cycles, as one number."""
    code = np.zeros(len(days), np.int64)
    for dimension in dimensions:
        code = code * SIZES[dimension] + _place(days, hours, dimension)
    return code


def _place(days: NDArray[np.int64], hours: NDArray[np.int64], dimension: str) -> NDArray[np.int64]:
    if dimension == "hour":
        return hours
    if dimension == "dow":
        return (days + 3) % 7
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64) % 12


def _occurrence(
    case: Case, target: CompositeEffect, dimensions: tuple[str, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rows by stratum, and the rows expected there if no season acted: what their parents' lives alone allow."""
    node = case.node(target.table)
    column = next((one for one in node.columns if isinstance(one.generator.params, DatetimeSeriesParams)), None)
    if column is None:
        raise Skip(f"{node.id} has no time drawn from a grid")
    found: Exposure = exposure(case, node, column)
    weight = _pattern_weights(found, patterns_of(column))
    flat = np.divide(found.expected, weight, out=np.zeros_like(weight), where=weight > 0)
    days = np.repeat(found.first_day + np.arange(len(weight)), 24)
    codes = _strata(days, np.tile(np.arange(24), len(weight)), dimensions)
    size = math.prod(SIZES[dimension] for dimension in dimensions)
    observed = np.bincount(codes, found.observed.reshape(-1), size)
    return observed.astype(float), np.bincount(codes, flat.reshape(-1), size).astype(float)


def _pattern_weights(found: Exposure, patterns: list[Any]) -> NDArray[np.float64]:
    """The product of a column's own patterns at each day and hour."""
    days = np.repeat(found.first_day + np.arange(len(found.expected)), 24)
    hours = np.tile(np.arange(24), len(found.expected))
    weight = np.ones(len(days))
    for pattern in patterns:
        weight *= np.asarray(pattern.weights, float)[_place(days, hours, pattern.dimension)]
    return weight.reshape(-1, 24)


def _sums(
    case: Case, target: CompositeEffect, dimensions: tuple[str, ...]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Rows, sums and sums of squares of the metric by stratum, its own effects divided out."""
    node = case.node(target.table)
    time, metric = time_column(node), node.column(target.metric)
    if time is None or metric is None:
        raise Skip(f"{node.id} has no time")
    size = math.prod(SIZES[dimension] for dimension in dimensions)
    times, values = case.values(node.id, time.name), case.values(node.id, metric.name)
    there = ~times.nulls() & ~values.nulls()
    numbers, instants = values.numbers[there].astype(float), times.numbers[there]
    for use in metric.modifiers:
        if isinstance(use.params, EffectArgs) and use.params.map.op == "mul":
            numbers = numbers / felt(case, node, use.params, times)[there]
    codes = _strata(instants // DAY, instants % DAY // HOUR, dimensions)
    totals = [np.bincount(codes, weights, size).astype(float) for weights in (None, numbers, numbers**2)]
    return totals[0], totals[1], totals[2]


def _errors(
    counts: NDArray[np.float64], sums: NDArray[np.float64], squares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The relative standard error of each stratum's mean."""
    safe = np.maximum(counts, 1)
    mean = sums / safe
    variance = np.maximum(squares / safe - mean**2, 0)
    return np.sqrt(variance / safe) / np.maximum(np.abs(mean), 1e-12)


def _judged(
    target: CompositeEffect,
    declared: dict[str, NDArray[np.float64]],
    totals: NDArray[np.float64],
    exposed: NDArray[np.float64],
    errors: NDArray[np.float64] | None,
) -> Outcome:
    """Mean errors of the lifts, against the tolerance and what chance alone makes."""
    expected = np.array([math.prod(weights) for weights in product(*(one.tolist() for one in declared.values()))])
    rows = exposed if errors is not None else exposed * expected * totals.sum() / max((exposed * expected).sum(), 1e-12)
    used = (rows >= FEWEST_ROWS) & (expected > 0) & (exposed > 0)
    left_out = int(((exposed > 0) & ~used).sum())
    if not used.any():
        raise Skip(f"all {left_out} strata have fewer than {FEWEST_ROWS} rows")
    n = int(rows[used].sum())
    enough(n)
    lift = totals[used] / exposed[used]
    lift *= (expected[used] * rows[used]).sum() / (lift * rows[used]).sum()
    off = np.abs(lift - expected[used])
    noise = _HALF_NORMAL * (errors[used] if errors is not None else 1 / np.sqrt(rows[used]))
    found = {"mae": float(off.mean()), "mape": float((off / expected[used]).mean())}
    chance = {"mae": float((noise * expected[used]).mean()), "mape": float(noise.mean())}
    message = f"lift of {int(used.sum())} strata, {left_out} left out with fewer than {FEWEST_ROWS} rows"
    return _within(target, found, chance, message, n)


def _within(target: CompositeEffect, found: dict[str, float], chance: dict[str, float], what: str, n: int) -> Outcome:
    wanted = {"mae": target.tolerance.mae, "mape": target.tolerance.mape}
    if wanted["mape"] is not None and wanted["mape"] > 1:
        wanted["mape"] /= 100
    limits = {name: limit for name, limit in wanted.items() if limit is not None} or {"mape": DEFAULT_MAPE}
    # chance makes errors of its own; their mean over some strata scatters little, twice it is never reached
    allowed = {name: limit + 2 * chance[name] for name, limit in limits.items()}
    shown = ", ".join(
        f"{name} {found[name]:.3f} (tolerance {limit:g}, chance alone {chance[name]:.3f})"
        for name, limit in limits.items()
    )
    worst = max(found[name] / max(allowed[name], 1e-12) for name in limits)
    return Outcome(worst <= 1, f"{what}: {shown}", found, limits, statistic=worst, effect=found["mape"], n=n)
