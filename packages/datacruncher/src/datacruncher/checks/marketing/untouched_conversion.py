"""Conversions without any touch."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Steps, Verdict, count
from datacruncher.checks.marketing._touches import chains


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: conversions."""


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Conversions that have a table of touches."""
    for chain in chains(catalog):
        columns = tuple(chain.conversions.column(name) for name in chain.key.to_columns)
        yield Binding(chain.conversions, columns, related=chain.touches, key=chain.key, confidence=chain.confidence)


def probe(binding: Binding, params: Params) -> Probe:
    """Conversions that no touch refers to."""
    assert binding.key is not None and binding.related is not None  # noqa: S101 - bind gives both
    rows = f"""SELECT {", ".join(column.of("p") for column in binding.columns)}
FROM {binding.table.sql} p
WHERE NOT EXISTS (SELECT 1 FROM {binding.related.sql} c WHERE {binding.key.join("c", "p")})"""
    return count(rows, f"SELECT COUNT(*) FROM {binding.table.sql}")


def judge(found: Found, params: Params) -> Verdict:
    """By the share of conversions."""
    details = {"kind": "untouched", "conversion_column": found.binding.column.name}
    covered = 1.0 - found.share
    return Verdict(size=found.share, details=details, metrics={"attribution_coverage": covered})


_ORDERS = "SELECT i AS order_id, TIMESTAMP '2024-02-01' + to_hours(i) AS ordered_at FROM range(100) t(i)"
_TOUCHES = """SELECT row_number() OVER () AS touchpoint_id, o AS order_id, p + 1 AS position,
    ['email', 'search'][p + 1] AS channel, TIMESTAMP '2024-01-31' + to_hours(o) + to_minutes(p) AS touched_at,
    0.5 AS attribution_weight FROM range(100) a(o), range(2) b(p) {where}"""

SPEC = CheckSpec(
    id="marketing.untouched_conversion",
    defect="attribution_gap",
    category="business_logic",
    title="Conversions without a touch",
    why="Credit is shared among what was recorded; what was not recorded gets none.",
    needs="touchpoints that refer to a conversion",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(
        high=0.3, medium=0.05, low=0.0, source="direct conversions are common; a third unexplained misleads"
    ),
    message="{rows} of {total} conversions in {table} have no touch in {related_table}",
    recommendation="Check the tracking of the channels that these came through.",
    example=Example(
        clean={"order": _ORDERS, "touchpoint": _TOUCHES.format(where="")},
        damaged={"touchpoint": _TOUCHES.format(where="WHERE o >= 40")},
        finds=40,
        at="order.order_id",
    ),
)
