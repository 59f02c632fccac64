"""Which currencies stand in one column of amounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datacruncher.catalog import Catalog
from datacruncher.checks.base import Binding, Probe
from datacruncher.metrics.base import MOST, Measure, MetricExample, MetricSpec, listed


def bind(catalog: Catalog, _params: Any) -> Iterator[Binding]:
    """Tables with an amount and a currency."""
    for table in catalog:
        money, currency = table.role("amount", "price", "balance"), table.role("currency")
        if money is not None and currency is not None:
            yield Binding(table, (money, currency), confidence=currency.roles["currency"])


def probe(binding: Binding, _params: Any) -> Probe:
    """The share of each currency among the rows with an amount."""
    money, currency = binding.columns
    measure = f"""WITH _mix AS (
    SELECT CAST({currency.sql} AS VARCHAR) AS name, COUNT(*) AS n, SUM(COUNT(*)) OVER () AS total
    FROM {binding.table.sql} WHERE {money.sql} IS NOT NULL AND {currency.sql} IS NOT NULL GROUP BY 1 ORDER BY n DESC, name LIMIT {MOST}
)
SELECT {listed("n DESC, name", name="name", value="n / total", n="n")} AS currency_mix, ANY_VALUE(total) AS n
FROM _mix"""
    return Probe(measure=measure)


SPEC = MetricSpec(
    id="finance.currencies",
    title="Currencies",
    why="Amounts of several currencies can't be added up.",
    needs="a table with an amount and a currency",
    gives=(Measure("currency_mix", "Currencies in one column of amounts", kind="bars"),),
    bind=bind,
    probe=probe,
    example=MetricExample(
        tables={
            "payment": """SELECT row_number() OVER () AS payment_id, TIMESTAMP '2024-01-01' + to_days(i) AS paid_at, a AS amount,
                c AS currency FROM (VALUES (1, 5.0, 'EUR'), (2, 5.5, 'EUR'), (3, 1.0, 'USD'), (4, 7.5, 'EUR'), (5, 2.0, 'USD'),
                (6, NULL, 'USD'), (7, 3.0, 'GBP'), (8, 1.0, 'EUR'), (9, 3.0, 'EUR')) v(i, a, c)"""
        },
        values={
            "currency_mix": [
                {"name": "EUR", "value": 5 / 8, "n": 5},
                {"name": "USD", "value": 2 / 8, "n": 2},
                {"name": "GBP", "value": 1 / 8, "n": 1},
            ]
        },
        ns={"currency_mix": 8},
    ),
)
