"""Statistics against scipy, which only the tests have."""

from __future__ import annotations

import math

import numpy as np
import pytest
from datagen_core import stats
from scipy import special
from scipy import stats as reference

SHAPES = [0.1, 0.5, 1, 2.5, 10, 100, 5000]


@pytest.mark.parametrize("a", SHAPES)
@pytest.mark.parametrize("factor", [0, 1e-6, 0.01, 0.5, 0.99, 1, 1.01, 1.5, 3, 10, 100])
def test_incomplete_gamma(a, factor):
    x = a * factor
    assert stats.gamma_p(a, x) == pytest.approx(special.gammainc(a, x), rel=1e-9, abs=1e-12)
    assert stats.gamma_q(a, x) == pytest.approx(special.gammaincc(a, x), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("a", SHAPES)
@pytest.mark.parametrize("b", [0.3, 1, 7, 900])
@pytest.mark.parametrize("x", [0, 1e-9, 0.1, 0.5, 0.77, 0.999, 1])
def test_incomplete_beta(a, b, x):
    assert stats.beta_cdf(a, b, x) == pytest.approx(special.betainc(a, b, x), rel=1e-8, abs=1e-12)


@pytest.mark.parametrize("freedom", [1, 2, 6, 23, 400])
@pytest.mark.parametrize("factor", [0, 0.2, 1, 2, 5, 20])
def test_chi2_tail(freedom, factor):
    x = freedom * factor
    assert stats.chi2_sf(x, freedom) == pytest.approx(reference.chi2.sf(x, freedom), rel=1e-8, abs=1e-300)


@pytest.mark.parametrize("freedom", [1, 2, 6, 23, 400])
@pytest.mark.parametrize("p", [0.5, 0.05, 1e-3, 1e-6, 1e-9])
def test_chi2_quantile(freedom, p):
    assert stats.chi2_quantile(p, freedom) == pytest.approx(reference.chi2.isf(p, freedom), rel=1e-8)


@pytest.mark.parametrize("x", [-8, -3, -0.5, 0, 1e-3, 1.96, 6, 30])
def test_normal(x):
    assert stats.normal_cdf(x) == pytest.approx(reference.norm.cdf(x), rel=1e-12)
    assert stats.normal_sf(x) == pytest.approx(reference.norm.sf(x), rel=1e-12)
    assert stats.two_sided(x) == pytest.approx(2 * reference.norm.sf(abs(x)), rel=1e-12)


@pytest.mark.parametrize("p", [1e-12, 1e-4, 0.3, 0.5, 0.999])
def test_normal_quantile(p):
    assert stats.normal_quantile(p) == pytest.approx(reference.norm.ppf(p), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("x", [0, 0.05, 0.2, 0.5, 0.99, 1, 1.5, 3])
def test_kolmogorov(x):
    assert stats.kolmogorov_sf(x) == pytest.approx(special.kolmogorov(x), rel=1e-9, abs=1e-14)


@pytest.mark.parametrize("n", [20, 100, 10_000])
@pytest.mark.parametrize("p", [0.05, 1e-3, 1e-5])
def test_the_critical_distance_has_its_probability(n, p):
    assert stats.ks_sf(stats.ks_critical(n, p), n) == pytest.approx(p, rel=1e-3)
    assert reference.kstwo.sf(stats.ks_critical(n, p), n) == pytest.approx(p, rel=0.35)


@pytest.mark.parametrize(("k", "n"), [(0, 10), (10, 10), (3, 10), (500, 1000)])
def test_wilson(k, n):
    expected = reference.binomtest(k, n).proportion_ci(0.95, method="wilson")
    assert stats.wilson(k, n, reference.norm.ppf(0.975)) == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_wilson_of_nothing_says_nothing():
    assert stats.wilson(0, 0, 2) == (0.0, 1.0)


def test_chi2_of_a_fit():
    observed, shares = [18, 22, 60], [0.2, 0.2, 0.6]
    expected = reference.chisquare(observed, np.array(shares) * 100)
    assert stats.chi2_fit(observed, shares) == pytest.approx(expected.statistic)
    assert stats.chi2_sf(stats.chi2_fit(observed, shares), 2) == pytest.approx(expected.pvalue)
    assert stats.chi2_fit([1, 2], [0, 1]) == math.inf
    assert stats.chi2_fit([0, 2], [0, 1]) == 0


def test_sizes_of_effect():
    assert stats.cramers_v(50, 100, 2) == pytest.approx(0.5)
    assert stats.largest_share([10, 30, 60], [1, 1, 2]) == (0, pytest.approx(-0.15))
    assert stats.psi([50, 50], [1, 1]) == 0
    assert stats.psi([80, 20], [1, 1]) == pytest.approx(0.3 * math.log(1.6) - 0.3 * math.log(0.4))
