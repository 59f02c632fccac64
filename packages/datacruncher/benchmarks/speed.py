"""The speed of a whole crunch, as ratios to a floor of the same run: DuckDB's SUMMARIZE of every table.

    python packages/datacruncher/benchmarks/speed.py [--data DIR] [--scale 1] [--growth]

TPC-H is made by ``tpchgen-cli`` (PyPI) where `--data` does not hold it yet. Each measurement is a process of its own, its start
included. Beside the seconds stands the processor's time, which says more where a machine is shared.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import duckdb

CHINOOK = Path(__file__).parents[1] / "tests" / "data" / "chinook"

SUMMARIZE = """
import sys, duckdb
connection = duckdb.connect()
for path in sys.argv[1:]:
    connection.execute("SUMMARIZE FROM read_parquet('" + path.replace("'", "''") + "')").fetchall()
"""

KEYS = {
    "region": "r_regionkey", "nation": "n_nationkey", "supplier": "s_suppkey", "customer": "c_custkey", "part": "p_partkey",
    "partsupp": "ps_partkey ps_suppkey", "orders": "o_orderkey", "lineitem": "l_orderkey l_linenumber",
}  # fmt: skip
REFERENCES = {
    "nation.n_regionkey region", "supplier.s_nationkey nation", "customer.c_nationkey nation",
    "partsupp.ps_partkey part", "partsupp.ps_suppkey supplier", "orders.o_custkey customer",
    "lineitem.l_orderkey orders", "lineitem.l_partkey part", "lineitem.l_suppkey supplier",
    "lineitem.l_partkey l_suppkey partsupp",
}  # fmt: skip


@dataclass(frozen=True)
class Cost:
    """Of one process: seconds on the wall, seconds of the processor, the greatest resident memory in MB."""

    wall: float
    cpu: float
    memory: float

    def __str__(self) -> str:
        return f"{self.wall:8.2f} s {self.cpu:8.2f} s {self.memory:8.0f} MB"


def cost(*command: str) -> Cost:
    """What a command costs; it must end well."""
    start = perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    said = process.stderr.read()
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command[:3])} … ended with {process.returncode}: {said.strip()[-500:]}")
    return Cost(perf_counter() - start, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


def floor(data: Path) -> Cost:
    """SUMMARIZE of every table of a directory."""
    return cost(sys.executable, "-c", SUMMARIZE, *sorted(map(str, data.glob("*.parquet"))))


def crunch(data: Path, report: Path, *options: str) -> Cost:
    """A crunch with every persona."""
    return cost(sys.executable, "-m", "datacruncher.cli", "crunch", str(data), "-o", str(report), *options)


def made(data: Path, scale: float) -> Path:
    """TPC-H of this scale below `data`, made if it is not there."""
    folder = data / f"sf{scale:g}"
    if len(list(folder.glob("*.parquet"))) < len(KEYS):
        beside = Path(sys.executable).with_name("tpchgen-cli")
        tool = str(beside) if beside.exists() else shutil.which("tpchgen-cli")
        if tool is None:
            raise SystemExit("tpchgen-cli is not installed: pip install tpchgen-cli")
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([tool, "parquet", "-s", f"{scale:g}", f"--output-dir={folder}"], check=True, capture_output=True)
    return folder


def rows(data: Path) -> int:
    """Rows of all tables."""
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT SUM(num_rows) FROM parquet_file_metadata('{data}/*.parquet')").fetchall()
    return int(found[0][0])


def wrong(report: dict[str, Any]) -> list[str]:
    """Keys and references of TPC-H that are missing or false, and findings that are graver than medium."""
    tables = {table["name"]: table for table in report["tables"]}
    keys = {name: " ".join((table.get("primary_key") or {}).get("columns", [])) for name, table in tables.items()}
    said = {
        f"{name}.{' '.join(key['columns'])} {key['references']['table']}"
        for name, table in tables.items()
        for key in table["foreign_keys"]
    }
    found = [f"key of {name}: {keys.get(name)!r}" for name, key in KEYS.items() if keys.get(name) != key]
    found += [f"missing reference {name}" for name in sorted(REFERENCES - said)]
    found += [f"false reference {name}" for name in sorted(said - REFERENCES)]
    grave = [issue for issue in report["issues"] if issue["severity"] in {"critical", "high"}]
    return found + [f"{issue['severity']}: {issue['finding']}" for issue in grave]


def main() -> None:
    """Measure, print, and end with 1 where a bound is broken."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--data", type=Path, default=Path(tempfile.gettempdir()) / "tpch")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument(
        "--growth", action="store_true", help="ten times the scale too, inside 4 GB (minutes, 3.5 GB of disk)"
    )
    asked = parser.parse_args()
    data, report = made(asked.data, asked.scale), asked.data / "crunch_report.json"
    print(f"TPC-H scale {asked.scale:g}, {rows(data):,} rows; duckdb {duckdb.__version__}, {os.cpu_count()} cores")
    print(f"{'':24}{'wall':>10} {'processor':>10} {'memory':>11}")
    least = floor(data)
    print(f"{'SUMMARIZE, every table':24}{least}")
    whole = crunch(data, report)
    print(f"{'crunch, six personas':24}{whole}")
    broken = wrong(json.loads(report.read_text()))
    tell("crunch / SUMMARIZE, wall", whole.wall / least.wall, 1.5, broken)
    tell("crunch / SUMMARIZE, processor", whole.cpu / least.cpu, 1.5, broken)
    tell("peak memory, GB", whole.memory / 1024, 2.0, broken)
    small = crunch(CHINOOK, report)
    print(f"{'crunch of Chinook':24}{small}")
    tell("Chinook, seconds", small.wall, 3.0, broken)
    before, after = (asked.scale, asked.scale * 10) if asked.growth else (asked.scale / 10, asked.scale)
    growth(asked.data, before, after, broken)
    print("\n".join(["", *(f"BROKEN {line}" for line in broken)]) if broken else "\nevery bound holds")
    raise SystemExit(1 if broken else 0)


def growth(data: Path, before: float, after: float, broken: list[str]) -> None:
    """Ten times the rows in how many times the time, the engine held to 4 GB."""
    costs = [
        crunch(made(data, scale), data / "crunch_report.json", "--memory-limit", "3GB") for scale in (before, after)
    ]
    for scale, found in zip((before, after), costs, strict=True):
        print(f"{f'crunch of scale {scale:g}':24}{found}")
    tell("ten times the rows, wall", costs[1].wall / costs[0].wall, 11.0, broken)
    tell("its memory, GB", costs[1].memory / 1024, 4.0, broken)


def tell(what: str, value: float, bound: float, broken: list[str]) -> None:
    """Print a number beside its bound."""
    print(f"  {what:32}{value:8.2f}  (at most {bound:g})")
    if value > bound:
        broken.append(f"{what}: {value:.2f} > {bound:g}")


if __name__ == "__main__":
    main()
