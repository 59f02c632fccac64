"""Run the benchmarks of all packages and print one table: each line a ratio to a floor of the same run.

A benchmark is a script ``packages/*/benchmarks/bench_*.py`` that prints lines of JSON, each with the keys `workload`,
`rows`, `seconds`, `floor_seconds` and `ratio`, and where it has them `cpu_ratio`, `megabytes` and `floor_megabytes`.

    make bench
    PYTHONPATH=tests-e2e python -m repository.benchmarks w1 funnel     # those whose file's name has one of the words
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from repository.sources import ROOT

HEADS = ("workload", "rows", "seconds", "floor", "ratio", "CPU", "MB", "floor MB")
KEYS = ("rows", "seconds", "floor_seconds", "ratio", "cpu_ratio", "megabytes", "floor_megabytes")
LIBRARIES = ("numpy", "pyarrow", "duckdb")


def scripts(words: list[str], root: Path = ROOT) -> list[Path]:
    """The benchmarks whose names have one of the words, all when there is none."""
    found = sorted(root.glob("packages/*/benchmarks/bench_*.py"))
    return [path for path in found if not words or any(word in path.stem for word in words)]


def measured(script: Path) -> list[dict[str, Any]]:
    """What a benchmark says."""
    told = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, cwd=script.parent, check=False)
    if told.returncode:
        sys.exit(f"{script.relative_to(ROOT)} failed:\n{told.stderr}")
    return [json.loads(line) for line in told.stdout.splitlines() if line.startswith("{")]


def row(line: dict[str, Any]) -> list[str]:
    """A line of the table."""
    return [line["workload"], *(f"{line[key]:,}" if key in line else "" for key in KEYS)]


def main(words: list[str]) -> None:
    """Print the table as it grows."""
    versions = ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    print(f"Python {platform.python_version()}, {versions}, {os.cpu_count()} cores; ratio = our seconds / the floor's")
    widths = (28, 12, 8, 8, 6, 6, 7, 9)
    for cells in (HEADS, *(row(line) for script in scripts(words) for line in measured(script))):
        first, *others = zip(cells, widths, strict=True)
        print(f"{first[0]:<{first[1]}}", *(f"{cell:>{width}}" for cell, width in others), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
