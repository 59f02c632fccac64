"""Whether lines add up: line = quantity × price − discount, invoice = Σ lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datacruncher.catalog import Catalog, Table
from datacruncher.checks.base import Binding, Probe
from datacruncher.checks.values import double
from datacruncher.metrics.base import Measure, MetricExample, MetricParams, MetricSpec


class Params(MetricParams, frozen=True, kw_only=True):
    """tolerance: the difference, in the amount's own unit, that is rounding."""

    tolerance: float = 0.01


def bind(catalog: Catalog, _params: Any) -> Iterator[Binding]:
    """Lines with a quantity and a price, with their own total or a parent's."""
    for table in catalog:
        quantity, price, total = (table.role(role) for role in ("quantity", "price", "amount"))
        if quantity is None or price is None or quantity is price or total in {quantity, price}:
            continue
        uses = {"quantity": quantity, "price": price} | ({"total": total} if total else {})
        parent = next(_parents(catalog, table), None)
        if parent is not None:
            key, owner = parent
            uses |= {"parent_total": owner.having("amount")[0]}
            yield Binding(table, (total or price,), related=owner, key=key, uses=uses, confidence=key.confidence)
        elif total is not None:
            yield Binding(table, (total,), uses=uses)


def _parents(catalog: Catalog, table: Table) -> Iterator[tuple[Any, Table]]:
    """The event whose parts the lines are: it has an amount and a time of its own."""
    for key in table.foreign_keys:
        parent = catalog.tables[key.to_table]
        if not key.is_self and parent.kind == "event" and parent.having("amount"):
            yield key, parent


def probe(binding: Binding, params: Any) -> Probe:
    """The share of lines that add up (with the discount, or without where that fits more), and of parents with lines."""
    quantity, price = (double(binding.uses[name], "e") for name in ("quantity", "price"))
    discount = binding.table.role("discount")
    product = f"{quantity} * {price}"
    due = f"{product} - {_taken(discount, product)}" if discount else product
    total = binding.uses.get("total")
    line = double(total, "e") if total else due
    shares = [f"AVG(CAST(ABS({line} - ({formula})) <= {params.tolerance} AS INTEGER))" for formula in (due, product)]
    lines = f"(SELECT GREATEST({', '.join(shares)}) FROM {binding.table.sql} e)" if total else "NULL"
    count = f"(SELECT COUNT(*) FROM {binding.table.sql})"
    if binding.key is None or binding.related is None:
        measure = f"SELECT {lines} AS lines_that_add_up, {count} AS lines, NULL AS invoices_that_add_up, 0 AS invoices"
        return Probe(measure=measure)
    keys = [binding.table.column(name).of("e") for name in binding.key.columns]
    pairs = zip(range(len(keys)), binding.key.to_columns, strict=True)
    join = " AND ".join(f"s.key{i} = {binding.related.column(name).of('p')}" for i, name in pairs)
    wanted = double(binding.uses["parent_total"], "p")
    measure = f"""WITH _sums AS (
    SELECT {", ".join(f"{key} AS key{i}" for i, key in enumerate(keys))}, SUM({line}) AS total
    FROM {binding.table.sql} e GROUP BY ALL
), _invoices AS (
    SELECT ABS({wanted} - s.total) <= {params.tolerance} AS balanced FROM {binding.related.sql} p JOIN _sums s ON {join}
    WHERE {wanted} IS NOT NULL
)
SELECT {lines} AS lines_that_add_up, {count} AS lines, AVG(CAST(balanced AS INTEGER)) AS invoices_that_add_up,
    COUNT(*) AS invoices
FROM _invoices"""
    return Probe(measure=measure)


def _taken(discount: Any, product: str) -> str:
    """SQL: what a discount takes off; a share where it never exceeds 1."""
    share = discount.facts.maximum is not None and float(discount.facts.maximum) <= 1.0
    value = f"COALESCE({double(discount, 'e')}, 0)"
    return f"{product} * {value}" if share else value


SPEC = MetricSpec(
    id="finance.totals",
    title="Totals",
    why="What does not add up is paid wrongly by somebody.",
    needs="lines with a quantity and a price, and a total of their own or of their parent",
    gives=(
        Measure("lines_that_add_up", "Lines equal to quantity × price − discount", n="lines"),
        Measure("invoices_that_add_up", "Parents equal to the sum of their lines", n="invoices"),
    ),
    bind=bind,
    probe=probe,
    params=Params,
    example=MetricExample(
        tables={
            "invoice": """SELECT i AS invoice_id, TIMESTAMP '2024-01-01' + to_days(i) AS invoiced_at, a AS amount
                FROM (VALUES (1, 50.0), (2, 40.0), (3, 99.0), (4, 30.0)) v(i, a)""",
            "invoice_line": """SELECT row_number() OVER () AS invoice_line_id, i AS invoice_id, q AS quantity, p AS unit_price,
                d AS discount, t AS line_total FROM (VALUES (1, 2, 10.0, 0.0, 20.0), (1, 3, 10.0, 0.0, 30.0), (2, 4, 10.0, 0.0, 40.0),
                (3, 2, 30.0, 5.0, 55.0), (3, 3, 10.0, 1.5, 30.0), (4, 2, 20.0, 10.0, 31.0)) v(i, q, p, d, t)""",
        },
        values={
            "lines_that_add_up": 4 / 6,  # not 30 for 3 × 10 − 1.5, nor 31 for 2 × 20 − 10
            "invoices_that_add_up": 2 / 4,  # 50 and 40; 99 is not 85, 30 is not 31
        },
        ns={"lines_that_add_up": 6, "invoices_that_add_up": 4},
    ),
)
