"""Refunds above what was paid, or before it was."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Steps, Verdict
from datacruncher.checks.finance._refunds import bind as refunds
from datacruncher.checks.finance._refunds import refunded


class Params(base.Params, frozen=True, kw_only=True):
    """tolerance: the difference, in the amount's own unit, that is rounding."""

    tolerance: float = 0.01


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Tables of refunds that refer to what was paid."""
    yield from refunds(catalog)


def probe(binding: Binding, params: Params) -> Probe:
    """Refunded payments that got back too much or too early."""
    above = f"refund > paid + {params.tolerance}"
    odd = f"{above} OR COALESCE(refunded_at < paid_at, FALSE)"
    measure = f"""{refunded(binding)}
SELECT COUNT(*) FILTER (WHERE {odd}) AS rows_affected, COUNT(*) AS rows_total, COUNT(*) FILTER (WHERE {above}) AS above,
    COUNT(*) FILTER (WHERE refunded_at < paid_at) AS early, COALESCE(SUM(refund - paid) FILTER (WHERE {above}), 0) AS difference
FROM _refunded"""
    return Probe(measure=measure, rows=f"{refunded(binding)}\nSELECT *\nFROM _refunded\nWHERE {odd}")


def judge(found: Found, params: Params) -> Verdict:
    """By the share of refunded payments."""
    binding = found.binding
    details = {
        "invoice_table": binding.related.name if binding.related else "",
        "invoice_column": binding.related_columns[0].name,
        "payment_column": binding.column.name,
    }
    return Verdict(size=found.share, details=details)


_PAYMENTS = """SELECT i AS payment_id, 20.0 AS amount, TIMESTAMP '2024-01-01' + to_days(CAST(i AS INTEGER)) AS paid_at
FROM range(100) t(i)"""
_REFUNDS = """SELECT i AS refund_id, i * 2 AS payment_id, {amount} AS amount,
    TIMESTAMP '2024-01-03' + to_days(CAST(i * 2 AS INTEGER)) {early} AS refunded_at FROM range(50) t(i)"""

SPEC = CheckSpec(
    id="finance.refund_mismatch",
    defect="payment_mismatch",
    category="business_logic",
    title="Refunds that can't be",
    why="More goes back than came in, or before it came: an error, or a fraud.",
    needs="a table of refunds with an amount that refers to what was paid",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(
        high=0.01, medium=0.0, source="persona-metrics, section Severity: totals that don't add up above 1%"
    ),
    message="Refunds off: {rows} of {total} refunded {related_table} got back more than was paid ({above}, {difference:,.2f} too much)"
    " or before it was paid ({early})",
    recommendation="Stop refunds above the payment; find out who made these.",
    details=("above", "early", "difference"),
    explains=("temporal.child_before_parent",),
    example=Example(
        clean={"payment": _PAYMENTS, "refund": _REFUNDS.format(amount="10.0", early="")},
        damaged={
            "refund": _REFUNDS.format(
                amount="CASE WHEN i % 10 = 0 THEN 25.0 ELSE 10.0 END",
                early="- CASE WHEN i = 3 THEN INTERVAL 9 DAY ELSE INTERVAL 0 DAY END",
            )
        },
        finds=6,
        at="refund.amount",
    ),
)
