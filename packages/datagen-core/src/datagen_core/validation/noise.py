"""What blurs single rows: a modifier whose factor or shift is drawn for each row, as a mixture of a few steps of known weight."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from datagen_core import stats
from datagen_core.validation.case import Skip
from datagen_core.validation.cdf import COUNTS, Cumulative

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from datagen_core.schema.model import ModifierUse

NODES = 128
"""Steps of equal weight that stand for a normal, or for a law of magnitudes."""
CELLS, FINE = 4096, 512
FARTHEST = 1e12
ROUNDS = 48


@dataclass(frozen=True)
class Mixture:
    """A row's number becomes `scales[k]` · x + `shifts[k]` with probability `weights[k]`."""

    scales: NDArray[np.float64]
    shifts: NDArray[np.float64]
    weights: NDArray[np.float64]

    def before(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """(point, k) → the number that step k takes to the point; where its scale is below 0, the least that it takes below."""
        made: NDArray[np.float64] = (points[..., None] - self.shifts) / self.scales
        return made

    def share(self, reached: NDArray[np.float64]) -> NDArray[np.float64]:
        """P(Y ≤ point), from P(X ≤ x) at the numbers of `before`."""
        made: NDArray[np.float64] = np.where(self.scales > 0, reached, 1 - reached) @ self.weights
        return made


def mixture_of(use: ModifierUse) -> Mixture:
    """The mixture that `jitter` or `outliers` is.

    Raises
    ------
    Skip
        It has no simple one.
    """
    return _jitter(use.params) if use.name == "jitter" else _outliers(use.params)


def _jitter(params: Any) -> Mixture:
    levels = (np.arange(NODES) + 0.5) / NODES
    z = np.array([stats.normal_quantile(level) for level in levels.tolist()])
    z = z / math.sqrt(float((z**2).mean())) * params.std
    even = np.full(NODES, 1 / NODES)
    if params.mode == "add":
        return Mixture(np.ones(NODES), z, even)
    return Mixture(1 + z, np.zeros(NODES), even)


def _outliers(params: Any) -> Mixture:
    if params.mode == "burst":
        raise Skip("bursts run over neighbouring rows")
    sizes = _quantiles(Cumulative(params.magnitude_dist), NODES)
    if (sizes <= 0).any():
        raise Skip("magnitudes of 0 or less")
    scales = np.append(1.0, sizes if params.mode == "spike" else 1 / sizes)
    weights = np.append(1 - params.rate, np.full(NODES, params.rate / NODES))
    return Mixture(scales, np.zeros(NODES + 1), weights)


def _quantiles(law: Cumulative, parts: int) -> NDArray[np.float64]:
    """The middle quantiles of some parts of equal probability, by bisection."""
    low, high = (
        _far(law, side) if math.isinf(bound) else bound for side, bound in zip((-1, 1), law.bounds, strict=True)
    )
    levels = (np.arange(parts) + 0.5) / parts
    below, above = np.full(parts, low), np.full(parts, high)
    for _ in range(ROUNDS):
        middle = (below + above) / 2
        reached = law.over(middle) >= levels
        above, below = np.where(reached, middle, above), np.where(reached, below, middle)
    return above


def _far(law: Cumulative, side: int) -> float:
    """A number beyond which (nearly) nothing lies."""
    x = float(side)
    while (law.at(x) < 1 - 1e-9 if side > 0 else law.at(x) > 1e-9) and abs(x) < FARTHEST:
        x *= 2
    return x


class Tabulated:
    """P(X ≤ x) of a law, computed at some points and looked up between them: quick where there are very many.

    Parameters
    ----------
    low, high
        The ends of what is looked up.
    """

    def __init__(self, law: Cumulative, low: float, high: float) -> None:
        self.counts = law.kind in COUNTS
        if self.counts:
            self.grid = np.arange(math.floor(low) - 1, math.ceil(high) + 2, dtype=float)
        else:
            self.grid = np.unique(np.concatenate([np.linspace(low, high, CELLS), _quantiles(law, FINE)]))
        self.shares = law.over(self.grid)

    def over(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """The same as the law's own `over`, to a few ten-thousandths."""
        made: NDArray[np.float64]
        if self.counts:
            place = np.searchsorted(self.grid, points + 1e-9, side="right") - 1
            made = np.where(place >= 0, self.shares[place.clip(min=0)], 0.0)
        else:
            made = np.interp(points, self.grid, self.shares)
        return np.where(np.isposinf(points), 1.0, np.where(np.isneginf(points), 0.0, made))
