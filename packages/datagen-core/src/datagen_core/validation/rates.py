"""How a rate is judged: by the exact probability that chance alone deviates as far, where a normal law would be too coarse.

As for the other laws, what is too small to matter is tolerated however many rows show it.
"""

from __future__ import annotations

import math

from datagen_core import stats
from datagen_core.validation.laws import ALPHA, LEAST_RELATIVE, enough
from datagen_core.validation.report import Outcome

WIDTH = -stats.normal_quantile(ALPHA / 2)
"""Standard deviations on either side of Wilson's interval, for the report."""


def judge_rate(hits: int, n: int, expected: float, what: str) -> Outcome:
    """A share of independent cases against its probability: the binomial tail, and Wilson's interval beside it."""
    enough(n)
    observed = hits / n
    chance = 2 * _binomial_tail(hits, n, expected)
    low, high = stats.wilson(hits, n, WIDTH)
    effect = abs(observed - expected)
    small = effect <= LEAST_RELATIVE * min(expected, 1 - expected)
    message = f"{what}: {observed:.2%} of {n}, {expected:.2%} declared; interval {low:.2%} to {high:.2%}"
    spread = math.sqrt(expected * (1 - expected) / n)
    statistic = (observed - expected) / spread if spread > 0 else 0.0
    shown = {"share": observed, "low": low, "high": high}
    return Outcome(small or chance >= ALPHA, message, shown, expected, statistic, min(chance, 1.0), effect, n)


def _binomial_tail(hits: int, n: int, p: float) -> float:
    """The chance of as many hits or more, or of as few or fewer, whichever is smaller."""
    if p <= 0 or p >= 1:
        return 0.5 if hits == round(n * p) else 0.0
    more = 1.0 if hits == 0 else stats.beta_cdf(hits, n - hits + 1, p)
    fewer = 1.0 if hits == n else stats.beta_cdf(n - hits, hits + 1, 1 - p)
    return min(more, fewer)


def judge_events(events: int, expected: float, n: int, what: str) -> Outcome:
    """Events against the number that their rates expect over the time that they had: the Poisson tail.

    Where each case ends with its event the time is what varies and not the number; the tail is the same by duality.

    Parameters
    ----------
    expected
        The sum of rate × time at risk.
    n
        Cases that were at risk.
    """
    enough(n)
    if expected <= 0:
        message = f"{what}: {events} where none can be"
        return Outcome(events == 0, message, events, 0.0, None, float(events == 0), float(events), n)
    more = 1.0 if events == 0 else stats.gamma_p(events, expected)
    fewer = stats.gamma_q(events + 1, expected)
    chance = 2 * min(more, fewer)
    effect = abs(events / expected - 1)
    message = f"{what}: {events} of {n}, {expected:.1f} expected in the time they had; off by {effect:.2%}"
    statistic = (events - expected) / math.sqrt(expected)
    good = effect <= LEAST_RELATIVE or chance >= ALPHA
    return Outcome(good, message, events, expected, statistic, min(chance, 1.0), effect, n)
