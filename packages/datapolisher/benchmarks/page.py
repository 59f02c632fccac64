"""Write the tables of ``docs/repair.md`` anew: the closed loop, the patches of path 1, and the speed of ten fixes.

python packages/datapolisher/benchmarks/page.py [--rows N] [--path-1]

With ``--path-1``, only the table of path 1, which takes some minutes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import closed_loop
import regeneration

HERE = Path(__file__).parent
PAGE = closed_loop.ROOT / "docs" / "repair.md"


def main(argv: list[str]) -> int:
    """Measure all, replace all tables; 1 where a bar of the closed loop is missed, or a patch does not hold."""
    ended = regeneration.measure()
    text = replaced(PAGE.read_text(encoding="utf-8"), "path 1", regeneration.table(ended))
    PAGE.write_text(text, encoding="utf-8")
    held = all(not one.why_not for one in ended)
    if "--path-1" in argv:
        return 0 if held else 1
    with tempfile.TemporaryDirectory() as made:
        totals = closed_loop.run(Path(made))
    rows = argv[argv.index("--rows") + 1] if "--rows" in argv else "10000000"
    text = replaced(PAGE.read_text(encoding="utf-8"), "closed loop", closed_loop.table(totals))
    PAGE.write_text(replaced(text, "speed", speed(rows)), encoding="utf-8")
    return 0 if closed_loop.holds(totals) and held else 1


def speed(rows: str) -> str:
    """The lines of ``bench_polish.py`` as a table."""
    done = subprocess.run(
        [sys.executable, str(HERE / "bench_polish.py"), rows], capture_output=True, text=True, check=True
    )
    return as_table([json.loads(line) for line in done.stdout.splitlines()])


def as_table(lines: list[dict[str, object]]) -> str:
    """Workload, rows, ratios and memory."""
    head = "| what | rows | seconds | a plain copy | ratio | CPU ratio | MB | a plain copy |"
    rule = "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
    keys = ("rows", "seconds", "floor_seconds", "ratio", "cpu_ratio", "megabytes", "floor_megabytes")
    rows = [f"| {line['workload']} | {' | '.join(f'{line[key]:,}' for key in keys)} |" for line in lines]
    return "\n".join([head, rule, *rows]) + "\n"


def replaced(text: str, name: str, table: str) -> str:
    """The page with another table between its two marks."""
    start, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, _, rest = text.partition(start)
    _, _, after = rest.partition(end)
    if not rest or not after:
        raise SystemExit(f"{PAGE}: the marks {start.strip()} and {end} are missing")
    return f"{before}{start}\n{table}\n{end}{after}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
