"""Touchpoints: how many lead to a conversion, and how well the two fit together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datacruncher.catalog import Catalog
from datacruncher.checks.base import Binding, Probe
from datacruncher.checks.journeys import days_between, moment
from datacruncher.checks.marketing._touches import chains
from datacruncher.metrics.base import Measure, MetricExample, MetricParams, MetricSpec


class Params(MetricParams, frozen=True, kw_only=True):
    """window_days: touches earlier than that before the conversion are outside; a schema's own window wins."""

    window_days: float = 30.0


def bind(catalog: Catalog, _params: Any) -> Iterator[Binding]:
    """Touches that refer to a conversion."""
    for chain in chains(catalog):
        node = chain.conversions.declared
        model = node.attribution_chain if node is not None else None
        times = {"touched": chain.touches.happened, "converted": chain.conversions.happened, "weight": chain.weight}
        yield Binding(
            chain.touches,
            tuple(chain.touches.column(name) for name in chain.key.columns),
            related=chain.conversions,
            key=chain.key,
            uses={name: column for name, column in times.items() if column is not None},
            confidence=chain.confidence,
            given={"window": model.time_window_days if model else None},
        )


def probe(binding: Binding, params: Any) -> Probe:
    """Over the conversions and over their touches."""
    assert binding.key is not None and binding.related is not None  # noqa: S101 - bind gives both
    key, uses, window = binding.key, binding.uses, binding.given["window"] or params.window_days
    own = ", ".join(binding.related.column(name).of("p") for name in key.to_columns)
    lead = "CAST(NULL AS DOUBLE)"
    if "touched" in uses and "converted" in uses:
        lead = days_between(moment(uses["converted"], "p"), moment(uses["touched"], "e"))
    weight = uses["weight"].of("e") if "weight" in uses else "CAST(NULL AS DOUBLE)"
    first = binding.table.column(key.columns[0]).of("e")
    measure = f"""WITH _touches AS (
    SELECT {own}, {first} IS NOT NULL AS touched, {lead} AS lead, {weight} AS weight
    FROM {binding.related.sql} p LEFT JOIN {binding.table.sql} e ON {key.join("e", "p")}
), _chains AS (
    SELECT COUNT(*) FILTER (WHERE touched) AS touches, SUM(weight) AS weights FROM _touches GROUP BY {own.replace("p.", "")}
)
SELECT AVG(touches) FILTER (WHERE touches > 0) AS touches_per_conversion, COUNT(*) FILTER (WHERE touches > 0) AS touched,
    AVG(CAST(touches = 0 AS INTEGER)) AS untouched_conversions, COUNT(*) AS conversions,
    AVG(CAST(ABS(weights - 1) > 0.01 AS INTEGER)) AS weights_off,
    (SELECT AVG(CAST(lead < 0 AS INTEGER)) FROM _touches WHERE touched) AS touches_after_conversion,
    (SELECT AVG(CAST(lead > {window} AS INTEGER)) FROM _touches WHERE touched) AS touches_outside_window,
    (SELECT COUNT(*) FROM _touches WHERE touched) AS n
FROM _chains"""
    return Probe(measure=measure)


SPEC = MetricSpec(
    id="marketing.touches",
    title="Touchpoints",
    why="Credit is shared among what was recorded; what was not recorded gets none.",
    needs="touchpoints that refer to a conversion",
    gives=(
        Measure("touches_per_conversion", "Touches of a conversion that has any", "touches", n="touched"),
        Measure("untouched_conversions", "Conversions without a touch", n="conversions"),
        Measure("touches_after_conversion", "Touches after their conversion"),
        Measure("touches_outside_window", "Touches before the window of their conversion"),
        Measure("weights_off", "Conversions whose weights do not add up to 1", n="touched"),
    ),
    bind=bind,
    probe=probe,
    params=Params,
    example=MetricExample(
        tables={
            "purchase": "SELECT i AS purchase_id, TIMESTAMP '2024-03-01' AS purchased_at, 10.0 AS amount FROM range(1, 6) t(i)",
            # Days before (-) and after the purchase.
            "touchpoint": """SELECT row_number() OVER () AS touchpoint_id, p AS purchase_id, 'mail' AS channel,
                TIMESTAMP '2024-03-01' + to_days(d) AS touched_at, w AS attribution_weight
                FROM (VALUES (1, -3, 0.5), (1, -1, 0.5), (2, -40, 1.0), (3, 2, 0.4), (3, -2, 0.4), (4, -30, 0.2),
                (4, -4, 0.3), (4, -3, 0.5)) v(p, d, w)""",
        },
        values={
            "touches_per_conversion": 2.0,  # 2, 1, 2 and 3
            "untouched_conversions": 0.2,  # the fifth
            "touches_after_conversion": 1 / 8,
            "touches_outside_window": 1 / 8,  # 40 days; 30 is inside
            "weights_off": 0.25,  # the third: 0.8
        },
        ns={"touches_per_conversion": 4, "untouched_conversions": 5, "touches_after_conversion": 8},
    ),
)
