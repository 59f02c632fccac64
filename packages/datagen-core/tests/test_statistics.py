"""What is drawn, at sizes where an error of a few percent fails: sizes of effect at a fixed seed, two features at a time.

Every assertion compares a number of the data with the number that the language declares; the tolerance beside it is a
share of that number, and at least three standard errors wide (the seed is fixed, so that nothing here is a gamble).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from scipy import stats

DAY = 86_400e6
START = float(np.datetime64("2024-01-01", "us").astype(np.int64))
YEAR = 366 * DAY  # the timeframe of the cases: a leap year
AT = {"name": "at", "type": "datetime", "generator": {"datetime_series": {"freq": "min"}}}
CREATED = {"name": "created_at", "type": "datetime", "generator": {"datetime_series": {"freq": "min"}}}
UP = {"name": "parent_id", "type": "int", "generator": {"lookup": {"from": "parent.id"}}}


def micros(column: Any) -> np.ndarray:
    return column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy()


def text(column: Any) -> np.ndarray:
    return np.array(column.to_pylist())


@pytest.fixture
def family(document_of: Any, made: Any) -> Any:
    """A function: parents, children and further tables; the tables and the number of each parent's children."""

    def make(rows: int, parent: dict[str, Any], child: dict[str, Any], *others: Any) -> Any:
        below = {"id": "child", "parents": ["parent"], **child, "columns": [UP, *child.get("columns", [])]}
        tables = made(document_of(*others, {"id": "parent", "rows": rows, **parent}, below))
        return tables, np.bincount(tables["child"]["parent_id"].to_numpy() - 1, minlength=rows)

    return make


# --- weights and distributions ---------------------------------------------------------------------------------------

TEN = [f"c{place}" for place in range(10)]
ZIPF = np.arange(1, 11) ** -1.2
TAIL = np.arange(1, 9) ** -1.5
SHARES = {
    "weights": ({"weights": [9, 8, 7, 6, 5, 5, 4, 3, 2, 1]}, np.array([9, 8, 7, 6, 5, 5, 4, 3, 2, 1]) / 50),
    "zipf": ({"weights_kind": "zipf@1.2"}, ZIPF / ZIPF.sum()),
    "head_tail": ({"weights_kind": "head_tail@{0.7,1.5}"}, np.r_[0.35, 0.35, 0.3 * TAIL / TAIL.sum()]),
}


@pytest.mark.parametrize("kind", SHARES)
def test_each_choice_has_its_share_within_three_percent(kind: str, column_of: Any) -> None:
    params, wanted = SHARES[kind]
    column = column_of({"choice": {"choices": TEN, **params}}, "string", rows=1_000_000)
    counts = {one["values"].as_py(): one["counts"].as_py() for one in pc.value_counts(column.combine_chunks())}
    found = np.array([counts[one] for one in TEN]) / 1_000_000
    assert np.abs(found / wanted - 1).max() < 0.03


LAWS = {
    "normal": ({"mean": 50, "std": 8}, stats.norm(50, 8)),
    "lognormal": ({"mean": 2, "sigma": 0.4}, stats.lognorm(0.4, scale=np.exp(2))),
    "uniform": ({"low": 3, "high": 9}, stats.uniform(3, 6)),
    "poisson": ({"lambda": 7}, stats.poisson(7)),
    "exponential": ({"lambda": 0.25}, stats.expon(scale=4)),
    "gamma": ({"shape": 3, "scale": 2}, stats.gamma(3, scale=2)),
    "beta": ({"a": 2, "b": 3}, stats.beta(2, 3)),
    "pareto": ({"alpha": 6, "xm": 5}, stats.pareto(6, scale=5)),
    "weibull": ({"shape": 2, "scale": 10}, stats.weibull_min(2, scale=10)),
    "triangular": ({"low": 2, "mode": 3, "high": 10}, stats.triang(1 / 8, 2, 8)),
    "binomial": ({"n": 30, "p": 0.2}, stats.binom(30, 0.2)),
    "geometric": ({"p": 0.25}, stats.geom(0.25)),
    "negative_binomial": ({"n": 5, "p": 0.4}, stats.nbinom(5, 0.4)),
}


@pytest.mark.parametrize("kind", LAWS)
def test_a_distribution_has_its_mean_deviation_and_skew(kind: str, column_of: Any) -> None:
    params, law = LAWS[kind]
    drawn = column_of({"distribution": {"type": kind, "params": params, "clamp": [-1e9, 1e9]}}, rows=400_000).to_numpy()
    mean, variance, skew = (float(one) for one in law.stats("mvs"))
    assert drawn.mean() == pytest.approx(mean, rel=0.005)
    assert drawn.std() == pytest.approx(variance**0.5, rel=0.01)
    assert stats.skew(drawn) == pytest.approx(skew, rel=0.1, abs=0.02)


@pytest.mark.parametrize("kind", [kind for kind, (_, law) in LAWS.items() if not hasattr(law.dist, "pmf")])
@pytest.mark.parametrize("cut", ["clamp", "truncate"])
def test_what_is_cut_has_the_mean_of_what_is_cut(kind: str, cut: str, column_of: Any) -> None:
    params, law = LAWS[kind]
    low, high = float(law.ppf(0.1)), float(law.ppf(0.8))
    drawn = column_of({"distribution": {"type": kind, "params": params, cut: [low, high]}}, rows=400_000).to_numpy()
    inside = law.expect(lambda x: x, lb=low, ub=high)
    assert drawn.mean() == pytest.approx(
        inside / 0.7 if cut == "truncate" else inside + 0.1 * low + 0.2 * high, rel=0.005
    )
    at_bounds = ((drawn == low).mean(), (drawn == high).mean())
    assert at_bounds == pytest.approx((0, 0) if cut == "truncate" else (0.1, 0.2), abs=0.003)


# --- times -----------------------------------------------------------------------------------------------------------


def test_hours_days_and_months_multiply_within_a_few_percent(column_of: Any) -> None:
    hours = [1, 1, 1, 1, 1, 2, 3, 5, 8, 9, 10, 10, 9, 9, 8, 8, 9, 10, 9, 7, 5, 3, 2, 1]
    days, months = [1, 1, 1.1, 1.1, 1.5, 2, 0.8], [1, 1, 1, 1, 1, 1, 0.6, 0.6, 1, 1, 2, 3]
    patterns = [{"dimension": name, "weights": one} for name, one in (("hour", hours), ("month", months))]
    season = {"transform": "seasonality", "args": {"dimension": "dow", "weights": days}}
    column = column_of(
        {"datetime_series": {"freq": "min", "patterns": patterns}}, "datetime", rows=2_000_000, modifiers=[season]
    )
    grid = np.arange(np.datetime64("2024-01-01", "h"), np.datetime64("2025-01-01", "h")).astype("datetime64[us]")

    def places(times: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        whole = times.astype("datetime64[us]").astype(np.int64)
        month = times.astype("datetime64[M]").astype(int) % 12
        return whole // 3_600_000_000 % 24, (whole // 86_400_000_000 + 3) % 7, month

    hour, day, month = places(grid)
    weight = np.array(hours)[hour] * np.array(days)[day] * np.array(months)[month]
    drawn = places(micros(column).astype("datetime64[us]"))
    for one, two, size in ((0, 1, (24, 7)), (1, 2, (7, 12)), (0, 2, (24, 12))):
        wanted, found = np.zeros(size), np.zeros(size)
        np.add.at(wanted, ((hour, day, month)[one], (hour, day, month)[two]), weight / weight.sum())
        np.add.at(found, (drawn[one], drawn[two]), 1 / len(column))
        assert (np.abs(found - wanted) < 4 * np.sqrt(wanted / len(column))).all()
        assert np.abs(found / wanted - 1).mean() < 0.02
    for one, size in ((0, 24), (1, 7), (2, 12)):
        wanted = np.bincount((hour, day, month)[one], weight, size) / weight.sum()
        assert np.abs(np.bincount(drawn[one], minlength=size) / len(column) / wanted - 1).max() < 0.02


# --- fanouts with multipliers ----------------------------------------------------------------------------------------

MIX = {"none": 0.0, "few": 0.3, "usual": 1.0, "some": 1.3, "many": 4.5}
SEGMENT = {"name": "segment", "type": "string", "generator": {"choice": {"choices": list(MIX)}}}
SMALL = {
    "poisson": ({"distribution": "poisson", "lambda": 0.5}, 0.5),
    "fixed": ({"distribution": "fixed", "lambda": 1}, 1.0),
    "fixed part": ({"distribution": "fixed", "lambda": 0.6}, 0.6),
    "uniform": ({"distribution": "uniform", "min": 0, "max": 2}, 1.0),
    "geometric": ({"distribution": "geometric", "lambda": 0.8}, 0.8),
    "zipf": ({"distribution": "zipf", "lambda": 0.7, "max": 40}, 0.7),
}


def by_segment(**traits: Any) -> dict[str, Any]:
    behaviors = {name: {"fanout_multiplier": factor} for name, factor in MIX.items()}
    return {"segment_column": "segment", "behaviors": behaviors, **traits}


def factors(names: np.ndarray) -> np.ndarray:
    return np.array([MIX[name] for name in names])


@pytest.mark.parametrize("kind", SMALL)
def test_fractions_are_felt_at_small_counts(kind: str, family: Any) -> None:
    fanout, mean = SMALL[kind]
    tables, counts = family(200_000, {"columns": [SEGMENT], "segment_behavior": by_segment()}, {"fanout": fanout})
    segment = text(tables["parent"]["segment"])
    bounded = kind == "uniform"  # its max holds after the factor too
    for name, factor in MIX.items():
        if not (bounded and factor > 1):
            assert counts[segment == name].mean() == pytest.approx(mean * factor, rel=0.03), name
        else:
            assert counts[segment == name].max() == 2


def test_segment_age_and_effect_multiply_each_other(family: Any) -> None:
    curve = {"activity": {"curve": [1.0, 0.5, 0.25], "time_unit": "quarter", "applies_to": "fanout"}}
    area = {"name": "area", "type": "string", "generator": {"choice": {"choices": ["A", "B"]}}}
    push = {
        "id": "push", "kind": "vocab", "pk": "code",
        "columns": [
            {"name": "code", "type": "string", "generator": {"enum_list": {"values": ["A"]}}},
            {"name": "lift", "type": "float", "generator": {"enum_list": {"values": [1.6]}}},
        ],
    }  # fmt: skip
    parent = {
        "columns": [SEGMENT, area, CREATED],
        "segment_behavior": by_segment(),
        "vintage_behavior": {"age_based_multipliers": curve},
    }
    looked = {"name": "area", "type": "string", "generator": {"lookup": {"from": "parent.area"}}}
    effect = {"effect_table": "push", "on": {"area": "code"}, "map": {"field": "lift"}}
    child = {
        "columns": [AT, looked],
        "fanout": {"distribution": "poisson", "lambda": 6},
        "modifiers": [{"transform": "effect", "args": effect}],
    }
    tables, counts = family(120_000, parent, child, push)
    created = micros(tables["parent"]["created_at"])
    life = (START + YEAR - created) / DAY
    activity = np.clip(life, 0, 91) + 0.5 * np.clip(life - 91, 0, 91) + 0.25 * np.clip(life - 182, 0, None)
    lift = np.where(text(tables["parent"]["area"]) == "A", 1.6, 1.0)
    expected = 6 * activity / 366 * lift * factors(text(tables["parent"]["segment"]))
    segment, quarter = text(tables["parent"]["segment"]), ((created - START) // (YEAR / 4)).astype(int)
    for name in ("few", "usual", "some", "many"):
        for up in (1.0, 1.6):
            for born in range(4):
                cell = (segment == name) & (lift == up) & (quarter == born)
                assert counts[cell].sum() == pytest.approx(expected[cell].sum(), rel=3.2 / expected[cell].sum() ** 0.5)
        whole = segment == name
        assert counts[whole].sum() / expected[whole].sum() == pytest.approx(1, abs=0.03), name
    assert counts[segment == "none"].sum() == 0


def test_a_uniform_rate_bounds_each_unit_and_a_fixed_one_is_fixed(family: Any) -> None:
    """The bounds of a uniform rate are those of a unit; a fixed rate gives the whole number beside its mean."""
    parent = {"columns": [CREATED]}
    for distribution, more in (("uniform", {"min": 1, "max": 3}), ("fixed", {"lambda": 2})):
        fanout = {"distribution": distribution, "per": "month", **more}
        tables, counts = family(40_000, parent, {"columns": [AT], "fanout": fanout})
        months = (START + YEAR - micros(tables["parent"]["created_at"])) / DAY / 30
        assert counts.sum() / (2 * months.sum()) == pytest.approx(1, abs=0.015)
        if distribution == "fixed":
            long = months >= 1
            assert np.abs(counts - 2 * months)[long].max() < 1
        else:
            assert counts.max() > 30


@pytest.mark.parametrize("unit", ["day", "week", "month", "quarter", "year"])
@pytest.mark.parametrize("distribution", ["poisson", "geometric", "fixed", "zipf"])
def test_a_rate_is_per_unit_of_life_and_segment(unit: str, distribution: str, family: Any) -> None:
    length = {"day": 1, "week": 7, "month": 30, "quarter": 91, "year": 365}[unit]
    fanout = {"distribution": distribution, "lambda": 3 * length / 365, "per": unit, "max": 90}
    parent = {"columns": [SEGMENT, CREATED], "segment_behavior": by_segment()}
    tables, counts = family(60_000, parent, {"columns": [AT], "fanout": fanout})
    life = (START + YEAR - micros(tables["parent"]["created_at"])) / DAY / length
    expected = 3 * length / 365 * life * factors(text(tables["parent"]["segment"]))
    for half in (life < life.max() / 2, life >= life.max() / 2):
        assert counts[half].sum() / expected[half].sum() == pytest.approx(1, abs=0.035)


# --- retention -------------------------------------------------------------------------------------------------------

RETENTION = [1.0, 0.55, 0.4, 0.3, 0.25, 0.2]


def test_retention_by_cohort_follows_the_curve(family: Any) -> None:
    """The table that an analyst draws: cohorts by month of birth, activity by month of age, under a weekly pattern."""
    behavior = {"age_based_multipliers": {"x": {"curve": RETENTION, "time_unit": "month", "applies_to": "fanout"}}}
    weekly = {"dimension": "dow", "weights": [1, 1, 1, 1, 1.5, 2, 0.5]}
    at = {**AT, "generator": {"datetime_series": {"freq": "min", "pattern": weekly}}}
    fanout = {"distribution": "poisson", "lambda": 24}
    tables, _ = family(
        60_000, {"columns": [CREATED], "vintage_behavior": behavior}, {"columns": [at], "fanout": fanout}
    )
    created, times = micros(tables["parent"]["created_at"]), micros(tables["child"]["at"])
    born = ((created - START) // (30 * DAY)).astype(int)
    up = tables["child"]["parent_id"].to_numpy() - 1
    age = ((times - created[up]) // (30 * DAY)).astype(int)
    for cohort in range(8):
        alive = (born == cohort).sum()
        whole = 12 - cohort - 1  # months of age that every member of the cohort lives to the end
        seen = np.bincount(age[born[up] == cohort], minlength=13)[:whole] / alive
        wanted = 24 * 30 / 366 * np.array([RETENTION[min(month, 5)] for month in range(whole)])
        assert np.abs(seen / wanted - 1).max() < 0.09, cohort
        assert seen.sum() / wanted.sum() == pytest.approx(1, abs=0.02), cohort
    day = ((times // DAY).astype(int) + 3) % 7
    shares = np.bincount(day, minlength=7) / len(day)
    assert np.abs(shares / (np.array([1, 1, 1, 1, 1.5, 2, 0.5]) / 8) - 1).max() < 0.03


def test_retention_holds_by_segment_whose_decay_is_faster(family: Any) -> None:
    behavior = {"age_based_multipliers": {"x": {"curve": RETENTION, "time_unit": "month", "applies_to": "fanout"}}}
    speeds = {"slow": 0.5, "fast": 2.0}
    parent = {
        "columns": [CREATED, {"name": "pace", "type": "string", "generator": {"choice": {"choices": list(speeds)}}}],
        "vintage_behavior": behavior,
        "segment_behavior": {
            "segment_column": "pace",
            "behaviors": {name: {"decay_rate": speed} for name, speed in speeds.items()},
        },
    }
    tables, _ = family(60_000, parent, {"columns": [AT], "fanout": {"distribution": "geometric", "lambda": 24}})
    created, up = micros(tables["parent"]["created_at"]), tables["child"]["parent_id"].to_numpy() - 1
    age, pace = (micros(tables["child"]["at"]) - created[up]) / DAY, text(tables["parent"]["pace"])
    for name, speed in speeds.items():
        life = (START + YEAR - created[pace == name]) / DAY
        for low, high in ((0, 30), (30, 60), (60, 120), (120, 240)):
            grid = np.linspace(low, high, 601)
            middle = (grid[1:] + grid[:-1]) / 2
            curve = np.array(RETENTION)[np.minimum((middle * speed / 30).astype(int), 5)]
            alive = np.array([(life > one).sum() for one in middle])
            wanted = 24 / 366 * (curve * alive).sum() * (high - low) / 600
            found = ((age >= low) & (age < high) & (pace[up] == name)).sum()
            assert found / wanted == pytest.approx(1, abs=0.03), (name, low)


# --- effects ---------------------------------------------------------------------------------------------------------


def windows(*rows: tuple[str | None, str | None, float]) -> dict[str, Any]:
    """A vocabulary of effects: begin, end, factor."""
    kinds = {"begins": "datetime", "ends": "datetime", "factor": "float"}
    columns = [
        {
            "name": name,
            "type": kind,
            "nullable": kind == "datetime",
            "generator": {"enum_list": {"values": [row[at] for row in rows]}},
        }
        for at, (name, kind) in enumerate(kinds.items())
    ]
    number = {"name": "number", "type": "int", "generator": {"enum_list": {"values": list(range(len(rows)))}}}
    return {"id": "season", "kind": "vocab", "pk": "number", "columns": [number, *columns]}


def acting(op: str = "mul", default: float = 1.0) -> dict[str, Any]:
    window = {"start_col": "begins", "end_col": "ends"}
    args = {"effect_table": "season", "window": window, "map": {"field": "factor", "op": op, "default": default}}
    return {"transform": "effect", "args": args}


def test_both_ends_of_a_window_belong_to_it_and_null_ends_are_open(document_of: Any, made: Any) -> None:
    season = windows(
        (None, "2024-01-01T02:00:00Z", 2.0),
        ("2024-01-01T02:00:00Z", "2024-01-01T04:00:00Z", 3.0),
        ("2024-01-01T22:00:00Z", None, 5.0),
    )
    frame = {"start": "2024-01-01T00:00:00Z", "end": "2024-01-01T23:59:59Z", "freq": "H"}
    eight = {"choice": {"choices": [8.0]}}
    values = [
        {"name": "times", "type": "float", "generator": eight, "modifiers": [acting(default=0.5)]},
        {"name": "plus", "type": "float", "generator": eight, "modifiers": [acting("add", 0.25)]},
    ]
    at = {**AT, "generator": {"datetime_series": {"freq": "H"}}}
    table = made(document_of(season, {"id": "row", "rows": 3000, "columns": [at, *values]}, timeframe=frame))["row"]
    hour = ((micros(table["at"]) - START) // 3600e6).astype(int)
    times = np.array([2, 2, 6, 3, 3, *[0.5] * 17, 5, 5])
    plus = np.array([2, 2, 5, 3, 3, *[0.25] * 17, 5, 5])
    assert set(hour) == set(range(24))
    assert np.allclose(table["times"].to_numpy(), 8 * times[hour])
    assert np.allclose(table["plus"].to_numpy(), 8 + plus[hour])


def test_effects_on_a_table_lift_each_day_under_a_pattern(family: Any) -> None:
    """An effect on the table and a weekly pattern of its times: both act, on rows whose parents have no time."""
    season = windows(
        ("2024-03-01T00:00:00Z", "2024-04-30T23:59:59Z", 2.0),
        ("2024-04-01T00:00:00Z", "2024-05-31T23:59:59Z", 1.5),
        ("2024-11-01T00:00:00Z", None, 0.4),
    )
    weekly = {"dimension": "dow", "weights": [1, 1, 1, 1, 1, 2, 3]}
    at = {**AT, "generator": {"datetime_series": {"freq": "min", "pattern": weekly}}}
    child = {"columns": [at], "fanout": {"distribution": "poisson", "lambda": 40}, "modifiers": [acting()]}
    tables, counts = family(20_000, {"columns": []}, child, season)
    days = np.arange(366)
    month = (np.datetime64("2024-01-01") + days).astype("datetime64[M]").astype(int) % 12
    lift = np.select([month == 2, month == 3, month == 4, month >= 10], [2.0, 3.0, 1.5, 0.4], 1.0)
    weekday = np.array([1, 1, 1, 1, 1, 2, 3])[(days + 19723 + 3) % 7]
    expected = 40 * 20_000 * lift * weekday / weekday.sum()
    found = np.bincount(((micros(tables["child"]["at"]) - START) // DAY).astype(int), minlength=366)
    for one in (0.4, 1.0, 1.5, 2.0, 3.0):
        assert found[lift == one].sum() / expected[lift == one].sum() == pytest.approx(1, abs=0.015), one
        for weight in (1, 2, 3):
            cell = (lift == one) & (weekday == weight)
            assert found[cell].sum() / expected[cell].sum() == pytest.approx(1, abs=0.03), (one, weight)
    assert counts.mean() == pytest.approx(expected.sum() / 20_000, rel=0.005)


@pytest.mark.parametrize("distribution", ["poisson", "geometric", "fixed", "zipf"])
def test_added_effects_add_to_the_rate(distribution: str, family: Any) -> None:
    season = windows(("2024-07-01T00:00:00Z", None, 1.5))
    child = {
        "columns": [AT],
        "fanout": {"distribution": distribution, "lambda": 2, "max": 60},
        "modifiers": [acting("add", 0.0)],
    }
    tables, counts = family(60_000, {"columns": [CREATED]}, child, season)
    late = micros(tables["parent"]["created_at"]) >= START + 182 * DAY
    assert counts[late].mean() == pytest.approx(3.5, rel=0.03)
    assert counts[~late].mean() == pytest.approx(2.0, rel=0.03)


# --- noise, growth, what is rare -------------------------------------------------------------------------------------


def test_jitter_trend_season_and_segment_act_on_one_column(family: Any) -> None:
    traits = {"few": 0.5, "usual": 1.0, "many": 3.0}
    segment = {"name": "segment", "type": "string", "generator": {"choice": {"choices": list(traits)}}}
    behavior = {
        "segment_column": "segment",
        "behaviors": {name: {"value_multiplier": factor} for name, factor in traits.items()},
        "applies_to_columns": ["value"],
    }
    value = {
        "name": "value",
        "type": "float",
        "generator": {"distribution": {"type": "gamma", "params": {"shape": 4, "scale": 25}}},
        "modifiers": [
            {"transform": "trend", "args": {"type": "exponential", "growth_rate": 0.5}},
            {"transform": "seasonality", "args": {"dimension": "dow", "weights": [1, 1, 1, 1, 1.2, 1.6, 0.7]}},
            {"transform": "jitter", "args": {"std": 0.3, "mode": "mul"}},
        ],
    }
    child = {"columns": [AT, value], "fanout": {"distribution": "fixed", "lambda": 10}}
    tables, _ = family(40_000, {"columns": [segment], "segment_behavior": behavior}, child)
    times, values = micros(tables["child"]["at"]), tables["child"]["value"].to_numpy()
    trait = np.array([traits[one] for one in text(tables["parent"]["segment"])])[
        tables["child"]["parent_id"].to_numpy() - 1
    ]
    season = np.array([1, 1, 1, 1, 1.2, 1.6, 0.7])[((times // DAY).astype(int) + 3) % 7]
    growth = 1.5 ** ((times - START) / (365.25 * DAY))
    plain = values / (trait * season * growth)
    assert plain.mean() == pytest.approx(100, rel=0.006)
    assert plain.var() == pytest.approx((100**2 + 50**2) * 1.09 - 100**2, rel=0.03)
    for grouping in (trait, season, np.floor((times - START) / (YEAR / 6))):
        for one in np.unique(grouping):
            assert plain[grouping == one].mean() == pytest.approx(100, rel=0.015)


MAGNITUDES = {
    "uniform": ({"type": "uniform", "params": {"low": 2, "high": 6}}, stats.uniform(2, 4)),
    "lognormal": ({"type": "lognormal", "params": {"mean": 1.2, "sigma": 0.3}}, stats.lognorm(0.3, scale=np.exp(1.2))),
}


@pytest.mark.parametrize("mode", ["spike", "drop"])
@pytest.mark.parametrize("magnitude", MAGNITUDES)
def test_what_is_rare_has_its_rate_and_its_size(mode: str, magnitude: str, column_of: Any) -> None:
    raw, law = MAGNITUDES[magnitude]
    use = {"transform": "outliers", "args": {"rate": 0.04, "mode": mode, "magnitude_dist": raw}}
    values = column_of({"choice": {"choices": [100.0]}}, rows=400_000, modifiers=[use]).to_numpy()
    hit = values[values != 100.0]
    assert len(hit) / len(values) == pytest.approx(0.04, rel=0.03)
    sizes = hit / 100 if mode == "spike" else 100 / hit
    assert sizes.mean() == pytest.approx(float(law.mean()), rel=0.02)
    assert sizes.std() == pytest.approx(float(law.std()), rel=0.03)


def test_the_default_magnitude_of_outliers(column_of: Any) -> None:
    use = {"transform": "outliers", "args": {"rate": 0.2}}
    values = column_of({"choice": {"choices": [1.0]}}, rows=400_000, modifiers=[use]).to_numpy()
    law = stats.lognorm(0.5)
    assert (values != 1.0).mean() == pytest.approx(0.2, rel=0.02)
    assert (values == 1.5).mean() == pytest.approx(0.2 * law.cdf(1.5), rel=0.02)
    assert values.max() <= 10
    assert (values > 2).mean() == pytest.approx(0.2 * law.sf(2), rel=0.05)


@pytest.mark.parametrize("std", [5, 90, 2000])
def test_jittered_times_pile_up_neither_at_the_parent_nor_at_the_end(std: float, family: Any) -> None:
    jitter = {"transform": "time_jitter", "args": {"std_minutes": std}}
    at = {**AT, "generator": {"datetime_series": {"freq": "min"}}, "modifiers": [jitter]}
    child = {"columns": [at], "fanout": {"distribution": "poisson", "lambda": 40}}
    ageless = {"x": {"curve": [1.0], "time_unit": "year", "applies_to": "fanout"}}  # evenly over each life
    parent = {"columns": [CREATED], "vintage_behavior": {"age_based_multipliers": ageless}}
    tables, _ = family(60_000, parent, child)
    created = micros(tables["parent"]["created_at"])[tables["child"]["parent_id"].to_numpy() - 1]
    after = micros(tables["child"]["at"]) - created
    left = START + YEAR - 1 - micros(tables["child"]["at"])
    assert after.min() >= 0 and left.min() >= 0
    assert (after == 0).sum() + (left == 0).sum() < 3
    for width in (DAY, 6 * 3600e6):  # 6,500 rows a day at either edge
        first, last = (np.bincount((edge // width).astype(int))[:12] for edge in (after, left))
        assert np.abs(first / first[2:].mean() - 1)[:2].max() < 0.08
        assert np.abs(last / last[2:].mean() - 1)[:2].max() < 0.08


# --- rows of other tables --------------------------------------------------------------------------------------------


def test_rows_of_another_table_are_drawn_uniformly(document_of: Any, made: Any) -> None:
    item = {"name": "product_id", "type": "int", "generator": {"lookup": {"from": "product.id"}}}
    child = {"id": "item", "parents": ["parent", "product"], "fanout": {"distribution": "geometric", "lambda": 5}}
    tables = made(
        document_of({"id": "parent", "rows": 80_000}, {"id": "product", "rows": 200}, {**child, "columns": [item]})
    )
    counts = np.bincount(tables["item"]["product_id"].to_numpy() - 1, minlength=200)
    assert np.abs(counts / counts.mean() - 1).max() < 0.09  # 2,000 each: 2.2 % is a standard error
    assert counts.std() / counts.mean() == pytest.approx(counts.mean() ** -0.5, rel=0.2)


def test_the_parents_of_a_tree_are_earlier_rows_drawn_uniformly(document_of: Any, made: Any) -> None:
    boss = {"name": "boss", "type": "int", "nullable": True, "generator": {"lookup": {"from": "staff.id"}}}
    table = made(document_of({"id": "staff", "rows": 100_000, "columns": [boss]}))["staff"]
    number, boss_of = table["id"].to_numpy(), table["boss"].to_numpy(zero_copy_only=False)
    place = (boss_of[1:] - 0.5) / (number[1:] - 1)
    assert np.isnan(boss_of[0]) and place.max() < 1
    assert np.abs(np.bincount((place * 10).astype(int), minlength=10) / len(place) - 0.1).max() < 0.005


@pytest.mark.parametrize("country", ["DE", "JPN", "France", "uk", "Atlantis"])
def test_a_rows_locale_follows_its_country(country: str, document_of: Any, made: Any) -> None:
    chosen = {"name": "country", "type": "string", "generator": {"choice": {"choices": [country, "PL"]}}}
    name = {"name": "name", "type": "string", "generator": {"faker": {"method": "last_name", "locale_from": "country"}}}
    wanted = {"DE": "de", "JPN": "ja", "France": "fr", "uk": "en_GB", "Atlantis": "en"}[country]
    alone = {"name": "name", "type": "string", "generator": {"faker": {"method": "last_name", "locale": wanted}}}
    mixed, plain = (
        made(document_of({"id": "person", "rows": 30_000, "columns": columns}))["person"]
        for columns in ([chosen, name], [alone])
    )
    own = text(mixed["country"]) == country
    found, there = (np.unique(names, return_counts=True) for names in (text(mixed["name"])[own], text(plain["name"])))
    assert own.mean() == pytest.approx(0.5, rel=0.02)
    assert len(np.setdiff1d(found[0], there[0])) < 0.02 * len(found[0])  # the same list, one draw apart
    assert abs((found[1] / own.sum()).max() - (there[1] / 30_000).max()) < 0.01


def test_values_are_missing_at_their_rate_whatever_made_them(document_of: Any, made: Any) -> None:
    generators: dict[str, tuple[str, Any]] = {
        "chosen": ("string", {"choice": {"choices": ["a", "b"]}}),
        "drawn": ("float", {"distribution": {"type": "beta", "params": {"a": 2, "b": 2}}}),
        "timed": ("datetime", {"datetime_series": {}}),
        "counted": ("int", {"expression": {"code": "id * 2"}}),
        "looked": ("int", {"lookup": {"from": "other.id"}}),
    }
    columns = [
        {"name": name, "type": kind, "nullable": True, "null_rate": 0.15, "generator": generator}
        for name, (kind, generator) in generators.items()
    ]
    rows = 200_000
    table = made(document_of({"id": "other", "rows": 50}, {"id": "thing", "rows": rows, "columns": columns}))["thing"]
    missing = {name: np.asarray(table[name].is_null()) for name in generators}
    for name, where in missing.items():
        assert where.mean() == pytest.approx(0.15, rel=0.02), name
    assert (missing["chosen"] & missing["drawn"]).mean() == pytest.approx(0.15**2, rel=0.05)
