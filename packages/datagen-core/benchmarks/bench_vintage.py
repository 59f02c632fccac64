"""Activity that fades with age: 200,000 users, a curve by month, segments, and two million events."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from harness import END, MICROS, SEQUENCE, SERIES, START, Workload, chosen, column, hours, main, times, write

USERS, RATE = 200_000, 40
CURVE = [1.0, 0.7, 0.55, 0.45, 0.4, 0.36, 0.33, 0.31, 0.3, 0.29, 0.28, 0.27, 0.27]
PLANS, SHARES, FACTORS = ["free", "pro", "team"], [0.7, 0.2, 0.1], [0.6, 1.5, 3.0]
MONTH = 30 * 86_400 * MICROS

NODES = [
    {
        "id": "user",
        "kind": "entity",
        "pk": "user_id",
        "rows": USERS,
        "columns": [
            column("user_id", "int", SEQUENCE),
            column("plan", "string", {"choice": {"choices": PLANS, "weights": SHARES}}),
            column("created_at", "datetime", SERIES),
        ],
        "segment_behavior": {
            "segment_column": "plan",
            "behaviors": {name: {"fanout_multiplier": factor} for name, factor in zip(PLANS, FACTORS, strict=True)},
        },
        "vintage_behavior": {
            "created_at_column": "created_at",
            "age_based_multipliers": {"fading": {"curve": CURVE, "time_unit": "month", "applies_to": "fanout"}},
        },
    },
    {
        "id": "event",
        "kind": "fact",
        "pk": "event_id",
        "parents": ["user"],
        "fanout": {"distribution": "poisson", "lambda": RATE, "max": 1000},
        "columns": [
            column("event_id", "int", SEQUENCE),
            column("user_id", "int", {"lookup": {"from": "user.user_id"}}),
            column("at", "datetime", SERIES),
        ],
    },
]


def floor(folder: Path) -> None:
    """The curve integrated once; counts from its integral over each life, times from its inverse."""
    rng = np.random.Generator(np.random.SFC64(42))
    plan = chosen(rng, PLANS, USERS, SHARES)
    created = hours(rng, USERS)
    ages = np.arange(len(CURVE) + 1) * MONTH
    integral = np.concatenate([[0], np.cumsum(np.array(CURVE) * MONTH)])
    mass = np.interp(END - created, ages, integral)
    rate = RATE * mass / (END - START) * np.array(FACTORS)[plan.indices.to_numpy()]
    children = rng.poisson(rate)
    rows = int(children.sum())
    born = np.repeat(created, children)
    age = np.interp(rng.random(rows) * np.repeat(mass, children), integral, ages)
    at = np.minimum((born + age).astype("i8") // (3600 * MICROS) * (3600 * MICROS), END - 1)
    number = np.arange(1, USERS + 1)
    write(
        folder,
        user={"user_id": number, "plan": plan, "created_at": times(created)},
        event={"event_id": np.arange(1, rows + 1), "user_id": np.repeat(number, children), "at": times(at)},
    )


WORKLOAD = Workload("fanout by age and segment", NODES, floor)

if __name__ == "__main__":
    main(WORKLOAD)
