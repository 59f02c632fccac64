"""Money below zero where money is paid, and nothing says that it came back."""

from __future__ import annotations

import re
from collections.abc import Iterator

from datacruncher import sql
from datacruncher.catalog import Catalog, Column, Table
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Verdict, flag
from datacruncher.checks.values import categories

_BACK = re.compile(
    r"(?i)refund|return|credit|charge.?back|revers|adjust|correct|cancel|void|storno|debit|withdraw|outgoing|payout|expense"
)
_SIGNED = re.compile(
    r"(?i)balance|profit|margin|net_?(income|change|flow)|gain|loss|delta|diff|change|variance|pnl|adjust|correct|refund|credit|debit"
)


class Params(base.Params, frozen=True, kw_only=True):
    """usual: share of negative values from which the column is one that has two signs, and nothing is said."""

    usual: float = 0.1


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Amounts, prices, costs and taxes."""
    for table in catalog:
        for column in table.having("amount", "price", "cost", "tax"):
            if column.is_number and not column.has("balance") and not _SIGNED.search(column.name):
                yield Binding(
                    table, (column,), confidence=column.roles[column.role or ""], given={"back": _back(table)}
                )


def _back(table: Table) -> Column | None:
    """The column that would say that money came back."""
    marked = [c for c in categories(table, 50) if c.has("status", "category", "event_name", "stage")]
    return next(iter(marked), None)


def probe(binding: Binding, params: Params) -> Probe:
    """Values below zero, and how many of them a type or status explains."""
    column, back = binding.column, binding.given["back"]
    where = f"{column.sql} < 0"
    explained = f"REGEXP_MATCHES(CAST({back.sql} AS VARCHAR), {sql.literal(_BACK.pattern)})" if back else "FALSE"
    known = None
    if column.facts.negatives == 0:
        known = {"rows_affected": 0, "rows_total": column.facts.present, "explained": 0}
    return flag(
        binding,
        where=where,
        of=f"{column.sql} IS NOT NULL",
        also={"explained": f"COUNT(*) FILTER (WHERE {where} AND {explained})"},
        known=known,
    )


def judge(found: Found, params: Params) -> Verdict | Skip:
    """Nothing is said of columns with two signs, or where a type or status explains nearly all of them."""
    if found.share > params.usual:
        return Skip(f"{found.share:.0%} of the values are negative: the column has two signs", found.binding.place)
    if found.rows_affected and found.values["explained"] >= 0.95 * found.rows_affected:
        return Verdict(size=0.0)
    back = found.binding.given["back"]
    details = {"negative_share": found.share, **({"refund_column": back.name} if back else {})}
    return Verdict(size=found.share, details=details)


SPEC = CheckSpec(
    id="validity.negative_amount",
    defect="negative_amount",
    category="data_quality",
    title="Negative amounts",
    why="Sums come out too low; if they are refunds, nothing says so.",
    needs="an amount, price, cost or tax",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.always("medium", "defects: medium"),
    message="Negative: {rows} of {total} values of {table}.{column} are below zero, and no type or status explains them",
    recommendation="Mark refunds and corrections as such in {table}, or refuse negative values of {column}.",
    explains=("distribution.outlier",),
    example=Example(
        clean={"payment": {"payment_id": range(1, 21), "amount": [9.0 + i for i in range(20)]}},
        damaged={"payment": {"payment_id": range(1, 21), "amount": [-9.0, *(9.0 + i for i in range(19))]}},
        finds=1,
        at="payment.amount",
    ),
)
