"""What the modifiers do to values, and how often."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from datagen_core import registry
from datagen_core.values import round_decimal

ROWS = 40_000
HUNDRED = {"choice": {"choices": [100.0]}}
NORMAL = {"distribution": {"type": "normal", "params": {"mean": 100, "std": 10}, "clamp": [0, 1000]}}
AT = {"name": "at", "type": "datetime", "generator": {"datetime_series": {"freq": "H"}}}
YEAR = 365.25 * 86_400e6
START = float(np.datetime64("2024-01-01", "us").astype(np.int64))


@pytest.fixture
def modified(column_of: Any) -> Any:
    """A function: the values of a column after one modifier."""

    def make(transform: str, args: dict[str, Any], generator: Any = HUNDRED, kind: str = "float", **more: Any) -> Any:
        change = {"transform": transform, "args": args}
        return column_of(generator, kind, rows=ROWS, modifiers=[change], **more).to_numpy(zero_copy_only=False)

    return make


@pytest.fixture
def beside(document_of: Any, made: Any) -> Any:
    """A function: a row's time in microseconds, and its value after one modifier."""

    def make(transform: str, args: dict[str, Any], generator: Any = HUNDRED) -> tuple[np.ndarray, np.ndarray]:
        column = {"name": "value", "type": "float", "generator": generator}
        column["modifiers"] = [{"transform": transform, "args": args}]
        table = made(document_of({"id": "thing", "rows": ROWS, "columns": [column, AT]}))["thing"]
        return table["at"].cast(pa.int64()).to_numpy(), table["value"].to_numpy()

    return make


SIMPLE = [
    ("multiply", {"factor": 1.5}, 150.0),
    ("add", {"value": -25}, 75.0),
    ("clamp", {"max": 60}, 60.0),
    ("clamp", {"min": 120}, 120.0),
    ("map_values", {"mapping": {"100": 7}}, 7.0),
    ("map_values", {"mapping": {"99": 7}}, 100.0),
]


@pytest.mark.parametrize(("transform", "args", "wanted"), SIMPLE)
def test_numbers_are_changed(transform: str, args: dict[str, Any], wanted: float, modified: Any) -> None:
    assert set(modified(transform, args)) == {wanted}


ROUNDED = [
    (2.675, 2, 2.68), (0.125, 2, 0.12), (0.135, 2, 0.14), (1.005, 2, 1.0), (2.5, 0, 2.0), (-2.5, 0, -2.0),
    (-3.5, 0, -4.0), (1250.0, -2, 1200.0), (1350.0, -2, 1400.0), (1e15 + 0.5, 0, 1e15), (2.6749, 2, 2.67), (0.0, 2, 0.0),
    (1e15 + 1, 0, 1e15 + 1), (4.503599627370497e15, 0, 4.503599627370497e15),
]  # fmt: skip


@pytest.mark.parametrize(("value", "digits", "wanted"), ROUNDED)
def test_rounding_is_half_to_even_on_the_decimal_value(value: float, digits: int, wanted: float) -> None:
    assert round_decimal(np.array([value]), digits)[0] == wanted


def test_strings_are_mapped_and_the_others_stay(column_of: Any) -> None:
    change = {"transform": "map_values", "args": {"mapping": {"A": "Active", "C": "Closed"}}}
    column = column_of({"choice": {"choices": ["A", "B", "C"]}}, "string", modifiers=[change])
    assert set(column.to_pylist()) == {"Active", "B", "Closed"}


def test_jitter_adds_or_multiplies(modified: Any) -> None:
    added = modified("jitter", {"std": 5})
    times = modified("jitter", {"std": 0.2, "mode": "mul"})
    assert abs(added.mean() - 100) < 0.1
    assert abs(added.std() - 5) < 0.1
    assert abs(times.std() - 20) < 0.4


def test_the_clamp_of_the_distribution_comes_last(modified: Any) -> None:
    narrow = {"distribution": {"type": "uniform", "params": {"low": 0, "high": 10}, "clamp": [0, 10]}}
    doubled = modified("multiply", {"factor": 2}, narrow)
    assert doubled.max() == 10
    assert abs((doubled == 10).mean() - 0.5) < 0.01


def test_modifiers_work_in_order(column_of: Any) -> None:
    steps = [{"transform": "add", "args": {"value": 1}}, {"transform": "multiply", "args": {"factor": 2}}]
    there, back = (set(column_of(HUNDRED, modifiers=order, rows=5).to_pylist()) for order in (steps, steps[::-1]))
    assert (there, back) == ({202.0}, {201.0})


DAYS = [1, 2, 3, 4, 5, 6, 7]


def test_seasons_multiply_values_by_the_rows_time(beside: Any) -> None:
    at, value = beside("seasonality", {"dimension": "dow", "weights": DAYS})
    day = (at // 86_400_000_000 + 3) % 7
    assert (value == 100.0 * (day + 1)).all()


TRENDS = [
    ({"type": "exponential", "growth_rate": 0.5}, lambda t: 1.5**t),
    ({"type": "exponential", "params": {"growth_rate": 0.5}}, lambda t: 1.5**t),
    ({"type": "linear", "growth_rate": -0.2}, lambda t: 1 - 0.2 * t),
    ({"type": "logarithmic"}, lambda t: 1 + 0.1 * np.log(1 + t)),
    ({"type": "logarithmic", "params": {"a": 2, "b": 3}, "time_reference": "at"}, lambda t: 1 + 2 * np.log(1 + 3 * t)),
]


@pytest.mark.parametrize(("args", "law"), TRENDS)
def test_trends_grow_from_the_timeframes_start(args: dict[str, Any], law: Any, beside: Any) -> None:
    at, value = beside("trend", args)
    assert np.allclose(value, 100 * law((at - START) / YEAR))


def test_spikes_and_drops_are_rare_and_bounded(modified: Any) -> None:
    law = {"type": "lognormal", "params": {"mean": 1.0, "sigma": 0.5}, "clamp": [1.5, 5.0]}
    spiked = modified("outliers", {"rate": 0.05, "mode": "spike", "magnitude_dist": law})
    dropped = modified("outliers", {"rate": 0.03, "mode": "drop"})
    assert abs((spiked != 100).mean() - 0.05) < 0.005
    assert abs((dropped != 100).mean() - 0.03) < 0.005
    assert spiked[spiked != 100].min() >= 150
    assert spiked.max() == 500
    assert abs(np.median(spiked[spiked != 100]) - 100 * np.e) < 15
    assert dropped[dropped != 100].max() <= 100 / 1.5
    assert dropped.min() >= 100 / 10


def test_bursts_share_neighbouring_times_and_a_magnitude(beside: Any) -> None:
    at, value = beside("outliers", {"rate": 0.1, "mode": "burst"})
    run = ((at - START) * 365 // (366 * 86_400e6)).astype(int)
    factors = [set(value[run == one]) for one in np.unique(run)]
    assert all(len(one) == 1 for one in factors)
    bursts = [one for one in factors if one != {100.0}]
    assert len(bursts) == round(0.1 * 365)
    assert len({next(iter(one)) for one in bursts}) > 5


def test_anomalies_fall_on_their_days(beside: Any) -> None:
    args = {
        "spike_dates": ["2024-11-29"],
        "spike_multiplier": 3,
        "drop_dates": ["2024-12-25T00:00:00Z"],
        "drop_multiplier": 0.1,
    }
    at, value = beside("anomaly", args)
    day = at.astype("datetime64[us]").astype("datetime64[D]").astype(str)
    wanted = np.where(day == "2024-11-29", 300.0, np.where(day == "2024-12-25", 10.0, 100.0))
    assert np.allclose(value, wanted)
    assert {10.0, 300.0} < set(np.round(value, 6))


def test_jittered_times_stay_inside_and_pile_up_nowhere(column_of: Any) -> None:
    within = {"start": "2024-01-01T00:00:00Z", "end": "2024-01-01T05:00:00Z"}
    change = {"transform": "time_jitter", "args": {"std_minutes": 300}}
    column = column_of({"datetime_series": {"within": within, "freq": "H"}}, "datetime", rows=ROWS, modifiers=[change])
    times = column.cast(pa.int64()).to_numpy() - START
    assert times.min() >= 0
    assert times.max() <= 5 * 3600e6
    counts = np.bincount((times // 300e6).astype(int), minlength=60)[:60]
    assert counts.min() > 0.8 * ROWS / 60
    assert (times == times.min()).sum() + (times == times.max()).sum() < 5


def test_times_are_shifted_by_seconds(column_of: Any) -> None:
    change = {"transform": "add", "args": {"value": 90.5}}
    column = column_of({"choice": {"choices": ["2024-05-01T00:00:00Z"]}}, "datetime", rows=3, modifiers=[change])
    assert {str(one) for one in column.cast(pa.timestamp("us")).to_pylist()} == {"2024-05-01 00:01:30.500000"}


def test_dropped_periods_are_empty_and_their_rows_elsewhere(document_of: Any, made: Any) -> None:
    drop = {"transform": "outliers", "args": {"mode": "drop", "rate": 0.3}}
    at = {"name": "at", "type": "datetime", "generator": {"datetime_series": {"freq": "D"}}, "modifiers": [drop]}
    document = document_of(
        {"id": "day", "rows": 100},
        {"id": "event", "parents": ["day"], "fanout": {"distribution": "fixed", "lambda": 400}, "columns": [at]},
    )
    column = made(document)["event"]["at"]
    counts = pc.value_counts(column.combine_chunks()).field("counts").to_numpy()
    assert len(column) == 40_000
    assert len(counts) == 366 - round(0.3 * 366)
    assert counts.max() / counts.min() < 2


def test_every_served_modifier_has_an_example_that_works(document_of: Any, made: Any) -> None:
    times = {"time_jitter"}
    strings = {"map_values"}
    promotion = [
        {"name": "promotion_id", "type": "int", "generator": {"sequence": {}}},
        {"name": "start_at", "type": "datetime", "generator": {"datetime_series": {}}},
        {"name": "end_at", "type": "datetime", "generator": {"datetime_series": {}}},
        {"name": "discount_multiplier", "type": "float", "generator": {"choice": {"choices": [0.9]}}},
    ]
    for name in registry.names("modifiers"):
        spec = registry.spec("modifiers", name)
        generator, kind = (AT["generator"], "datetime") if name in times else (NORMAL, "float")
        if name in strings:
            generator, kind = {"choice": {"choices": ["A", "C"]}}, "string"
        column = {"name": "value", "type": kind, "generator": generator}
        column["modifiers"] = [{"transform": name, "args": spec.example}]
        local = {"name": "promotion_id", "type": "int", "generator": {"lookup": {"from": "promotion.promotion_id"}}}
        document = document_of(
            {"id": "promotion", "pk": "promotion_id", "rows": 5, "columns": promotion},
            {"id": "thing", "rows": 500, "columns": [AT, local, column]},
        )
        without = {**column, "modifiers": []}
        plain = document_of(
            {"id": "promotion", "pk": "promotion_id", "rows": 5, "columns": promotion},
            {"id": "thing", "rows": 500, "columns": [AT, local, without]},
        )
        changed, before = made(document)["thing"]["value"], made(plain)["thing"]["value"]
        assert changed != before, name
