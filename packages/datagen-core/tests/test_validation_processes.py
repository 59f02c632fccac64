"""Funnels, state models, touchpoints and totals held against their document: clean data passes, each distortion is named."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import datagen_core
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datagen_core.schema.resize import resized
from datagen_core.validation import CHECKS, aggregates, journeys, processes, touches, validate_dataset
from datagen_core.validation.rates import judge_events, judge_rate
from scipy import stats

JOURNEYS = Path(__file__).parent / "cases" / "journeys.json"
DAY = 86_400_000_000
OURS = {
    check.id
    for check in CHECKS.values()
    if check.trials.__module__ in {one.__name__ for one in (aggregates, journeys, processes, touches)}
}


@pytest.fixture(scope="module")
def document():
    return datagen_core.load(JOURNEYS)


@pytest.fixture(scope="module")
def clean(document, tmp_path_factory):
    folder = tmp_path_factory.mktemp("clean") / "journeys"
    datagen_core.generate(document, folder, seed=7)
    return folder


@pytest.fixture
def data(clean, tmp_path):
    """A copy of the clean dataset that a test may damage."""
    return Path(shutil.copytree(clean, tmp_path / "journeys"))


def test_clean_data_passes_every_check(document, clean):
    report = validate_dataset(document, clean)
    assert [f"{result.id} {result.outcome.message}" for result in report.failures] == []
    assert report.score == 100
    assert {result.id for result in report.results if result.status == "passed"} >= OURS
    assert {
        result.outcome.message for result in report.results if result.status == "skipped" and result.id in OURS
    } == set()


@pytest.mark.parametrize("seed", range(40, 52))
def test_no_seed_raises_a_false_alarm(document, tmp_path, seed):
    rows = {"account": 300, "machine": 150}
    datagen_core.generate(document, tmp_path / "out", seed=seed, rows=rows)
    report = validate_dataset(resized(document, rows), tmp_path / "out")
    assert [f"{result.id} {result.table} {result.outcome.message}" for result in report.failures] == []


# --- distortions ------------------------------------------------------------------------------------------------------


def put(table: pa.Table, name: str, values: Any) -> pa.Table:
    """A column replaced."""
    at, kind = table.schema.get_field_index(name), table.schema.field(name).type
    array = pa.array(np.asarray(values).tolist(), kind) if pa.types.is_string(kind) else numbers_as(values, kind)
    return table.set_column(at, name, array)


def numbers_as(values: Any, kind: pa.DataType) -> pa.Array:
    whole = pa.types.is_timestamp(kind)
    return pa.array(np.asarray(values), pa.int64()).view(kind) if whole else pa.array(values, kind)


def numbers(table: pa.Table, name: str) -> Any:
    column = table.column(name)
    column = column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column
    return column.to_numpy(zero_copy_only=False).copy()


def words(table: pa.Table, name: str) -> Any:
    return np.array(table.column(name).to_pylist(), dtype=object)


def keep(chosen: Any) -> Any:
    return lambda table, rng: table.filter(pa.array(chosen(table, rng)))


def without_the_tail(table: pa.Table, rng: Any) -> pa.Table:
    """A fifth of the accounts lose all that comes after the second stage."""
    account = numbers(table, "account_id")
    return table.filter(pa.array((account % 5 != 0) | (numbers(table, "stage_index") < 2)))


def shuffled_stages(table: pa.Table, rng: Any) -> pa.Table:
    stage = words(table, "stage")
    some = np.flatnonzero(rng.random(len(stage)) < 0.05)
    stage[some] = rng.permutation(stage[some])
    return put(table, "stage", stage)


def stretched(name: str, key: str, factor: float) -> Any:
    """All waits longer or shorter by a factor, from each one's own first row."""

    def distort(table: pa.Table, _rng: Any) -> pa.Table:
        times, whose = numbers(table, name), numbers(table, key)
        start = np.full(whose.max() + 1, np.iinfo(np.int64).max)
        np.minimum.at(start, whose, times)
        return put(table, name, start[whose] + ((times - start[whose]) * factor).astype(np.int64))

    return distort


def steady(table: pa.Table, _rng: Any) -> pa.Table:
    """Every change on the same distance from the one before."""
    times, place = numbers(table, "changed"), numbers(table, "transition_index")
    first = np.where(place == 0, times, 0)
    return put(table, "changed", np.maximum.accumulate(first) + place * 5 * DAY)


def replaced(name: str, new: Any) -> Any:
    """A column's words replaced, by what `new` makes of them."""
    return lambda table, rng: put(table, name, new(table, words(table, name), rng))


def reopened(table: pa.Table, status: Any, rng: Any) -> Any:
    """Some contracts go on after they were closed: the row before a change says closed."""
    follows = np.append(numbers(table, "transition_index")[1:] > 0, False)
    return np.where(follows & (rng.random(len(status)) < 0.02), "closed", status)


def straight_to_pause(_table: pa.Table, status: Any, _rng: Any) -> Any:
    return np.where((status == "running") & (np.roll(status, 1) == "trial"), "paused", status)


def paused_not_closed(_table: pa.Table, status: Any, rng: Any) -> Any:
    return np.where((status == "closed") & (rng.random(len(status)) < 0.2), "paused", status)


def shifted(name: str, by: int, share: float = 0.05) -> Any:
    return lambda table, rng: put(table, name, numbers(table, name) + by * (rng.random(len(table)) < share))


def reversed_positions(table: pa.Table, _rng: Any) -> pa.Table:
    return put(table, "position", np.where(numbers(table, "position") == 1, 2, numbers(table, "position")))


def scaled(name: str, factor: float) -> Any:
    return lambda table, _rng: put(table, name, numbers(table, name) * factor)


def linear(table: pa.Table, _rng: Any) -> pa.Table:
    """The weights of another model; they still sum to 1."""
    _, whose = np.unique(words(table, "sale_id"), return_inverse=True)
    return put(table, "attribution_weight", 1.0 / np.bincount(whose)[whose])


def other_channel(table: pa.Table, channel: Any, rng: Any) -> Any:
    return np.where((channel == "search") & (rng.random(len(channel)) < 0.15), "fair", channel)


def squeezed(table: pa.Table, _rng: Any) -> pa.Table:
    """Every touch nearer to the last one of its conversion."""
    times = numbers(table, "timestamp")
    _, whose = np.unique(words(table, "sale_id"), return_inverse=True)
    last = np.zeros(whose.max() + 1, np.int64)
    np.maximum.at(last, whose, times)
    return put(table, "timestamp", last[whose] - (last[whose] - times) // 4)


def to_other_days(table: pa.Table, rng: Any) -> pa.Table:
    times, key = numbers(table, "seen"), numbers(table, "machine_id")
    return put(table, "seen", times + rng.integers(0, 7, key.max() + 1)[key] * DAY)


DISTORTIONS = [
    ("values.stage_order", "onboarding", "stage", shuffled_stages),
    ("values.stage_order", "onboarding", "stage", keep(lambda t, _: numbers(t, "stage_index") != 1)),
    ("values.stage_order", "onboarding", "stage", keep(lambda t, _: numbers(t, "account_id") % 50 != 0)),
    ("values.stage_order", "onboarding", "stage", scaled("at", -1)),
    ("values.stage_order", "repair", "step", replaced("came_from", lambda t, w, r: np.where(w == None, "fixed", w))),  # noqa: E711
    ("values.first_step", "onboarding", "at", shifted("at", DAY)),
    ("values.first_step", "contract", "changed", shifted("changed", -DAY)),
    ("behaviour.stage_rate", "onboarding", "stage", without_the_tail),
    ("behaviour.stage_rate", "repair", "step", keep(lambda t, r: (words(t, "step") != "fixed") | (r.random(len(t)) < 0.9))),
    ("behaviour.wait", "onboarding", "at", stretched("at", "account_id", 1.15)),
    ("behaviour.wait", "contract", "changed", steady),
    ("behaviour.wait", "repair", "seen", stretched("seen", "machine_id", 0.8)),
    ("behaviour.start", "repair", "seen", to_other_days),
    ("values.state_order", "contract", "status", replaced("previous_status", lambda t, w, r: np.roll(w, 1))),
    ("values.state_order", "contract", "changed", shifted("changed", 400 * DAY)),
    ("values.state_order", "contract", "transition_index", lambda t, _: put(t, "transition_index", numbers(t, "transition_index") + 1)),
    ("values.transition", "contract", "status", replaced("status", reopened)),
    ("values.transition", "contract", "status", replaced("status", lambda t, w, r: np.where(r.random(len(w)) < 0.002, "lost", w))),
    ("values.transition", "contract", "status", replaced("status", straight_to_pause)),
    ("behaviour.transition_rate", "contract", "status", stretched("changed", "account_id", 0.85)),
    ("behaviour.transition_rate", "contract", "status", keep(lambda t, r: numbers(t, "transition_index") < 2)),
    ("behaviour.transition_mix", "contract", "status", replaced("status", paused_not_closed)),
    ("structure.foreign_key", "touch", "sale_id", replaced("sale_id", lambda t, w, r: np.where(r.random(len(w)) < 0.001, "S-none", w))),
    ("structure.foreign_key", "hint", "stage_index", shifted("stage_index", 3, 0.01)),
    ("values.lookup", "hint", "stage", replaced("stage", lambda t, w, r: np.where(r.random(len(w)) < 0.01, "paying", w))),
    ("values.touchpoints", "touch", "timestamp", shifted("timestamp", 31 * DAY)),
    ("values.touchpoints", "touch", "timestamp", shifted("timestamp", -40 * DAY, 0.01)),
    ("values.touchpoints", "touch", "position", reversed_positions),
    ("values.touchpoints", "touch", "position", keep(lambda t, r: (numbers(t, "position") > 1) | (numbers(t, "touchpoint_id") % 90 > 0))),
    ("values.touch_weights", "touch", "attribution_weight", scaled("attribution_weight", 0.98)),
    ("values.touch_weights", "touch", "attribution_weight", linear),
    ("behaviour.touches", "touch", "", keep(lambda t, r: numbers(t, "position") < 5)),
    ("behaviour.channel_mix", "touch", "channel", replaced("channel", other_channel)),
    ("behaviour.touch_time", "touch", "timestamp", squeezed),
    ("values.aggregate", "account", "value", scaled("value", 1.001)),
    ("values.aggregate", "account", "steps", lambda t, r: put(t, "steps", numbers(t, "steps") + (r.random(len(t)) < 0.001))),
    ("values.aggregate", "account", "last_change", shifted("last_change", 1, 0.01)),
    ("values.aggregate", "account", "best", lambda t, r: put(t, "best", r.permutation(numbers(t, "best")))),
]  # fmt: skip


@pytest.mark.parametrize(
    ("check", "table", "column", "distort"),
    DISTORTIONS,
    ids=[f"{at:02d}-{check}-{table}-{column}" for at, (check, table, column, _) in enumerate(DISTORTIONS)],
)
def test_each_distortion_is_named(document, data, check, table, column, distort):
    path = data / f"{table}.parquet"
    rows = pq.read_table(path)
    changed = distort(rows, np.random.default_rng(5))
    assert not changed.equals(rows)
    pq.write_table(changed, path)
    report = validate_dataset(document, data)
    results = [
        one for one in report.results if (one.id, one.table) == (check, table) and (column or "") in (*one.columns, "")
    ]
    assert any(result.status == "failed" for result in results), [result.outcome.message for result in results]


def test_every_check_has_a_distortion_that_it_names():
    assert {check for check, *_ in DISTORTIONS} >= OURS


def test_rows_in_any_order_are_judged_alike(document, data):
    for path in data.glob("*.parquet"):
        rows = pq.read_table(path)
        pq.write_table(rows.take(pa.array(np.random.default_rng(1).permutation(len(rows)))), path)
    report = validate_dataset(document, data)
    assert [f"{result.id} {result.outcome.message}" for result in report.failures] == []


# --- how rates are judged ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "p"), [(30, 0.02), (30, 0.5), (500, 0.01), (5000, 0.9), (200_000, 0.3)])
def test_a_rate_alarms_as_rarely_as_promised(n, p):
    """The exact chance of an alarm, summed over all outcomes."""
    hits = (
        np.arange(n + 1)
        if n <= 5000
        else np.unique(stats.binom.ppf(np.linspace(1e-7, 1 - 1e-7, 4001), n, p).astype(int))
    )
    alarms = [not judge_rate(int(hit), n, p, "x").ok for hit in hits]
    chance = float((stats.binom.pmf(hits, n, p) * alarms).sum())
    assert chance < 1e-3
    assert not judge_rate(round(n * p * 0.5), n, p, "x").ok or n * p < 20


@pytest.mark.parametrize("expected", [0.5, 5.0, 80.0, 4000.0])
def test_events_alarm_as_rarely_as_promised(expected):
    events = np.arange(int(expected * 3 + 40))
    alarms = [not judge_events(int(count), expected, 100, "x").ok for count in events]
    assert float((stats.poisson.pmf(events, expected) * alarms).sum()) < 1e-3


def test_what_cannot_be_is_one_event_too_many():
    assert judge_events(0, 0.0, 50, "x").ok and not judge_events(1, 0.0, 50, "x").ok
    assert judge_rate(50, 50, 1.0, "x").ok and not judge_rate(49, 50, 1.0, "x").ok
