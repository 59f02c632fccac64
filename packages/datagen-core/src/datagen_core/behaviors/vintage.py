"""Age: how active a parent is, and how much its children are worth, as it grows older.

A curve is a function of age in its unit. A list is a staircase whose last step stays; a formula is continuous, and for
drawing times it is cut into steps with the formula's mean.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from datagen_core.instants import DAY, UNIT_DAYS
from datagen_core.schema.model import ParametricCurve

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from datagen_core.schema.model import AgeMultiplier, Column, VintageBehavior
    from datagen_core.timegrid import Sampler

STEPS = 128  # of a formula over the timeframe
_CELLS = 1 << 20  # parents × steps that are worked on at once


@dataclass(frozen=True)
class Curve:
    """A product of multipliers by age, as a staircase: `heights[k]` between `ages[k]` and `ages[k+1]`, the last for ever.

    Parameters
    ----------
    ages
        float64, microseconds, ascending, the first 0.
    heights
        Means of the curve over each step, 0 or more.
    """

    ages: NDArray[np.float64]
    heights: NDArray[np.float64]

    @cached_property
    def _areas(self) -> NDArray[np.float64]:
        return np.concatenate([[0.0], np.cumsum(np.diff(self.ages) * self.heights[:-1])])

    @property
    def flat(self) -> bool:
        """Whether age makes no difference to when children come."""
        return bool((self.heights == self.heights[0]).all())

    def integral(self, age: NDArray[np.float64]) -> NDArray[np.float64]:
        """∫₀^age of the curve, in microseconds."""
        step = np.searchsorted(self.ages, age, side="right") - 1
        step = step.clip(min=0)
        return self._areas[step] + (np.maximum(age, 0.0) - self.ages[step]) * self.heights[step]


def _formula(curve: ParametricCurve, age: NDArray[np.float64]) -> NDArray[np.float64]:
    a = 1.0 if curve.params.a is None else curve.params.a
    b = 0.0 if curve.params.b is None else curve.params.b
    if curve.curve_type == "logarithmic":
        height = a + b * np.log1p(age)
    elif curve.curve_type == "exponential":
        height = a * np.exp(np.minimum(b * age, 700.0))
    else:
        height = a + b * age
    return np.maximum(height, 0.0)


def height_at(multiplier: AgeMultiplier, age: NDArray[np.float64]) -> NDArray[np.float64]:
    """A curve's value at ages in microseconds."""
    units = np.maximum(age, 0.0) / (UNIT_DAYS[multiplier.time_unit] * DAY)
    if isinstance(multiplier.curve, ParametricCurve):
        return _formula(multiplier.curve, units)
    table = np.maximum(np.asarray(multiplier.curve, dtype=np.float64), 0.0)
    return table[np.minimum(units.astype(np.int64), len(table) - 1)]


def staircase(multipliers: Iterable[AgeMultiplier], longest: float) -> Curve:
    """The product of several curves as one staircase, up to an age in microseconds."""
    chosen = list(multipliers)
    edges = np.unique(np.concatenate([_edges(multiplier, longest) for multiplier in chosen] or [np.zeros(1)]))
    widths = np.diff(np.append(edges, max(longest, edges[-1] + DAY)))
    # Simpson's rule in each step: exact for what is constant or linear there
    points = [edges, edges + widths / 2, edges + widths * (1 - 1e-9)]
    heights = [
        math.prod((height_at(multiplier, point) for multiplier in chosen), start=np.ones(len(edges)))
        for point in points
    ]
    return Curve(edges, (heights[0] + 4 * heights[1] + heights[2]) / 6)


def _edges(multiplier: AgeMultiplier, longest: float) -> NDArray[np.float64]:
    if isinstance(multiplier.curve, ParametricCurve):
        return np.linspace(0.0, max(longest, 1.0), STEPS + 1)[:-1]
    edges = np.arange(len(multiplier.curve), dtype=np.float64) * UNIT_DAYS[multiplier.time_unit] * DAY
    return edges[edges < max(longest, 1.0)]


def multipliers_of(
    vintage: VintageBehavior, target: Column | None, *, numeric: bool = False
) -> Iterator[AgeMultiplier]:
    """The curves that act on the fanout (`target` None), or on the values of a child's column.

    Parameters
    ----------
    numeric
        Whether the column's values come from a distribution: ``"all"`` speaks of those, not of keys and codes.
    """
    for multiplier in vintage.age_based_multipliers.values():
        applies = (multiplier.applies_to,) if isinstance(multiplier.applies_to, str) else multiplier.applies_to
        named = ("fanout" if target is None else target.name) in applies
        if named or ("all" in applies and (target is None or numeric)):
            yield multiplier


@dataclass(frozen=True, slots=True)
class Ageing:
    """What is needed to draw the times of children whose parent's activity changes with age.

    Parameters
    ----------
    curve
        Activity by age.
    created
        int64, microseconds: when each parent came to be.
    speed
        How fast each parent runs through the curve; None for all at 1.
    floor
        int64: before this instant no child of the parent may be.
    children
        How many children each parent has here; they follow each other in the parents' order.
    """

    curve: Curve
    created: NDArray[np.int64]
    speed: NDArray[np.float64] | None
    floor: NDArray[np.int64]
    children: NDArray[np.int64]

    def draw(self, rng: np.random.Generator, sampler: Sampler) -> NDArray[np.int64]:
        """An instant per child, with density ∝ the grid's weight × the curve at the parent's age."""
        rows = int(self.children.sum())
        times = np.empty(rows, dtype=np.int64)
        uniform = rng.random(rows)
        width = max(1, _CELLS // len(self.curve.ages))
        first = 0
        for start in range(0, len(self.created), width):
            part = slice(start, start + width)
            count = int(self.children[part].sum())
            if count:
                times[first : first + count] = self._part(part, uniform[first : first + count], sampler)
            first += count
        return times

    def _part(self, part: slice, uniform: NDArray[np.float64], sampler: Sampler) -> NDArray[np.int64]:
        edges = self._edges(part, sampler)
        mass = np.diff(edges, axis=1) * self.curve.heights
        cumulated = np.concatenate([np.zeros((len(mass), 1)), np.cumsum(mass, axis=1)], axis=1)
        total = cumulated[:, -1:]
        share = np.divide(cumulated, total, out=np.zeros_like(cumulated), where=total > 0)
        parents = np.repeat(np.arange(len(mass)), self.children[part])
        step = self._step(share, parents, uniform)
        inside = uniform * total[parents, 0] - cumulated[parents, step]
        height = self.curve.heights[step]
        weight = edges[parents, step] + np.divide(inside, height, out=np.zeros_like(inside), where=height > 0)
        # a parent whose curve has come to nothing, and which has children all the same: by the grid's weight alone
        dead = total[parents, 0] <= 0
        base = edges[parents[dead], 0]
        weight[dead] = base + uniform[dead] * (sampler.mass - base)
        floor = self.floor[part]
        return sampler.settle(weight, sampler.grid.first_from(floor)[parents], floor[parents])

    def _edges(self, part: slice, sampler: Sampler) -> NDArray[np.float64]:
        """The grid's cumulated weight at each parent's steps, none before its floor; the last is the window's end."""
        ages = self.curve.ages
        steps = ages[None, :] if self.speed is None else ages[None, :] / self.speed[part][:, None]
        instants = self.created[part][:, None] + np.minimum(steps, 2.0**60).astype(np.int64)
        edges = np.empty((instants.shape[0], instants.shape[1] + 1))
        edges[:, :-1] = sampler.weight_before(instants.ravel()).reshape(instants.shape)
        edges[:, -1] = sampler.mass
        return np.maximum(edges, sampler.weight_before(self.floor[part])[:, None])

    @staticmethod
    def _step(
        share: NDArray[np.float64], parents: NDArray[np.int64], uniform: NDArray[np.float64]
    ) -> NDArray[np.int64]:
        """The step in which each child falls: one search over all parents' shares, put one after the other."""
        steps = share.shape[1] - 1
        flat = (share[:, :-1] + np.arange(len(share))[:, None]).ravel()
        found = np.searchsorted(flat, parents + uniform, side="right") - 1 - parents * steps
        made: NDArray[np.int64] = found.clip(0, steps - 1)
        return made
