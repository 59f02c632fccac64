"""Funnels, state models, touchpoints and totals: what is drawn is what the document says, at sizes where a few percent show."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import datagen_core
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from datagen_core.errors import DocumentError, InputError
from datagen_core.loading import load
from datagen_core.plan import plan
from scipy import stats

DAY = 86_400_000_000
HOUR = DAY // 24
START = int(np.datetime64("2024-01-01", "us").astype(np.int64))
END = int(np.datetime64("2024-12-31T23:59:59", "us").astype(np.int64))
SERIES: dict[str, Any] = {"datetime_series": {}}
KEPT: dict[str, Any] = {}  # tables that several tests look at


def column(name: str, kind: str, generator: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "generator": generator, **more}


def up(name: str, source: str, kind: str = "int") -> dict[str, Any]:
    return column(name, kind, {"lookup": {"from": source}})


def one_of(name: str, *choices: str) -> dict[str, Any]:
    return column(name, "string", {"choice": {"choices": list(choices)}})


def total(name: str, kind: str, of: str, op: str, **more: Any) -> dict[str, Any]:
    known = {key: more.pop(key) for key in ("where", "default") if key in more}
    return column(name, kind, {"aggregate": {"of": of, "op": op, **known}}, **more)


def micros(array: pa.ChunkedArray) -> np.ndarray:
    return array.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy()


def text(array: pa.ChunkedArray) -> np.ndarray:
    return np.array(array.to_pylist(), dtype=object)


def first_of(table: pa.Table, key: str) -> np.ndarray:
    whose = table[key].to_numpy()
    return np.append(True, whose[1:] != whose[:-1])


# --- funnels ---------------------------------------------------------------------------------------------------------

RATES = (1.0, 0.75, 0.45, 0.8, 0.85)
MULTIPLIERS = {"high": 1.4, "low": 0.65}
EARLY = {"datetime_series": {"within": {"start": "2024-01-01", "end": "2024-06-30"}}}


def funnel(hours: float = 24, **more: Any) -> dict[str, Any]:
    """A table of stages s0, s1, … below user."""
    return {
        "id": "step",
        "parents": ["user"],
        "stage_config": {
            "stages": [{"stage_name": f"s{at}", "transition_rate": rate} for at, rate in enumerate(RATES)],
            "segment_variation": {name: {"transition_multiplier": one} for name, one in MULTIPLIERS.items()},
            "time_between_stages_hours": hours,
        },
        "columns": [
            up("user_id", "user.id"),
            one_of("stage_name", "?"),
            column("stage_index", "int", {"sequence": {}}),
            column("at", "datetime", SERIES),
            *more.pop("columns", []),
        ],
        **more,
    }


def users(rows: int, created: Any = EARLY, **more: Any) -> dict[str, Any]:
    segments = ["high", "middle", "low"]
    return {
        "id": "user",
        "rows": rows,
        "segment_behavior": {"segment_column": "tier", "behaviors": {}, **more.pop("behavior", {})},
        "columns": [
            one_of("tier", *segments),
            *([column("signup_date", "datetime", created)] if created else []),
            *more.pop("columns", []),
        ],
        **more,
    }


@pytest.fixture
def journey(document_of: Any, made: Any) -> Any:
    return KEPT.get("journey") or KEPT.setdefault("journey", made(document_of(users(300_000), funnel())))


def test_rates_follow_the_stage_and_the_segment(journey: Any) -> None:
    user, step = journey["user"], journey["step"]
    reached = np.bincount(step["user_id"].to_numpy() - 1, minlength=len(user))
    tier = text(user["tier"])
    for name in ("high", "middle", "low"):
        counts = [int((reached[tier == name] > stage).sum()) for stage in range(5)]
        for stage, (before, after) in enumerate(pairwise(counts), 1):
            wanted = min(1.0, RATES[stage] * MULTIPLIERS.get(name, 1.0))
            assert after / before == pytest.approx(wanted, rel=0.02), (name, stage)


def test_stages_come_in_order_from_the_creation_on(journey: Any) -> None:
    user, step = journey["user"], journey["step"]
    first, index, at = first_of(step, "user_id"), step["stage_index"].to_numpy(), micros(step["at"])
    assert (index[first] == 0).all() and (np.diff(index)[~first[1:]] == 1).all()
    assert (text(step["stage_name"]) == np.array([f"s{place}" for place in range(5)])[index]).all()
    assert (np.diff(at)[~first[1:]] > 0).all()
    assert (at[first] == micros(user["signup_date"])[step["user_id"].to_numpy()[first] - 1]).all()


def test_waits_are_exponential_with_their_mean(journey: Any) -> None:
    step = journey["step"]
    waits = np.diff(micros(step["at"]))[~first_of(step, "user_id")[1:]] / HOUR
    assert waits.mean() == pytest.approx(24, rel=0.01)
    assert waits.std() == pytest.approx(24, rel=0.015)
    assert stats.kstest(waits, "expon", args=(0, 24)).statistic < 0.005


def test_the_windows_end_bends_waits_and_not_rates(document_of: Any, made: Any) -> None:
    late = {"datetime_series": {"within": {"start": "2024-12-30", "end": "2024-12-31T23:59:59"}, "freq": "S"}}
    tables = made(document_of(users(40_000, late), funnel(hours=240)))
    at = micros(tables["step"]["at"])
    assert at.max() <= END + len(RATES)
    assert (np.diff(at)[~first_of(tables["step"], "user_id")[1:]] > 0).all()
    reached = np.bincount(tables["step"]["user_id"].to_numpy() - 1)
    middle = reached[text(tables["user"]["tier"]) == "middle"]
    assert (middle > 1).mean() == pytest.approx(0.75, rel=0.03)


def test_without_a_creation_the_first_stage_is_drawn_by_the_columns_own_generator(document_of: Any, made: Any) -> None:
    weekdays = {"datetime_series": {"freq": "D", "pattern": {"dimension": "dow", "weights": [2, 1, 1, 1, 1, 0, 0]}}}
    document = document_of(users(60_000, None), funnel())
    document["nodes"][1]["columns"][4]["generator"] = weekdays
    step = made(document)["step"]
    begun = micros(step["at"])[first_of(step, "user_id")]
    days = np.bincount((begun // DAY + 3) % 7, minlength=7) / len(begun)
    assert days == pytest.approx([1 / 3, 1 / 6, 1 / 6, 1 / 6, 1 / 6, 0, 0], abs=0.006)
    assert (begun % DAY == 0).all()


def test_a_funnel_takes_the_values_of_segment_age_and_effect(document_of: Any, made: Any) -> None:
    """Three behaviours on one column of a funnel, and a fact below it that looks its stage up."""
    sale = {
        "id": "sale",
        "rows": 1,
        "columns": [
            column("since", "datetime", {"choice": {"choices": ["2024-03-01"]}}),
            column("until", "datetime", {"choice": {"choices": ["2024-04-01"]}}),
            column("lift", "float", {"choice": {"choices": [3.0]}}),
        ],
    }
    user = users(120_000, behavior={"behaviors": {"high": {"value_multiplier": 2}}, "applies_to_columns": ["basket"]})
    ages = {"curve": [1.0, 0.5], "time_unit": "day", "applies_to": "basket"}
    user["vintage_behavior"] = {"created_at_column": "signup_date", "age_based_multipliers": {"ages": ages}}
    window = {"start_col": "since", "end_col": "until"}
    acts = {"effect_table": "sale", "on": {}, "window": window, "map": {"field": "lift", "op": "mul", "default": 1.0}}
    basket = column("basket", "float", {"distribution": {"type": "uniform", "params": {"low": 9, "high": 11}}})
    basket["modifiers"] = [{"transform": "effect", "args": acts}]
    click = {"id": "click", "parents": ["step"], "fanout": {"distribution": "fixed", "lambda": 2}}
    click["columns"] = [up("step_id", "step.id"), up("stage", "step.stage_name", "string")]
    tables = made(document_of(sale, user, funnel(columns=[basket]), click))
    step, place = tables["step"], tables["step"]["user_id"].to_numpy() - 1
    at, born = micros(step["at"]), micros(tables["user"]["signup_date"])[place]
    march = (at >= np.datetime64("2024-03-01", "us").astype(int)) & (
        at <= np.datetime64("2024-04-01", "us").astype(int)
    )
    factor = np.where(text(tables["user"]["tier"])[place] == "high", 2, 1) * np.where(at - born < DAY, 1, 0.5)
    factor = factor * np.where(march, 3, 1)
    drawn = step["basket"].to_numpy() / factor
    assert drawn.min() >= 9 and drawn.max() <= 11
    assert drawn.mean() == pytest.approx(10, rel=0.001)
    assert (
        tables["click"]["stage"].to_pylist()
        == step["stage_name"].take(pa.array(np.repeat(np.arange(len(step)), 2))).to_pylist()
    )


def test_a_segment_may_be_looked_up_from_further_above(document_of: Any, made: Any) -> None:
    """The funnel's parent has no segments of its own and holds those of its own parent."""
    visit = {"id": "visit", "parents": ["user"], "fanout": {"distribution": "fixed", "lambda": 2}}
    visit["columns"] = [up("owner", "user.id"), up("tier", "user.tier", "string")]
    path = funnel()
    path |= {"parents": ["visit"], "columns": [up("user_id", "visit.id"), *path["columns"][1:]]}
    tables = made(document_of(users(30_000), visit, path))
    reached = np.bincount(tables["step"]["user_id"].to_numpy() - 1)
    low = reached[text(tables["visit"]["tier"]) == "low"]
    assert (low > 1).mean() == pytest.approx(0.75 * 0.65, rel=0.03)


def test_a_process_that_nobody_sees_is_told(document_of: Any, tmp_path: Any) -> None:
    blind = {**states(), "columns": [up("user_id", "user.id"), column("changed", "datetime", SERIES)]}
    result = datagen_core.generate(document_of(users(20), blind), tmp_path / "out")
    assert [note for note in result.notes if note.startswith("life: no column holds the state; ")] != []


# --- state models ----------------------------------------------------------------------------------------------------

STATES = {
    "trial": {"transition_prob_per_period": 0.9, "next_states": {"active": 35, "gone": 65}},
    "active": {"transition_prob_per_period": 0.5, "next_states": {"paused": 0.3, "gone": 0.3, "active": 0.4}},
    "paused": {"transition_prob_per_period": 0.8, "next_states": {"active": 1}},
    "gone": {"terminal": True},
}
CURVE = [1.0, 0.5, 0.25]


def states(**more: Any) -> dict[str, Any]:
    model = {"initial_state": "trial", "states": STATES, "period_unit": "week", "max_transitions": 8}
    return {
        "id": "life",
        "parents": ["user"],
        "state_transition_model": {**model, **more.pop("model", {})},
        "columns": [
            up("user_id", "user.id"),
            one_of("current_state", "?"),
            one_of("from_status", "?"),
            column("transition_index", "int", {"sequence": {}}),
            column("changed", "datetime", SERIES),
            *more.pop("columns", []),
        ],
        **more,
    }


VARIED = {
    "segment_variation": {
        "high": {"churn_multiplier": 0.5},
        "low": {"transition_multiplier": 1.5, "churn_multiplier": 1.2},
    },
    "vintage_variation": {"churn_multiplier_curve": CURVE},
}


@pytest.fixture
def lives(document_of: Any, made: Any) -> Any:
    return KEPT.get("lives") or KEPT.setdefault("lives", made(document_of(users(120_000), states(model=VARIED))))


def test_states_follow_each_other(lives: Any) -> None:
    user, life = lives["user"], lives["life"]
    first, state, before = first_of(life, "user_id"), text(life["current_state"]), text(life["from_status"])
    at, index = micros(life["changed"]), life["transition_index"].to_numpy()
    assert set(state[first]) == {"trial"} and set(before[first]) == {None}
    assert (before[~first] == state[np.flatnonzero(~first) - 1]).all()
    assert (np.diff(at)[~first[1:]] > 0).all() and at[~first].max() <= END
    assert (at[first] == micros(user["signup_date"])).all()
    assert index.max() == 8 and (index[first] == 0).all() and (np.diff(index)[~first[1:]] == 1).all()
    assert "gone" not in set(before)


def test_next_states_have_their_shares(lives: Any) -> None:
    life = lives["life"]
    state, before = text(life["current_state"]), text(life["from_status"])
    for name, one in STATES.items():
        following = one.get("next_states", {})
        for other, weight in following.items():
            share = (state[before == name] == other).mean()
            assert share == pytest.approx(weight / sum(following.values()), rel=0.02), (name, other)


@pytest.mark.parametrize("age", range(3))
@pytest.mark.parametrize("tier", ["high", "middle", "low"])
def test_states_last_as_long_as_state_segment_and_age_say(tier: str, age: int, lives: Any) -> None:
    """Transitions over time at risk, which the window's end does not bend; age is the parent's when it enters a state."""
    user, life = lives["user"], lives["life"]
    whose, at = life["user_id"].to_numpy() - 1, micros(life["changed"])
    last = np.append(whose[1:] != whose[:-1], True)
    until = np.where(last, END, np.roll(at, -1))
    state, index = text(life["current_state"]), life["transition_index"].to_numpy()
    periods = np.minimum((at - micros(user["signup_date"])[whose]) // (7 * DAY), 2)
    chosen = (text(user["tier"])[whose] == tier) & (periods == age) & (index < 8)
    multiplier = {"high": 0.5, "middle": 1.0, "low": 1.8}[tier] * CURVE[age]
    for name in ("trial", "active", "paused"):
        rows = chosen & (state == name)
        events = int((~last & rows).sum())
        if events < 1500:
            continue
        at_risk = (until - at)[rows].sum() / (7 * DAY)
        wanted = min(STATES[name]["transition_prob_per_period"] * multiplier, 1.0)
        assert events / at_risk == pytest.approx(wanted, rel=max(0.02, 3.5 / np.sqrt(events))), name


@pytest.mark.parametrize(("unit", "days"), [("day", 1), ("week", 7), ("month", 30), ("year", 365)])
def test_a_period_has_its_days(unit: str, days: int, document_of: Any, made: Any) -> None:
    model = {
        "initial_state": "on",
        "states": {"on": {"transition_prob_per_period": 0.6, "next_states": {"off": 1}}, "off": {"terminal": True}},
        "period_unit": unit,
    }
    table = states()
    table["state_transition_model"] = model
    long = {"start": "1990-01-01", "end": "2289-12-31", "freq": "D"}
    early = {"datetime_series": {"within": {"start": "1990-01-01", "end": "1990-12-31"}}}
    life = made(document_of(users(40_000, early), table, timeframe=long))["life"]
    waits = np.diff(micros(life["changed"]))[~first_of(life, "user_id")[1:]] / DAY
    assert len(waits) == 40_000
    assert waits.mean() == pytest.approx(days / 0.6, rel=0.02)


def test_a_state_that_is_never_left_stays(document_of: Any, made: Any) -> None:
    frozen = {**STATES, "trial": {"transition_prob_per_period": 0, "next_states": {"active": 1}}}
    assert len(made(document_of(users(500), states(model={"states": frozen})))["life"]) == 500


def test_roles_by_word_and_by_name(document_of: Any, made: Any) -> None:
    """Explicit roles; names of other columns and the looked-up ones keep their own values; a date becomes the time's day."""
    table = states()
    table["columns"] = [
        up("user_id", "user.id"),
        up("tier_status", "user.tier", "string"),
        column("signed", "datetime", {"lookup": {"from": "user.signup_date"}}),
        column(
            "now",
            "string",
            {"state": "to"},
            modifiers=[{"transform": "map_values", "args": {"mapping": {"gone": "lost"}}}],
        ),
        column("then", "string", {"state": "from"}),
        column("nth", "int", {"state": "index"}),
        column("other", "datetime", SERIES),
        column("on", "date", {"state": "time"}),
    ]
    tables = made(document_of(users(2000), table))
    life, user = tables["life"], tables["user"]
    place = life["user_id"].to_numpy() - 1
    assert (text(life["tier_status"]) == text(user["tier"])[place]).all()
    assert set(text(life["now"])) == {"trial", "active", "paused", "lost"}
    assert set(text(life["then"])) == {None, "trial", "active", "paused"}
    first = first_of(life, "user_id")
    assert (micros(life["on"])[first] == micros(user["signup_date"])[place[first]] // DAY * DAY).all()
    assert (micros(life["other"])[first] != micros(life["signed"])[first]).mean() > 0.9


# --- touchpoints -----------------------------------------------------------------------------------------------------


def sales(chain: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "id": "sale",
        "parents": ["user"],
        "pk": "sale_key",
        "fanout": {"distribution": "fixed", "lambda": 2},
        "attribution_chain": {"channels": ["a", "b", "c"], "channel_weights": [6, 3, 1], "max_touches": 6, **chain},
        "columns": [
            column("sale_key", "string", {"faker": {"method": "uuid4"}}, unique=True),
            up("user_id", "user.id"),
            column("sold_on", "date", SERIES),
            column("sold_at", "datetime", SERIES),
            *more.pop("columns", []),
        ],
        **more,
    }


def by_hand(model: str, days: list[float]) -> list[float]:
    """The weights of one conversion's touches, the first one first."""
    count = len(days)
    raw = {
        "linear": [1.0] * count,
        "first_touch": [1.0] + [0.0] * (count - 1),
        "last_touch": [0.0] * (count - 1) + [1.0],
        "time_decay": [2 ** (-day / 10) for day in days],
        "position_based": [0.5, 0.5] if count == 2 else [0.4, *[0.2 / max(count - 2, 1)] * (count - 2), 0.4] if count > 1 else [1.0],
    }[model]  # fmt: skip
    return [weight / sum(raw) for weight in raw]


@pytest.mark.parametrize("model", ["linear", "first_touch", "last_touch", "time_decay", "position_based"])
def test_every_conversion_has_its_chain(model: str, document_of: Any, made: Any) -> None:
    chain = {"attribution_model": model, "time_window_days": 20, "touchpoint_table_name": "touch"}
    tables = made(document_of(users(1500), sales(chain)))
    sale, touch = tables["sale"].to_pylist(), tables["touch"].to_pylist()
    assert tables["touch"].column_names == [
        "touchpoint_id",
        "sale_key",
        "channel",
        "timestamp",
        "position",
        "attribution_weight",
    ]
    assert [row["touchpoint_id"] for row in touch] == list(range(1, len(touch) + 1))
    times = dict(zip(tables["sale"]["sale_key"].to_pylist(), micros(tables["sale"]["sold_at"]).tolist(), strict=True))
    chains: dict[str, list[Any]] = {}
    for row, stamp in zip(touch, micros(tables["touch"]["timestamp"]).tolist(), strict=True):
        chains.setdefault(row["sale_key"], []).append((row, (times[row["sale_key"]] - stamp) / DAY))
    assert chains.keys() == {row["sale_key"] for row in sale}
    for rows in chains.values():
        days = [day for _, day in rows]
        assert 1 <= len(rows) <= 6 and min(days) > 0 and max(days) <= 20 and days == sorted(days, reverse=True)
        assert [row["position"] for row, _ in rows] == list(range(1, len(rows) + 1))
        assert [row["attribution_weight"] for row, _ in rows] == pytest.approx(by_hand(model, days), abs=1e-12)


def test_touches_have_their_number_their_channels_and_their_days(document_of: Any, made: Any) -> None:
    touch = made(document_of(users(60_000), sales({"min_touches": 2, "time_window_days": 45})))
    sale, touch = touch["sale"], touch["touchpoint"]
    numbers = np.bincount(np.unique(text(touch["sale_key"]), return_inverse=True)[1])
    assert np.bincount(numbers)[2:] / len(sale) == pytest.approx([0.2] * 5, rel=0.02)
    channel = text(touch["channel"])
    assert [(channel == name).mean() for name in "abc"] == pytest.approx([0.6, 0.3, 0.1], rel=0.02)
    sold = dict(zip(sale["sale_key"].to_pylist(), micros(sale["sold_at"]).tolist(), strict=True))
    days = (np.array([sold[key] for key in touch["sale_key"].to_pylist()]) - micros(touch["timestamp"])) / DAY
    law = stats.truncexpon(3, scale=15)
    assert days.mean() == pytest.approx(law.mean(), rel=0.01)
    assert stats.kstest(days, law.cdf).statistic < 0.005


def test_a_short_half_life_leaves_no_weight_without_a_number(document_of: Any, made: Any) -> None:
    chain = {"attribution_model": "time_decay", "time_decay_halflife_days": 0.001, "time_window_days": 365}
    weight = made(document_of(users(500), sales(chain)))["touchpoint"]["attribution_weight"].to_numpy()
    assert np.isfinite(weight).all() and weight.sum() == pytest.approx(1000)


def test_a_conversion_without_a_time_has_no_touches(document_of: Any, made: Any) -> None:
    document = document_of(users(3000), sales({}))
    document["nodes"][1]["columns"][3] |= {"nullable": True, "null_rate": 0.3}
    tables = made(document)
    timed = tables["sale"].filter(pc.is_valid(tables["sale"]["sold_at"]))
    assert 0 < len(timed) < len(tables["sale"])
    assert set(tables["touchpoint"]["sale_key"].to_pylist()) == set(timed["sale_key"].to_pylist())


def test_the_changes_of_a_state_model_have_touches_of_their_own(document_of: Any, made: Any) -> None:
    chain = {"channels": ["x"], "max_touches": 2, "touchpoint_table_name": "nudge"}
    below = {"id": "view", "parents": ["nudge"], "columns": [up("nudge_id", "nudge.touchpoint_id")]}
    tables = made(
        document_of(
            users(400), states(attribution_chain=chain, columns=[total("nudges", "int", "nudge", "count")]), below
        )
    )
    life = tables["life"]
    assert tables["nudge"].column_names[:2] == ["touchpoint_id", "id"]
    assert len(tables["view"]) == len(tables["nudge"]) == sum(life["nudges"].to_pylist())


# --- totals ----------------------------------------------------------------------------------------------------------


def test_totals_are_those_of_the_children(document_of: Any, made: Any) -> None:
    shop = {
        "id": "shop",
        "rows": 700,
        "columns": [
            total("orders", "int", "order", "count"),
            total("rated", "int", "order.rating", "count"),
            total("turnover", "float", "order.amount", "sum"),
            total("large", "float", "order.amount", "sum", where="amount > 50 and paid"),
            total("best", "float", "order.amount", "max", default=-1),
            total("typical", "float", "order.rating", "mean", nullable=True),
            total("newest", "datetime", "order.at", "max", nullable=True),
            total("oldest", "datetime", "order.at", "min", default="2020-01-01"),
            total("weight", "float", "order.weight", "sum"),
        ],
    }
    order = {"id": "order", "parents": ["shop"], "fanout": {"distribution": "geometric", "lambda": 3}}
    order["columns"] = [
        up("shop_id", "shop.id"),
        column("amount", "float", {"distribution": {"type": "gamma", "params": {"shape": 2, "scale": 30}}}),
        column("rating", "int", {"choice": {"choices": [1, 2, 3, None]}}, nullable=True),
        column("paid", "bool", {"choice": {"choices": [True, False]}}),
        column("at", "datetime", SERIES),
        total("weight", "float", "item.kg", "sum"),
    ]
    item = {"id": "item", "parents": ["order"], "fanout": {"distribution": "poisson", "lambda": 1.5}}
    item["columns"] = [
        up("order_id", "order.id"),
        column("kg", "float", {"distribution": {"type": "uniform", "params": {"low": 0, "high": 1}}}),
    ]
    tables = made(document_of(shop, order, item))
    rows, children = tables["shop"].to_pylist(), {}
    kilos = np.bincount(
        tables["item"]["order_id"].to_numpy(), tables["item"]["kg"].to_numpy(), len(tables["order"]) + 1
    )
    assert tables["order"]["weight"].to_numpy() == pytest.approx(kilos[1:])
    for row in tables["order"].to_pylist():
        children.setdefault(row["shop_id"], []).append(row)
    assert any(row["id"] not in children for row in rows)
    for row in rows:
        own = children.get(row["id"], [])
        amounts, ratings = [one["amount"] for one in own], [one["rating"] for one in own if one["rating"] is not None]
        assert row["orders"] == len(own) and row["rated"] == len(ratings)
        assert row["turnover"] == pytest.approx(sum(amounts)) and row["best"] == max(amounts, default=-1)
        assert row["large"] == pytest.approx(sum(one["amount"] for one in own if one["amount"] > 50 and one["paid"]))
        assert row["typical"] == (pytest.approx(np.mean(ratings)) if ratings else None)
        assert row["newest"] == max((one["at"] for one in own), default=None)
        assert row["oldest"] == min((one["at"] for one in own), default=row["oldest"])
        assert row["weight"] == pytest.approx(sum(one["weight"] for one in own))


def test_totals_of_a_fact_whose_rows_are_kept_in_proportion(document_of: Any, made: Any) -> None:
    """The children follow the rows that are left, not the candidates."""
    promo = {"id": "promo", "rows": 2, "columns": [column("lift", "float", {"choice": {"choices": [0.2, 0.7]}})]}
    visit = {"id": "visit", "parents": ["user"], "fanout": {"distribution": "poisson", "lambda": 3}}
    acts = {"effect_table": "promo", "on": {"promo_id": "id"}, "map": {"field": "lift", "op": "mul", "default": 1.0}}
    visit["modifiers"] = [{"transform": "effect", "args": acts}]
    visit["columns"] = [up("promo_id", "promo.id"), up("user_id", "user.id"), total("pages", "int", "page", "count")]
    page = {"id": "page", "parents": ["visit"], "fanout": {"distribution": "poisson", "lambda": 2}}
    page["columns"] = [up("visit_id", "visit.id")]
    document = document_of(promo, users(3000), visit, page)
    tables = made(document)
    counts = np.bincount(tables["page"]["visit_id"].to_numpy(), minlength=len(tables["visit"]) + 1)[1:]
    assert (tables["visit"]["pages"].to_numpy() == counts).all()
    sliced = made(document, slice_rows=53)
    assert all(sliced[name].equals(tables[name]) for name in tables)


def test_totals_over_several_blocks(document_of: Any, made: Any) -> None:
    parent = {
        "id": "user",
        "rows": 140_000,
        "columns": [total("steps", "int", "step", "count"), total("last", "int", "step.at_hour", "max")],
    }
    step = {
        "id": "step",
        "parents": ["user"],
        "stage_config": {
            "stages": [{"stage_name": "a", "transition_rate": 1}, {"stage_name": "b", "transition_rate": 0.5}]
        },
        "columns": [
            up("user_id", "user.id"),
            column("at_hour", "int", {"distribution": {"type": "uniform", "params": {"low": 0, "high": 23}}}),
        ],
    }
    tables = made(document_of(parent, step))
    whose = tables["step"]["user_id"].to_numpy() - 1
    assert (tables["user"]["steps"].to_numpy() == np.bincount(whose)).all()
    last = np.zeros(len(tables["user"]), np.int64)
    np.maximum.at(last, whose, tables["step"]["at_hour"].to_numpy())
    assert (tables["user"]["last"].to_numpy() == last).all()


def test_a_row_without_children_and_without_a_default_is_named(document_of: Any, made: Any) -> None:
    shop = {"id": "shop", "rows": 50, "columns": [total("best", "int", "order.id", "max")]}
    order = {"id": "order", "parents": ["shop"], "fanout": {"distribution": "poisson", "lambda": 0.5}, "columns": []}
    with pytest.raises(
        InputError, match=r"shop\.best: row \d+ has no order\.id to take the max of; make the column nullable"
    ):
        made(document_of(shop, order))


def test_inequalities_that_hold_by_themselves_cost_nothing(document_of: Any, made: Any) -> None:
    """A funnel after its parent, touches before their conversion, a last time after the creation."""
    user = users(
        300,
        columns=[
            total("last_step", "datetime", "step.at", "max"),
            total("last_sale", "datetime", "sale.sold_at", "max"),
        ],
    )
    step = funnel(columns=[column("born", "datetime", {"lookup": {"from": "user.signup_date"}})])
    inequalities = [
        ("step.at", ">=", "user.signup_date"),
        ("step.born", "<=", "step.at"),
        ("touchpoint.timestamp", "<", "sale.sold_at"),
        ("user.last_step", ">=", "user.signup_date"),
        ("user.signup_date", "<=", "user.last_sale"),
    ]
    said = [{"left": left, "op": op, "right": right} for left, op, right in inequalities]
    with_them = made(document_of(user, step, sales({}), inequalities=said))
    without = made(document_of(user, step, sales({})))
    assert all(with_them[name].equals(without[name]) for name in without)
    assert pc.all(pc.greater_equal(with_them["user"]["last_sale"], with_them["user"]["signup_date"])).as_py()


def test_several_blocks_make_the_same_files_for_any_number_of_workers(document_of: Any, tmp_path: Any) -> None:
    user = users(
        140_000, columns=[total("steps", "int", "step", "count"), total("ended", "datetime", "life.changed", "max")]
    )
    chain = {"channels": ["x", "y"], "max_touches": 2}
    document = document_of(user, funnel(attribution_chain=chain), states(model={"max_transitions": 2}))
    results = [datagen_core.generate(document, tmp_path / str(workers), workers=workers) for workers in (1, 3)]
    files = [[file["sha256"] for table in result.metadata["tables"] for file in table["files"]] for result in results]
    assert files[0] == files[1]
    assert [table["name"] for table in results[0].metadata["tables"]] == ["user", "step", "life", "touchpoint"]


# --- the plan, and what is refused -----------------------------------------------------------------------------------


@pytest.mark.parametrize("rows", [4000])
def test_the_plan_expects_about_as_many_rows(rows: int, document_of: Any, made: Any) -> None:
    document = document_of(users(rows), funnel(), states(model=VARIED), sales({"min_touches": 2}))
    expected = {table.node.id: table.rows for table in plan(load(document)).tables}
    for name, table in made(document).items():
        assert len(table) == pytest.approx(expected[name], rel=0.15), name


def refusal(document: Any) -> str:
    with pytest.raises(DocumentError) as caught:
        load(document)
    return str(caught.value)


@pytest.mark.parametrize(
    ("column_of_step", "says"),
    [
        (up("x", "user.total", "float"), "in a circle: user.total → step.x → user.total"),
        (None, "in a circle: user.total → step.id"),
    ],
    ids=["looked-up-by-the-child", "children-follow-the-total"],
)
def test_a_total_that_needs_itself_is_refused(column_of_step: Any, says: str, document_of: Any) -> None:
    user = users(10, columns=[total("total", "float", "step.id", "sum")])
    step = {"id": "step", "parents": ["user"], "columns": [column_of_step] if column_of_step else []}
    if column_of_step is None:
        below = {
            "id": "below",
            "parents": ["step"],
            "columns": [
                column("y", "float", {"lookup": {"from": "user.total", "on": {"k": "id"}}}),
                up("k", "step.id"),
            ],
        }
        step["columns"] = [total("z", "float", "below.y", "sum")]
        user["columns"][-1] = total("total", "float", "step.z", "sum")
        message = refusal(document_of(user, step, below))
        assert "need each other in a circle" in message and "user.total" in message and "below.y" in message
        return
    assert says in refusal(document_of(user, step))


def user_has(*more: Any, **known: Any) -> Any:
    """A change: the parent has a further column, an aggregate."""
    return lambda user, step: user["columns"].append(total(*more, **known))


def step_has(name: str, kind: str, generator: Any) -> Any:
    """A change: the funnel has a further column."""
    return lambda user, step: step["columns"].append(column(name, kind, generator))


JITTER = [{"transform": "time_jitter", "args": {"std_minutes": 5}}]
EFFECT = {"effect_table": "user", "on": {}, "map": {"field": "id", "op": "mul", "default": 1}}


def key_named_position(user: Any, step: Any) -> None:
    step["columns"].insert(0, column("position", "int", {"sequence": {}}))
    step.update(pk="position", attribution_chain={"channels": ["x"]})


REFUSED = {
    "aggregate-of-a-stranger": (user_has("n", "int", "user", "count"), "user is not the primary parent of user"),
    "aggregate-of-no-column": (user_has("n", "int", "step.att", "max"), 'step has no column "att"; did you mean "at"?'),
    "aggregate-of-text": (
        user_has("n", "float", "step.stage_name", "sum"),
        "step.stage_name is string, which has no sum",
    ),
    "aggregate-into-text": (
        user_has("n", "string", "step", "count"),
        "the count of step can't stand in a column of type string",
    ),
    "aggregate-where": (user_has("n", "int", "step", "count", where="stage_index + 1"), "the condition gives int"),
    "aggregate-where-unknown": (user_has("n", "int", "step", "count", where="sta == 'x'"), 'step has no column "sta"'),
    "aggregate-default": (
        user_has("n", "int", "step", "count", default="x"),
        "'x' does not suit the column's type int",
    ),
    "state-of-another-type": (step_has("n", "int", {"state": "to"}), '"to" can\'t fill a column of type int'),
    "state-elsewhere": (
        lambda user, step: user["columns"].append(column("n", "string", {"state": "to"})),
        "state is the part of a column in a funnel or a state model",
    ),
    "touches-without-end": (
        lambda user, step: step.update(attribution_chain={"channels": ["x"], "max_touches": 10**9}),
        "max_touches is 1000000000; a conversion has at most 10000",
    ),
    "moved-times": (lambda user, step: step["columns"][3].update(modifiers=JITTER), "stage_config says what at holds"),
    "churn-of-a-funnel": (
        lambda user, step: step["stage_config"]["segment_variation"]["high"].update(churn_multiplier=2),
        'unknown key "churn_multiplier"; did you mean "transition_multiplier"?',
    ),
    "effect-on-a-funnel": (
        lambda user, step: step.update(modifiers=[{"transform": "effect", "args": EFFECT}]),
        "an effect on a table acts on its fanout",
    ),
    "enum-lacks-a-stage": (
        lambda user, step: step["columns"][1].update(constraints={"enum": ["s0", "s1"]}),
        "also takes 's2', 's3', 's4'",
    ),
    "placeholder-unknown": (
        lambda user, step: step["columns"][1].update(generator={"faker": {"method": "wrod"}}),
        'unknown method "wrod"',
    ),
    "key-named-like-a-touch": (key_named_position, 'touchpoint has a column "position" of its own'),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_is_refused_at_its_place(name: str, document_of: Any) -> None:
    change, says = REFUSED[name]
    user, step = users(10), funnel()
    change(user, step)
    assert says in refusal(document_of(user, step))
