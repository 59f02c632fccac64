"""A column that says the same in every row."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog, Column
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Verdict


def bind(catalog: Catalog, params: base.Params) -> Iterator[Binding]:
    """Columns that stand in the files, of tables with enough rows."""
    for table in catalog:
        if table.rows >= params.minimum:
            for column in table.columns:
                if not column.partition and column.facts.minimum is not None:
                    yield Binding(table, (column,))


def probe(binding: Binding, params: base.Params) -> Probe:
    """The profile knows the ends of the column; a constant has one."""
    column = binding.column
    value = _constant(column)
    return Probe(
        measure=f"SELECT CAST(COUNT(DISTINCT {column.sql}) = 1 AND COUNT(*) = COUNT({column.sql}) AS INTEGER) AS observed,"
        f"\n  COUNT(*) AS rows_total, ANY_VALUE({column.sql}) AS value FROM {binding.table.sql}",
        known={"observed": int(value is not None), "rows_total": column.facts.rows, "value": value},
    )


def _constant(column: Column) -> str | None:
    facts = column.facts
    return str(facts.minimum) if facts.minimum == facts.maximum and not facts.nulls and not facts.not_finite else None


def judge(found: Found, params: base.Params) -> Verdict:
    """Yes or no."""
    value = found.values.get("value")
    return Verdict(size=float(found.observed), expected={"value": 0}, unit="flag", details={"value": value})


SPEC = CheckSpec(
    id="completeness.constant_column",
    defect="constant_column",
    category="data_quality",
    title="A column with one value only",
    why="It tells nothing; often a default that nobody filled, or a filter that was left in.",
    needs="a column of a table with at least 30 rows",
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.always("low", "it may be right: one tenant, one currency"),
    message='Constant: every row of {table} says {column} = "{value}"',
    recommendation="Make sure that {table}.{column} is filled from its source; if it is meant, leave it.",
    example=Example(
        clean={"task": {"task_id": [1, 2, 3], "state": ["open", "done", "open"]}},
        damaged={"task": {"task_id": [1, 2, 3], "state": ["open", "open", "open"]}},
        finds=None,
        at="task.state",
    ),
)
