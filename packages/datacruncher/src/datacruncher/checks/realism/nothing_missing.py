"""No value is missing anywhere, in a dataset of many columns."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog, Table
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Steps, Verdict


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: rows of the largest table. columns: beside keys, over the whole dataset."""

    minimum: int = 100
    columns: int = 20


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """The dataset as a whole; it is told of its largest table."""
    columns = [column for table in catalog for column in table.columns if not column.is_key and table.rows]
    if len(columns) >= params.columns:
        largest: Table = max(catalog, key=lambda table: table.rows)
        nulls = sum(column.facts.nulls for column in columns)
        yield Binding(largest, given={"columns": len(columns), "nulls": nulls})


def probe(binding: Binding, params: Params) -> Probe:
    """Known from the profile."""
    given = {"columns": binding.given["columns"], "nulls": binding.given["nulls"], "rows_total": binding.table.rows}
    return Probe(measure="", known=given)


def judge(found: Found, params: Params) -> Verdict:
    """Not one null."""
    missing = int(found.values["nulls"])
    details = {"columns": found.values["columns"]}
    words = {"how_many": found.values["columns"]}
    return Verdict(size=0.0 if missing else 1.0, expected={"min": 1}, unit="rows", details=details, words=words)


_TWENTY = ", ".join(f"i % {n + 3} AS measure_{n}" for n in range(20))

SPEC = CheckSpec(
    id="realism.nothing_missing",
    defect="other",
    category="realism",
    title="Nothing is missing anywhere",
    why="Real data has gaps; what was tried on data without any breaks on the first one.",
    needs="twenty columns beside keys",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(low=0.0, source="persona-metrics: no missing values anywhere in twenty columns or more"),
    message="Nothing missing: not one value is null in {how_many} columns",
    recommendation="In generated data, make columns nullable that are not always filled in life, and give them a null_rate.",
    example=Example(
        clean={
            "reading": f"SELECT i AS reading_id, {_TWENTY}, CASE WHEN i > 3 THEN i END AS note FROM range(200) t(i)"
        },
        damaged={"reading": f"SELECT i AS reading_id, {_TWENTY}, i + 7 AS note FROM range(200) t(i)"},
        finds=None,
        at="reading",
    ),
)
