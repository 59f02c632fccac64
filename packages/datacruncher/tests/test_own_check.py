"""The check of ten lines that the documents show, installed as a stranger's package, asked by a stranger's persona."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Write = Callable[[Path, Any], Path]
PAGES = (
    Path(__file__).parents[3] / "docs" / "how-to" / "write-a-check.md",
    Path(__file__).parents[1] / "README.md",
)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_check_of_ones_own_in_ten_lines(page: Path, tmp_path: Path, write_tables: Write) -> None:
    text = page.read_text(encoding="utf-8")
    module = next(block for block in re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S) if "CheckSpec(" in block)
    assert len([line for line in module.splitlines() if line.strip()]) <= 11
    site = tmp_path / "site"
    (site / "our_checks").mkdir(parents=True)
    (site / "our_checks" / "__init__.py").write_text("")
    (site / "our_checks" / "odd_price.py").write_text(module)
    info = site / "our_checks-0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: our-checks\nVersion: 0.1\n")
    declared = next(
        iter(re.findall(r'^\[project\.entry-points\."(datacruncher\.checks)"\]\n(.*?)^```$', text, re.M | re.S))
    )
    (info / "entry_points.txt").write_text(f"[{declared[0]}]\n{declared[1].replace(chr(34), '')}")
    persona = "contract: persona/1.0\nname: Pricing Lead\nchecks:\n  - use: pricing.odd_price\n"
    (tmp_path / "p.yaml").write_text(persona)
    prices = [9.99 if i % 5 else 10.0 for i in range(100)]
    write_tables(tmp_path / "data", {"product": {"product_id": list(range(100)), "unit_price": prices}})
    call = [
        sys.executable,
        "-m",
        "datacruncher.cli",
        "crunch",
        "data",
        "-q",
        "--persona-file",
        "p.yaml",
        "--personas",
        "Pricing Lead",
    ]
    environment = {**os.environ, "PYTHONPATH": str(site)}
    done = subprocess.run(call, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    (issue,) = json.loads((tmp_path / "crunch_report.json").read_text())["issues"]
    assert issue["finding"] == "20 of 100 prices in product.unit_price do not end in .99"
    assert (issue["severity"], issue["persona"], issue["evidence"]["rows_affected"]) == ("high", "Pricing Lead", 20)
