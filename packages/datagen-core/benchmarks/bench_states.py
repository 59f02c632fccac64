"""Subscriptions that change their state by the month: 300,000 of them over a year."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from harness import END, MICROS, SEQUENCE, SERIES, Workload, column, hours, main, times, write

SUBSCRIPTIONS, MONTH = 300_000, 30 * 86_400 * MICROS
STATES = ["trial", "active", "paused", "churned"]
LEAVING = [0.8, 0.15, 0.4, 0.0]
NEXT = [[0, 0.6, 0, 0.4], [0, 0, 0.3, 0.7], [0, 0.7, 0, 0.3]]

NODES = [
    {
        "id": "customer",
        "kind": "entity",
        "pk": "customer_id",
        "rows": SUBSCRIPTIONS,
        "columns": [column("customer_id", "int", SEQUENCE), column("created_at", "datetime", SERIES)],
    },
    {
        "id": "change",
        "kind": "fact",
        "pk": "change_id",
        "parents": ["customer"],
        "state_transition_model": {
            "initial_state": "trial",
            "period_unit": "month",
            "states": {
                name: {"transition_prob_per_period": leaving, "next_states": dict(zip(STATES, shares, strict=True))}
                for name, leaving, shares in zip(STATES[:3], LEAVING, NEXT, strict=False)
            }
            | {"churned": {"terminal": True}},
        },
        "columns": [
            column("change_id", "int", SEQUENCE),
            column("customer_id", "int", {"lookup": {"from": "customer.customer_id"}}),
            column("state", "string", {"choice": {"choices": STATES}}),
            column("previous_state", "string", {"choice": {"choices": STATES}}, nullable=True),
            column("at", "datetime", SERIES),
        ],
    },
]


def floor(folder: Path) -> None:
    """All subscriptions one change further at a time, until none is left; then in order of customer."""
    rng = np.random.Generator(np.random.SFC64(42))
    created = hours(rng, SUBSCRIPTIONS)
    who, state, at = np.arange(SUBSCRIPTIONS), np.zeros(SUBSCRIPTIONS, dtype="i8"), created.astype("f8")
    found = [(who, state, np.full(SUBSCRIPTIONS, -1), at)]
    leaving, following = np.array(LEAVING), np.cumsum(NEXT, axis=1)
    while len(who):
        on = leaving[state] > 0
        who, state, at = who[on], state[on], at[on]
        at = at + rng.exponential(1.0, len(who)) * MONTH / leaving[state]
        after = (rng.random(len(who))[:, None] >= following[state]).sum(axis=1).clip(max=3)
        inside = at < END
        who, before, state, at = who[inside], state[inside], after[inside], at[inside]
        found.append((who, state, before, at))
    who, state, before, at = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.argsort(who, kind="stable")
    rows = len(who)
    words = pa.array(STATES)
    write(
        folder,
        customer={"customer_id": np.arange(1, SUBSCRIPTIONS + 1), "created_at": times(created)},
        change={
            "change_id": np.arange(1, rows + 1),
            "customer_id": who[order] + 1,
            "state": pa.DictionaryArray.from_arrays(pa.array(state[order].astype("i2")), words),
            "previous_state": pa.DictionaryArray.from_arrays(
                pa.array(before[order].astype("i2"), mask=before[order] < 0), words
            ),
            "at": times(at[order].astype("i8")),
        },
    )


WORKLOAD = Workload("state transitions", NODES, floor)

if __name__ == "__main__":
    main(WORKLOAD)
