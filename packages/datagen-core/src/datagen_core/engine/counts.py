"""Numbers of children, drawn from a fanout's distribution at each parent's own rate."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from datagen_core.errors import InputError
from datagen_core.estimate import base_rate, bounds, total_bounds
from datagen_core.schema.model import Fanout

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Stream = Callable[[str], np.random.Generator]

ONE = Fanout(distribution="fixed", rate=1.0)
MOST = 10_000_000.0  # children of one parent without a bound of its own
LEAST_CHANCE = 1.0 / 64.0  # where rarer rows are kept, a parent far beyond its bound may end below it
_ZIPF_TERMS = 100_000
_ZIPF_REACH = 100.0  # without a bound of its own, a zipf fanout reaches this many times its mean
_ZIPF_STEP = 2.0  # knots of the rate per doubling, at which the law is tabulated
_ZIPF_ROUNDS = 60  # of the bisection: 80 / 2⁶⁰ is below the precision of a float


class Counter:
    """Draws counts of a fanout.

    Parameters
    ----------
    fanout
        As the document has it; None for exactly one child.
    """

    def __init__(self, fanout: Fanout | None) -> None:
        self.fanout = ONE if fanout is None else fanout
        self.lowest, self.highest = total_bounds(self.fanout)
        self._rate = 1.0 if self.fanout.rate is None else self.fanout.rate
        self._tables: dict[int, NDArray[np.float64]] = {}

    def draw(
        self,
        stream: Stream,
        factor: NDArray[np.float64],
        added: NDArray[np.float64] | None = None,
        *,
        chance: float | None = None,
    ) -> NDArray[np.int64]:
        """A count per parent.

        Parameters
        ----------
        stream
            The stream of a purpose; each kind of draw has its own, so that slicing a block changes no count.
        factor, added
            What the rate of each parent is multiplied by, and what is then added to it.
        chance
            Given when `keep` will choose among the candidates: the chance that one is kept, at least. Then there are as
            few candidates as the lower bound needs, and no more than it takes to reach the upper one.
        """
        if self.fanout.distribution in {"poisson", "geometric"}:
            rate = self._rate * factor if added is None else np.maximum(self._rate * factor + added, 0.0)
            counts = self._rated(stream(""), rate)
        else:
            if added is not None and self._mean > 0:
                factor = np.maximum(factor + added / self._mean, 0.0)
            counts = self._unrated(stream, np.minimum(factor, MOST), bounded=chance is None)
        low = np.where(factor >= 1.0, self.lowest, 0.0) if self.fanout.distribution == "uniform" else self.lowest
        high = self.highest if chance is None else self._candidates(chance)
        return np.clip(counts, low, high).astype(np.int64)

    def far_beyond(self, factor: NDArray[np.float64], counts: NDArray[np.int64]) -> int:
        """How many parents have children of which their multipliers ask for over twice as many as the bound allows."""
        if not math.isfinite(self.highest) or self._mean > self.highest:
            return 0
        return int(((self._mean * factor > 2.0 * self.highest) & (counts > 0)).sum())

    @property
    def _mean(self) -> float:
        return base_rate(self.fanout)

    def _candidates(self, chance: float) -> float:
        """So many candidates that, if there are more, the upper bound is reached with certainty (ten deviations)."""
        if not math.isfinite(self.highest):
            return math.inf
        return math.ceil((self.highest + 10.0 * math.sqrt(self.highest) + 50.0) / max(chance, LEAST_CHANCE))

    def _rated(self, rng: np.random.Generator, rate: NDArray[np.float64]) -> NDArray[np.float64]:
        """Counts of a distribution that has a rate."""
        rate = self._reachable(rate)
        if self.fanout.distribution == "poisson":
            return rng.poisson(rate).astype(np.float64)
        return rng.geometric(1.0 / (1.0 + rate)).astype(np.float64) - 1.0

    def _reachable(self, rate: NDArray[np.float64]) -> NDArray[np.float64]:
        """Rates so far above the upper bound that only the bound is left, brought down to where that is certain."""
        if math.isfinite(self.highest):
            return np.minimum(rate, 1e4 * (self.highest + 10.0))
        if (rate > MOST).any():
            raise InputError(f"a parent expects {rate.max():.3g} children; bound the fanout with max")
        return rate

    def _unrated(self, stream: Stream, factor: NDArray[np.float64], *, bounded: bool) -> NDArray[np.float64]:
        """Counts of a distribution whose law a factor stretches."""
        if self.fanout.distribution == "fixed":
            return self._fixed(stream, factor)
        if self.fanout.distribution == "zipf" and bounded:
            return self._zipf(stream, factor)
        return _multiplied(self._declared(stream(""), len(factor)), factor, stream)

    def _fixed(self, stream: Stream, factor: NDArray[np.float64]) -> NDArray[np.float64]:
        """λ × factor, its fraction by chance; a factor below 1 thins the count that is declared."""
        rate = self._rate * np.maximum(factor, 1.0)
        whole = np.floor(rate)
        counts = whole + (stream("").random(len(factor)) < rate - whole)
        return stream("scale").binomial(counts.astype(np.int64), np.minimum(factor, 1.0)).astype(np.float64)

    def _declared(self, rng: np.random.Generator, parents: int) -> NDArray[np.int64]:
        """Counts as declared, before anything multiplies them."""
        if self.fanout.distribution == "uniform":
            lowest, highest = bounds(self.fanout)
            return rng.integers(int(lowest), int(highest) + 1, parents)
        return _drawn(self.zipf_table(0), rng.random(parents))

    def _zipf(self, stream: Stream, factor: NDArray[np.float64]) -> NDArray[np.float64]:
        """Counts of the law whose mean is λ × factor: of one of the two tabulated ones beside it, so that the mean holds."""
        uniform = stream("").random(len(factor))
        knots, upper = self._knots(factor)
        knots = knots + (stream("scale").random(len(factor)) < upper)
        counts = np.zeros(len(factor))
        for knot in np.unique(knots[factor > 0]).tolist():
            same = np.flatnonzero((knots == knot) & (factor > 0))
            counts[same] = _drawn(self.zipf_table(knot), uniform[same])
        return counts

    def _knots(self, factor: NDArray[np.float64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """The knot at or below each factor, and the chance to take the next one."""
        if not math.isfinite(self.highest) and (self._rate * factor > _ZIPF_TERMS / 2).any():
            raise InputError(f"a parent expects {self._rate * factor.max():.3g} children; bound the fanout with max")
        place = np.log2(np.maximum(factor, 2.0**-20)) * _ZIPF_STEP
        knots = np.floor(place + 1e-9).astype(np.int64)
        low, high = self._mean_at(knots), self._mean_at(knots + 1)
        rate = np.minimum(self._rate * factor, self.highest)
        gap = high - low
        return knots, np.divide(rate - low, gap, out=np.zeros(len(factor)), where=gap > 0).clip(0.0, 1.0)

    def _mean_at(self, knots: NDArray[np.int64]) -> NDArray[np.float64]:
        made: NDArray[np.float64] = np.minimum(self._rate * np.exp2(knots / _ZIPF_STEP), self.highest)
        return made

    def zipf_at(self, factor: float) -> list[tuple[float, NDArray[np.float64]]]:
        """The tables from which a count is drawn at a factor, each with its chance."""
        knots, upper = self._knots(np.array([factor]))
        knot, share = int(knots[0]), float(upper[0])
        return [(chance, self.zipf_table(at)) for chance, at in ((1 - share, knot), (share, knot + 1)) if chance > 0]

    def zipf_table(self, knot: int) -> NDArray[np.float64]:
        """Cumulated shares of the counts 0, 1, … whose weight falls as a power of count + 1, with the knot's mean."""
        if knot not in self._tables:
            self._tables[knot] = self._tabulated(float(self._mean_at(np.array([knot]))[0]))
        return self._tables[knot]

    def _tabulated(self, rate: float) -> NDArray[np.float64]:
        most = self.highest if math.isfinite(self.highest) else _ZIPF_REACH * max(rate, 1.0)
        ranks = np.arange(1, min(int(most), _ZIPF_TERMS) + 2, dtype=np.float64)
        low, high = -20.0, 60.0
        for _ in range(_ZIPF_ROUNDS):
            exponent = 0.5 * (low + high)
            weights = _powers(ranks, exponent)
            mean = float((weights * (ranks - 1)).sum() / weights.sum())
            low, high = (exponent, high) if mean > rate else (low, exponent)
        shares = np.cumsum(_powers(ranks, 0.5 * (low + high)))
        made: NDArray[np.float64] = shares / shares[-1]
        return made

    def keep(
        self, uniform: NDArray[np.float64], chance: NDArray[np.float64], parents: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        """Which candidates are kept: each by its chance, then as many more or fewer as the bounds demand."""
        score = np.divide(uniform, chance, out=np.full(len(chance), np.inf), where=chance > 0)
        keep: NDArray[np.bool_] = score < 1.0
        count = np.bincount(parents[keep], minlength=int(parents[-1]) + 1 if len(parents) else 0)
        there = np.bincount(parents, minlength=len(count)) > 0
        if not ((count < self.lowest) & there).any() and not (count > self.highest).any():
            return keep
        place = np.arange(len(parents))
        order = np.lexsort((np.where(keep, place, score), ~keep, parents))
        starts = np.concatenate([[0], np.cumsum(np.bincount(parents, minlength=len(count)))[:-1]])
        rank = np.empty(len(parents), dtype=np.int64)
        rank[order] = place - starts[parents[order]]
        wanted = np.clip(count, self.lowest, self.highest)
        made: NDArray[np.bool_] = (rank < wanted[parents]) & np.isfinite(score)
        return made


def _drawn(table: NDArray[np.float64], uniform: NDArray[np.float64]) -> NDArray[np.int64]:
    """Counts at the quantiles of a cumulated law."""
    made: NDArray[np.int64] = np.searchsorted(table, uniform, side="right").clip(max=len(table) - 1)
    return made


def _multiplied(counts: NDArray[np.int64], factor: NDArray[np.float64], stream: Stream) -> NDArray[np.float64]:
    """Counts thinned or multiplied so that their mean follows the factor."""
    whole = np.floor(factor)
    return np.asarray(counts * whole + stream("scale").binomial(counts, factor - whole), np.float64)


def _powers(ranks: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    logs = -exponent * np.log(ranks)
    made: NDArray[np.float64] = np.exp(logs - logs.max())
    return made
