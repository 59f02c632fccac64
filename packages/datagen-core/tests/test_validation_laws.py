"""The laws that validation holds data against: distributions as scipy has them, alarms as rare as promised."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import datagen_core
import msgspec
import numpy as np
import pytest
from datagen_core import registry
from datagen_core.distributions import DistributionParams, Numbers
from datagen_core.engine.counts import Counter
from datagen_core.schema.model import Fanout, ModifierUse
from datagen_core.validation import columns, fanouts, laws
from datagen_core.validation.case import Skip
from datagen_core.validation.cdf import Cumulative
from datagen_core.validation.noise import mixture_of
from datagen_core.validation.steps import Step
from scipy import stats as reference

LAWS = [
    ("normal", {"mean": 3, "std": 2}, reference.norm(3, 2)),
    ("lognormal", {"mean": 1, "sigma": 0.5}, reference.lognorm(0.5, scale=math.e)),
    ("uniform", {"low": -1, "high": 4}, reference.uniform(-1, 5)),
    ("exponential", {"scale": 2}, reference.expon(scale=2)),
    ("exponential", {"rate": 2}, reference.expon(scale=0.5)),
    ("gamma", {"shape": 2.5, "scale": 1.5}, reference.gamma(2.5, scale=1.5)),
    ("beta", {"a": 0.7, "b": 3}, reference.beta(0.7, 3)),
    ("pareto", {"alpha": 2.5, "xm": 1.5}, reference.pareto(2.5, scale=1.5)),
    ("weibull", {"shape": 1.7, "scale": 2}, reference.weibull_min(1.7, scale=2)),
    ("triangular", {"low": 0, "mode": 1, "high": 4}, reference.triang(0.25, 0, 4)),
    ("poisson", {"rate": 3.5}, reference.poisson(3.5)),
    ("binomial", {"n": 12, "p": 0.3}, reference.binom(12, 0.3)),
    ("geometric", {"p": 0.3}, reference.geom(0.3)),
    ("negative_binomial", {"n": 3.5, "p": 0.4}, reference.nbinom(3.5, 0.4)),
]
POINTS = [-2.0, 0.0, 0.4, 1.0, 1.6, 2.0, 3.0, 3.9, 5.0, 9.0, 30.0]


def law(kind, given, **bounds):
    return Cumulative(DistributionParams(kind=kind, params=Numbers(**given), **bounds))


@pytest.mark.parametrize(
    ("kind", "given", "expected"), LAWS, ids=[f"{kind}-{next(iter(given))}" for kind, given, _ in LAWS]
)
def test_cumulated_as_scipy(kind, given, expected):
    plain = law(kind, given)
    assert [plain.at(x) for x in POINTS] == pytest.approx(expected.cdf(POINTS), abs=1e-9)
    clamped = law(kind, given, clamp=(0.5, 3.0))
    wanted = [0.0 if x < 0.5 else 1.0 if x >= 3 else expected.cdf(x) for x in POINTS]
    assert [clamped.at(x) for x in POINTS] == pytest.approx(wanted, abs=1e-9)


@pytest.mark.parametrize(
    ("kind", "given", "expected"), LAWS, ids=[f"{kind}-{next(iter(given))}" for kind, given, _ in LAWS]
)
def test_truncated_and_its_mean(kind, given, expected):
    low, high = 1.0, 3.0
    cut = law(kind, given, truncate=(low, high))
    below = expected.cdf(low - 1e-9)
    inside = expected.cdf(high) - below
    if inside <= 0:
        pytest.skip("nothing of the distribution lies there")
    wanted = [0.0 if x < low else 1.0 if x >= high else (expected.cdf(x) - below) / inside for x in POINTS]
    assert [cut.at(x) for x in POINTS] == pytest.approx(wanted, abs=1e-8)
    drawn = expected.rvs(400_000, random_state=1)
    drawn = drawn[(drawn >= low) & (drawn <= high)]
    assert cut.mean() == pytest.approx(drawn.mean(), abs=6 * drawn.std() / math.sqrt(len(drawn)) + 1e-3)


def test_false_alarms_are_rare_and_real_shifts_are_seen():
    rng = np.random.default_rng(11)
    shares = np.array([0.5, 0.2, 0.15, 0.1, 0.04, 0.009, 0.001])
    labels = list("abcdefg")
    alarms = sum(not laws.judge_shares(rng.multinomial(4000, shares), shares, labels, "x").ok for _ in range(4000))
    assert alarms <= 4
    shifted = np.array([0.45, 0.25, *shares[2:]])
    seen = sum(not laws.judge_shares(rng.multinomial(4000, shifted), shares, labels, "x").ok for _ in range(200))
    assert seen >= 195


def test_what_does_not_matter_is_tolerated_however_many_rows_show_it():
    outcome = laws.judge_shares([500_900_000, 499_100_000], [1, 1], ["a", "b"], "x")
    assert outcome.ok and outcome.p < 1e-9 and outcome.effect < laws.LEAST_W


def test_a_value_that_is_not_declared_always_fails():
    outcome = laws.judge_shares([999_999, 1], [1, 0], ["a", "b"], "x")
    assert not outcome.ok and "where none is declared (b)" in outcome.message


@pytest.mark.parametrize(("counts", "why"), [([3, 4], "7 rows are too few"), ([3] * 12, "too few for 12 categories")])
def test_too_few_rows_are_no_verdict(counts, why):
    with pytest.raises(Skip, match=why):
        laws.judge_shares(counts, [1] * len(counts), list("abcdefghijkl")[: len(counts)], "x")


def test_nearly_all_in_one_category_is_judged_by_its_share():
    assert laws.judge_shares([9999, 1], [1, 1e-9], ["a", "b"], "x").ok
    assert not laws.judge_shares([900, 100], [1, 1e-9], ["a", "b"], "x").ok


def test_means_and_shares():
    assert laws.judge_mean(10.4, 10.0, 0.2, 100, "x").ok
    assert not laws.judge_mean(11.0, 10.0, 0.2, 100, "x").ok
    assert laws.judge_share(520, 1000, 0.5, "x").ok
    assert not laws.judge_share(600, 1000, 0.5, "x").ok
    assert not laws.judge_share(50, 1000, 0.0, "x").ok


def test_a_date_stands_for_its_whole_day_on_a_steep_curve(document_of: Any, tmp_path: Path) -> None:
    curve = {"diffusion_curve": {"within": "timeframe", "curve_type": "exponential"}}
    document = document_of({"id": "t", "rows": 5000, "columns": [{"name": "day", "type": "date", "generator": curve}]})
    datagen_core.generate(document, tmp_path / "o")
    report = datagen_core.validate(document, tmp_path / "o")
    (told,) = [one for one in report.results if one.id == "behaviour.diffusion"]
    assert told.status == "passed", told


def blurred(params, steps, points):
    return columns._expected(params, np.asarray(points, float), steps, 1000)


def use(name, **args):
    spec = registry.spec("modifiers", name)
    return ModifierUse(name, msgspec.convert(args, spec.params))


def test_a_normal_with_normal_noise_is_a_wider_normal():
    params = DistributionParams(kind="normal", params=Numbers(mean=50, std=4), clamp=(-1e6, 1e6))
    steps = [Step(scale=2.0), Step(noise=mixture_of(use("jitter", std=6))), Step(shift=1.0)]
    points = np.linspace(60, 145, 60)
    wanted = reference.norm(101, 10).cdf(points)
    assert np.abs(blurred(params, steps, points) - wanted).max() < 2e-3


@pytest.mark.parametrize("std", [0.1, 0.6])
def test_a_multiplying_noise_may_turn_values_round(std):
    """X(1 + σZ) with X uniform over [5, 9]: by the mean over X of Φ."""
    params = DistributionParams(kind="uniform", params=Numbers(low=5, high=9))
    points = np.linspace(-5, 20, 80)
    inner = np.linspace(5, 9, 20_001)
    wanted = [reference.norm.cdf((point / inner - 1) / std).mean() for point in points]
    found = blurred(params, [Step(noise=mixture_of(use("jitter", std=std, mode="mul")))], points)
    assert np.abs(found - wanted).max() < 3e-3


@pytest.mark.parametrize("mode", ["spike", "drop"])
def test_outliers_are_a_mixture(mode):
    """A lognormal times a lognormal is a lognormal."""
    params = DistributionParams(kind="lognormal", params=Numbers(mean=2, sigma=0.5))
    size = {"type": "lognormal", "params": {"mean": 1.5, "sigma": 0.3}}
    found = blurred(params, [Step(noise=mixture_of(use("outliers", rate=0.2, mode=mode, magnitude_dist=size)))], POINTS)
    middle = 3.5 if mode == "spike" else 0.5
    wide = reference.lognorm(math.hypot(0.5, 0.3), scale=math.exp(middle))
    wanted = 0.8 * reference.lognorm(0.5, scale=math.e**2).cdf(POINTS) + 0.2 * wide.cdf(POINTS)
    assert np.abs(found - wanted).max() < 2e-3


def test_noises_compose_in_their_order_and_bursts_have_no_law():
    params = DistributionParams(kind="normal", params=Numbers(mean=0, std=3))
    steps = [
        Step(noise=mixture_of(use("jitter", std=4))),
        Step(scale=2.0),
        Step(noise=mixture_of(use("jitter", std=24))),
    ]
    points = np.linspace(-60, 60, 41)
    assert np.abs(blurred(params, steps, points) - reference.norm(0, 26).cdf(points)).max() < 3e-3
    with pytest.raises(Skip, match="bursts run over neighbouring rows"):
        mixture_of(use("outliers", rate=0.1, mode="burst"))


@pytest.mark.parametrize("fanout", [
    {"distribution": "fixed", "lambda": 2.4}, {"distribution": "uniform", "min": 1, "max": 5},
    {"distribution": "zipf", "lambda": 2, "max": 30}, {"distribution": "poisson", "lambda": 1.5, "max": 4},
    {"distribution": "geometric", "lambda": 1.5}, {"distribution": "uniform", "min": 1, "max": 3, "per": "month"},
])  # fmt: skip
@pytest.mark.parametrize("factor", [0.0, 0.35, 1.0, 2.6])
def test_the_law_of_a_count_is_what_the_counter_draws(fanout, factor):
    declared = msgspec.convert(fanout, Fanout)
    streams = {name: np.random.default_rng(at) for at, name in enumerate(("", "scale"))}
    drawn = Counter(declared).draw(streams.__getitem__, np.full(200_000, factor))
    law_ = fanouts.law_of(declared)(factor)
    found = np.bincount(drawn, minlength=len(law_)) / len(drawn)
    assert len(found) == len(law_) or found[len(law_) :].sum() < 1e-5
    assert law_.sum() == pytest.approx(1)
    assert np.abs(found[: len(law_)] - law_).max() < 4e-3
