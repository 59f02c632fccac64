"""The same entity is charged the same amount twice within a day."""

from __future__ import annotations

import math
from collections.abc import Iterator

from datacruncher.catalog import Catalog, ForeignKey, Table
from datacruncher.catalog.model import confidence_of
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict
from datacruncher.checks.finance._money import flows
from datacruncher.checks.journeys import is_party, moment


class Params(base.Params, frozen=True, kw_only=True):
    """window_days: charges this close count as one. deviations: how far above chance repeats must lie."""

    window_days: float = 1.0
    deviations: float = 4.0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Tables of charges: an amount, a time, and a key to the entity that pays."""
    for table, money, at in flows(catalog):
        if table.kind in {"entity", "line_item"}:
            continue
        key = payer(catalog, table)
        if key is not None:
            columns = (*(table.column(name) for name in key.columns), money)
            sure = confidence_of(key, money.roles.get("amount", 1.0))
            yield Binding(table, columns, uses={"at": at, "amount": money}, key=key, confidence=sure)


def payer(catalog: Catalog, table: Table) -> ForeignKey | None:
    """The key to whoever pays: a person or an account, never a thing that has a price."""
    parties = [key for key in table.foreign_keys if not key.is_self and is_party(catalog.tables[key.to_table])]
    return max(parties, key=lambda key: (key.confidence, catalog.tables[key.to_table].rows), default=None)


def probe(binding: Binding, params: Params) -> Probe:
    """Charges that repeat an earlier one, and how many repeats chance alone would bring."""
    assert binding.key is not None  # bind gives one  # noqa: S101
    amount, at = binding.uses["amount"], moment(binding.uses["at"], "e")
    payer = ", ".join(f"e.{part.sql}" for part in binding.columns[:-1])
    keys = "".join(f"{column.of('e')}, " for column in binding.table.key_columns if column not in binding.columns)
    charges = f"""WITH charges AS (
    SELECT {keys}{payer}, {amount.of("e")}, {at} AS charged_at,
           date_trunc('day', {at}) AS charged_on,
           lag({at}) OVER (PARTITION BY {payer}, {amount.of("e")} ORDER BY {at}) AS before
    FROM {binding.table.sql} e
    WHERE {binding.key.present("e")} AND {amount.of("e")} > 0 AND {binding.uses["at"].of("e")} IS NOT NULL
), repeats AS (
    SELECT * FROM charges WHERE epoch(charged_at) - epoch(before) < {params.window_days} * 86400
)"""
    payers = ", ".join(part.sql for part in binding.columns[:-1])
    measure = f"""{charges}, amounts AS (
    SELECT SUM(n * (n - 1.0)) AS same, SUM(n) AS n FROM (SELECT COUNT(*) AS n FROM charges GROUP BY {amount.sql})
), days AS (
    SELECT SUM(k * (k - 1.0) / 2) AS pairs FROM (SELECT COUNT(*) AS k FROM charges GROUP BY {payers}, charged_on)
)
SELECT (SELECT COUNT(*) FROM repeats) AS rows_affected, (SELECT COUNT(*) FROM charges) AS rows_total,
    (SELECT COALESCE(SUM({amount.sql}), 0) FROM repeats) AS amount,
    (SELECT COUNT(*) FROM (SELECT 1 FROM repeats GROUP BY {payers}, {amount.sql})) AS groups,
    (SELECT pairs FROM days) * (SELECT same / NULLIF(n * (n - 1.0), 0) FROM amounts) AS by_chance"""
    return Probe(measure=measure, rows=f"{charges}\nSELECT * EXCLUDE (charged_on)\nFROM repeats")


def judge(found: Found, params: Params) -> Verdict | Skip:
    """Repeats beyond chance: prices from a short list meet on a day now and then."""
    chance = float(found.values["by_chance"] or 0.0) * max(1.0, params.window_days)
    allowed = chance + params.deviations * math.sqrt(chance + 1.0) if chance >= 0.5 else 0.0
    beyond = (found.rows_affected or 0) > allowed
    details = {
        "entity_column": found.binding.columns[0].name,
        "amount_column": found.binding.columns[-1].name,
        "time_column": found.binding.uses["at"].name,
        "window_days": params.window_days,
        "by_chance": chance,
    }
    return Verdict(size=found.share if beyond else 0.0, details=details, metrics={"double_charges": found.share})


_CHARGES = """SELECT i AS payment_id, i % 20 AS customer_id, TIMESTAMP '2024-01-01 09:00:00' + to_hours(i * 7) AS paid_at,
    10 + i * 1.37 AS amount FROM range(200) t(i)"""

SPEC = CheckSpec(
    id="finance.double_charge",
    defect="double_charge",
    category="business_logic",
    title="Charged twice",
    why="A customer who pays twice asks for it back, and revenue is overstated until then.",
    needs="a table with an amount, a time and a key to the entity that pays",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(
        high=0.01, medium=0.0, source="any repeat beyond chance deserves a look, one in a hundred distorts revenue"
    ),
    message="Double charge: {rows} of {total} rows in {table} repeat the same {columns} within {window_days:g} day(s),"
    " {amount:,.2f} in all",
    recommendation="Check the retries of the payment job; refund what was charged twice.",
    details=("groups", "amount"),
    example=Example(
        clean={
            "customer": "SELECT i AS customer_id, 'c' || i AS name, TIMESTAMP '2023-01-01' + to_hours(i) AS created_at FROM range(20) t(i)",
            "payment": _CHARGES,
        },
        damaged={
            "payment": f"{_CHARGES} UNION ALL SELECT 1000 + i, i % 20, TIMESTAMP '2024-01-01 10:00:00' + to_hours(i * 7), 10 + i * 1.37"
            " FROM range(5) t(i)"
        },
        finds=5,
        at="payment.customer_id",
    ),
)
