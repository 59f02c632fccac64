"""Amounts of several currencies in one column."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher import sql
from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Place, Probe, Skip, Verdict, flag
from datacruncher.checks.values import capped

_MEDIUM = 0.0001


class Params(base.Params, frozen=True, kw_only=True):
    """several: share of rows outside the main currency from which the table is meant to hold several (low)."""

    several: float = 0.2


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Tables with money and a column that names its currency."""
    for table in catalog:
        currency = table.role("currency")
        money = [c for c in table.having("amount", "price", "cost", "balance") if c.is_number]
        if currency is None or not money:
            continue
        counted = catalog.values(currency, 50)
        if len(counted) >= 50:
            yield Skip("too many values for a currency", Place(table.name, (currency.name,)))
            continue
        main = counted[0][0] if counted else ""
        yield Binding(table, (currency,), uses={"amount": money[0]}, given={"main": main, "counted": counted})


def probe(binding: Binding, params: Params) -> Probe:
    """Rows in another currency than most; the counts of values are known."""
    column, counted = binding.column, binding.given["counted"]
    known = {"rows_affected": sum(n for _, n in counted[1:]), "rows_total": sum(n for _, n in counted)}
    where = f"{column.sql} <> {sql.value(binding.given['main'])}"
    return flag(binding, where=where, of=f"{column.sql} IS NOT NULL", show=[binding.uses["amount"]], known=known)


def judge(found: Found, params: Params) -> Verdict:
    """A few rows in another currency are a trap; many are the business, and worth a low word."""
    given = found.binding.given
    listed = [{"value": value, "rows": n} for value, n in given["counted"]]
    details = {"currency_column": found.binding.column.name, "currencies": listed}
    words = {"main": given["main"], "amount": found.binding.uses["amount"].name}
    meant = found.share > params.several
    return Verdict(size=capped(found.share, _MEDIUM) if meant else found.share, details=details, words=words)


SPEC = CheckSpec(
    id="validity.mixed_currency",
    defect="mixed_currency",
    category="data_quality",
    title="Several currencies in one column",
    why="A sum over them is no amount of anything.",
    needs="a table with money and a currency column",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(
        medium=_MEDIUM, low=0.0, source="defects: high; here medium, as the column that tells them apart is there"
    ),
    message="Mixed currencies: {rows} of {total} rows in {table} are not in {main}; {amount} can't be summed over them",
    recommendation="Convert {table}.{amount} to {main} at the day's rate before it is summed, and keep both.",
    example=Example(
        clean={"bill": "SELECT i AS bill_id, 5.5 + i AS amount, 'EUR' AS currency FROM range(40) t(i)"},
        damaged={
            "bill": "SELECT i AS bill_id, 5.5 + i AS amount, CASE WHEN i IN (3, 9) THEN 'JPY' ELSE 'EUR' END AS currency"
            " FROM range(40) t(i)"
        },
        finds=2,
        at="bill.currency",
    ),
)
