"""Numbers drawn from the distributions of the language, as float64 arrays."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from numpy.typing import NDArray

    from datagen_core.distributions import DistributionParams


class Once(Protocol):
    """Makes a thing at the first call and returns the same at every further one."""

    def __call__(self, key: Hashable, make: Callable[[], Any]) -> Any: ...


REDRAWS = 8  # rounds before the rows that are left take the tabulated way
_TABLE = 1 << 14
_DROP = 40.0  # below the peak's log density by this much nothing is drawn in practice: e⁻⁴⁰
_MOST_COUNTS = 1 << 20
_LEAST, _MOST = 1e-300, 1e300


def _scale(given: dict[str, float]) -> float:
    return given["scale"] if "scale" in given else 1.0 / given["lambda"]


def _std(given: dict[str, float]) -> float:
    return given["std"] if "std" in given else given["sigma"]


def _normal(rng: np.random.Generator, given: dict[str, float], rows: int) -> NDArray[np.float64]:
    values = rng.standard_normal(rows)
    values *= _std(given)
    values += given["mean"]
    return values


def _lognormal(rng: np.random.Generator, given: dict[str, float], rows: int) -> NDArray[np.float64]:
    values = _normal(rng, given, rows)
    return np.exp(values, out=values)


def _uniform(rng: np.random.Generator, given: dict[str, float], rows: int) -> NDArray[np.float64]:
    values = rng.random(rows)
    values *= given["high"] - given["low"]
    values += given["low"]
    return values


def _pareto(rng: np.random.Generator, given: dict[str, float], rows: int) -> NDArray[np.float64]:
    return given["xm"] * (1.0 + rng.pareto(given["alpha"], rows))


def _triangular(rng: np.random.Generator, given: dict[str, float], rows: int) -> NDArray[np.float64]:
    low, mode, high = given["low"], given["mode"], given["high"]
    if low == high:
        return np.full(rows, low)
    return rng.triangular(low, mode, high, rows)


DRAWS: dict[str, Callable[[np.random.Generator, dict[str, float], int], NDArray[np.float64]]] = {
    "normal": _normal,
    "lognormal": _lognormal,
    "uniform": _uniform,
    "poisson": lambda rng, given, rows: rng.poisson(given["lambda"], rows).astype(np.float64),
    "exponential": lambda rng, given, rows: rng.exponential(_scale(given), rows),
    "gamma": lambda rng, given, rows: rng.gamma(given["shape"], given["scale"], rows),
    "beta": lambda rng, given, rows: rng.beta(given["a"], given["b"], rows),
    "pareto": _pareto,
    "weibull": lambda rng, given, rows: given["scale"] * rng.weibull(given["shape"], rows),
    "triangular": _triangular,
    "binomial": lambda rng, given, rows: rng.binomial(int(given["n"]), given["p"], rows).astype(np.float64),
    "geometric": lambda rng, given, rows: rng.geometric(given["p"], rows).astype(np.float64),
    "negative_binomial": lambda rng, given, rows: rng.negative_binomial(given["n"], given["p"], rows).astype(
        np.float64
    ),
}


def _log(value: float) -> float:
    return math.log(value) if value > 0 else -math.inf


def _triangle(given: dict[str, float], x: float) -> float:
    low, mode, high = given["low"], given["mode"], given["high"]
    if not low <= x <= high:
        return -math.inf
    rising = (x - low) / (mode - low) if mode > low else 1.0
    falling = (high - x) / (high - mode) if high > mode else 1.0
    return _log(rising if x < mode else falling)


def _normal_log(given: dict[str, float], x: float) -> float:
    std = _std(given)
    if std == 0:
        return 0.0 if x == given["mean"] else -math.inf
    return -0.5 * ((x - given["mean"]) / std) ** 2


def _binomial_log(given: dict[str, float], k: float) -> float:
    n, p = given["n"], given["p"]
    if not 0 <= k <= n:
        return -math.inf
    choose = -math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return choose + (k * _log(p) if k else 0.0) + ((n - k) * _log(1 - p) if n > k else 0.0)


# Logarithms of densities, up to a constant. Those in LOGGED are densities of the value's logarithm: a single peak, and
# no pole at 0.
LOGGED = frozenset({"lognormal", "exponential", "gamma", "pareto", "weibull"})
LOG_DENSITY: dict[str, Callable[[dict[str, float], float], float]] = {
    "normal": _normal_log,
    "lognormal": _normal_log,
    "uniform": lambda g, x: 0.0 if g["low"] <= x <= g["high"] else -math.inf,
    "exponential": lambda g, y: y - math.exp(y) / _scale(g),
    "gamma": lambda g, y: g["shape"] * y - math.exp(y) / g["scale"],
    "beta": lambda g, x: (
        (g["a"] - 1) * _log(max(x, 1e-12)) + (g["b"] - 1) * _log(max(1 - x, 1e-12)) if 0 <= x <= 1 else -math.inf
    ),
    "pareto": lambda g, y: -g["alpha"] * y if y >= math.log(g["xm"]) else -math.inf,
    "weibull": lambda g, y: g["shape"] * y - math.exp(min(g["shape"] * (y - math.log(g["scale"])), 700.0)),
    "triangular": _triangle,
    "poisson": lambda g, k: (
        k * _log(g["lambda"]) - math.lgamma(k + 1) if g["lambda"] else (0.0 if k == 0 else -math.inf)
    ),
    "binomial": _binomial_log,
    "geometric": lambda g, k: (k - 1) * _log(1 - g["p"]) if k > 1 else (0.0 if k == 1 else -math.inf),
    "negative_binomial": lambda g, k: (
        math.lgamma(k + g["n"]) - math.lgamma(k + 1) + (k * _log(1 - g["p"]) if k else 0.0)
    ),
}
DISCRETE = frozenset({"poisson", "binomial", "geometric", "negative_binomial"})


def draw(
    params: DistributionParams, rows: int, stream: Callable[[str], np.random.Generator], once: Once
) -> NDArray[np.float64]:
    """`rows` numbers of a distribution, inside its bounds.

    Parameters
    ----------
    stream
        The stream of a purpose; redraws take streams of their own, so that slicing a block changes no row.
    once
        Keeps what is made once for the column: the table of the inverse.
    """
    given = params.params.given()
    make = DRAWS[params.kind]
    values = make(stream(""), given, rows)
    if params.truncate is not None:
        return _redrawn(params, values, stream, once)
    if params.clamp is not None:
        np.clip(values, *params.clamp, out=values)
    return values


def _redrawn(
    params: DistributionParams,
    values: NDArray[np.float64],
    stream: Callable[[str], np.random.Generator],
    once: Once,
) -> NDArray[np.float64]:
    """Values outside the interval drawn again, a bounded number of times; then from the tabulated inverse."""
    low, high = params.truncate or (-math.inf, math.inf)
    given = params.params.given()
    outside = np.flatnonzero((values < low) | (values > high))
    for again in range(REDRAWS):
        if not len(outside):
            return values
        fresh = DRAWS[params.kind](stream(f"again{again}"), given, len(outside))
        values[outside] = fresh
        outside = outside[(fresh < low) | (fresh > high)]
    if len(outside):
        inverse = once("inverse", lambda: tabulated(params.kind, given, low, high))
        values[outside] = inverse(stream("table").random(len(outside)))
    return values


def tabulated(
    kind: str, given: dict[str, float], low: float, high: float
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    """The inverse CDF of a distribution truncated to [low, high], tabulated where its density is not negligible.

    Raises
    ------
    ValueError
        When the interval holds none of the distribution's mass.
    """
    if kind in DISCRETE:
        return _tabulated_counts(kind, given, low, high)
    if kind in LOGGED:
        inner = _tabulated_density(kind, given, *(math.log(min(max(x, _LEAST), _MOST)) for x in (low, high)))
        return lambda uniform: np.clip(np.exp(inner(uniform)), low, high)
    return _tabulated_density(kind, given, low, high)


def _tabulated_density(
    kind: str, given: dict[str, float], low: float, high: float
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    first, last = _support(kind, given, low, high)
    points = np.linspace(first, last, _TABLE + 1)
    logs = np.array([LOG_DENSITY[kind](given, x) for x in points.tolist()])
    density = np.exp(logs - logs.max())
    cumulated = np.concatenate([[0.0], np.cumsum((density[1:] + density[:-1]) * 0.5)])
    return lambda uniform: np.interp(uniform * cumulated[-1], cumulated, points)


def _tabulated_counts(
    kind: str, given: dict[str, float], low: float, high: float
) -> Callable[[NDArray[np.float64]], NDArray[np.float64]]:
    first, last = _support(kind, given, max(math.ceil(low), 0), math.floor(high))
    counts = np.arange(math.floor(first), min(math.ceil(last), math.floor(first) + _MOST_COUNTS) + 1, dtype=np.float64)
    counts = counts[(counts >= low) & (counts <= high)]
    logs = np.array([LOG_DENSITY[kind](given, k) for k in counts.tolist()])
    cumulated = np.cumsum(np.exp(logs - logs.max()))

    def inverse(uniform: NDArray[np.float64]) -> NDArray[np.float64]:
        found = np.searchsorted(cumulated, uniform * cumulated[-1], side="right")
        made: NDArray[np.float64] = counts[found.clip(max=len(counts) - 1)]
        return made

    return inverse


def _support(kind: str, given: dict[str, float], low: float, high: float) -> tuple[float, float]:
    """The part of [low, high] in which the density is not negligible beside its peak there."""
    low, high = _finite(kind, given, low, high)
    points = np.unique(np.concatenate([np.linspace(low, high, 513), _landmarks(kind, given, low, high)]))
    logs = np.array([LOG_DENSITY[kind](given, x) for x in points.tolist()])
    peak = int(np.argmax(logs))
    if not math.isfinite(logs[peak]) or low > high:
        raise ValueError(f"no value of the {kind} lies between {low:g} and {high:g}")
    enough = logs[peak] - _DROP

    def edge(inside: float, outside: float) -> float:
        if LOG_DENSITY[kind](given, outside) >= enough:
            return outside
        for _ in range(100):
            middle = 0.5 * (inside + outside)
            inside, outside = (middle, outside) if LOG_DENSITY[kind](given, middle) >= enough else (inside, middle)
        return outside

    return edge(float(points[peak]), low), edge(float(points[peak]), high)


def _finite(kind: str, given: dict[str, float], low: float, high: float) -> tuple[float, float]:
    """The interval inside the range that a float and the distribution can reach."""
    reach = {
        "normal": lambda: (given["mean"] - 1e9 * _std(given), given["mean"] + 1e9 * _std(given)),
        "uniform": lambda: (given["low"], given["high"]),
        "triangular": lambda: (given["low"], given["high"]),
        "beta": lambda: (0.0, 1.0),
        "binomial": lambda: (0.0, given["n"]),
    }
    default = (low, high) if kind in LOGGED else (0.0, _MOST)
    least, most = reach.get(kind, lambda: default)()
    return max(low, least), min(high, most)


def _landmarks(kind: str, given: dict[str, float], low: float, high: float) -> NDArray[np.float64]:
    """Where the density's peak may lie, clipped to the interval, and points close to the interval's ends."""
    centre: dict[str, Callable[[], float]] = {
        "normal": lambda: given["mean"],
        "lognormal": lambda: given["mean"],
        "triangular": lambda: given["mode"],
        "exponential": lambda: math.log(_scale(given)),
        "gamma": lambda: math.log(given["shape"] * given["scale"]),
        "weibull": lambda: math.log(given["scale"]),
        "pareto": lambda: math.log(given["xm"]),
        "poisson": lambda: math.floor(given["lambda"]),
        "binomial": lambda: math.floor((given["n"] + 1) * given["p"]),
        "negative_binomial": lambda: math.floor(max(given["n"] - 1, 0.0) * (1 - given["p"]) / given["p"]),
    }
    middle = float(centre[kind]()) if kind in centre else low
    made: NDArray[np.float64] = np.clip(np.array([middle, low, high]), low, high)
    return made
