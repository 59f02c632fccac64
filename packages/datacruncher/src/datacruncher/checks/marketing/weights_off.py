"""Attribution weights of a conversion that do not add up to 1."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict
from datacruncher.checks.marketing._touches import chains


class Params(base.Params, frozen=True, kw_only=True):
    """tolerance: what rounding may leave."""

    tolerance: float = 0.01


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Touches with a weight."""
    for chain in chains(catalog):
        if chain.weight is not None:
            yield Binding(
                chain.touches, (chain.weight,), related=chain.conversions, key=chain.key, confidence=chain.confidence
            )


def probe(binding: Binding, params: Params) -> Probe:
    """Conversions whose weights miss 1."""
    assert binding.key is not None  # noqa: S101 - bind gives one
    names = ", ".join(binding.table.column(name).sql for name in binding.key.columns)
    sums = f"""WITH sums AS (
    SELECT {names}, SUM({binding.column.sql}) AS weights, COUNT(*) AS touches
    FROM {binding.table.sql} e WHERE {binding.key.present("e")} GROUP BY ALL
)"""
    odd = f"ABS(weights - 1) > {params.tolerance}"
    measure = f"{sums}\nSELECT COUNT(*) FILTER (WHERE {odd}) AS rows_affected, COUNT(*) AS rows_total\nFROM sums"
    return Probe(measure=measure, rows=f"{sums}\nSELECT *\nFROM sums\nWHERE {odd}")


def judge(found: Found, params: Params) -> Verdict:
    """By the share of conversions."""
    key = found.binding.key
    details = {
        "kind": "weights",
        "weight_column": found.binding.column.name,
        "conversion_column": key.columns[0] if key else None,
    }
    return Verdict(size=found.share, details=details)


_ORDERS = "SELECT i AS order_id, TIMESTAMP '2024-02-01' + to_hours(i) AS ordered_at FROM range(100) t(i)"
_TOUCHES = """SELECT row_number() OVER () AS touchpoint_id, o AS order_id, p + 1 AS position,
    ['email', 'search'][p + 1] AS channel, TIMESTAMP '2024-01-31' + to_hours(o) + to_minutes(p) AS touched_at,
    {weight} AS attribution_weight FROM range(100) a(o), range(2) b(p)"""

SPEC = CheckSpec(
    id="marketing.weights_off",
    defect="attribution_gap",
    category="business_logic",
    title="Attribution weights do not add up",
    why="Credit that is given twice or lost moves budgets the wrong way.",
    needs="touchpoints with a weight that refer to a conversion",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(
        high=0.01, medium=0.0, source="persona-metrics, section Severity: totals that don't add up above 1%"
    ),
    message="Attribution weights of {rows} of {total} conversions in {table} do not sum to 1",
    recommendation="Rescale the weights of those conversions; in generated data, use attribution_chain.",
    example=Example(
        clean={"order": _ORDERS, "touchpoint": _TOUCHES.format(weight="0.5")},
        damaged={"touchpoint": _TOUCHES.format(weight="CASE WHEN o < 7 THEN 0.9 ELSE 0.5 END")},
        finds=7,
        at="touchpoint.attribution_weight",
    ),
)
