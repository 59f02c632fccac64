"""By choice: a price becomes the one that most lines of the product have on that day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any, NamedTuple

from datapolisher.documents import Finding, ForeignKey
from datapolisher.expressions import Column, Expression, ParentValue, Value, all_of, any_of, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import Spot, comparable, in_key, spot, words
from datapolisher.sql import ident
from datapolisher.steps import Step, Update
from datapolisher.workbench import Workbench

# More groups that disagree are no slips, but how the shop sets its prices.
_GROUPS = 500
_TIMES = frozenset({"event_time", "creation_time"})


class _Sold(NamedTuple):
    """A price, the product that it is of, and when the line was sold: its own time, or that of the table it belongs to."""

    price: Spot
    product: Spot
    time: Expression
    type: str


def _time_column(context: Context, table: str) -> tuple[str, str] | None:
    """A table's one time of what happened, with its type."""
    facts = context.tables.get(table)
    named = [c.name for c in facts.columns if c.role in _TIMES] if facts else []
    found = [(name, type_) for name in named if (type_ := context.type_of(table, name)) in {"DATE", "TIMESTAMP"}]
    return found[0] if len(found) == 1 else None


def _sold(finding: Finding, context: Context) -> _Sold | None:
    price, product = (finding.details.get(name) for name in ("price_column", "product_column"))
    places = [spot(finding, context, name) for name in (price, product) if isinstance(name, str)]
    if len(places) != 2 or places[0] is None or places[1] is None or in_key(context, places[0]):
        return None
    own = _time_column(context, places[0].table)
    if own is not None:
        return _Sold(places[0], places[1], Column(own[0]), own[1])
    for key in context.foreign_keys(places[0].table):
        if found := _time_of_parent(key, places[1], context):
            return _Sold(places[0], places[1], *found)
    return None


def _time_of_parent(key: ForeignKey, product: Spot, context: Context) -> tuple[Expression, str] | None:
    parent = key.references.table
    time = _time_column(context, parent)
    if time is None or product.column in key.columns or not comparable(context, product.table, key):
        return None
    return ParentValue(key.columns, parent, key.references.columns, time[0]), time[1]


def _usual(sold: _Sold, context: Context) -> dict[Any, list[tuple[Any, Any]]]:
    """Price → the products and days of which more than half of the lines have it, and some do not."""
    price, product = ident(sold.price.column), ident(sold.product.column)
    with Workbench(context.dataset) as bench:
        day = f"CAST({bench.sql_of(sold.price.table, sold.time)} AS DATE)"
        found = bench.rows(
            f"WITH counts AS (SELECT {product} AS k, {day} AS d, {price} AS v, count(*) AS n "
            f"FROM {bench.relation(sold.price.table)} AS t WHERE {product} IS NOT NULL AND {price} IS NOT NULL "
            "GROUP BY ALL) SELECT k, d, arg_max(v, n) FROM counts WHERE d IS NOT NULL GROUP BY k, d "
            f"HAVING count(*) > 1 AND 2 * max(n) > sum(n) ORDER BY 1, 2 LIMIT {_GROUPS + 1}"
        )
    groups: dict[Any, list[tuple[Any, Any]]] = defaultdict(list)
    for key, day_, usual in found:
        groups[usual].append((key, day_))
    return groups if len(found) <= _GROUPS else {}


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    sold = _sold(finding, context)
    if sold is None:
        return []
    groups = context.once(("usual price", finding.id), lambda: _usual(sold, context))
    price = sold.price
    return [
        Update(
            price.table,
            price.column,
            Value(usual),
            all_of([any_of([_of(sold, *group) for group in listed]), call("unequal", price.here, usual)]),
        )
        for usual, listed in sorted(groups.items(), key=lambda item: str(item[0]))
    ]


def _of(sold: _Sold, product: Any, day: Any) -> Expression:
    """The lines of a product on a day."""
    ends = [datetime.combine(day + timedelta(days=more), time()) for more in (0, 1)]
    first, last = (end.date() for end in ends) if sold.type == "DATE" else ends
    return all_of(
        [call("equal", sold.product.here, product), call("at_least", sold.time, first), call("below", sold.time, last)]
    )


def _plan(finding: Finding, context: Context) -> str:
    sold = _sold(finding, context)
    groups = context.once(("usual price", finding.id), lambda: _usual(sold, context)) if sold else {}
    days = sum(map(len, groups.values()))
    return f"write into {words(finding)} what most lines of the product have on that day, {days:,} times"


SPEC = FixSpec(
    id="take_usual_price",
    title="Write the price that most lines of the product have on that day",
    path="postprocess",
    defects=("price_inconsistent",),
    order=Order.DERIVED,
    safe="Discounts and changes of a price within a day look the same: only a person may choose it.",
    policy=lambda _finding, _context: Decision("ask", "discounts and old prices look the same: a person decides"),
    plan=_plan,
    steps=_steps,
    by_choice=True,
)
