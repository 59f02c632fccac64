"""How a law is judged: by the size of the deviation, against a tolerance that follows from the number of rows.

A check may raise a false alarm less than once in a thousand times, so what chance alone exceeds with probability `ALPHA`
is the tolerance; and a deviation that is too small to matter (`LEAST_…`) is tolerated however many rows show it, since with
millions of rows every p is 0. Both the p-value and the effect are reported.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from datagen_core import stats
from datagen_core.validation.case import Skip
from datagen_core.validation.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

ALPHA = 5e-5
LEAST_W = 0.02
"""Cohen's w = √(χ²/n): 0.1 is called small (Cohen 1988)."""
LEAST_D = 0.01
"""Distance of two cumulative distributions."""
LEAST_RELATIVE = 0.01
"""Relative difference of means."""
FEWEST_EXPECTED = 8.0
"""Rows that a category has to expect for χ² to be one; smaller ones are put together."""
FEWEST_ROWS = 30


def enough(n: int, fewest: int = FEWEST_ROWS) -> None:
    """Skip where there are too few rows to judge."""
    if n < fewest:
        raise Skip(f"{n} rows are too few; {fewest} are needed")


def judge_shares(
    observed: Sequence[float] | NDArray[Any],
    expected: Sequence[float] | NDArray[Any],
    labels: Sequence[str],
    what: str,
) -> Outcome:
    """Counts against expected shares: Pearson's χ², judged by Cohen's w."""
    counts, wanted = np.asarray(observed, float), np.asarray(expected, float)
    n = int(counts.sum())
    enough(n)
    shares = wanted / wanted.sum()
    strange = counts[shares <= 0].sum()
    if strange:
        where = ", ".join(
            label for label, share, count in zip(labels, shares, counts, strict=True) if count and not share
        )
        message = f"{what}: {int(strange)} of {n} rows where none is declared ({where[:100]})"
        return Outcome(False, message, _table(labels, counts / n), _table(labels, shares), None, 0.0, strange / n, n)
    pooled = _pooled(counts, shares, n)
    freedom = len(pooled[0]) - 1
    if freedom < 1:
        return _one_class(counts, shares, labels, n, what)
    statistic = stats.chi2_fit(*pooled)
    effect = math.sqrt(statistic / n)
    tolerance = max(LEAST_W, math.sqrt(stats.chi2_quantile(ALPHA, freedom) / n))
    at, _ = stats.largest_share(counts.tolist(), shares.tolist())
    message = (
        f"{what}: furthest off is {labels[at]} with {counts[at] / n:.2%}, {shares[at]:.2%} expected; "
        f"w {effect:.4f}, tolerance {tolerance:.4f}"
    )
    return Outcome(
        effect <= tolerance,
        message,
        _table(labels, counts / n),
        _table(labels, shares),
        statistic,
        stats.chi2_sf(statistic, freedom),
        effect,
        n,
    )


def _one_class(
    counts: NDArray[np.float64], shares: NDArray[np.float64], labels: Sequence[str], n: int, what: str
) -> Outcome:
    """Nearly all is expected in one category: its share is what can be judged."""
    most = int(shares.argmax())
    if shares[most] < 1 - 2 * FEWEST_EXPECTED / n:
        raise Skip(f"{what}: {n} rows are too few for {len(labels)} categories")
    return judge_share(int(counts[most]), n, float(shares[most]), f"{what} {labels[most]}")


def _table(labels: Sequence[str], shares: NDArray[np.float64]) -> dict[str, float]:
    """Shares by label; of very many, the largest fifty."""
    order = np.sort(np.argsort(-shares, kind="stable")[:50])
    return {labels[at]: round(float(shares[at]), 6) for at in order}


def _pooled(
    counts: NDArray[np.float64], shares: NDArray[np.float64], n: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Categories that expect enough rows; the others as one."""
    rare = shares * n < FEWEST_EXPECTED
    if not rare.any():
        return counts, shares
    kept, rest = ~rare, (counts[rare].sum(), shares[rare].sum())
    if rest[1] * n < FEWEST_EXPECTED:
        if not kept.any():
            return np.array([rest[0]]), np.array([rest[1]])
        smallest = int(np.flatnonzero(kept)[shares[kept].argmin()])
        rest = (rest[0] + counts[smallest], rest[1] + shares[smallest])
        kept[smallest] = False
    return np.append(counts[kept], rest[0]), np.append(shares[kept], rest[1])


def judge_share(hits: int, n: int, expected: float, what: str) -> Outcome:
    """One share against its declared probability."""
    enough(n)
    observed = hits / n
    spread = math.sqrt(max(expected * (1 - expected), 1 / n) / n)
    tolerance = max(LEAST_RELATIVE * min(expected, 1 - expected), -stats.normal_quantile(ALPHA / 2) * spread)
    z = (observed - expected) / spread
    message = f"{what}: {observed:.2%}, {expected:.2%} declared; tolerance {tolerance:.2%}"
    effect = abs(observed - expected)
    return Outcome(effect <= tolerance, message, observed, expected, z, stats.two_sided(z), effect, n)


def judge_mean(observed: float, expected: float, error: float, n: int, what: str) -> Outcome:
    """A mean against its expectation, given the standard error that chance alone has."""
    enough(n)
    tolerance = max(LEAST_RELATIVE * abs(expected), -stats.normal_quantile(ALPHA / 2) * error)
    z = (observed - expected) / error if error > 0 else 0.0
    off = abs(observed - expected)
    message = f"{what}: {observed:.4g}, {expected:.4g} expected; tolerance {tolerance:.2g}"
    relative = off / abs(expected) if expected else off
    return Outcome(off <= tolerance, message, observed, expected, z, stats.two_sided(z), relative, n)


def judge_cumulated(
    points: Sequence[Any] | NDArray[Any],
    observed: NDArray[np.float64],
    expected: NDArray[np.float64],
    n: int,
    what: str,
) -> Outcome:
    """Cumulated shares at some points: Kolmogorov's distance (on a part of the line, so never too large)."""
    enough(n)
    at = int(np.abs(observed - expected).argmax())
    distance = float(abs(observed[at] - expected[at]))
    tolerance = max(LEAST_D, stats.ks_critical(n, ALPHA))
    message = (
        f"{what}: furthest off is {points[at]:.6g} with {observed[at]:.2%} of the rows up to it, {expected[at]:.2%} "
        f"expected; distance {distance:.4f}, tolerance {tolerance:.4f}"
    )
    middle = int(np.abs(expected - 0.5).argmin())
    shown = {"at": float(points[at]), "share": float(observed[at]), "share_at_median": float(observed[middle])}
    wanted = {"at": float(points[at]), "share": float(expected[at]), "share_at_median": float(expected[middle])}
    return Outcome(distance <= tolerance, message, shown, wanted, distance, stats.ks_sf(distance, n), distance, n)
