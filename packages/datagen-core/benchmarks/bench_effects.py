"""Two million sales whose amount is lifted by the campaigns of their shop that run at their time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from harness import MICROS, SEQUENCE, SERIES, START, Workload, column, hours, main, times, write

SHOPS, CAMPAIGNS, SALES = 50, 400, 2_000_000
DAY = 86_400 * MICROS
LIFTS = [0.9, 1.1, 1.25, 1.5]
FIRST, SECOND = {"start": "2024-01-01", "end": "2024-06-30"}, {"start": "2024-07-01", "end": "2024-12-31"}

NODES = [
    {
        "id": "shop",
        "kind": "entity",
        "pk": "shop_id",
        "rows": SHOPS,
        "columns": [column("shop_id", "int", SEQUENCE)],
    },
    {
        "id": "campaign",
        "kind": "entity",
        "pk": "campaign_id",
        "rows": CAMPAIGNS,
        "columns": [
            column("campaign_id", "int", SEQUENCE),
            column("shop_id", "int", {"lookup": {"from": "shop.shop_id"}}),
            column("begins", "datetime", {"datetime_series": {"within": FIRST, "freq": "D"}}),
            column("ends", "datetime", {"datetime_series": {"within": SECOND, "freq": "D"}}),
            column("lift", "float", {"choice": {"choices": LIFTS}}),
        ],
    },
    {
        "id": "sale",
        "kind": "entity",
        "pk": "sale_id",
        "rows": SALES,
        "columns": [
            column("sale_id", "int", SEQUENCE),
            column("shop_id", "int", {"lookup": {"from": "shop.shop_id"}}),
            column("at", "datetime", SERIES),
            column(
                "amount",
                "float",
                {"distribution": {"type": "uniform", "params": {"low": 1, "high": 100}}},
                modifiers=[
                    {
                        "transform": "effect",
                        "args": {
                            "effect_table": "campaign",
                            "on": {"shop_id": "shop_id"},
                            "window": {"start_col": "begins", "end_col": "ends"},
                            "map": {"field": "lift", "op": "mul", "default": 1.0},
                        },
                    }
                ],
            ),
        ],
    },
]


def floor(folder: Path) -> None:
    """A table of steps for each shop, and a binary search in it for the shop's sales."""
    rng = np.random.Generator(np.random.SFC64(42))
    shop = rng.integers(1, SHOPS + 1, CAMPAIGNS)
    begins, ends = START + rng.integers(0, 181, CAMPAIGNS) * DAY, START + rng.integers(182, 366, CAMPAIGNS) * DAY
    lift = rng.choice(LIFTS, CAMPAIGNS)
    sold_by, at = rng.integers(1, SHOPS + 1, SALES), hours(rng, SALES)
    amount = rng.uniform(1, 100, SALES)
    order = np.argsort(sold_by, kind="stable")
    edges = np.searchsorted(sold_by[order], np.arange(1, SHOPS + 2))
    for number in range(1, SHOPS + 1):
        mine = shop == number
        moments = np.concatenate([begins[mine], ends[mine] + 1])
        logs = np.concatenate([np.log(lift[mine]), -np.log(lift[mine])])
        place = np.argsort(moments)
        steps = np.exp(np.concatenate([[0], np.cumsum(logs[place])]))
        rows = order[edges[number - 1] : edges[number]]
        amount[rows] *= steps[np.searchsorted(moments[place], at[rows], side="right")]
    write(
        folder,
        shop={"shop_id": np.arange(1, SHOPS + 1)},
        campaign={
            "campaign_id": np.arange(1, CAMPAIGNS + 1),
            "shop_id": shop,
            "begins": times(begins),
            "ends": times(ends),
            "lift": pa.array(lift),
        },
        sale={"sale_id": np.arange(1, SALES + 1), "shop_id": sold_by, "at": times(at), "amount": amount},
    )


WORKLOAD = Workload("effects by key and window", NODES, floor)

if __name__ == "__main__":
    main(WORKLOAD)
