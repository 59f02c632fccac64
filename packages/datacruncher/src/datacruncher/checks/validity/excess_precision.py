"""Money with more decimals than money has."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from datacruncher.catalog import Catalog, Column
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Plain, Probe, Verdict, flag
from datacruncher.checks.values import MONEY, capped

_MEDIUM = 0.02
_NOISE = 1e-6  # what is left of an exact decimal after some additions in floating point, and more


class Params(base.Params, frozen=True, kw_only=True):
    """When a number of decimals is the column's own.

    conforming: share of values with no more decimals.
    decimals: what money has, where the values keep to no number of their own.
    """

    conforming: float = 0.9
    decimals: int = 2


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Amounts, prices, costs, taxes, balances and discounts that can hold decimals and do."""
    for table in catalog:
        for column in table.having(*MONEY):
            exact = column.facts.fractional == 0 or _decimals(column) <= params.decimals
            if column.family in {"float", "decimal"} and not column.is_key and not exact:
                yield Binding(table, (column,), confidence=max(column.roles.values()))


def _decimals(column: Column) -> float:
    """How many decimals the type can hold."""
    found = re.fullmatch(r"DECIMAL\(\d+,\s*(\d+)\)", column.type)
    return int(found[1]) if found else math.inf


def probe(binding: Binding, params: Params) -> Probe:
    """Values that rounding to the decimals of money moves; how many fit two, three and four of them."""
    c = binding.column.sql
    finite = f"ISFINITE({c})" if binding.column.family == "float" else f"{c} IS NOT NULL"
    of = f"{finite} AND ABS({c}) < 1e12"  # beyond, a double has no cents
    counts = {f"fit{digits}": f"COUNT(*) FILTER (WHERE {of} AND ROUND({c}, {digits}) = {c})" for digits in (3, 4)}
    moved = f"ABS(ROUND({c}, {params.decimals}) - {c})"
    counts["noise"] = f"COUNT(*) FILTER (WHERE {of} AND {moved} > 0 AND {moved} < {_NOISE})"
    counts["max_change"] = f"CAST(MAX({moved}) FILTER (WHERE {of}) AS DOUBLE)"
    return flag(binding, where=f"ROUND({c}, {params.decimals}) <> {c}", of=of, also=counts)


def judge(found: Found, params: Params) -> Verdict:
    """Unrounded all through: medium, the generator or a division forgot it; a few among cents: by their share.

    A column that keeps to three or four decimals (fuel, currencies without cents, unit prices) has its own precision.
    """
    rows, total = found.rows_affected or 0, found.rows_total or 1
    if any(found.values[f"fit{digits}"] == total for digits in (3, 4)) and found.share > 1 - params.conforming:
        return Verdict(size=0.0)
    noise = rows > 0 and found.values["noise"] == rows
    details = {"decimals": params.decimals, "conforming_share": 1 - found.share}
    words = {"kind": Plain(" (traces of floating-point sums)" if noise else "")}
    return Verdict(size=capped(found.share, _MEDIUM) if noise else found.share, details=details, words=words)


SPEC = CheckSpec(
    id="validity.excess_precision",
    defect="excess_precision",
    category="data_quality",
    title="Money with too many decimals",
    why="Nobody paid 9.8734126: sums differ from the books by what rounding hides.",
    needs="an amount, price, cost, tax, balance or discount with decimals",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(medium=_MEDIUM, low=0.0, source="defects: low; a column that is unrounded all through: medium"),
    message="Too precise: {rows} of {total} values of {table}.{column} have more than {decimals} decimals{kind}",
    recommendation="Round {table}.{column} to {decimals} decimals where it is made.",
    details=("max_change",),
    example=Example(
        clean={"sale": {"sale_id": [1, 2, 3, 4], "price": [9.99, 12.5, 7.0, 3.25]}},
        damaged={"sale": {"sale_id": [1, 2, 3, 4], "price": [9.99123, 12.5, 7.0, 3.25]}},
        finds=1,
        at="sale.price",
    ),
)
