"""Numbers of children, drawn from a fanout's distribution at each parent's own rate."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from datagen_core.errors import InputError
from datagen_core.estimate import base_rate, bounds
from datagen_core.schema.model import Fanout

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

ONE = Fanout(distribution="fixed", rate=1.0)
MOST = 10_000_000.0  # children of one parent without a bound of its own
LEAST_CHANCE = 1.0 / 64.0  # where rarer rows are kept, a parent far beyond its bound may end below it
_ZIPF_TERMS = 100_000


class Counter:
    """Draws counts of a fanout.

    Parameters
    ----------
    fanout
        As the document has it; None for exactly one child.
    """

    def __init__(self, fanout: Fanout | None) -> None:
        self.fanout = ONE if fanout is None else fanout
        self.lowest, self.highest = bounds(self.fanout)
        self._rate = 1.0 if self.fanout.rate is None else self.fanout.rate

    def draw(
        self,
        stream: Callable[[str], np.random.Generator],
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
            counts = self._scaled(stream, factor, added)
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

    def _scaled(
        self,
        stream: Callable[[str], np.random.Generator],
        factor: NDArray[np.float64],
        added: NDArray[np.float64] | None,
    ) -> NDArray[np.float64]:
        """Counts drawn as declared, then thinned or multiplied so that their mean follows the factor."""
        counts = self._declared(stream(""), len(factor))
        if added is not None and self._rate > 0:
            factor = np.maximum(factor + added / self._rate, 0.0)
        whole = np.floor(np.minimum(factor, MOST))
        share = np.minimum(factor, MOST) - whole
        return counts * whole + stream("scale").binomial(counts.astype(np.int64), share)

    def _declared(self, rng: np.random.Generator, parents: int) -> NDArray[np.float64]:
        if self.fanout.distribution == "uniform":
            return rng.integers(int(self.lowest), int(self.highest) + 1, parents).astype(np.float64)
        if self.fanout.distribution == "zipf":
            found = np.searchsorted(self._zipf, rng.random(parents), side="right")
            return found.clip(max=len(self._zipf) - 1).astype(np.float64)
        whole = math.floor(self._rate)
        return whole + (rng.random(parents) < self._rate - whole).astype(np.float64)

    @cached_property
    def _zipf(self) -> NDArray[np.float64]:
        """Cumulated shares of the counts 0, 1, … whose weight falls as a power of count + 1, with mean λ."""
        most = int(self.highest) if math.isfinite(self.highest) else _ZIPF_TERMS
        ranks = np.arange(1, min(most, _ZIPF_TERMS) + 2, dtype=np.float64)
        low, high = -20.0, 60.0
        for _ in range(200):
            exponent = 0.5 * (low + high)
            weights = _powers(ranks, exponent)
            mean = float((weights * (ranks - 1)).sum() / weights.sum())
            low, high = (exponent, high) if mean > self._rate else (low, exponent)
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


def _powers(ranks: NDArray[np.float64], exponent: float) -> NDArray[np.float64]:
    logs = -exponent * np.log(ranks)
    made: NDArray[np.float64] = np.exp(logs - logs.max())
    return made
