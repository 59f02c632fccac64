"""Amounts that are negative or zero."""

from __future__ import annotations

from typing import Any

from datacruncher.checks.base import Binding, Probe
from datacruncher.checks.finance._money import main_flows
from datacruncher.metrics.base import Measure, MetricExample, MetricSpec


def probe(binding: Binding, _params: Any) -> Probe:
    """The shares, and the sum of the negative ones; known from the profile but for the sum."""
    money = binding.column.sql
    measure = f"""SELECT COUNT(*) FILTER (WHERE {money} < 0) / NULLIF(COUNT({money}), 0) AS negative_amounts,
    COUNT(*) FILTER (WHERE {money} = 0) / NULLIF(COUNT({money}), 0) AS zero_amounts, COUNT({money}) AS n
FROM {binding.table.sql}"""
    facts, known = binding.column.facts, None
    if facts.negatives is not None and facts.zeros is not None and facts.present:
        shares = {"negative_amounts": facts.negatives / facts.present, "zero_amounts": facts.zeros / facts.present}
        known = {**shares, "n": facts.present}
    return Probe(measure=measure, known=known)


SPEC = MetricSpec(
    id="finance.signs",
    title="Signs of amounts",
    why="A negative amount is a refund or an error; a zero is a gift or a gap.",
    needs="a table with an amount and a time",
    gives=(Measure("negative_amounts", "Negative amounts"), Measure("zero_amounts", "Amounts of zero")),
    bind=lambda catalog, _params: main_flows(catalog),
    probe=probe,
    example=MetricExample(
        tables={
            "payment": """SELECT row_number() OVER () AS payment_id, TIMESTAMP '2024-01-01' + to_days(i) AS paid_at, a AS amount
                FROM (VALUES (1, 5.0), (2, -5.0), (3, 0.0), (4, 7.5), (5, 2.0), (6, NULL), (7, 0.0), (8, 1.0), (9, 3.0)) v(i, a)"""
        },
        values={"negative_amounts": 1 / 8, "zero_amounts": 2 / 8},
        ns={"negative_amounts": 8},
    ),
)
