"""Values that are missing where one is required, by declaration or by all that the column says about itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datacruncher.catalog import Catalog, Column, Table
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Verdict, flag
from datacruncher.checks.values import capped

# Roles without which a row says little; a few missing ones are an accident, many are a choice. Of the times only the
# first is needed: those of later steps are empty until they come.
_NEEDED = (
    *("amount", "price", "quantity", "tax", "status", "email", "currency"),
    *("event_name", "stage", "last_name", "person_name", "country", "channel", "birth_date", "plan", "segment"),
)
_INFERRED = 0.05  # size that an inferred rule is capped to: medium, never high


class Params(base.Params, frozen=True, kw_only=True):
    """Up to which share of nulls a column without a declaration is meant to be complete.

    needed: for roles that a row needs (times, amounts, keys, status).
    other: for all other columns of tables whose columns are complete.
    """

    needed: float = 0.1
    other: float = 0.02


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Columns declared not null, foreign keys, and columns that are nearly complete."""
    for table in catalog:
        keys = table.primary_key.columns if table.primary_key else ()
        for column in table.columns:
            limit = _limit(table, column, params)
            if column.name in keys or limit is None or column.facts.null_share > limit:
                continue
            declared = column.declared is not None
            yield Binding(
                table,
                (column,),
                confidence=1.0 if declared else 0.7,
                given={"declared": declared, "rule": "declared" if declared else "inferred"},
            )


def _limit(table: Table, column: Column, params: Params) -> float | None:
    """Share of nulls up to which the column counts as required; None if it isn't."""
    if column.declared is not None:
        free = table.declared.is_nullable(column.declared) if table.declared is not None else column.declared.nullable
        return None if free else 1.0
    if column.facts.nulls == 0:
        return 0.0
    reference = any(column.name in key.columns and not key.is_self for key in table.foreign_keys)
    if reference or column.has(*_NEEDED) or column is table.happened:
        return params.needed
    complete = sum(other.facts.nulls == 0 for other in table.columns)
    return params.other if complete >= 0.7 * len(table.columns) else None


def probe(binding: Binding, params: Params) -> Probe:
    """Nulls, which the profile has counted."""
    facts = binding.column.facts
    known = {"rows_affected": facts.nulls, "rows_total": facts.rows}
    return flag(binding, where=f"{binding.column.sql} IS NULL", known=known)


def judge(found: Found, params: Params) -> Verdict:
    """A declared rule counts in full; an inferred one is at most medium."""
    declared = found.binding.given["declared"]
    details: dict[str, Any] = {"null_rate": found.share, "expected_rate": 0.0}
    details |= {"nullable_declared": False} if declared else {}
    return Verdict(size=found.share if declared else capped(found.share, _INFERRED), details=details)


SPEC = CheckSpec(
    id="completeness.unexpected_null",
    defect="unexpected_null",
    category="data_quality",
    title="Values missing where one is required",
    why="Rows drop out of joins, sums and filters without a word.",
    needs="a column that is declared not null, or is complete but for a few rows",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(
        high=_INFERRED, medium=0.001, low=0.0, source="defects: high; rules inferred from data: medium"
    ),
    message="Missing values: {rows} of {total} rows in {table} have no {column} ({percent})",
    recommendation="Find the load that leaves {table}.{column} empty; declare the column not null, or nullable.",
    example=Example(
        clean={
            "invoice": "SELECT i AS invoice_id, 10.0 + i AS amount, DATE '2024-01-01' + i::INTEGER AS invoice_date FROM range(60) t(i)"
        },
        damaged={
            "invoice": "SELECT i AS invoice_id, CASE WHEN i NOT IN (7, 21) THEN 10.0 + i END AS amount,"
            " DATE '2024-01-01' + i::INTEGER AS invoice_date FROM range(60) t(i)"
        },
        finds=2,
        at="invoice.amount",
    ),
)
