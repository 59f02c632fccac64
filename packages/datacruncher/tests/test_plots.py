"""Plots say what their measures say: each value at its place, and nothing that would mislead."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from datacruncher import crunch
from datacruncher.report import formats
from datacruncher.report.html import plots
from datacruncher.report.html.diagram import diagram
from datacruncher.report.html.periods import unfinished
from datacruncher.report.measured import Measure, columns_of, measures
from datacruncher.report.model import Report
from msgspec.structs import replace

Write = Callable[[Path, Any], Path]
MONTHS = [f"2024-{month:02d}-01" for month in range(1, 13)]


@pytest.fixture(scope="module")
def real(chinook: Path) -> Report:
    return crunch(str(chinook))


def measure(kind: str, value: Any, **more: Any) -> Measure:
    return Measure("VP Growth", "x", "Title", kind, more.pop("unit", "rows"), value, 10, **more)


def numbers(text: str, pattern: str) -> list[float]:
    return [float(found) for found in re.findall(pattern, text)]


def test_a_line_rises_where_its_values_do() -> None:
    drawn = plots.line([{"at": m, "value": v} for m, v in zip(MONTHS, range(100, 220, 10), strict=True)], "rows", "t")
    path = re.search(r'd="(M[^"]*)" class="stroke"', drawn)
    assert path is not None
    heights = [float(point.split()[1]) for point in re.split("[ML]", path[1])[1:]]
    assert heights == sorted(heights, reverse=True)
    steps = [round(a - b, 1) for a, b in pairwise(heights)]
    assert max(steps) - min(steps) <= 0.2
    assert "2024-01" in drawn
    assert "2024-12" in drawn


def test_a_period_that_is_not_over_is_dashed_and_said(real: Report) -> None:
    """Chinook's invoices end on a day in December 2013: as months they end late in theirs, as a year in its middle."""
    monthly = measure("series", [{"at": m, "value": 1.0} for m in MONTHS], location={"table": "Invoice"})
    invoice = next(t for t in real.tables if t.name == "Invoice")
    columns = [replace(c, max="2024-12-09T00:00:00") if c.name == "InvoiceDate" else c for c in invoice.columns]
    tables = [replace(t, columns=columns) if t.name == "Invoice" else t for t in real.tables]
    assert unfinished(replace(real, tables=tables), monthly) == "2024-12-09"
    assert unfinished(real, monthly) == ""
    done = [replace(c, max="2024-12-31T00:00:00") if c.name == "InvoiceDate" else c for c in invoice.columns]
    tables = [replace(t, columns=done) if t.name == "Invoice" else t for t in real.tables]
    assert unfinished(replace(real, tables=tables), monthly) == ""
    drawn = plots.line(monthly.records, "rows", "t", "2024-12-09")
    assert drawn.count("stroke open") == 1


def test_bars_are_as_long_as_their_values_and_zeros_are_counted() -> None:
    drawn = plots.bars(
        [{"name": "a", "value": 0.5}, {"name": "b", "value": 0.25}, {"name": "c", "value": 0}], "fraction"
    )
    assert numbers(drawn, r"width:([\d.]+)%") == [100.0, 50.0]
    assert "1 at 0%" in drawn
    assert plots.bars([{"name": "a", "value": 0}], "fraction") == ""


def test_steps_are_a_funnel_only_where_each_is_a_part_of_the_one_before() -> None:
    funnel = measure("steps", [{"name": "a", "value": 200}, {"name": "b", "value": 50, "conversion": 0.25}])
    other = measure("steps", [{"name": "a", "value": 200}, {"name": "b", "value": 190, "conversion": 0.4}])
    ages = measure("steps", [{"name": str(i), "value": 1 / i} for i in range(1, 9)], unit="fraction")
    assert funnel.falls
    assert not other.falls
    assert ages.by_number
    drawn = plots.steps(funnel.records, "rows")
    assert "25% go on" in drawn
    assert "leak" in drawn
    assert numbers(drawn, r"width:([\d.]+)%") == [100.0, 25.0]


def test_a_heat_map_is_darker_where_values_are_larger() -> None:
    rows = [{"at": m, "n": 20, "values": [1.0, 0.5, 0.1, None]} for m in MONTHS[:4]]
    drawn = plots.cohorts(rows, "fraction", "t")
    depths = numbers(drawn, r'fill-opacity="([\d.]+)"')
    assert len(depths) == 12
    assert depths[:3] == sorted(depths[:3], reverse=True)
    assert ">50<" in drawn
    assert "2024-01  20" in drawn


def test_a_map_of_features_names_them() -> None:
    rows = [{"at": m, "n": 20, "values": [0.9, 0.5]} for m in MONTHS[:4]]
    uses = Measure("Product VP", "adoption_per_month", "Used it", "cohorts", "fraction", rows, 4, {"table": "t"})
    bars = Measure(
        "Product VP", "adoption", "Ever", "bars", "", [{"name": "export"}, {"name": "share"}], 4, {"table": "t"}
    )
    assert columns_of(uses, [bars, uses]) == ["export", "share"]
    assert columns_of(uses, [uses]) == []
    drawn = plots.cohorts(rows, "fraction", "t", ["export", "<share>"])
    assert "export" in drawn
    assert "&lt;share&gt;" in drawn
    assert ">age<" not in drawn


@pytest.mark.parametrize("kind", ["series", "bars", "steps", "cohorts", "number", "something new"])
@pytest.mark.parametrize("value", [[], None, [{}], [{"at": "x"}], 3.0], ids=str)
def test_a_page_bears_any_measure(kind: str, value: Any, real: Report) -> None:
    one = {
        "persona": "VP Growth",
        "metric": "x",
        "title": "T",
        "kind": kind,
        "unit": "fraction",
        "value": value,
        "n": None,
    }
    page = formats.spec("html").render(replace(real, metrics={**real.metrics, "measures": [one]}))
    assert "</html>" in page


def test_a_report_with_bare_numbers_is_drawn_too(real: Report) -> None:
    old = replace(real, metrics={"business": {"VP Growth": {"retention_d7": 0.25}}}, summaries=[])
    (found,) = measures(old)
    assert (found.title, found.unit, found.value) == ("retention d7", "fraction", 0.25)
    assert "25%" in formats.spec("html").render(old)


def test_a_diagram_has_a_box_for_each_table_and_a_line_for_each_reference(real: Report) -> None:
    drawn = diagram(real.tables)
    assert drawn.count('class="box"') == len(real.tables)
    assert drawn.count('class="edge') == sum(len(table.foreign_keys) for table in real.tables)
    boxes = re.findall(r'<rect x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"', drawn)
    placed = [tuple(map(float, box)) for box in boxes]
    for i, (x, y, w, h) in enumerate(placed):
        for a, b, c, d in placed[i + 1 :]:
            assert x + w <= a or a + c <= x or y + h <= b or b + d <= y  # no two overlap


def test_a_diagram_bears_circles(real: Report) -> None:
    first, second = real.tables[0], real.tables[1]
    reference = next(fk for table in real.tables for fk in table.foreign_keys)

    def to(name: str) -> Any:
        return replace(reference, references=replace(reference.references, table=name))

    circle = [
        replace(first, foreign_keys=[to(second.name)]),
        replace(second, foreign_keys=[to(first.name), to(second.name)]),
    ]
    assert diagram(circle).count('class="box"') == 2
