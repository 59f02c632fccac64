"""Touchpoints before 300,000 conversions, weighted by their distance in time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from harness import MICROS, SEQUENCE, SERIES, Workload, chosen, column, hours, main, times, write

CONVERSIONS, LEAST, MOST, WINDOW = 300_000, 1, 6, 30
CHANNELS, SHARES = ["search", "social", "email", "display"], [0.4, 0.3, 0.2, 0.1]
DAY = 86_400 * MICROS

NODES = [
    {
        "id": "customer",
        "kind": "entity",
        "pk": "customer_id",
        "rows": CONVERSIONS,
        "columns": [column("customer_id", "int", SEQUENCE)],
    },
    {
        "id": "conversion",
        "kind": "fact",
        "pk": "conversion_id",
        "parents": ["customer"],
        "attribution_chain": {
            "channels": CHANNELS,
            "channel_weights": SHARES,
            "min_touches": LEAST,
            "max_touches": MOST,
            "time_window_days": WINDOW,
            "attribution_model": "time_decay",
        },
        "columns": [
            column("conversion_id", "int", SEQUENCE),
            column("customer_id", "int", {"lookup": {"from": "customer.customer_id"}}),
            column("at", "datetime", SERIES),
        ],
    },
]


def floor(folder: Path) -> None:
    """Distances for all touches, sorted within their conversion, then weights by a sum over each."""
    rng = np.random.Generator(np.random.SFC64(42))
    at = hours(rng, CONVERSIONS)
    touches = rng.integers(LEAST, MOST + 1, CONVERSIONS)
    rows, number = int(touches.sum()), np.arange(1, CONVERSIONS + 1)
    owner = np.repeat(np.arange(CONVERSIONS), touches)
    mean = WINDOW / 3
    days = -mean * np.log1p(-rng.random(rows) * -np.expm1(-WINDOW / mean))
    order = np.lexsort((-days, owner))
    days = days[order]
    weight = np.exp2(-days / (WINDOW / 2))
    weight /= np.repeat(np.bincount(owner, weights=weight), touches)
    first = np.concatenate([[0], np.cumsum(touches)[:-1]])
    write(
        folder,
        customer={"customer_id": number},
        conversion={"conversion_id": number, "customer_id": number, "at": times(at)},
        touchpoint={
            "touchpoint_id": np.arange(1, rows + 1),
            "conversion_id": number[owner],
            "channel": chosen(rng, CHANNELS, rows, SHARES),
            "timestamp": times((at[owner] - days * DAY).astype("i8")),
            "position": np.arange(rows) - np.repeat(first, touches) + 1,
            "attribution_weight": weight,
        },
    )


WORKLOAD = Workload("attribution chains", NODES, floor)

if __name__ == "__main__":
    main(WORKLOAD)
