"""Times of children that have nothing to do with the creation of their own parents."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Skip, Steps, Verdict
from datacruncher.checks.temporal._pairs import by_chance, pairs, parts, probe, unrelated


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: fewest pairs of times."""


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Every pair of times along a foreign key whose order no schema declares."""
    for pair in pairs(catalog):
        if not pair.given["declared"]:
            yield pair


def judge(found: Found, params: Params) -> Verdict | Skip:
    """Many out of order, and as many as between strangers."""
    key, child, parent = parts(found.binding)
    if not found.rows_affected or not unrelated(found):
        return Verdict(size=0.0)
    chance = by_chance(found.catalog, found.binding)
    details = {
        "child_column": child.name,
        "parent_table": parent.table,
        "parent_column": parent.name,
        "foreign_key": list(key.columns),
        "parent_key": list(key.to_columns),
        "by_chance": chance,
    }
    return Verdict(size=found.share, expected={"max": 0.0}, details=details, words={"chance": chance})


_ACCOUNTS = "SELECT i AS account_id, TIMESTAMP '2024-01-01 10:00:00' + to_days(CAST(i AS INTEGER)) AS created_at FROM range(100) t(i)"
_CARDS = """SELECT i AS card_id, {account} AS account_id,
    TIMESTAMP '2024-01-03 10:00:00' + to_days(CAST(i AS INTEGER)) AS opened_at FROM range(100) t(i)"""

SPEC = CheckSpec(
    id="temporal.unrelated_times",
    defect="temporal_violation",
    category="realism",
    title="Times that know nothing of their parents",
    why="Where children come as often before their parents as after strangers, ages and cohorts mean nothing.",
    needs="a foreign key from a table with a time to one with a creation time, whose order no schema declares",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(medium=0.0, source="as many out of order as chance brings: visible to an attentive reader"),
    message="Unrelated times: {percent} of {table} rows ({rows} of {total}) lie before their {related_table}"
    " ({column} < {related_columns}), as many as with parents drawn at random ({chance:.0%})",
    recommendation="Make {related_table} the primary parent of {table}, or draw {column} after {related_columns}.",
    example=Example(
        clean={"account": _ACCOUNTS, "card": _CARDS.format(account="i")},
        damaged={"card": _CARDS.format(account="99 - i")},
        finds=49,
        at="card.opened_at",
    ),
)
