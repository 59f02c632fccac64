"""The pictures of the reference, drawn from data that is generated for them.

    python docs/reference/pictures.py

Blue is the data; orange is what the document declared. A test draws them again and compares.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import datagen_core
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from datagen_core.distributions import DistributionParams
from datagen_core.generators.choice import ChoiceParams, weights_of
from datagen_core.generators.diffusion_curve import DiffusionCurveParams, cumulated
from datagen_core.validation.cdf import COUNTS, Cumulative
from svg import Panel, picture

FOLDER = Path(__file__).parent / "pictures"
FRAME = {"start": "2024-01-01T00:00:00Z", "end": "2024-12-31T23:59:59Z", "freq": "H"}
START = np.datetime64("2024-01-01T00:00:00", "us")
DAYS = 366
MONTHS = [(0, "Jan"), (91, "Apr"), (182, "Jul"), (274, "Oct")]
HOURS = [1, 1, 1, 1, 1, 1, 2, 4, 6, 8, 8, 8, 8, 8, 8, 8, 8, 9, 9, 8, 6, 4, 2, 1]
DOW = [1, 1, 1, 1, 1.4, 1.8, 1.2]
MONTH = [1, 1, 1, 1, 1, 1, 0.7, 0.7, 1, 1, 2, 3]
KEY = {"name": "id", "type": "int", "generator": {"sequence": {}}}
SERIES = {"datetime_series": {"freq": "min"}}
FLAT = {"distribution": {"type": "normal", "params": {"mean": 100, "std": 6}, "clamp": [0, 1000]}}


# --- data ------------------------------------------------------------------------------------------------------------


def generated(*nodes: dict[str, Any], **constraints: Any) -> dict[str, pa.Table]:
    """The tables of a document."""
    document = {
        "version": "1.0",
        "metadata": {"name": "Pictures"},
        "timeframe": FRAME,
        "nodes": list(nodes),
        "constraints": constraints,
    }
    with tempfile.TemporaryDirectory() as folder:
        datagen_core.generate(document, Path(folder) / "data", seed=42)
        return {path.stem: pq.read_table(path) for path in (Path(folder) / "data").glob("*.parquet")}


def table(rows: int, *columns: dict[str, Any], **more: Any) -> dict[str, Any]:
    """An entity named ``thing``."""
    return {"id": "thing", "kind": "entity", "pk": "id", "rows": rows, "columns": [KEY, *columns], **more}


def child(name: str, *columns: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A fact whose parent is ``thing``."""
    own = [KEY, {"name": "thing_id", "type": "int", "generator": {"lookup": {"from": "thing.id"}}}]
    return {"id": name, "kind": "fact", "pk": "id", "parents": ["thing"], "columns": [*own, *columns], **more}


def column(generator: Any, kind: str = "float", name: str = "value", **more: Any) -> dict[str, Any]:
    """A column."""
    return {"name": name, "type": kind, "generator": generator, **more}


def modified(transform: str, **args: Any) -> list[dict[str, Any]]:
    """The modifiers of a column that has one."""
    return [{"transform": transform, "args": args}]


def values(found: pa.Table, name: str = "value") -> Any:
    """A column as numpy."""
    return found[name].to_numpy()


def days(times: Any) -> Any:
    """Days since the window's start."""
    return (times.astype("datetime64[us]") - START) / np.timedelta64(1, "D")


def months(times: Any) -> Any:
    """Month of each instant, from 0."""
    return times.astype("datetime64[M]").astype(int) % 12


# --- pictures --------------------------------------------------------------------------------------------------------


def choice() -> str:
    """Shares of twenty choices by the three laws."""
    names = tuple(f"{place:02d}" for place in range(20))
    panels = []
    for kind in ("uniform", "zipf@1.2", "head_tail@{0.6,1.5}"):
        made = generated(table(20_000, column({"choice": {"choices": names, "weights_kind": kind}}, "string")))["thing"]
        shares = np.bincount(values(made).astype(int), minlength=20) / len(made)
        law = weights_of(ChoiceParams(choices=names, weights_kind=kind), 20)
        panel = Panel(kind, (0, 20), (0, 0.35), [(0.5, "1st"), (19.5, "20th")], percent=True)
        panels.append(panel.bars(range(21), shares).dots(np.arange(20) + 0.5, law))
    return picture(*panels)


def _drawn(kind: str, span: tuple[float, float], cut: dict[str, Any], **params: float) -> Panel:
    raw = {"type": kind, "params": params, **cut}
    counted = kind in COUNTS
    made = generated(table(40_000, column({"distribution": raw}, "int" if counted else "float")))["thing"]
    edges = np.arange(span[0] - 0.5, span[1] + 1) if counted else np.linspace(*span, 41)
    heights = np.histogram(values(made), edges)[0] / len(made)
    law = np.diff(Cumulative(msgspec.convert(raw, DistributionParams)).over(edges))
    top = float(max(heights.max(), law.max())) * 1.05
    title = f"{kind}({', '.join(f'{name} {value:g}' for name, value in params.items())})"
    ends = [(span[0], f"{span[0]:g}"), (span[1], f"{span[1]:g}")]
    panel = Panel(title, (edges[0], edges[-1]), (0, top), ends, percent=True)
    return panel.bars(edges.tolist(), heights).line((edges[1:] + edges[:-1]) / 2, law)


def continuous() -> str:
    """Distributions around a middle."""
    return picture(
        _drawn("normal", (0, 80), {"clamp": [0, 80]}, mean=35, std=12),
        _drawn("lognormal", (0, 100), {"clamp": [0, 300]}, mean=3.5, sigma=0.4),
        _drawn("uniform", (-1, 11), {}, low=0, high=10),
        _drawn("triangular", (-1, 11), {}, low=0, mode=2, high=10),
    )


def tailed() -> str:
    """Distributions with a tail, and beta."""
    return picture(
        _drawn("exponential", (0, 120), {}, scale=30),
        _drawn("gamma", (0, 100), {}, shape=2, scale=15),
        _drawn("weibull", (0, 60), {}, shape=1.5, scale=20),
        _drawn("pareto", (0, 60), {}, alpha=3, xm=10),
        _drawn("beta", (0, 1), {}, a=2, b=5),
    )


def counts() -> str:
    """Distributions of whole numbers."""
    return picture(
        _drawn("poisson", (0, 12), {"clamp": [0, 50]}, **{"lambda": 3}),
        _drawn("binomial", (0, 10), {}, n=10, p=0.3),
        _drawn("geometric", (0, 14), {}, p=0.4),
        _drawn("negative_binomial", (0, 18), {}, n=3, p=0.4),
    )


def clamp() -> str:
    """The same normal clipped and drawn again."""
    panels = []
    for cut in ("clamp", "truncate"):
        raw = {"type": "normal", "params": {"mean": 35, "std": 12}, cut: [18, 60]}
        made = values(generated(table(40_000, column({"distribution": raw})))["thing"])
        edges = np.linspace(14, 64, 51)
        heights = np.histogram(made, edges)[0] / len(made)
        panel = Panel(f"{cut}: [18, 60]", (14, 64), (0, 0.1), [(18, "18"), (60, "60")], percent=True)
        panels.append(panel.bars(edges.tolist(), heights))
    return picture(*panels)


def patterns() -> str:
    """Times by hour, day of week and month, each alone, and what was asked for."""
    cycles: list[tuple[str, list[float], Callable[[Any], Any], list[tuple[float, str]]]] = [
        ("hour", HOURS, lambda at: at.astype("datetime64[h]").astype(int) % 24, [(0.5, "0h"), (23.5, "23h")]),
        ("dow", DOW, lambda at: (at.astype("datetime64[D]").astype(int) + 3) % 7, [(0.5, "Mon"), (6.5, "Sun")]),
        ("month", MONTH, months, [(0.5, "Jan"), (11.5, "Dec")]),
    ]
    series = [{"dimension": name, "weights": weights} for name, weights, _, _ in cycles]
    made = generated(table(60_000, column({"datetime_series": {"freq": "min", "patterns": series}}, "datetime")))
    times = values(made["thing"]).astype("datetime64[us]")
    return picture(*(_cycle(times, *one) for one in cycles))


def _cycle(times: Any, name: str, weights: list[float], place: Callable[[Any], Any], ticks: Any) -> Panel:
    size = len(weights)
    instants = START + np.arange(DAYS * 24) * np.timedelta64(1, "h")
    exposed = np.bincount(place(instants), minlength=size) * np.array(weights, float)
    shares = np.bincount(place(times), minlength=size) / len(times)
    law = exposed / exposed.sum()
    panel = Panel(f"dimension: {name}", (0, size), (0, float(law.max()) * 1.1), ticks, percent=True)
    return panel.bars(range(size + 1), shares).dots(np.arange(size) + 0.5, law)


def diffusion() -> str:
    """The share that has adopted."""
    panels = []
    chosen = [("logistic", 12.0, 0.4), ("exponential", 4.0, 0.5), ("linear", 10.0, 0.5)]
    for kind, steepness, middle in chosen:
        params = {"curve_type": kind, "steepness": steepness, "inflection_point": middle}
        made = generated(table(5_000, column({"diffusion_curve": params}, "datetime")))["thing"]
        at = np.linspace(0, 1, 61)
        reached = np.searchsorted(np.sort(days(values(made))), at * DAYS) / len(made)
        law = cumulated(msgspec.convert(params, DiffusionCurveParams), at)
        panel = Panel(kind, (0, 1), (0, 1), [(0, "start"), (1, "end")], percent=True)
        panels.append(panel.line(at, reached, "path").line(at, (law - law[0]) / (law[-1] - law[0])))
    return picture(*panels)


def _by_month(made: pa.Table, title: str, law: Any, top: float) -> Panel:
    place = months(values(made, "at"))
    means = np.bincount(place, values(made), 12) / np.bincount(place, minlength=12)
    panel = Panel(title, (0, 12), (0, top), [(0.5, "Jan"), (11.5, "Dec")])
    return panel.bars(range(13), means).dots(np.arange(12) + 0.5, law)


def _moving(transform: str, **args: Any) -> pa.Table:
    return generated(
        table(30_000, column(SERIES, "datetime", "at"), column(FLAT, modifiers=modified(transform, **args)))
    )["thing"]


def seasonality() -> str:
    """The mean of a value by month."""
    made = _moving("seasonality", dimension="month", weights=MONTH)
    return picture(_by_month(made, "mean by month", np.array(MONTH) * 100, 330))


def trend() -> str:
    """The mean of a value by month under the three trends."""
    t = (np.arange(12) + 0.5) / 12
    laws = {
        "exponential": ({"growth_rate": 2.0}, 3.0**t),
        "linear": ({"growth_rate": 1.0}, 1 + t),
        "logarithmic": ({"params": {"a": 0.5, "b": 5}}, 1 + 0.5 * np.log1p(5 * t)),
    }
    return picture(
        *(_by_month(_moving("trend", type=kind, **args), kind, law * 100, 300) for kind, (args, law) in laws.items())
    )


def outliers() -> str:
    """Values over time with what is rare in them."""
    uses = {mode: modified("outliers", rate=0.05, mode=mode) for mode in ("spike", "drop", "burst")}
    dates = {
        "spike_dates": ["2024-04-09", "2024-04-10", "2024-04-11"],
        "spike_multiplier": 5.0,
        "drop_dates": ["2024-09-19", "2024-09-20", "2024-09-21"],
        "drop_multiplier": 0.2,
    }
    panels = []
    for title, use in {**uses, "anomaly": modified("anomaly", **dates)}.items():
        made = generated(table(600, column(SERIES, "datetime", "at"), column(FLAT, modifiers=use)))["thing"]
        panel = Panel(title, (0, DAYS), (0, 600), MONTHS)
        panels.append(panel.dots(days(values(made, "at")), values(made), "point", 2.2))
    return picture(*panels)


def effect() -> str:
    """Rows per day under two effects on the table."""
    promotions = {
        "id": "promotion", "kind": "vocab", "pk": "code",
        "columns": [
            {"name": "code", "type": "string", "generator": {"enum_list": {"values": ["spring", "autumn"]}}},
            {"name": "start_at", "type": "datetime", "generator": {"enum_list": {"values": ["2024-03-01", "2024-09-15"]}}},
            {"name": "end_at", "type": "datetime", "generator": {"enum_list": {"values": ["2024-04-15", "2024-10-31"]}}},
            {"name": "lift", "type": "float", "generator": {"enum_list": {"values": [2.0, 0.4]}}},
        ],
    }  # fmt: skip
    window = {"start_col": "start_at", "end_col": "end_at"}
    use = modified("effect", effect_table="promotion", window=window, map={"field": "lift"})
    fanout = {"distribution": "poisson", "lambda": 40}
    made = generated(
        promotions, table(1_000), child("order", column(SERIES, "datetime", "at"), fanout=fanout, modifiers=use)
    )
    daily = np.bincount(days(values(made["order"], "at")).astype(int), minlength=DAYS)
    panel = Panel("orders per day; spring × 2, autumn × 0.4", (0, DAYS), (0, 280), MONTHS, width=460)
    return picture(panel.line(np.arange(DAYS) + 0.5, daily, "path").band(60, 105).band(258, 304))


def fanout() -> str:
    """Shares of parents by their number of children."""
    fanouts: list[dict[str, Any]] = [
        {"distribution": "poisson", "lambda": 4},
        {"distribution": "geometric", "lambda": 4},
        {"distribution": "zipf", "lambda": 2, "max": 15},
        {"distribution": "uniform", "min": 2, "max": 8},
        {"distribution": "fixed", "lambda": 4},
    ]
    made = generated(table(20_000), *(child(one["distribution"], fanout=one) for one in fanouts))
    panels = []
    for one in fanouts:
        number = np.bincount(values(made[one["distribution"]], "thing_id"), minlength=20_001)[1:]
        shares = np.bincount(number, minlength=16)[:16] / len(number)
        title = " ".join(
            [one["distribution"], *(f"{key} {value}" for key, value in one.items() if key != "distribution")]
        )
        panel = Panel(
            title, (-0.5, 15.5), (0, max(0.3, float(shares.max()))), [(0, "0"), (15, "15")], 150, percent=True
        )
        panels.append(panel.bars(np.arange(17) - 0.5, shares))
    return picture(*panels)


def segments() -> str:
    """Children per parent and their values, by segment."""
    behavior = {
        "segment_column": "segment",
        "behaviors": {"VIP": {"fanout_multiplier": 3, "value_multiplier": 2}, "Regular": {"fanout_multiplier": 0.8}},
        "applies_to_columns": ["value"],
    }
    chosen = column({"choice": {"choices": ["VIP", "Regular"], "weights": [1, 4]}}, "string", "segment")
    order = child("order", column(FLAT), fanout={"distribution": "poisson", "lambda": 5})
    made = generated(table(5_000, chosen, segment_behavior=behavior), order)
    vip = np.array([name == "VIP" for name in made["thing"]["segment"].to_pylist()])
    owner = vip[values(made["order"], "thing_id") - 1]
    number = [owner.sum() / vip.sum(), (~owner).sum() / (~vip).sum()]
    value = [values(made["order"])[owner].mean(), values(made["order"])[~owner].mean()]
    names = [(0.5, "VIP"), (1.5, "Regular")]
    return picture(
        Panel("orders per customer", (0, 2), (0, 18), names).bars(range(3), number, 24).dots([0.5, 1.5], [15, 4]),
        Panel("mean value", (0, 2), (0, 240), names).bars(range(3), value, 24).dots([0.5, 1.5], [200, 100]),
    )


def vintage() -> str:
    """Orders per parent and month of age, for the curve that was declared."""
    curve = [1.0, 0.6, 0.45, 0.35, 0.3]
    behavior = {
        "created_at_column": "created_at",
        "age_based_multipliers": {"retention": {"curve": curve, "time_unit": "month", "applies_to": "fanout"}},
    }
    order = child("order", column(SERIES, "datetime", "at"), fanout={"distribution": "poisson", "lambda": 24})
    born = column({"datetime_series": {"freq": "H"}}, "datetime", "created_at")
    made = generated(table(16_000, born, vintage_behavior=behavior), order)
    births = days(values(made["thing"], "created_at"))
    age = days(values(made["order"], "at")) - births[values(made["order"], "thing_id") - 1]
    edges = np.arange(13) * 30.0
    alive = np.array([np.clip(DAYS - births - left, 0, 30).sum() for left in edges[:-1]]) / 30
    rate = np.histogram(age, edges)[0] / alive
    law = 24 * 30 / DAYS * np.array([curve[min(place, 4)] for place in range(12)])
    title = "orders per customer and month, by age in months"
    panel = Panel(title, (0, 12), (0, 2.2), [(0.5, "0"), (11.5, "11")], width=320)
    return picture(panel.bars(range(13), rate).dots(np.arange(12) + 0.5, law))


STAGES = [("visit", 1.0), ("cart", 0.5), ("checkout", 0.6), ("paid", 0.8)]


def funnel() -> str:
    """Shares of parents that reach each stage, by segment."""
    config = {
        "stages": [{"stage_name": name, "transition_rate": rate} for name, rate in STAGES],
        "segment_variation": {"VIP": {"transition_multiplier": 1.2}},
    }
    chosen = column({"choice": {"choices": ["VIP", "Regular"]}}, "string", "segment")
    mix = {name: {"base_probability": 0.5} for name in ("VIP", "Regular")}
    steps = child(
        "step",
        column({"choice": {"choices": [name for name, _ in STAGES]}}, "string", "stage"),
        column({"sequence": {}}, "int", "stage_index"),
        stage_config=config,
    )
    made = generated(table(20_000, chosen, segment_behavior={"segment_column": "segment", "segments": mix}), steps)
    segment = np.array(made["thing"]["segment"].to_pylist())
    owner = segment[values(made["step"], "thing_id") - 1]
    panels = []
    for name, factor in (("Regular", 1.0), ("VIP", 1.2)):
        reached = np.bincount(values(made["step"], "stage_index")[owner == name], minlength=4) / (segment == name).sum()
        law = np.cumprod([1.0, *(min(rate * factor, 1.0) for _, rate in STAGES[1:])])
        ticks = [(place + 0.5, stage) for place, (stage, _) in enumerate(STAGES)]
        panel = Panel(f"share that reaches a stage: {name}", (0, 4), (0, 1.05), ticks, 240, percent=True)
        panels.append(panel.bars(range(5), reached, 10).dots(np.arange(4) + 0.5, law))
    return picture(*panels)


def states() -> str:
    """How long a state lasts, and what follows it."""
    model = {
        "initial_state": "active",
        "period_unit": "month",
        "states": {
            "active": {"transition_prob_per_period": 0.8, "next_states": {"paused": 0.3, "lost": 0.5, "upgraded": 0.2}},
            "paused": {"terminal": True},
            "lost": {"terminal": True},
            "upgraded": {"terminal": True},
        },
    }
    born = column({"choice": {"choices": ["2024-01-01T00:00:00Z"]}}, "datetime", "created_at")
    change = child(
        "change",
        column({"state": "to"}, "string", "state"),
        column({"state": "time"}, "datetime", "at"),
        column({"state": "index"}, "int", "step"),
        state_transition_model=model,
    )
    made = generated(table(20_000, born), change)["change"]
    second = values(made, "step") == 1
    wait = days(values(made, "at"))[second]
    edges = np.linspace(0, 180, 31)
    law = np.exp(-edges[:-1] * 0.8 / 30) - np.exp(-edges[1:] * 0.8 / 30)
    lasting = Panel("days in a state, mean 37.5", (0, 180), (0, 0.16), [(0, "0"), (180, "180")], percent=True)
    lasting.bars(edges.tolist(), np.histogram(wait, edges)[0] / 20_000).line((edges[1:] + edges[:-1]) / 2, law)
    names = ["paused", "lost", "upgraded"]
    after = np.array(made["state"].to_pylist())[second]
    shares = [(after == name).mean() for name in names]
    ticks = [(place + 0.5, name) for place, name in enumerate(names)]
    following = Panel("next_states", (0, 3), (0, 0.6), ticks, percent=True)
    return picture(lasting, following.bars(range(4), shares, 16).dots([0.5, 1.5, 2.5], [0.3, 0.5, 0.2]))


def attribution() -> str:
    """The mean weight of each touch of four, by model."""
    panels = []
    for model in ("linear", "first_touch", "last_touch", "time_decay", "position_based"):
        chain = {
            "channels": ["search", "social", "mail"],
            "min_touches": 4,
            "max_touches": 4,
            "attribution_model": model,
        }
        sale = table(3_000, column(SERIES, "datetime", "at"), kind="fact", attribution_chain=chain)
        made = generated(sale)["touchpoint"]
        weight = np.bincount(values(made, "position"), values(made, "attribution_weight"), 5)[1:] / 3_000
        panel = Panel(model, (0, 4), (0, 1), [(place + 0.5, str(place + 1)) for place in range(4)], 130, percent=True)
        panels.append(panel.bars(range(5), weight, 4))
    return picture(*panels)


PICTURES: dict[str, Callable[[], str]] = {
    "attribution": attribution,
    "choice": choice,
    "clamp": clamp,
    "diffusion": diffusion,
    "distributions-1": continuous,
    "distributions-2": tailed,
    "distributions-3": counts,
    "effect": effect,
    "fanout": fanout,
    "funnel": funnel,
    "outliers": outliers,
    "patterns": patterns,
    "seasonality": seasonality,
    "segments": segments,
    "states": states,
    "trend": trend,
    "vintage": vintage,
}


def main() -> None:
    """Draw all of them."""
    for name, draw in PICTURES.items():
        (FOLDER / f"{name}.svg").write_text(draw(), encoding="utf-8")


if __name__ == "__main__":
    main()
