"""A funnel of five stages with three segments, a million sessions."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
from harness import MICROS, SEQUENCE, SERIES, Workload, chosen, column, hours, main, times, write

SESSIONS = 1_000_000
STAGES, RATES = ["visit", "view", "cart", "checkout", "purchase"], [1.0, 0.6, 0.4, 0.6, 0.7]
DEVICES, FACTORS, HOURS = ["desktop", "mobile", "tablet"], [1.2, 0.8, 1.0], 0.5

NODES = [
    {
        "id": "session",
        "kind": "entity",
        "pk": "session_id",
        "rows": SESSIONS,
        "columns": [
            column("session_id", "int", SEQUENCE),
            column("device", "string", {"choice": {"choices": DEVICES}}),
            column("started_at", "datetime", SERIES),
        ],
    },
    {
        "id": "step",
        "kind": "fact",
        "pk": "step_id",
        "parents": ["session"],
        "stage_config": {
            "stages": [{"stage_name": n, "transition_rate": r} for n, r in zip(STAGES, RATES, strict=True)],
            "segment_variation": {
                name: {"transition_multiplier": factor} for name, factor in zip(DEVICES, FACTORS, strict=True)
            },
            "time_between_stages_hours": HOURS,
        },
        "columns": [
            column("step_id", "int", SEQUENCE),
            column("session_id", "int", {"lookup": {"from": "session.session_id"}}),
            column("stage_name", "string", {"choice": {"choices": STAGES}}),
            column("stage_index", "int", SEQUENCE),
            column("at", "datetime", SERIES),
        ],
    },
]


def floor(folder: Path) -> None:
    """How far each session gets, then rows by repetition and times by a running sum."""
    rng = np.random.Generator(np.random.SFC64(42))
    device, started = chosen(rng, DEVICES, SESSIONS), hours(rng, SESSIONS)
    factor = np.array(FACTORS)[device.indices.to_numpy()]
    reached = np.ones(SESSIONS, dtype="i8")
    going = np.ones(SESSIONS, dtype=bool)
    for rate in RATES[1:]:
        going &= rng.random(SESSIONS) < np.minimum(rate * factor, 1)
        reached += going
    rows = int(reached.sum())
    first = np.concatenate([[0], np.cumsum(reached)[:-1]])
    index = np.arange(rows) - np.repeat(first, reached)
    waits = rng.exponential(HOURS * 3600 * MICROS, rows)
    waits[first] = 0
    total = np.cumsum(waits)
    at = np.repeat(started - total[first], reached) + total
    number = np.arange(1, SESSIONS + 1)
    write(
        folder,
        session={"session_id": number, "device": device, "started_at": times(started)},
        step={
            "step_id": np.arange(1, rows + 1),
            "session_id": np.repeat(number, reached),
            "stage_name": pa.DictionaryArray.from_arrays(pa.array(index.astype("i2")), pa.array(STAGES)),
            "stage_index": index,
            "at": times(at.astype("i8")),
        },
    )


WORKLOAD = Workload("funnel", NODES, floor)

if __name__ == "__main__":
    main(WORKLOAD)
