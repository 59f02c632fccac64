"""What happens before the thing it happens to exists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace

from datacruncher.catalog import Catalog
from datacruncher.catalog.model import confidence_of
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Skip, Steps, Verdict
from datacruncher.checks.temporal._pairs import backwards, pairs, parts, probe, unrelated

_CERTAIN = 0.8  # of a creation time: above, the order is a rule; below, only if the data mostly keeps it


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: fewest pairs of times; mostly: share of ordered pairs that makes a rule of an uncertain pair of columns."""

    minimum: int = 5
    mostly: float = 0.95


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Every foreign key whose parent has a creation time (or is an event) and whose child has a time."""
    for pair in pairs(catalog):
        certain = pair.given["certain"]
        assert pair.key is not None  # noqa: S101 - pairs are bound by a key
        yield replace(pair, confidence=confidence_of(pair.key, certain))


def judge(found: Found, params: Params) -> Verdict | Skip:
    """A rule if a schema says so, or if the data keeps the order far better than unrelated times would."""
    key, child, parent = parts(found.binding)
    if found.rows_affected and not found.binding.given["declared"]:
        if found.binding.given["certain"] < _CERTAIN and 1 - found.share < params.mostly:
            reason = f"{1 - found.share:.1%} of the pairs are in order, too few to take the order for a rule"
            return Skip(reason, found.binding.place)
        if backwards(found):
            return Skip("the child comes first by nature: the order is the other way round", found.binding.place)
        if unrelated(found):
            return Skip("the two times are unrelated: temporal.unrelated_times tells of it", found.binding.place)
    least, greatest = found.values["least_gap_seconds"], found.values["greatest_gap_seconds"]
    return Verdict(
        size=found.share,
        details={
            "child_column": child.name,
            "parent_table": parent.table,
            "parent_column": parent.name,
            "foreign_key": list(key.columns),
            "parent_key": list(key.to_columns),
            "common_offset_seconds": least if least is not None and least == greatest else None,
        },
    )


def _at(*days: str) -> list[dt.datetime]:
    return [dt.datetime.fromisoformat(f"{day}T10:00:00") for day in days]


SPEC = CheckSpec(
    id="temporal.child_before_parent",
    defect="temporal_violation",
    category="data_quality",
    title="Child before its parent",
    why="Ages, cohorts and retention are counted from the parent's creation; before it they are negative or lost.",
    needs="a foreign key from a table with a time to one with a creation time",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(critical=0.01, high=0.0, source="persona-metrics: time order broken in more than 1% of rows"),
    details=("median_gap_seconds",),
    message="Temporal violations: {percent} of {table} rows ({rows} of {total}) before {related_table} creation "
    "({column} < {related_columns})",
    recommendation="Add created_at_column to vintage_behavior of {related_table} in the schema, or mend the load that "
    "writes {table}.{column}.",
    example=Example(
        clean={
            "account": {
                "account_id": [1, 2, 3, 4, 5],
                "created_at": _at("2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"),
            },
            "payment": {
                "payment_id": [11, 12, 13, 14, 15],
                "account_id": [1, 2, 3, 4, 5],
                "paid_at": _at("2024-02-01", "2024-02-02", "2024-02-03", "2024-02-04", "2024-02-05"),
            },
        },
        damaged={
            "payment": {
                "payment_id": [11, 12, 13, 14, 15],
                "account_id": [1, 2, 3, 4, 5],
                "paid_at": _at("2024-02-01", "2023-12-02", "2024-02-03", "2024-02-04", "2024-01-01"),
            },
        },
        finds=2,
        at="payment.paid_at",
    ),
)
