"""What the generators draw, held to what the language says, by sizes of effect at a fixed seed."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from datagen_core import registry
from datagen_core.errors import InputError
from datagen_core.generators.choice import Picker
from scipy import stats

ROWS = 40_000
NEAR = 1.6 / np.sqrt(ROWS)  # the Kolmogorov distance that one sample in a hundred exceeds


def numbers(column: pa.ChunkedArray) -> np.ndarray:
    return column.to_numpy()


def shares(column: pa.ChunkedArray) -> dict[Any, float]:
    counts = pc.value_counts(column.combine_chunks())
    return {one["values"].as_py(): one["counts"].as_py() / len(column) for one in counts}


DISTRIBUTIONS = {
    "normal": ({"mean": 5, "std": 2}, stats.norm(5, 2)),
    "lognormal": ({"mu": 1, "sigma": 0.5}, stats.lognorm(0.5, scale=np.e)),
    "uniform": ({"min": -1, "max": 3}, stats.uniform(-1, 4)),
    "poisson": ({"lam": 4}, stats.poisson(4)),
    "exponential": ({"scale": 3}, stats.expon(scale=3)),
    "gamma": ({"shape": 2, "scale": 3}, stats.gamma(2, scale=3)),
    "beta": ({"a": 2, "b": 5}, stats.beta(2, 5)),
    "pareto": ({"alpha": 3, "xm": 2}, stats.pareto(3, scale=2)),
    "weibull": ({"shape": 1.5, "scale": 2}, stats.weibull_min(1.5, scale=2)),
    "triangular": ({"low": 0, "mode": 1, "high": 5}, stats.triang(0.2, 0, 5)),
    "binomial": ({"n": 20, "p": 0.3}, stats.binom(20, 0.3)),
    "geometric": ({"p": 0.3}, stats.geom(0.3)),
    "negative_binomial": ({"n": 3, "p": 0.4}, stats.nbinom(3, 0.4)),
}


def distance(values: np.ndarray, law: Any) -> float:
    """The largest distance between the values' distribution and a law's."""
    points, counts = np.unique(values, return_counts=True)
    reached = np.cumsum(counts) / len(values)
    before = np.concatenate([[0.0], reached[:-1]])
    discrete = hasattr(law.dist, "pmf")
    below = law.cdf(points - 1) if discrete else law.cdf(points)
    return float(max(np.abs(law.cdf(points) - reached).max(), np.abs(below - before).max()))


@pytest.mark.parametrize("kind", DISTRIBUTIONS)
def test_a_distribution_follows_its_law(kind: str, column_of: Any) -> None:
    params, law = DISTRIBUTIONS[kind]
    drawn = numbers(column_of({"distribution": {"kind": kind, "params": params, "clamp": [-1e9, 1e9]}}, rows=ROWS))
    assert distance(drawn, law) < NEAR


@pytest.mark.parametrize("kind", DISTRIBUTIONS)
@pytest.mark.parametrize("tail", [(0.4, 0.7), (0.995, 0.99999)], ids=["middle", "tail"])
def test_truncating_redraws_and_piles_nothing_up(kind: str, tail: tuple[float, float], column_of: Any) -> None:
    params, law = DISTRIBUTIONS[kind]
    low, high = (float(law.ppf(share)) for share in tail)
    drawn = numbers(column_of({"distribution": {"type": kind, "params": params, "truncate": [low, high]}}, rows=ROWS))
    assert low <= drawn.min() <= drawn.max() <= high
    if hasattr(law.dist, "pmf"):
        points = np.arange(low, high + 1)
        wanted = law.pmf(points) / law.pmf(points).sum()
        found = np.array([(drawn == point).mean() for point in points])
        assert np.abs(found - wanted).max() < NEAR
    else:
        inside = (law.sf(low) - law.sf(np.sort(drawn))) / (law.sf(low) - law.sf(high))
        assert np.abs(inside - np.linspace(0, 1, ROWS)).max() < NEAR
        assert (drawn == low).sum() + (drawn == high).sum() < 5


def test_clamping_clips_and_ints_are_rounded_half_to_even(column_of: Any) -> None:
    wide = {"distribution": {"type": "normal", "params": {"mean": 0, "std": 10}, "clamp": [-5.5, 5.5]}}
    assert np.abs(numbers(column_of(wide))).max() == 5.5
    whole = numbers(column_of(wide, "int"))
    assert (whole.min(), whole.max()) == (-5, 5)
    halves = column_of({"choice": {"choices": [0.5, 1.5, 2.5, -0.5]}}, others=[], rows=50)
    assert set(halves.to_pylist()) == {0.5, 1.5, 2.5, -0.5}
    rounded = column_of(
        {"expression": {"code": "half"}},
        "int",
        rows=200,
        others=[{"name": "half", "type": "float", "generator": {"choice": {"choices": [0.5, 1.5, 2.5]}}}],
    )
    assert set(rounded.to_pylist()) == {0, 2}


CHOICES = list("abcdefghij")
ZIPF = np.arange(1, 11) ** -1.5
TAIL = np.arange(1, 9) ** -2.0
WEIGHTS = {
    "uniform": ({}, np.full(10, 0.1)),
    "weights": ({"weights": [1, 2, 3, 4, 0, 0, 5, 5, 0, 0]}, np.array([1, 2, 3, 4, 0, 0, 5, 5, 0, 0]) / 20),
    "zipf": ({"weights_kind": "zipf@1.5"}, ZIPF / ZIPF.sum()),
    "zipf in braces": ({"weights_kind": "zipf@{1.5}"}, ZIPF / ZIPF.sum()),
    "head and tail": (
        {"weights_kind": "head_tail@{0.6,2.0}"},
        np.concatenate([[0.3, 0.3], 0.4 * TAIL / TAIL.sum()]),
    ),
    "without braces": ({"weights_kind": "head_tail@0.6,2"}, np.concatenate([[0.3, 0.3], 0.4 * TAIL / TAIL.sum()])),
}


@pytest.mark.parametrize("case", WEIGHTS)
def test_choices_come_by_weight(case: str, column_of: Any) -> None:
    params, wanted = WEIGHTS[case]
    found = shares(column_of({"choice": {"choices": CHOICES, **params}}, "string", rows=ROWS))
    assert max(abs(found.get(one, 0.0) - share) for one, share in zip(CHOICES, wanted, strict=True)) < NEAR
    assert not {one for one, share in zip(CHOICES, wanted, strict=True) if share == 0} & set(found)


def test_rare_choices_keep_their_share() -> None:
    weights = [1e-4, 1.0 - 3e-4, 2e-4]
    drawn = np.bincount(Picker(weights)(np.random.Generator(np.random.SFC64(1)), 4_000_000), minlength=3) / 4_000_000
    assert np.abs(drawn / weights - 1).max() < 0.15


TYPED = [
    ("string", ["a", "b"], {"a", "b"}),
    ("int", [1, 20], {1, 20}),
    ("float", [1.0, 2.35, 3], {1.0, 2.35, 3.0}),
    ("bool", [True, False], {True, False}),
    ("date", ["2024-01-31", "2024-02-01T05:00:00Z"], {date(2024, 1, 31), date(2024, 2, 1)}),
]


@pytest.mark.parametrize(("kind", "choices", "wanted"), TYPED, ids=[case[0] for case in TYPED])
def test_choices_keep_their_type(kind: str, choices: list[Any], wanted: set[Any], column_of: Any) -> None:
    assert set(column_of({"choice": {"choices": choices}}, kind, rows=200).to_pylist()) == wanted


def test_instants_and_nulls_are_choices(column_of: Any) -> None:
    moments = column_of(
        {"choice": {"choices": ["2023-10-07T23:59:59Z", "2023-10-08T02:00:00+02:00", None]}},
        "datetime",
        rows=300,
        nullable=True,
    )
    texts = {None if one is None else one.strftime("%F %T") for one in pc.cast(moments, pa.timestamp("us")).to_pylist()}
    assert texts == {None, "2023-10-07 23:59:59", "2023-10-08 00:00:00"}
    assert abs(moments.null_count / 300 - 1 / 3) < 0.1


def test_choices_of_another_column(document_of: Any, made: Any) -> None:
    colour = {"name": "colour", "type": "string", "generator": {"choice": {"choices": ["red", "blue", "green"]}}}
    picked = {
        "name": "colour",
        "type": "string",
        "generator": {"choice": {"choices_ref": "paint.colour", "weights_kind": "zipf@2"}},
    }
    tables = made(
        document_of({"id": "paint", "rows": 50, "columns": [colour]}, {"id": "wall", "rows": 5000, "columns": [picked]})
    )
    order = list(dict.fromkeys(tables["paint"]["colour"].to_pylist()))
    found = shares(tables["wall"]["colour"])
    assert sorted(found, key=found.get, reverse=True) == order


UNIQUE = {
    "choice": ({"choice": {"choices": list(range(500)), "weights_kind": "zipf@1"}}, "int"),
    "sequence": ({"sequence": {"start": 9, "step": -3}}, "int"),
    "times": ({"datetime_series": {"freq": "H"}}, "datetime"),
    "codes": ({"faker": {"method": "bothify", "text": "??-####"}}, "string"),
    "names": ({"faker": {"method": "name"}}, "string"),
}


@pytest.mark.parametrize("case", UNIQUE)
def test_unique_columns_repeat_nothing(case: str, column_of: Any) -> None:
    generator, kind = UNIQUE[case]
    column = column_of(generator, kind, rows=500, unique=True)
    assert pc.count_distinct(column).as_py() == 500
    values = column.to_pylist()
    assert case == "sequence" or values != sorted(values)


@pytest.mark.parametrize("freq", ["15min", "H", "6h", "D", "W", "MS", "Q", "S"])
def test_times_lie_on_their_grid(freq: str, column_of: Any) -> None:
    within = {"start": "2023-02-10T06:30:00Z", "end": "2024-12-31T23:59:59Z"}
    column = column_of({"datetime_series": {"within": within, "freq": freq}}, "datetime", rows=3000)
    times = np.unique(pc.cast(column, pa.int64()).to_numpy())
    start, end = (int(np.datetime64(within[key][:-1], "us").astype(np.int64)) for key in ("start", "end"))
    assert start <= times.min() <= times.max() <= end
    steps = {"15min": 900, "H": 3600, "6h": 21_600, "D": 86_400, "W": 604_800, "S": 1}
    if freq in steps:
        assert ((times - start) % (steps[freq] * 1_000_000) == 0).all()
    else:
        months = times.astype("datetime64[us]").astype("datetime64[M]")
        assert (months.astype("datetime64[us]").astype(np.int64) == times).all()
        assert len(times) == {"MS": 22, "Q": 7}[freq]
        assert freq == "MS" or set(months.astype(np.int64) % 12) == {0, 3, 6, 9}


HOURS = [0.2, 0.1, 0, 0, 0, 0.5, 1, 2, 3, 2, 1, 1, 1, 1, 1, 1, 2, 2, 3, 2, 1, 1, 0.5, 0.3]
DAYS = [1.0, 1.1, 1.2, 1.3, 1.4, 0.3, 0.2]
MONTHS = [1, 1, 2, 2, 3, 3, 1, 1, 0, 1, 1, 5]


@pytest.mark.parametrize("freq", ["H", "T", "7min"])
def test_patterns_multiply(freq: str, column_of: Any) -> None:
    patterns = [{"dimension": "hour", "weights": HOURS}, {"dimension": "month", "weights": MONTHS}]
    season = {"transform": "seasonality", "args": {"dimension": "dow", "weights": DAYS}}
    column = column_of(
        {"datetime_series": {"freq": freq, "patterns": patterns}}, "datetime", rows=ROWS, modifiers=[season]
    )
    times = pc.cast(column, pa.timestamp("us")).to_numpy()
    grid = np.arange(np.datetime64("2024-01-01", "h"), np.datetime64("2025-01-01", "h"))
    hour, day, month = (part(grid) for part in (_hour, _day, _month))
    weight = np.array(HOURS)[hour] * np.array(DAYS)[day] * np.array(MONTHS)[month]
    for part, length in ((_hour, 24), (_day, 7), (_month, 12)):
        wanted = np.bincount(part(grid), weight, minlength=length) / weight.sum()
        found = np.bincount(part(times), minlength=length) / ROWS
        assert np.abs(found - wanted).max() < NEAR
        assert (found[wanted == 0] == 0).all()


def _hour(times: np.ndarray) -> np.ndarray:
    return times.astype("datetime64[h]").astype(np.int64) % 24


def _day(times: np.ndarray) -> np.ndarray:
    return (times.astype("datetime64[D]").astype(np.int64) + 3) % 7


def _month(times: np.ndarray) -> np.ndarray:
    return times.astype("datetime64[M]").astype(np.int64) % 12


def test_a_grid_without_weight_is_refused(column_of: Any) -> None:
    midnight = {"dimension": "hour", "weights": [0] + [1] * 23}
    with pytest.raises(InputError, match=r"thing\.value: no instant of the grid has any weight"):
        column_of({"datetime_series": {"freq": "D", "pattern": midnight}}, "datetime")


CURVES = {
    "logistic": (lambda x: 1 / (1 + np.exp(-12 * (x - 0.4))), {"inflection_point": 0.4, "steepness": 12}),
    "exponential": (lambda x: 1 - np.exp(-3 * x), {"steepness": 3}),
    "linear": (lambda x: x, {}),
}


@pytest.mark.parametrize("curve", CURVES)
def test_adoption_follows_its_curve(curve: str, column_of: Any) -> None:
    law, params = CURVES[curve]
    column = column_of(
        {"diffusion_curve": {"curve_type": curve, "within": "timeframe", **params}}, "datetime", rows=ROWS
    )
    times = np.sort(pc.cast(column, pa.int64()).to_numpy().astype(np.float64))
    start = float(np.datetime64("2024-01-01", "us").astype(np.int64))
    x = (times - start) / (366 * 86_400e6)
    reached = (law(x) - law(0.0)) / (law(1.0) - law(0.0))
    assert np.abs(reached - np.linspace(0, 1, ROWS)).max() < NEAR
    assert (times == times[0]).sum() < 3
    assert (times == times[-1]).sum() < 3


def test_an_expression_without_a_value_names_the_row(column_of: Any) -> None:
    zero = {"name": "zero", "type": "int", "generator": {"choice": {"choices": [0]}}}
    with pytest.raises(InputError, match=r"thing\.value: 1 / zero has no value where zero = 0 \(row 0\)"):
        column_of({"expression": {"code": "1 / zero"}}, others=[zero])
    nulls = column_of({"expression": {"code": "1 / zero"}}, others=[zero], nullable=True, rows=10)
    assert nulls.null_count == 10


def test_nulls_come_at_their_rate(column_of: Any) -> None:
    for generator, kind in (({"sequence": {}}, "int"), ({"faker": {"method": "name"}}, "string")):
        column = column_of(generator, kind, nullable=True, null_rate=0.25)
        assert abs(column.null_count / len(column) - 0.25) < 0.01


def test_people_agree_with_their_addresses(document_of: Any, made: Any) -> None:
    columns = [
        {"name": "country", "type": "string", "generator": {"choice": {"choices": ["DE", "fra", "Spain", "XX"]}}},
        {"name": "name", "type": "string", "generator": {"faker": {"method": "name", "locale_from": "country"}}},
        {"name": "email", "type": "string", "generator": {"faker": {"method": "email"}}},
        {"name": "born", "type": "date", "generator": {"faker": {"method": "date_of_birth"}}},
    ]
    people = made(document_of({"id": "person", "rows": 300, "columns": columns}))["person"].to_pylist()
    ascii_only = [one for one in people if one["name"].isascii()]
    assert ascii_only
    assert all(one["name"].split()[0].lower() in one["email"] for one in ascii_only)
    assert all(one["born"] < date(2024, 12, 31) for one in people)


def test_every_generator_has_an_example_that_works(column_of: Any) -> None:
    kinds = {
        "datetime_series": "datetime",
        "diffusion_curve": "datetime",
        "choice": "string",
        "faker": "string",
        "mimesis": "string",
    }
    elsewhere = {
        "lookup",
        "expression",
        "enum_list",
        "aggregate",
        "state",
    }  # they need other tables, columns or a vocab
    country = {"name": "country", "type": "string", "generator": {"choice": {"choices": ["US"]}}}
    for name in registry.names("generators"):
        spec = registry.spec("generators", name)
        if name not in elsewhere:
            column = column_of({name: spec.example}, kinds.get(name, "int"), rows=20, others=[country])
            assert column.null_count == 0, name


PATTERNS = [r"^[A-Z]{2}-\d{4}$", r"(foo|ba[rz])x?", r"\d{3}\.\d{2,4}", r"^[^aeiou\s]{5}\w+$", r"^SKU-[0-9a-f]{8}$"]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_strings_match_their_pattern(pattern: str, column_of: Any) -> None:
    column = column_of({"faker": {"method": "word"}}, "string", rows=2000, constraints={"pattern": pattern})
    assert pc.all(pc.match_substring_regex(column, pattern)).as_py()
    assert pc.count_distinct(column).as_py() > 3


def test_what_matches_its_pattern_stays(column_of: Any) -> None:
    plain = column_of({"faker": {"method": "email"}}, "string", rows=200)
    kept = column_of({"faker": {"method": "email"}}, "string", rows=200, constraints={"pattern": "@"})
    assert plain.to_pylist() == kept.to_pylist()


def test_types_of_columns(document_of: Any, made: Any) -> None:
    columns = [
        {"name": "at", "type": "datetime", "generator": {"datetime_series": {}}},
        {"name": "on", "type": "date", "generator": {"datetime_series": {"freq": "H"}}},
    ]
    table = made(document_of({"id": "event", "rows": 10, "columns": columns}))["event"]
    assert [str(kind) for kind in table.schema.types] == ["int64", "timestamp[us, tz=UTC]", "date32[day]"]
    assert isinstance(table["on"][0].as_py(), date)
    assert not isinstance(table["on"][0].as_py(), datetime)
