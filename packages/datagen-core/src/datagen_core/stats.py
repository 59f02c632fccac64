"""Statistics for validation: tail probabilities, cumulative distributions, intervals and sizes of effect, without
scipy.

Sources: W. H. Press et al., *Numerical Recipes*, 3rd ed., §6.2 (incomplete gamma) and §6.4 (incomplete beta); the
normal quantile is the standard library's (Wichura 1988, AS 241).
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_TINY = 1e-300
_EPS = 1e-16
_TERMS = 100_000
_NORMAL = NormalDist()


def normal_cdf(x: float) -> float:
    """P(Z ≤ x) of the standard normal."""
    return 0.5 * math.erfc(-x / math.sqrt(2))


def normal_sf(x: float) -> float:
    """P(Z > x) of the standard normal."""
    return 0.5 * math.erfc(x / math.sqrt(2))


def normal_quantile(p: float) -> float:
    """The x with P(Z ≤ x) = p, for 0 < p < 1."""
    return _NORMAL.inv_cdf(p)


def two_sided(z: float) -> float:
    """P(|Z| ≥ |z|)."""
    return math.erfc(abs(z) / math.sqrt(2))


def gamma_p(a: float, x: float) -> float:
    """The regularised lower incomplete gamma function P(a, x), a > 0."""
    return _gamma_parts(a, x)[0]


def gamma_q(a: float, x: float) -> float:
    """The regularised upper incomplete gamma function Q(a, x) = 1 − P(a, x), exact in its small tail."""
    return _gamma_parts(a, x)[1]


def _gamma_parts(a: float, x: float) -> tuple[float, float]:
    """P and Q: the series below a + 1, the continued fraction above (NR §6.2)."""
    if x <= 0:
        return 0.0, 1.0
    if math.isinf(x):
        return 1.0, 0.0
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1:
        lower = min(front * _gamma_series(a, x), 1.0)
        return lower, 1.0 - lower
    upper = min(front * _gamma_fraction(a, x), 1.0)
    return 1.0 - upper, upper


def _gamma_series(a: float, x: float) -> float:
    term = total = 1.0 / a
    for step in range(1, _TERMS):
        term *= x / (a + step)
        total += term
        if term < total * _EPS:
            break
    return total


def _gamma_fraction(a: float, x: float) -> float:
    """Lentz's method."""
    b = x + 1 - a
    c, d = 1 / _TINY, 1 / b
    result = d
    for step in range(1, _TERMS):
        numerator = -step * (step - a)
        b += 2
        d = 1 / _off_zero(numerator * d + b)
        c = _off_zero(b + numerator / c)
        result *= d * c
        if abs(d * c - 1) < _EPS:
            break
    return result


def _off_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def beta_cdf(a: float, b: float, x: float) -> float:
    """The regularised incomplete beta function I_x(a, b), a, b > 0 (NR §6.4)."""
    if x <= 0 or x >= 1:
        return float(x >= 1)
    front = math.exp(
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x),
    )
    if x < (a + 1) / (a + b + 2):
        return front * _beta_fraction(a, b, x) / a
    return 1.0 - front * _beta_fraction(b, a, 1 - x) / b


def _beta_fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1 / _off_zero(1 - (a + b) * x / (a + 1))
    result = d
    for m in range(1, _TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for numerator in (even, odd):
            d = 1 / _off_zero(1 + numerator * d)
            c = _off_zero(1 + numerator / c)
            result *= d * c
        if abs(d * c - 1) < _EPS:
            break
    return result


def chi2_sf(statistic: float, freedom: float) -> float:
    """P(X ≥ statistic) of a χ² with `freedom` degrees of freedom; 1 without any."""
    return gamma_q(freedom / 2, statistic / 2) if freedom > 0 else 1.0


def kolmogorov_sf(x: float) -> float:
    """P(K > x) of the Kolmogorov distribution: the alternating series, or its theta transform below 1."""
    if x <= 0:
        return 1.0
    if x < 1:
        terms = (math.exp(-((2 * k - 1) ** 2) * math.pi**2 / (8 * x * x)) for k in range(1, 20))
        return max(0.0, 1.0 - math.sqrt(2 * math.pi) / x * math.fsum(terms))
    return min(1.0, 2 * math.fsum((-1) ** (k - 1) * math.exp(-2 * k * k * x * x) for k in range(1, 20)))


def ks_sf(distance: float, n: float) -> float:
    """The p-value of a Kolmogorov-Smirnov distance for `n` values; asymptotic, with Stephens' (1970) correction."""
    root = math.sqrt(n)
    return kolmogorov_sf((root + 0.12 + 0.11 / root) * distance)


def ks_critical(n: float, p: float) -> float:
    """The distance that chance exceeds with probability `p` (for small p, where the series' first term rules)."""
    root = math.sqrt(n)
    return math.sqrt(-0.5 * math.log(p / 2)) / (root + 0.12 + 0.11 / root)


def wilson(successes: float, n: float, z: float) -> tuple[float, float]:
    """Wilson's (1927) score interval of a share, `z` standard deviations wide on either side."""
    if n <= 0:
        return 0.0, 1.0
    share, square = successes / n, z * z
    centre = (share + square / (2 * n)) / (1 + square / n)
    half = z / (1 + square / n) * math.sqrt(share * (1 - share) / n + square / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def chi2_fit(observed: Sequence[float] | NDArray[np.float64], shares: Sequence[float] | NDArray[np.float64]) -> float:
    """Pearson's statistic of counts against expected shares; infinite where a share of 0 was observed."""
    counts, expected = np.asarray(observed, float), np.asarray(shares, float)
    wanted = counts.sum() * expected / expected.sum()
    possible = wanted > 0
    if (counts[~possible] > 0).any():
        return math.inf
    return float(((counts[possible] - wanted[possible]) ** 2 / wanted[possible]).sum())


def cramers_v(statistic: float, n: float, freedom: float) -> float:
    """Cramér's V of a goodness of fit: √(χ² / (n · freedom)), 0 for none."""
    return math.sqrt(statistic / (n * freedom)) if n > 0 and freedom > 0 else 0.0


def chi2_quantile(p: float, freedom: float) -> float:
    """The statistic that chance exceeds with probability `p`: Wilson and Hilferty's (1931) cube, then Newton steps."""
    z = normal_quantile(1 - p)
    cube = 1 - 2 / (9 * freedom) + z * math.sqrt(2 / (9 * freedom))
    x = freedom * max(cube, 0.05) ** 3
    for _ in range(50):
        log_density = (freedom / 2 - 1) * math.log(x) - x / 2 - freedom / 2 * math.log(2) - math.lgamma(freedom / 2)
        step = (chi2_sf(x, freedom) - p) / math.exp(log_density)
        x = max(x + step, x / 10)
        if abs(step) < 1e-12 * x:
            break
    return x


def largest_share(observed: Sequence[float], shares: Sequence[float]) -> tuple[int, float]:
    """Where the observed share differs most from the expected one, and by how much."""
    counts, expected = np.asarray(observed, float), np.asarray(shares, float)
    difference = counts / max(counts.sum(), 1) - expected / expected.sum()
    at = int(np.abs(difference).argmax())
    return at, float(difference[at])


def psi(observed: Sequence[float], shares: Sequence[float], floor: float = 1e-4) -> float:
    """The population stability index Σ (o − e) · ln(o / e) over shares; shares below `floor` count as `floor`."""
    counts, expected = np.asarray(observed, float), np.asarray(shares, float)
    o = np.maximum(counts / counts.sum(), floor)
    e = np.maximum(expected / expected.sum(), floor)
    return float(((o - e) * np.log(o / e)).sum())
