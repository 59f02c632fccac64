"""Tables of refunds, and the payments that they give back."""

from __future__ import annotations

import re
from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.catalog.model import confidence_of
from datacruncher.checks.base import Binding
from datacruncher.checks.journeys import moment

REFUND_NAME = re.compile(r"refund|reimburse|charge_?back|credit_?note|money_?back|reversal", re.IGNORECASE)


def bind(catalog: Catalog) -> Iterator[Binding]:
    """A table named after refunds, with an amount, that refers to a table with an amount."""
    for table in catalog:
        amount = table.role("amount")
        if amount is None or not REFUND_NAME.search(table.name):
            continue
        for key in table.foreign_keys:
            parent = catalog.tables[key.to_table]
            paid = parent.role("amount")
            if paid is None or key.is_self or parent.kind in {"dictionary", "entity"}:
                continue
            uses = {"refunded_at": table.happened, "paid_at": parent.happened}
            yield Binding(
                table,
                (amount,),
                related=parent,
                related_columns=(paid,),
                key=key,
                uses={name: column for name, column in uses.items() if column is not None},
                confidence=confidence_of(key, amount.roles.get("amount", 1.0)),
            )
            break


def refunded(binding: Binding) -> str:
    """SQL: ``WITH _refunded`` (the payment's key, paid, paid_at, refund, refunded_at): one row for each refunded payment."""
    key, parent, table = binding.key, binding.related, binding.table
    assert key is not None and parent is not None  # noqa: S101 - bind gives both
    shown = ", ".join(parent.column(name).of("p") for name in key.to_columns)
    times = {name: f"{agg}({moment(binding.uses[name], alias)})" if name in binding.uses else "CAST(NULL AS TIMESTAMP)"
             for name, agg, alias in (("paid_at", "ANY_VALUE", "p"), ("refunded_at", "MIN", "c"))}  # fmt: skip
    return f"""WITH _refunded AS (
    SELECT {shown}, CAST(ANY_VALUE({binding.related_columns[0].of("p")}) AS DOUBLE) AS paid, {times["paid_at"]} AS paid_at,
           CAST(SUM(ABS({binding.column.of("c")})) AS DOUBLE) AS refund, {times["refunded_at"]} AS refunded_at
    FROM {table.sql} c JOIN {parent.sql} p ON {key.join("c", "p")}
    WHERE {binding.column.of("c")} IS NOT NULL AND {binding.related_columns[0].of("p")} IS NOT NULL
    GROUP BY {shown}
)"""
