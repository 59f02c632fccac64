"""Ten fixes on ten million rows, against a plain copy of the same Parquet by DuckDB in the same run.

    python packages/datapolisher/benchmarks/bench_polish.py [ROWS]

prints lines of JSON: the script ``postprocess.sql`` as it stands, and the whole command (plan, measure, apply, prove), each
in a process of its own with the peak of its memory. Nobody looks again: the analyst is another program.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb

ROWS = 10_000_000
LIMIT = "900MB"
# One row in a thousand is wrong, in each column on rows of its own.
QUERY = """
SELECT i AS order_id, 1 + (i * 7919) % 100000 AS user_id,
  TIMESTAMP '2024-01-01' + INTERVAL (i % 31536000) SECOND AS placed_at,
  CASE WHEN i % 1000 = 1 THEN 'PAID' WHEN i % 3 = 0 THEN 'paid' WHEN i % 3 = 1 THEN 'open' ELSE 'sent' END AS status,
  CASE WHEN i % 1000 = 2 THEN ' mail' ELSE ['mail', 'web', 'shop'][1 + i % 3] END AS channel,
  CASE WHEN i % 1000 = 3 THEN ' Ann  Lee ' ELSE 'Person ' || (i % 5000) END AS name,
  CASE WHEN i % 1000 = 4 THEN 'USA' ELSE ['US', 'DE', 'FR', 'GB'][1 + i % 4] END AS country,
  CASE WHEN i % 1000 = 5 THEN 'ab-12 34' ELSE printf('AB%04d', i % 10000) END AS sku,
  1 + i % 5 AS quantity,
  (1 + i % 9000) / 100 AS price,
  CASE WHEN i % 1000 = 6 THEN 99.5 ELSE round((1 + i % 5) * ((1 + i % 9000) / 100), 2) END AS total,
  CASE WHEN i % 1000 = 7 THEN -999.0 ELSE (i % 400) / 100 END AS fee,
  CASE WHEN i % 1000 = 8 THEN 999 ELSE 18 + i % 60 END AS age,
  CASE WHEN i % 1000 = 9 THEN (i % 700) / 100 + 0.0000001 ELSE (i % 700) / 100 END AS tax,
  CASE WHEN i % 1000 = 10 THEN 'MÃ¼ller' ELSE 'Müller' END AS city
FROM range({rows}) t(i)
"""
_FLOAT, _TEXT = {"type": "float"}, {"type": "string"}
COLUMNS: dict[str, dict[str, Any]] = {
    "total": _FLOAT | {"generator": {"expression": {"code": "round(quantity * price, 2)"}}},
    "fee": _FLOAT | {"nullable": True, "constraints": {"min": 0, "max": 50}},
    "age": {"type": "int", "constraints": {"min": 0, "max": 120}},
    "sku": _TEXT | {"constraints": {"pattern": "[A-Z]{2}[0-9]{4}"}},
}
# (defect, column, role, details): ten findings, one fix each.
FINDINGS: list[tuple[str, str, str, dict[str, Any]]] = [
    ("category_variant", "status", "status", {}),
    ("whitespace", "channel", "channel", {}),
    ("whitespace", "name", "person_name", {}),
    ("mixed_code_system", "country", "country", {}),
    ("invalid_format", "sku", "sku", {"rule": "declared"}),
    ("arithmetic_mismatch", "total", "amount", {"result_column": "total", "rule": "declared", "tolerance": 0.005}),
    ("sentinel_value", "fee", "amount", {"values": [{"value": -999.0}], "declared": True}),
    ("out_of_range", "age", "age", {"rule": "declared", "min": 0, "max": 120}),
    ("excess_precision", "tax", "tax", {"decimals": 2}),
    ("encoding_damage", "city", "city", {}),
]
_POLISH = """
import json, resource, time
from pathlib import Path
import datapolisher.commands
from datapolisher import polish
datapolisher.commands.available = lambda _: False
started, cpu = time.perf_counter(), time.process_time()
report = polish("crunch_report.json", mode="postprocess", output=Path("polished"), schema=Path("schema.json"))
seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
done = sum(action.status == "applied" for action in report.actions)
print(json.dumps({"seconds": seconds, "cpu": cpu, "done": done, "kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
"""
_SCRIPT = """
import json, resource, time
import duckdb
con = duckdb.connect()
con.execute("SET memory_limit = '%s'")
started, cpu = time.perf_counter(), time.process_time()
con.execute(open("postprocess.sql").read().replace("'polished'", "'by_script'"))
seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
print(json.dumps({"seconds": seconds, "cpu": cpu, "kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
"""
_COPY = """
import json, resource, time
import duckdb
con = duckdb.connect()
con.execute("SET memory_limit = '%s'")
started, cpu = time.perf_counter(), time.process_time()
con.execute("COPY (FROM read_parquet('data/order.parquet')) TO 'copy.parquet' (FORMAT parquet, COMPRESSION zstd)")
seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
print(json.dumps({"seconds": seconds, "cpu": cpu, "kb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss}))
"""


def main(argv: list[str]) -> None:
    """Make the data, polish it, run the script, copy it; a line for each ratio."""
    rows = int(argv[0]) if argv else ROWS
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        prepare(folder, rows)
        polished = measured(_POLISH, folder)
        script, copy = best(_SCRIPT, folder), best(_COPY, folder)
        for workload, found in (("polish: the script", script), ("polish: the whole command", polished)):
            sys.stdout.write(json.dumps(dict(line(workload, rows, found, copy))) + "\n")
        if polished["done"] != len(FINDINGS):
            raise SystemExit(f"{polished['done']} of {len(FINDINGS)} fixes were applied")


def prepare(folder: Path, rows: int) -> None:
    """The data, its schema and a report of ten findings."""
    (folder / "data").mkdir()
    with duckdb.connect() as con:
        con.execute(
            f"COPY ({QUERY.format(rows=rows)}) TO '{folder}/data/order.parquet' (FORMAT parquet, COMPRESSION zstd)"
        )
    issues = [finding(rows, *parts) for parts in FINDINGS]
    roles = [{"name": column, "type": "", "role": role} for _, column, role, _ in FINDINGS]
    key = {"columns": ["order_id"], "source": "declared"}
    report = {
        "contract": "crunch-report/1.0",
        "tool": {"name": "bench", "version": "1"},
        "analysis_date": "2025-01-01T00:00:00Z",
        "dataset": "data",
        "tables": [{"name": "order", "rows": rows, "primary_key": key, "columns": roles}],
        "issues": issues,
    }
    columns = [{"name": name, **said} for name, said in COLUMNS.items()]
    schema = {"nodes": [{"id": "order", "kind": "entity", "pk": "order_id", "columns": columns}]}
    (folder / "crunch_report.json").write_text(json.dumps(report), encoding="utf-8")
    (folder / "schema.json").write_text(json.dumps(schema), encoding="utf-8")


def finding(rows: int, defect: str, column: str, _: str, details: dict[str, Any]) -> dict[str, Any]:
    """One issue of the report."""
    evidence = {"rows_affected": rows // 1000, "rows_total": rows, "details": details}
    return {
        "id": f"{defect}-{column}",
        "defect": defect,
        "severity": "medium",
        "finding": f"{defect} in {column}",
        "location": {"table": "order", "columns": [column]},
        "evidence": evidence,
    }


def measured(code: str, folder: Path) -> dict[str, Any]:
    """What a program of its own says about its time and memory."""
    text = code.replace("%s", LIMIT)
    environment = {**os.environ, "PYTHONWARNINGS": "ignore"}
    done = subprocess.run(
        [sys.executable, "-c", text], cwd=folder, capture_output=True, text=True, check=False, env=environment
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def best(code: str, folder: Path, times: int = 2) -> dict[str, Any]:
    """The faster of some runs: the machine has other things to do."""
    return min((measured(code, folder) for _ in range(times)), key=lambda found: float(found["seconds"]))


def line(workload: str, rows: int, found: dict[str, Any], floor: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The parts of a line."""
    yield "workload", workload
    yield "rows", rows
    yield "seconds", round(found["seconds"], 2)
    yield "floor_seconds", round(floor["seconds"], 2)
    yield "ratio", round(found["seconds"] / floor["seconds"], 2)
    yield "cpu_ratio", round(found["cpu"] / floor["cpu"], 2)
    yield "megabytes", round(found["kb"] / 1024)
    yield "floor_megabytes", round(floor["kb"] / 1024)


if __name__ == "__main__":
    main(sys.argv[1:])
