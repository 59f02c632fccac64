"""How many children a parent has, when, and how its segment, its age and effects act on them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from datagen_core.errors import InputError

DAY = 86_400e6
START = float(np.datetime64("2024-01-01", "us").astype(np.int64))
YEAR = 366 * DAY  # the cases' timeframe: a leap year
PARENTS = 4000
AT = {"name": "at", "type": "datetime", "generator": {"datetime_series": {"freq": "T"}}}
UP = {"name": "parent_id", "type": "int", "generator": {"lookup": {"from": "parent.id"}}}
CREATED = {"name": "created_at", "type": "datetime", "generator": {"datetime_series": {"freq": "H"}}}


@pytest.fixture
def family(document_of: Any, made: Any) -> Any:
    """A function: parent and child tables of a fanout and what else the two say; and the children of each parent."""

    def make(
        fanout: Any, parent: dict[str, Any] | None = None, child: dict[str, Any] | None = None, *others: Any
    ) -> Any:
        above = {"id": "parent", "rows": PARENTS, "columns": [], **(parent or {})}
        below = {"id": "child", "parents": ["parent"], **({"fanout": fanout} if fanout else {}), **(child or {})}
        below["columns"] = [UP, *below.get("columns", [])]
        tables = made(document_of(*others, above, below))
        counts = np.bincount(tables["child"]["parent_id"].to_numpy() - 1, minlength=PARENTS)
        return tables, counts

    return make


def micros(column: Any) -> np.ndarray:
    return column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy()


FANOUTS = [
    (None, 1.0, 0.0),
    ({"distribution": "fixed", "lambda": 3}, 3.0, 0.0),
    ({"distribution": "fixed", "lambda": 2.25}, 2.25, 0.1875),
    ({"distribution": "poisson", "lambda": 4}, 4.0, 4.0),
    ({"distribution": "poisson", "lam": 0.3}, 0.3, 0.3),
    ({"distribution": "uniform", "min": 2, "max": 8}, 5.0, 4.0),
    ({"distribution": "uniform", "lambda": 99, "clamp": [1, 3]}, 2.0, 2 / 3),
    ({"distribution": "geometric", "lambda": 2}, 2.0, 6.0),
    ({"distribution": "zipf", "lambda": 3, "max": 50}, 3.0, None),
]


@pytest.mark.parametrize(("fanout", "mean", "variance"), FANOUTS)
def test_a_fanout_has_its_mean_and_variance(fanout: Any, mean: float, variance: float | None, family: Any) -> None:
    _, counts = family(fanout)
    assert abs(counts.mean() - mean) <= 4 * max(counts.std(), 1e-9) / np.sqrt(PARENTS)
    assert variance is None or abs(counts.var() - variance) <= 0.12 * variance + 1e-9


def test_a_zipf_fanout_is_skewed(family: Any) -> None:
    _, counts = family({"distribution": "zipf", "lambda": 3, "max": 50})
    assert counts.max() <= 50
    assert np.sort(counts)[-PARENTS // 10 :].sum() > 0.5 * counts.sum()
    assert (counts == 0).mean() > (counts == 1).mean() > (counts == 2).mean()


def test_bounds_bound_the_count(family: Any) -> None:
    _, counts = family({"distribution": "poisson", "lambda": 3, "min": 2, "max": 5})
    assert (counts.min(), counts.max()) == (2, 5)


SEGMENTS = {"vip": 4.0, "usual": 1.0, "rare": 0.25}
SEGMENT = {"name": "segment", "type": "string", "generator": {"choice": {"choices": [*SEGMENTS, "other"]}}}


@pytest.mark.parametrize("distribution", ["poisson", "geometric", "fixed", "zipf"])
def test_segments_multiply_the_rate(distribution: str, family: Any) -> None:
    behavior = {
        "segment_column": "segment",
        "behaviors": {name: {"fanout_multiplier": factor} for name, factor in SEGMENTS.items()},
    }
    fanout = {"distribution": distribution, "lambda": 2}
    tables, counts = family(fanout, {"columns": [SEGMENT], "segment_behavior": behavior})
    segment = np.array(tables["parent"]["segment"].to_pylist())
    for name, factor in {**SEGMENTS, "other": 1.0}.items():
        mine = counts[segment == name]
        assert abs(mine.mean() - 2 * factor) <= 4 * max(mine.std(), 0.01) / np.sqrt(len(mine)), name


def test_segments_multiply_the_values_that_they_name(family: Any) -> None:
    behavior = {
        "segment_column": "segment",
        "behaviors": {name: {"value_multiplier": factor} for name, factor in SEGMENTS.items()},
        "applies_to_columns": ["amount"],
    }
    amounts = [
        {"name": name, "type": "float", "generator": {"choice": {"choices": [10.0]}}} for name in ("amount", "weight")
    ]
    parent = {"columns": [SEGMENT], "segment_behavior": behavior}
    tables, _ = family({"distribution": "poisson", "lambda": 1}, parent, {"columns": amounts})
    segment = np.array(tables["parent"]["segment"].to_pylist())[tables["child"]["parent_id"].to_numpy() - 1]
    factor = np.array([SEGMENTS.get(name, 1.0) for name in segment])
    assert (tables["child"]["amount"].to_numpy() == 10 * factor).all()
    assert (tables["child"]["weight"].to_numpy() == 10).all()


def test_values_follow_the_segment_of_a_further_parent(document_of: Any, made: Any) -> None:
    behavior = {
        "segment_column": "segment",
        "behaviors": {name: {"value_multiplier": factor} for name, factor in SEGMENTS.items()},
        "applies_to_columns": ["amount"],
    }
    columns = [
        {"name": "customer_id", "type": "int", "generator": {"lookup": {"from": "customer.id"}}},
        {"name": "segment", "type": "string", "generator": {"lookup": {"from": "customer.segment"}}},
        {"name": "amount", "type": "float", "generator": {"choice": {"choices": [10.0]}}},
    ]
    order = {"id": "order", "parents": ["shop", "customer"], "columns": columns}
    tables = made(
        document_of(
            {"id": "shop", "rows": 500}, {"id": "customer", "columns": [SEGMENT], "segment_behavior": behavior}, order
        )
    )
    rows = tables["order"].to_pylist()
    segments = tables["customer"]["segment"].to_pylist()
    assert all(row["segment"] == segments[row["customer_id"] - 1] for row in rows)
    assert all(row["amount"] == 10 * SEGMENTS.get(row["segment"], 1.0) for row in rows)


# --- age ---------------------------------------------------------------------------------------------------------


def vintage(curve: Any, unit: str = "month", applies: Any = "fanout") -> dict[str, Any]:
    return {
        "columns": [CREATED],
        "vintage_behavior": {
            "age_based_multipliers": {"x": {"curve": curve, "time_unit": unit, "applies_to": applies}}
        },
    }


CURVES = [
    ([1.0], "month"),
    ([1.0, 0.5, 0.25, 0.1], "quarter"),
    ([0.0, 2.0, 0.0, 1.0], "month"),
    ({"curve_type": "exponential", "params": {"a": 2, "b": -0.3}}, "month"),
    ({"type": "logarithmic", "params": {"a": 1, "b": 0.5}}, "week"),
    ({"curve_type": "linear", "params": {"a": 1, "b": -0.01}}, "day"),
]


def height(curve: Any, age: np.ndarray) -> np.ndarray:
    if isinstance(curve, list):
        return np.array(curve)[np.minimum(age.astype(int), len(curve) - 1)]
    a, b = curve["params"]["a"], curve["params"]["b"]
    kind = curve.get("curve_type") or curve["type"]
    laws = {"exponential": a * np.exp(b * age), "logarithmic": a + b * np.log1p(age), "linear": a + b * age}
    return np.maximum(laws[kind], 0)


UNITS = {"day": 1, "week": 7, "month": 30, "quarter": 91}


@pytest.mark.parametrize(("curve", "unit"), CURVES)
@pytest.mark.parametrize("distribution", ["poisson", "fixed"])
def test_activity_follows_age(curve: Any, unit: str, distribution: str, family: Any) -> None:
    pattern = {"dimension": "hour", "weights": [1] * 12 + [3] * 12}
    at = {**AT, "generator": {"datetime_series": {"freq": "T", "pattern": pattern}}}
    tables, counts = family({"distribution": distribution, "lambda": 8}, vintage(curve, unit), {"columns": [at]})
    created = micros(tables["parent"]["created_at"])
    fine = np.linspace(0, YEAR, 20_001)
    reached = np.concatenate([[0], np.cumsum(height(curve, (fine[1:] + fine[:-1]) / 2 / DAY / UNITS[unit]))]) * fine[1]
    expected = 8 * np.interp(START + YEAR - created, fine, reached) / YEAR
    for young in (0, 1, 2, 3):
        some = (created - START) // (YEAR / 4) == young
        spread = 4 * np.sqrt(expected[some].sum()) + 1
        assert abs(counts[some].sum() - expected[some].sum()) < spread
    at_of = micros(tables["child"]["at"])
    up = tables["child"]["parent_id"].to_numpy() - 1
    age = at_of - created[up]
    assert age.min() >= 0
    edges = np.linspace(0, YEAR, 13)
    life = START + YEAR - created
    wanted = [
        8 * np.diff(np.interp(np.minimum(edges[i : i + 2, None], life), fine, reached), axis=0).sum() / YEAR
        for i in range(12)
    ]
    found = np.histogram(age, edges)[0]
    assert (np.abs(found - wanted) < 4 * np.sqrt(wanted) + 3).all()
    afternoon = ((at_of // 3600e6) % 24 >= 12).mean()
    assert abs(afternoon - 0.75) < 4 * np.sqrt(0.19 / len(age))


def test_a_parent_from_before_the_window_expects_lambda(family: Any) -> None:
    early = {"datetime_series": {"within": {"start": "2015-01-01", "end": "2023-06-30"}, "freq": "D"}}
    parent = {**vintage([1.0]), "columns": [{**CREATED, "generator": early}]}
    tables, counts = family({"distribution": "poisson", "lambda": 3}, parent, {"columns": [AT]})
    assert abs(counts.mean() - 3) < 0.1
    assert micros(tables["child"]["at"]).min() >= START


def test_values_follow_the_age_at_the_childs_time(family: Any) -> None:
    curve = {"curve_type": "logarithmic", "params": {"a": 1.0, "b": 0.15}}
    amount = {"name": "amount", "type": "float", "generator": {"choice": {"choices": [100.0]}}}
    tables, _ = family(
        {"distribution": "poisson", "lambda": 3}, vintage(curve, "month", ["amount"]), {"columns": [AT, amount]}
    )
    age = (
        micros(tables["child"]["at"])
        - micros(tables["parent"]["created_at"])[tables["child"]["parent_id"].to_numpy() - 1]
    )
    assert np.allclose(tables["child"]["amount"].to_numpy(), 100 * (1 + 0.15 * np.log1p(age / DAY / 30)))


def test_decay_is_the_speed_along_the_curve(family: Any) -> None:
    parent = vintage([1.0, 0.5, 0.2, 0.0])
    parent["columns"] = [
        {**CREATED, "generator": {"choice": {"choices": ["2024-01-01T00:00:00Z"]}}},
        {"name": "segment", "type": "string", "generator": {"choice": {"choices": ["slow", "fast"]}}},
    ]
    parent["segment_behavior"] = {"segment_column": "segment", "behaviors": {"slow": {"decay_rate": 0.5}}}
    tables, counts = family({"distribution": "poisson", "lambda": 20}, parent, {"columns": [AT]})
    slow = np.array(tables["parent"]["segment"].to_pylist()) == "slow"
    assert abs(counts[slow].mean() / counts[~slow].mean() - 2) < 0.1
    age = micros(tables["child"]["at"]) - START
    whose = slow[tables["child"]["parent_id"].to_numpy() - 1]
    assert 170 * DAY < age[whose].max() <= 180 * DAY
    assert 85 * DAY < age[~whose].max() <= 90 * DAY


def test_a_rate_per_unit_of_life(family: Any) -> None:
    fanout = {"distribution": "poisson", "lambda": 0.5, "per": "week"}
    tables, counts = family(fanout, {"columns": [CREATED]}, {"columns": [AT]})
    created = micros(tables["parent"]["created_at"])
    expected = 0.5 * (START + YEAR - created) / DAY / 7
    for half in (created < START + YEAR / 2, created >= START + YEAR / 2):
        assert abs(counts[half].sum() / expected[half].sum() - 1) < 0.04
    everyone = family(fanout)[1]
    assert abs(everyone.mean() - 0.5 * 366 / 7) < 0.5


def test_without_age_every_parent_keeps_its_children_however_late(family: Any) -> None:
    tables, counts = family({"distribution": "fixed", "lambda": 2}, {"columns": [CREATED]}, {"columns": [AT]})
    assert set(counts) == {2}
    up = tables["child"]["parent_id"].to_numpy() - 1
    assert (micros(tables["child"]["at"]) >= micros(tables["parent"]["created_at"])[up]).all()


# --- effects -----------------------------------------------------------------------------------------------------


def effect(
    on: dict[str, str] | None = None, op: str = "mul", default: float = 1.0, field: str = "factor"
) -> dict[str, Any]:
    window = {"start_col": "begins", "end_col": "ends"}
    args = {"effect_table": "season", "on": on or {}, "window": window}
    return {"transform": "effect", "args": {**args, "map": {"field": field, "op": op, "default": default}}}


def season(*rows: tuple[str, str | None, float, str]) -> dict[str, Any]:
    """A vocab of effects: begin, end, factor, key."""
    names = ("begins", "ends", "factor", "key")
    kinds = ("datetime", "datetime", "float", "string")
    columns = [
        {
            "name": name,
            "type": kind,
            "nullable": name == "ends",
            "generator": {"enum_list": {"values": [row[at] for row in rows]}},
        }
        for at, (name, kind) in enumerate(zip(names, kinds, strict=True))
    ]
    return {"id": "season", "kind": "vocab", "pk": "factor", "columns": columns}


SUMMER = ("2024-06-01T00:00:00Z", "2024-08-31T23:59:59Z", 3.0, "A")
LATE = ("2024-08-01T00:00:00Z", None, 0.5, "B")
KEY = {"name": "key", "type": "string", "generator": {"choice": {"choices": ["A", "B", "C"]}}}


def factors(at: np.ndarray, key: np.ndarray | None = None) -> np.ndarray:
    """What the two seasons do at an instant."""
    begin, end, late = (
        float(np.datetime64(text, "us").astype(np.int64))
        for text in ("2024-06-01", "2024-08-31T23:59:59", "2024-08-01")
    )
    summer = (at >= begin) & (at <= end)
    autumn = at >= late
    if key is not None:
        summer, autumn = summer & (key == "A"), autumn & (key == "B")
    return np.where(summer, 3.0, 1.0) * np.where(autumn, 0.5, 1.0)


def test_effects_on_a_column_compose_at_the_rows_time(document_of: Any, made: Any) -> None:
    values = [
        {"name": "all", "type": "float", "generator": {"choice": {"choices": [8.0]}}, "modifiers": [effect()]},
        {
            "name": "keyed",
            "type": "float",
            "generator": {"choice": {"choices": [8.0]}},
            "modifiers": [effect({"key": "key"}, default=2.0)],
        },
        {
            "name": "added",
            "type": "float",
            "generator": {"choice": {"choices": [8.0]}},
            "modifiers": [effect(op="add", default=0.0)],
        },
        {
            "name": "counted",
            "type": "float",
            "generator": {"choice": {"choices": [8.0]}},
            "modifiers": [effect(field="nothing", default=0.0)],
        },
    ]
    table = made(document_of(season(SUMMER, LATE), {"id": "row", "rows": 5000, "columns": [AT, KEY, *values]}))["row"]
    at, key = micros(table["at"]), np.array(table["key"].to_pylist())
    everywhere = factors(at)
    keyed = factors(at, key)
    assert np.allclose(table["all"].to_numpy(), 8 * everywhere)
    assert np.allclose(table["keyed"].to_numpy(), 8 * np.where(keyed == 1.0, 2.0, keyed))
    matched = np.isin(everywhere, (3.0, 1.5, 0.5))
    sums = np.select([everywhere == 3.0, everywhere == 1.5, everywhere == 0.5], [3.0, 3.5, 0.5], 0.0)
    assert np.allclose(table["added"].to_numpy(), 8 + sums)
    assert np.allclose(table["counted"].to_numpy(), 8 * matched)


def test_effects_on_a_table_act_at_the_parents_own_time(family: Any) -> None:
    tables, counts = family(
        {"distribution": "poisson", "lambda": 6},
        {"columns": [CREATED]},
        {"columns": [AT], "modifiers": [effect()]},
        season(SUMMER, LATE),
    )
    factor = factors(micros(tables["parent"]["created_at"]))
    for one in (0.5, 1.0, 1.5, 3.0):
        mine = counts[factor == one]
        assert abs(mine.mean() - 6 * one) < 4 * np.sqrt(6 * one / len(mine)), one


def test_effects_on_a_table_act_at_the_rows_time_where_the_parent_has_none(family: Any) -> None:
    tables, counts = family(
        {"distribution": "poisson", "lambda": 6}, {}, {"columns": [AT], "modifiers": [effect()]}, season(SUMMER, LATE)
    )
    minutes = np.arange(START, START + YEAR, 3600e6)
    weight = factors(minutes)
    assert abs(counts.mean() - 6 * weight.mean()) < 4 * np.sqrt(6 * weight.mean() / PARENTS)
    month = micros(tables["child"]["at"]).astype("datetime64[us]").astype("datetime64[M]").astype(int) % 12
    wanted = (
        np.bincount(minutes.astype("datetime64[us]").astype("datetime64[M]").astype(int) % 12, weight) / weight.sum()
    )
    assert np.abs(np.bincount(month, minlength=12) / len(month) - wanted).max() < 4 * np.sqrt(0.1 / len(month))


def test_rows_are_kept_in_proportion_where_their_own_key_decides(family: Any) -> None:
    tables, counts = family(
        {"distribution": "poisson", "lambda": 6},
        {},
        {"columns": [AT, KEY], "modifiers": [effect({"key": "key"})]},
        season(SUMMER, LATE),
    )
    at, key = micros(tables["child"]["at"]), np.array(tables["child"]["key"].to_pylist())
    begin, end = (float(np.datetime64(text, "us").astype(np.int64)) for text in ("2024-06-01", "2024-09-01"))
    summer = (at >= begin) & (at < end)
    share = 92 / 366
    per_key = 6 * PARENTS / 3
    late = 153 / 366
    for name, wanted in (("A", 1 + 2 * share), ("B", 1 - 0.5 * late), ("C", 1.0)):
        assert abs((key == name).sum() - per_key * wanted) < 4 * np.sqrt(per_key * wanted), name
    assert abs((summer & (key == "A")).sum() - 3 * per_key * share) < 4 * np.sqrt(3 * per_key * share)
    assert abs(counts.var() / counts.mean() - 1) < 0.1


def test_bounds_hold_for_rows_that_are_kept_in_proportion(family: Any) -> None:
    _, counts = family(
        {"distribution": "poisson", "lambda": 3, "min": 2, "max": 4},
        {},
        {"columns": [AT, KEY], "modifiers": [effect({"key": "key"})]},
        season(SUMMER, LATE),
    )
    assert (counts.min(), counts.max()) == (2, 4)


def test_a_parent_without_a_match_has_no_rows_where_the_default_is_nothing(document_of: Any, made: Any) -> None:
    opened = {"name": "opened_on", "type": "date", "generator": {"datetime_series": {"freq": "D"}}}
    closed = {
        "name": "closed_on",
        "type": "date",
        "nullable": True,
        "null_rate": 0.5,
        "generator": {"choice": {"choices": ["2023-06-01"]}},
    }
    window = {"start_col": "opened_on", "end_col": "closed_on"}
    open_only = {
        "effect_table": "shop",
        "on": {"shop_id": "id"},
        "window": window,
        "map": {"field": "is_open", "default": 0.0},
    }
    link = {"name": "shop_id", "type": "int", "generator": {"lookup": {"from": "shop.id"}}}
    order = {
        "id": "order",
        "parents": ["shop"],
        "fanout": {"distribution": "fixed", "lambda": 2},
        "columns": [link, AT],
    }
    order["modifiers"] = [{"transform": "effect", "args": open_only}]
    tables = made(document_of({"id": "shop", "rows": 400, "columns": [opened, closed]}, order))
    counts = np.bincount(tables["order"]["shop_id"].to_numpy() - 1, minlength=400)
    still_open = np.asarray(tables["shop"]["closed_on"].is_null())
    assert set(counts[still_open]) == {2}
    assert set(counts[~still_open]) == {0}


def test_effects_without_bound_are_refused(family: Any) -> None:
    huge = [(SUMMER[0], SUMMER[1], 1e5 + at, "A") for at in range(60)]
    with pytest.raises(InputError, match="bound the fanout with max"):
        family(
            {"distribution": "poisson", "lambda": 6},
            {"columns": [CREATED]},
            {"columns": [AT], "modifiers": [effect()]},
            season(*huge),
        )
    with pytest.raises(InputError, match="multiply up to"):
        family(
            {"distribution": "poisson", "lambda": 6, "max": 9},
            {},
            {"columns": [AT, KEY], "modifiers": [effect({"key": "key"})]},
            season(*huge),
        )


def test_effects_far_beyond_the_bound_leave_the_bound(family: Any) -> None:
    huge = [(SUMMER[0], SUMMER[1], 1e5 + at, "A") for at in range(60)]
    tables, counts = family(
        {"distribution": "poisson", "lambda": 6, "max": 30},
        {"columns": [CREATED]},
        {"columns": [AT], "modifiers": [effect()]},
        season(*huge),
    )
    summer = factors(micros(tables["parent"]["created_at"])) >= 1.5
    assert set(counts[summer]) == {30}
    assert abs(counts[~summer].mean() - 6) < 0.2
