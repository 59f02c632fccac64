"""Run a workload beside its floor, each in processes of its own, in turns, and print one line of JSON.

A floor is the best plain numpy and pyarrow code for the same rows: whole tables in memory, one process, pyarrow's default
encodings. What is compared is what a person waits for: whole processes, their start included.

    python bench_w1.py              # ours and the floor, three times in turns
    python bench_w1.py --rounds 1
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

MICROS = 1_000_000
START = int(np.datetime64("2024-01-01", "us").astype("i8"))
END = int(np.datetime64("2025-01-01", "us").astype("i8"))
TIMEFRAME = {"start": "2024-01-01T00:00:00Z", "end": "2024-12-31T23:59:59Z", "freq": "H"}
SERIES = {"datetime_series": {"within": "timeframe", "freq": "H"}}
SEQUENCE = {"sequence": {"start": 1, "step": 1}}


@dataclass(frozen=True)
class Workload:
    """A document, and code that makes the same rows.

    Parameters
    ----------
    name
        What the table of results calls it.
    nodes
        The document's tables.
    floor
        Writes the tables of the floor into a directory.
    """

    name: str
    nodes: list[dict[str, Any]]
    floor: Callable[[Path], None]

    @property
    def document(self) -> dict[str, Any]:
        """The whole document."""
        return {
            "version": "1.0",
            "metadata": {"name": self.name},
            "timeframe": TIMEFRAME,
            "nodes": self.nodes,
            "constraints": {},
        }


def column(name: str, kind: str, generator: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A column of a document."""
    return {"name": name, "type": kind, "generator": generator, **more}


def write(folder: Path, **tables: dict[str, Any]) -> None:
    """Write the tables of a floor as anybody would."""
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet", compression="zstd")


def times(micros: Any) -> pa.Array:
    """Instants as Arrow has them."""
    return pa.array(micros, pa.timestamp("us", tz="UTC"))


def chosen(rng: np.random.Generator, values: list[Any], rows: int, weights: list[float] | None = None) -> pa.Array:
    """One of a list for each row, as a dictionary."""
    shares = np.full(len(values), 1 / len(values)) if weights is None else np.asarray(weights) / np.sum(weights)
    index = np.searchsorted(np.cumsum(shares), rng.random(rows), side="right").clip(max=len(values) - 1)
    return pa.DictionaryArray.from_arrays(pa.array(index.astype("i2")), pa.array(values))


def hours(rng: np.random.Generator, rows: int) -> Any:
    """A random hour of the timeframe for each row, in microseconds."""
    return START + rng.integers(0, (END - START) // (3600 * MICROS), rows) * 3600 * MICROS


def main(workload: Workload) -> None:
    """Run a workload as its script was called."""
    parser = argparse.ArgumentParser(description=f"{workload.name} beside its floor")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=["ours", "floor"])
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    if options.only is not None:
        _once(workload, options.only, options.out)
        return
    measured: dict[str, list[tuple[float, float, float, int]]] = {"ours": [], "floor": []}
    for _ in range(options.rounds):
        for side, found in measured.items():
            found.append(_child(side))
    print(json.dumps(_line(workload, measured)))


def _once(workload: Workload, side: str, out: Path) -> None:
    if side == "floor":
        out.mkdir(parents=True)
        workload.floor(out)
        return
    import datagen_core  # noqa: PLC0415 - the floor runs without it

    datagen_core.generate(workload.document, out)


def _child(side: str) -> tuple[float, float, float, int]:
    """Seconds, seconds of all cores, megabytes at the peak, and rows of one run."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        began = os.times().elapsed
        process = os.posix_spawn(
            sys.executable, [sys.executable, sys.argv[0], "--only", side, "--out", str(out)], os.environ
        )
        _, status, used = os.wait4(process, 0)
        seconds = os.times().elapsed - began
        if status:
            raise SystemExit(f"{sys.argv[0]}: the {side} run failed")
        rows = sum(pq.read_metadata(path).num_rows for path in out.rglob("*.parquet"))
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, rows


def _line(workload: Workload, measured: dict[str, list[tuple[float, float, float, int]]]) -> dict[str, Any]:
    ours, floor = (
        [statistics.median(values) for values in zip(*measured[side], strict=True)] for side in ("ours", "floor")
    )
    per_row = floor[3] / ours[3]
    return {
        "workload": workload.name,
        "rows": int(ours[3]),
        "floor_rows": int(floor[3]),
        "seconds": round(ours[0], 2),
        "floor_seconds": round(floor[0], 2),
        "ratio": round(ours[0] / floor[0] * per_row, 2),
        "cpu_ratio": round(ours[1] / floor[1] * per_row, 2),
        "megabytes": round(ours[2]),
        "floor_megabytes": round(floor[2]),
    }
