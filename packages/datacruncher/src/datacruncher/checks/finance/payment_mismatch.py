"""Payments that differ from what was invoiced."""

from __future__ import annotations

import re
from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.catalog.model import confidence_of
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Steps, Verdict

PAYMENT_NAME = re.compile(r"pay|charge|receipt|settle|remit|capture", re.IGNORECASE)


class Params(base.Params, frozen=True, kw_only=True):
    """tolerance: the difference, in the amount's own unit, that is rounding."""

    tolerance: float = 0.01


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """A table of payments that refers to a table with an amount of its own."""
    for table in catalog:
        paid = table.role("amount")
        if paid is None or not PAYMENT_NAME.search(table.name):
            continue
        for key in table.foreign_keys:
            parent = catalog.tables[key.to_table]
            due = parent.role("amount")
            if due is not None and parent.kind != "dictionary" and not key.is_self:
                sure = confidence_of(key, due.roles.get("amount", 1.0), paid.roles.get("amount", 1.0))
                yield Binding(parent, (due,), related=table, related_columns=(paid,), key=key, confidence=sure)


def probe(binding: Binding, params: Params) -> Probe:
    """Invoices with a payment whose payments do not add up to their amount."""
    assert binding.key is not None and binding.related is not None  # noqa: S101 - bind gives both
    due, paid, key = binding.column, binding.related_columns[0], binding.key
    shown = "".join(f"{column.of('p')}, " for column in binding.table.key_columns if column != due)
    pairs = " AND ".join(
        f"s.{binding.related.column(a).sql} = {binding.table.column(b).of('p')}"
        for a, b in zip(key.columns, key.to_columns, strict=True)
    )
    names = ", ".join(binding.related.column(name).of("c") for name in key.columns)
    settled = f"""WITH sums AS (
    SELECT {names}, SUM({paid.of("c")}) AS paid
    FROM {binding.related.sql} c
    WHERE {key.present("c")}
    GROUP BY ALL
), settled AS (
    SELECT {shown}{due.of("p")}, s.paid, s.paid - {due.of("p")} AS difference
    FROM {binding.table.sql} p JOIN sums s ON {pairs}
    WHERE {due.of("p")} IS NOT NULL
)"""
    odd = f"ABS(difference) > {params.tolerance}"
    measure = f"""{settled}
SELECT COUNT(*) FILTER (WHERE {odd}) AS rows_affected, COUNT(*) AS rows_total,
    COUNT(*) FILTER (WHERE difference > {params.tolerance}) AS overpaid,
    COUNT(*) FILTER (WHERE difference < -{params.tolerance}) AS underpaid,
    COALESCE(SUM(difference) FILTER (WHERE {odd}), 0) AS difference
FROM settled"""
    return Probe(measure=measure, rows=f"{settled}\nSELECT *\nFROM settled\nWHERE {odd}")


def judge(found: Found, params: Params) -> Verdict:
    """By the share of invoices that do not balance."""
    binding = found.binding
    details = {
        "invoice_table": binding.table.name,
        "invoice_column": binding.column.name,
        "payment_column": binding.related_columns[0].name,
    }
    return Verdict(size=found.share, details=details, metrics={"payments_balanced": 1.0 - found.share})


_INVOICES = (
    "SELECT i AS invoice_id, 10.0 + i AS amount, TIMESTAMP '2024-01-01' + to_hours(i) AS issued_at FROM range(50) t(i)"
)
_PAYMENTS = """SELECT i AS payment_id, i // 2 AS invoice_id, (10.0 + i // 2) / 2{extra} AS amount,
    TIMESTAMP '2024-02-01' + to_hours(i) AS paid_at FROM range(100) t(i)"""

SPEC = CheckSpec(
    id="finance.payment_mismatch",
    defect="payment_mismatch",
    category="business_logic",
    title="Payments differ from the invoice",
    why="Receivables and revenue disagree, and somebody has to write the difference off.",
    needs="a table of payments with an amount that refers to a table with an amount",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(
        high=0.01, medium=0.0, source="persona-metrics, section Severity: totals that don't add up above 1%"
    ),
    message="Payment mismatch: {rows} of {total} paid rows in {table} differ from the sum of their {related_table}"
    " ({overpaid} overpaid, {underpaid} underpaid, {difference:,.2f} in all)",
    recommendation="Tell part payments and fees from errors; chase or refund the rest.",
    details=("overpaid", "underpaid", "difference"),
    example=Example(
        clean={"invoice": _INVOICES, "payment": _PAYMENTS.format(extra="")},
        damaged={"payment": _PAYMENTS.format(extra=" + CASE WHEN i % 20 = 0 THEN 3 ELSE 0 END")},
        finds=5,
        at="invoice.amount",
    ),
)
