"""The laws of a fanout's counts: what each distribution makes of a rate, multiplied, thinned and bounded."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from datagen_core.engine.counts import Counter
from datagen_core.estimate import total_bounds
from datagen_core.validation.case import Skip

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from datagen_core.schema.model import Fanout

    Law = Callable[[float], NDArray[np.float64]]

MOST_DECLARED = 2_000
MOST_CHILDREN = 20_000


def law_of(fanout: Fanout) -> Law:
    """Factor on the rate → the probabilities of 0, 1, 2, … children, bounded as declared."""
    low, high = bounds_of(fanout)
    rate = 1.0 if fanout.rate is None else fanout.rate
    if fanout.distribution in _RATED:
        make = _RATED[fanout.distribution]
        return lambda factor: clipped(make(rate * factor, high), (low, high))
    if fanout.distribution == "fixed":
        return lambda factor: clipped(_fixed(rate, factor, high), (low, high))
    if fanout.distribution == "zipf":
        return _zipf(fanout, low, high)
    return _uniform(fanout)


def bounds_of(fanout: Fanout) -> tuple[int, int]:
    """Fewest and most children of a parent over its life."""
    low, high = total_bounds(fanout)
    return int(low), int(min(high, MOST_CHILDREN))


def clipped(probabilities: NDArray[np.float64], bounds: tuple[int, int]) -> NDArray[np.float64]:
    """The distribution of a count that is bounded after it is drawn."""
    low, high = bounds
    out = np.zeros(max(min(high, max(len(probabilities) - 1, low)), 0) + 1)
    np.add.at(out, np.clip(np.arange(len(probabilities)), low, high), probabilities)
    return out


def _poisson(mean: float, most: int) -> NDArray[np.float64]:
    """Probabilities of 0 … most, the last with all above."""
    if mean <= 0:
        return np.array([1.0])
    counts_ = np.arange(min(most, int(mean + 12 * math.sqrt(mean) + 30)))
    factorials = np.concatenate([[0.0], np.cumsum(np.log(counts_[1:]))])[: len(counts_)]
    return _with_rest(np.exp(counts_ * math.log(mean) - mean - factorials))


def _geometric(mean: float, most: int) -> NDArray[np.float64]:
    """Failures before the first success, with this mean: probabilities of 0 … most, the last with all above."""
    p = 1 / (1 + mean)
    return _with_rest(p * (1 - p) ** np.arange(min(most, int(40 * (mean + 1)) + 1)))


def _with_rest(probabilities: Any) -> NDArray[np.float64]:
    return np.append(probabilities, max(1 - float(probabilities.sum()), 0.0))


_RATED: dict[str, Callable[[float, int], NDArray[np.float64]]] = {"poisson": _poisson, "geometric": _geometric}


def _fixed(rate: float, factor: float, most: int) -> NDArray[np.float64]:
    """A whole number of children, one more by chance; thinned where the factor is below 1."""
    mean = min(rate * max(factor, 1.0), most + 1.0)
    whole = math.floor(mean)
    share = min(factor, 1.0)
    out = np.zeros(whole + 2)
    for count, chance in ((whole, 1 - (mean - whole)), (whole + 1, mean - whole)):
        law = _binomial(count, share)
        out[: len(law)] += chance * law
    return out


def _uniform(fanout: Fanout) -> Law:
    least, most = fanout.clamp or (None, None)
    first = int(fanout.min if fanout.min is not None else least or 0)
    last = int(fanout.max if fanout.max is not None else most or 0)
    if last > MOST_DECLARED:
        raise Skip(f"up to {last} children")
    declared = np.repeat([0.0, 1 / (last - first + 1)], [first, last - first + 1])
    low, high = bounds_of(fanout)

    def law(factor: float) -> NDArray[np.float64]:
        if factor * last > MOST_CHILDREN:
            raise Skip(f"up to {factor * last:.0f} children")
        # a factor below 1 thins below the lower bound
        return clipped(_scaled(declared, min(factor, high + 1)), (low if factor >= 1 else 0, high))

    return law


def _zipf(fanout: Fanout, low: int, high: int) -> Law:
    counter = Counter(fanout)

    def law(factor: float) -> NDArray[np.float64]:
        if factor <= 0:
            return clipped(np.array([1.0]), (low, high))
        tables = [(chance, np.diff(table, prepend=0.0)) for chance, table in counter.zipf_at(factor)]
        out = np.zeros(max(len(table) for _, table in tables))
        for chance, table in tables:
            out[: len(table)] += chance * table
        return clipped(out, (low, high))

    return law


def _scaled(declared: NDArray[np.float64], factor: float) -> NDArray[np.float64]:
    """The distribution of count · ⌊factor⌋ + Binomial(count, the rest): what a factor does to a declared count."""
    whole = math.floor(factor)
    share = factor - whole
    most = len(declared) - 1
    out = np.zeros(most * (whole + 1) + 1)
    for count in np.flatnonzero(declared).tolist():
        extra = _binomial(count, share)
        out[count * whole : count * whole + len(extra)] += declared[count] * extra
    return out


def _binomial(n: int, p: float) -> NDArray[np.float64]:
    if p <= 0:
        return np.array([1.0])
    if p >= 1:
        return np.append(np.zeros(n), 1.0)
    ways = np.cumsum(np.log(np.append(1.0, np.arange(1, n + 1))))
    k = np.arange(n + 1)
    probabilities: NDArray[np.float64] = np.exp(
        ways[n] - ways[k] - ways[n - k] + k * math.log(p) + (n - k) * math.log1p(-p)
    )
    return probabilities
