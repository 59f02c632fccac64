"""One product is sold at several prices on one day."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog, ForeignKey, Table
from datacruncher.catalog.model import confidence_of
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Steps, Verdict
from datacruncher.checks.journeys import moment

PRODUCT_WORDS = ("product", "item", "article", "sku", "track", "plan", "part")


class Params(base.Params, frozen=True, kw_only=True):
    """tolerance: relative difference of two prices that still count as one (rounding)."""

    tolerance: float = 0.005


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Lines with a price and a key to the product; their day is their own or their parent's."""
    for table in catalog:
        for price in table.having("price"):
            key = _product(catalog, table)
            if key is not None and price.is_number and not price.is_key:
                sure = confidence_of(key, price.roles.get("price", 1.0))
                product = tuple(table.column(name) for name in key.columns)
                related = catalog.tables[key.to_table]
                given = {"product": product, "day": _day(catalog, table)}
                yield Binding(table, (price,), related=related, key=key, confidence=sure, given=given)


def _product(catalog: Catalog, table: Table) -> ForeignKey | None:
    """The key to what is sold: a table that has a price of its own, else one that reads like a product."""
    keys = [key for key in table.foreign_keys if not key.is_self]
    priced = [key for key in keys if catalog.tables[key.to_table].having("price")]
    named = [key for key in keys if any(word in key.to_table.lower() for word in PRODUCT_WORDS)]
    return next(iter(priced or named), None)


def _day(catalog: Catalog, table: Table) -> tuple[str, str]:
    """The join that it needs, and the day of a line (alias e)."""
    if table.happened is not None:
        return "", f"date_trunc('day', {moment(table.happened, 'e')})"
    dated = [(key, catalog.tables[key.to_table]) for key in table.foreign_keys if not key.is_self]
    for key, parent in sorted(dated, key=lambda pair: -pair[1].rows):
        if parent.happened is not None and parent.kind == "event":
            return f"JOIN {parent.sql} p ON {key.join('e', 'p')}", f"date_trunc('day', {moment(parent.happened, 'p')})"
    return "", "NULL"


def probe(binding: Binding, params: Params) -> Probe:
    """Lines whose price differs from the product's usual price of that day."""
    assert binding.key is not None  # noqa: S101 - bind gives one
    price, table, product = binding.column, binding.table, binding.given["product"]
    join, day = binding.given["day"]
    shown = [column for column in table.key_columns if column not in product and column != price]
    columns = ", ".join(column.of("e") for column in (*shown, *product, price))
    names = ", ".join(column.sql for column in product)
    same = " AND ".join(f"l.{column.sql} = u.{column.sql}" for column in product)
    lines = f"""WITH lines AS (
    SELECT {columns}, {day} AS sold_on
    FROM {table.sql} e {join}
    WHERE {binding.key.present("e")} AND {price.of("e")} IS NOT NULL
), usual AS (
    SELECT {names}, sold_on, mode({price.sql}) AS usual, COUNT(*) AS n,
           MIN({price.sql}) AS lowest, MAX({price.sql}) AS highest
    FROM lines GROUP BY ALL
), odd AS (
    SELECT l.*, u.usual, u.lowest, u.highest
    FROM lines l JOIN usual u ON {same} AND l.sold_on IS NOT DISTINCT FROM u.sold_on
    WHERE u.n > 1 AND ABS({price.of("l")} - u.usual) > {params.tolerance} * GREATEST(ABS(u.usual), 0.01)
)"""
    measure = f"""{lines}
SELECT (SELECT COUNT(*) FROM odd) AS rows_affected, (SELECT COALESCE(SUM(n), 0) FROM usual WHERE n > 1) AS rows_total,
    (SELECT COUNT(*) FROM (SELECT 1 FROM odd GROUP BY {names})) AS products,
    (SELECT MAX(highest / NULLIF(lowest, 0)) FROM odd) AS largest_ratio"""
    return Probe(measure=measure, rows=f"{lines}\nSELECT * EXCLUDE (lowest, highest)\nFROM odd")


def judge(found: Found, params: Params) -> Verdict:
    """By the share of lines that differ from the usual price of their product and day."""
    product = found.binding.given["product"]
    details = {"product_column": product[0].name, "price_column": found.binding.column.name}
    return Verdict(size=found.share, details=details, words={"product": product[0].name})


SPEC = CheckSpec(
    id="finance.price_inconsistent",
    defect="price_inconsistent",
    category="business_logic",
    title="Several prices of one product at one time",
    why="Either customers are treated unequally, or the price is wrong in one of the places.",
    needs="lines with a price and a key to a product",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(
        medium=0.001, low=0.0, source="persona-metrics: more than one price at one time; discounts are common"
    ),
    message="Price inconsistent: {rows} of {total} lines in {table} differ from the usual {column} of their {product} on that"
    " day ({products} products)",
    recommendation="Tell discounts from errors: record them in a column of their own; in generated data, look the price up"
    " from the product.",
    details=("products", "largest_ratio"),
    example=Example(
        clean={
            "product": "SELECT i AS product_id, 'p' || i AS name, 5.0 + i AS price FROM range(10) t(i)",
            "sale": "SELECT i AS sale_id, i % 10 AS product_id, TIMESTAMP '2024-01-01 10:00:00' + to_minutes(i) AS sold_at,"
            " 5.0 + i % 10 AS unit_price FROM range(100) t(i)",
        },
        damaged={
            "sale": "SELECT i AS sale_id, i % 10 AS product_id, TIMESTAMP '2024-01-01 10:00:00' + to_minutes(i) AS sold_at,"
            " 5.0 + i % 10 + CASE WHEN i % 25 = 0 THEN 2 ELSE 0 END AS unit_price FROM range(100) t(i)"
        },
        finds=4,
        at="sale.unit_price",
    ),
)
