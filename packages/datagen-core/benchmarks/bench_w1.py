"""W1: a million users and eight million events, with a weekly pattern, jitter, and no event before its user."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from harness import END, MICROS, SEQUENCE, SERIES, START, Workload, chosen, column, main, times, write

USERS, EVENTS_PER_USER = 1_000_000, 8
COUNTRIES, COUNTRY_WEIGHTS = ["US", "DE", "IN", "BR", "GB"], [0.35, 0.10, 0.25, 0.15, 0.15]
KINDS, KIND_WEIGHTS = ["view", "click", "cart", "buy", "share", "return"], [0.5, 0.2, 0.12, 0.1, 0.05, 0.03]
WEEK = [0.9, 1.0, 1.0, 1.1, 1.3, 1.2, 0.8]
HOUR = 3600 * MICROS

NODES = [
    {
        "id": "user",
        "kind": "entity",
        "pk": "user_id",
        "rows": USERS,
        "columns": [
            column("user_id", "int", SEQUENCE),
            column("name", "string", {"faker": {"method": "name"}}),
            column("email", "string", {"faker": {"method": "email"}}),
            column("country", "string", {"choice": {"choices": COUNTRIES, "weights": COUNTRY_WEIGHTS}}),
            column(
                "age", "int", {"distribution": {"type": "normal", "params": {"mean": 35, "std": 12}, "clamp": [18, 80]}}
            ),
            column("created_at", "datetime", SERIES),
        ],
        # As many events as the floor has: a rate over a life that is half the year on average
        "vintage_behavior": {"created_at_column": "created_at"},
    },
    {
        "id": "event",
        "kind": "fact",
        "pk": "event_id",
        "parents": ["user"],
        "fanout": {"distribution": "poisson", "lambda": 2 * EVENTS_PER_USER, "min": 0, "max": 60},
        "columns": [
            column("event_id", "int", SEQUENCE),
            column("user_id", "int", {"lookup": {"from": "user.user_id"}}),
            column("event_type", "string", {"choice": {"choices": KINDS, "weights": KIND_WEIGHTS}}),
            column(
                "ts",
                "datetime",
                {"datetime_series": {"within": "timeframe", "pattern": {"dimension": "dow", "weights": WEEK}}},
                modifiers=[{"transform": "time_jitter", "args": {"std_minutes": 20}}],
            ),
            column(
                "amount",
                "float",
                {"distribution": {"type": "lognormal", "params": {"mean": 3.2, "sigma": 0.7}, "clamp": [1, 500]}},
                modifiers=[{"transform": "round", "args": {"digits": 2}}],
            ),
        ],
    },
]


def floor(folder: Path) -> None:
    """The same rows by hand."""
    rng = np.random.Generator(np.random.SFC64(42))
    first, last = pa.array([f"First{n}" for n in range(2000)]), pa.array([f"Lastname{n}" for n in range(4000)])
    given = first.take(pa.array(rng.integers(0, 2000, USERS)))
    family = last.take(pa.array(rng.integers(0, 4000, USERS)))
    number = np.arange(1, USERS + 1)
    created = rng.integers(START, END, USERS)
    host = pa.scalar("@example.com")
    address = pc.binary_join_element_wise(
        pc.utf8_lower(given), pc.utf8_lower(family), pa.array(number).cast("string"), "."
    )
    users = {
        "user_id": number,
        "name": pc.binary_join_element_wise(given, family, " "),
        "email": pc.binary_join_element_wise(address, host, ""),
        "country": chosen(rng, COUNTRIES, USERS, COUNTRY_WEIGHTS),
        "age": np.clip(np.rint(rng.normal(35, 12, USERS)), 18, 80).astype("i8"),
        "created_at": times(created),
    }
    children = rng.poisson(EVENTS_PER_USER, USERS)
    rows = int(children.sum())
    parent = np.repeat(np.arange(USERS), children)
    grid = np.arange(START, END, HOUR)
    cumulated = np.cumsum(np.array(WEEK)[((grid // (24 * HOUR)) + 3) % 7])
    cumulated /= cumulated[-1]
    begin = np.searchsorted(grid, created).clip(max=len(grid) - 1)
    lowest = np.concatenate([[0], cumulated])[begin]
    drawn = rng.random(rows) * (1 - lowest[parent]) + lowest[parent]
    moment = grid[np.searchsorted(cumulated, drawn).clip(max=len(grid) - 1)]
    moment = np.maximum(moment + (rng.normal(0, 20 * 60, rows) * MICROS).astype("i8"), created[parent])
    events = {
        "event_id": np.arange(1, rows + 1),
        "user_id": number[parent],
        "event_type": chosen(rng, KINDS, rows, KIND_WEIGHTS),
        "ts": times(moment),
        "amount": np.round(np.clip(rng.lognormal(3.2, 0.7, rows), 1, 500), 2),
    }
    write(folder, user=users, event=events)


WORKLOAD = Workload("W1 users and events", NODES, floor)

if __name__ == "__main__":
    main(WORKLOAD)
