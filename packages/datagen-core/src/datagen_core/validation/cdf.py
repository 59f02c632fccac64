"""Cumulative distributions of the language's distributions, clipped or truncated as the document says."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from datagen_core import stats

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from datagen_core.distributions import DistributionParams

Numbers = dict[str, float]
_MEAN_STEPS = 4096


def _std(given: Numbers) -> float:
    return given["std"] if "std" in given else given["sigma"]


def _scale(given: Numbers) -> float:
    return given["scale"] if "scale" in given else 1.0 / given["lambda"]


def _normal(g: Numbers, x: float) -> float:
    std = _std(g)
    return stats.normal_cdf((x - g["mean"]) / std) if std > 0 else float(x >= g["mean"])


def _positive(inner: Callable[[Numbers, float], float]) -> Callable[[Numbers, float], float]:
    return lambda g, x: inner(g, x) if x > 0 else 0.0


def _uniform(g: Numbers, x: float) -> float:
    low, high = g["low"], g["high"]
    return float(np.clip((x - low) / (high - low), 0, 1)) if high > low else float(x >= low)


def _triangular(g: Numbers, x: float) -> float:
    low, mode, high = g["low"], g["mode"], g["high"]
    if x <= low or x >= high:
        return float(x >= high)
    if x < mode:
        return (x - low) ** 2 / ((high - low) * (mode - low))
    return 1 - (high - x) ** 2 / ((high - low) * (high - mode))


def _counts(inner: Callable[[Numbers, int], float]) -> Callable[[Numbers, float], float]:
    """A distribution over 0, 1, 2, …; the tolerance below keeps 2.9999999 a 3."""
    return lambda g, x: inner(g, math.floor(x + 1e-9)) if x > -1e-9 else 0.0


def _binomial(g: Numbers, k: int) -> float:
    return 1.0 if k >= g["n"] else stats.beta_cdf(g["n"] - k, k + 1, 1 - g["p"])


CDF: dict[str, Callable[[Numbers, float], float]] = {
    "normal": _normal,
    "lognormal": _positive(lambda g, x: _normal(g, math.log(x))),
    "uniform": _uniform,
    "exponential": _positive(lambda g, x: -math.expm1(-x / _scale(g))),
    "gamma": _positive(lambda g, x: stats.gamma_p(g["shape"], x / g["scale"])),
    "beta": lambda g, x: stats.beta_cdf(g["a"], g["b"], x),
    "pareto": lambda g, x: 1 - (g["xm"] / x) ** g["alpha"] if x > g["xm"] else 0.0,
    "weibull": _positive(lambda g, x: -math.expm1(-((x / g["scale"]) ** g["shape"]))),
    "triangular": _triangular,
    "poisson": _counts(lambda g, k: stats.gamma_q(k + 1, g["lambda"])),
    "binomial": _counts(_binomial),
    "geometric": _counts(lambda g, k: 1 - (1 - g["p"]) ** k),
    "negative_binomial": _counts(lambda g, k: stats.beta_cdf(g["n"], k + 1, g["p"])),
}
COUNTS = frozenset(("poisson", "binomial", "geometric", "negative_binomial"))


class Cumulative:
    """P(X ≤ x) of a distribution as it is drawn: clipped to `clamp`, or drawn inside `truncate`."""

    def __init__(self, params: DistributionParams) -> None:
        self.given = params.params.given()
        self.inner = CDF[params.kind]
        self.kind = params.kind
        self.bounds = params.clamp or params.truncate or (-math.inf, math.inf)
        self.truncated = params.truncate is not None
        low, high = self.bounds
        below = math.ceil(low) - 1 if self.kind in COUNTS and math.isfinite(low) else low
        self.below = self._raw(below) if self.truncated else 0.0
        self.inside = (self._raw(high) if self.truncated else 1.0) - self.below

    def _raw(self, x: float) -> float:
        if math.isinf(x):
            return float(x > 0)
        return self.inner(self.given, x)

    def at(self, x: float) -> float:
        """P(X ≤ x)."""
        low, high = self.bounds
        if x < low or x >= high:
            return float(x >= high)
        return (self._raw(x) - self.below) / self.inside if self.truncated else self._raw(x)

    def over(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """P(X ≤ x) at each of some points; equal points are computed once."""
        distinct, where = np.unique(points, return_inverse=True)
        return np.array([self.at(x) for x in distinct.tolist()])[where].reshape(points.shape)

    def mean(self) -> float:
        """E X, from E X = low + ∫ (1 − F); needs two bounds.

        Raises
        ------
        ValueError
            The distribution has no bounds.
        """
        low, high = self.bounds
        if not (math.isfinite(low) and math.isfinite(high)):
            raise ValueError("a mean is computed between two bounds")
        grid = np.linspace(low, high, _MEAN_STEPS + 1)
        if self.kind in COUNTS:
            counts = np.arange(math.floor(low), math.ceil(high) + 1, dtype=float)
            return float(counts[0] + (1 - self.over(counts[:-1])).sum()) if len(counts) > 1 else low
        if low > 0 and high / low > 100:
            grid = np.geomspace(low, high, _MEAN_STEPS + 1)
        survival = 1 - self.over(grid)
        survival[-1] = survival[-2]  # the jump at the upper bound has no width
        return float(low + np.trapezoid(survival, grid))
