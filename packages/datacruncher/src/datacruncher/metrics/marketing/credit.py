"""The credit of each channel, by five models side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datacruncher.catalog import Catalog
from datacruncher.checks.base import Binding, Probe, Skip
from datacruncher.checks.journeys import days_between, moment
from datacruncher.checks.marketing._touches import chains
from datacruncher.metrics.base import Measure, MetricExample, MetricParams, MetricSpec, listed


class Params(MetricParams, frozen=True, kw_only=True):
    """half_life_days: of the credit by time decay. ends: the share of the first and of the last touch by position."""

    half_life_days: float = 7.0
    ends: float = 0.4


def bind(catalog: Catalog, _params: Any) -> Iterator[Binding | Skip]:
    """Touches with a channel and an order, that refer to a conversion."""
    for chain in chains(catalog):
        channel, order = chain.touches.role("channel"), chain.touches.happened or chain.touches.role("position")
        if channel is None or order is None:
            yield Skip(f"{chain.touches.name} has no channel, or nothing orders its touches")
            continue
        uses = {"order": order} | ({"converted": chain.conversions.happened} if chain.conversions.happened else {})
        yield Binding(
            chain.touches, (channel,), related=chain.conversions, key=chain.key, uses=uses, confidence=chain.confidence
        )


def probe(binding: Binding, params: Any) -> Probe:
    """Each conversion gives one credit: to its first or last touch, evenly, by recency, or mostly to both ends."""
    assert binding.key is not None and binding.related is not None  # noqa: S101 - bind gives both
    key, order, converted = binding.key, binding.uses["order"], binding.uses.get("converted")
    keys = ", ".join(binding.table.column(name).of("e") for name in key.columns)
    by = moment(order, "e") if order.is_time else order.of("e")
    own = "".join(f", {column.of('e')}" for column in binding.table.key_columns)
    lead = days_between(moment(converted, "p"), by) if converted is not None and order.is_time else "0"
    ends, inner = params.ends, 1 - 2 * params.ends
    measure = f"""WITH _touches AS (
    SELECT CAST({binding.column.of("e")} AS VARCHAR) AS channel, COUNT(*) OVER w AS k,
           row_number() OVER (PARTITION BY {keys} ORDER BY {by}{own}) AS place,
           pow(2, -GREATEST({lead}, 0) / {params.half_life_days}) AS recency,
           SUM(pow(2, -GREATEST({lead}, 0) / {params.half_life_days})) OVER w AS recencies
    FROM {binding.table.sql} e JOIN {binding.related.sql} p ON {key.join("e", "p")}
    WHERE {binding.column.of("e")} IS NOT NULL WINDOW w AS (PARTITION BY {keys})
), _credits AS (
    SELECT channel, COUNT(*) AS n, SUM(CAST(place = 1 AS INTEGER)) AS first_touch, SUM(CAST(place = k AS INTEGER)) AS last_touch,
           SUM(1 / k) AS linear, SUM(recency / recencies) AS time_decay,
           SUM(CASE WHEN k = 1 THEN 1 WHEN k = 2 THEN 0.5 WHEN place IN (1, k) THEN {ends} ELSE {inner} / (k - 2) END) AS position
    FROM _touches GROUP BY 1
), _all AS (
    SELECT *, SUM(first_touch) OVER () AS total FROM _credits
)
SELECT {_record()} AS credit_by_channel, CAST(MAX(total) AS BIGINT) AS n
FROM _all"""
    return Probe(measure=measure)


def _record() -> str:
    """SQL: a record for each channel; ``value`` is the linear one."""
    models = {name: f"CAST({name} / total AS DOUBLE)" for name in ("first_touch", "last_touch", "linear", "time_decay")}
    models["position_based"] = "CAST(position / total AS DOUBLE)"
    return listed("linear DESC, channel", name="channel", value=models["linear"], n="n", **models)


SPEC = MetricSpec(
    id="marketing.credit",
    title="Credit",
    why="A budget that follows one model alone starves what the model does not see.",
    needs="touchpoints with a channel and an order, that refer to a conversion",
    gives=(
        Measure("credit_by_channel", "Share of the credit by first, last, linear, time-decay and position-based model", kind="bars"),
    ),
    bind=bind,
    probe=probe,
    params=Params,
    example=MetricExample(
        tables={
            "purchase": "SELECT i AS purchase_id, TIMESTAMP '2024-03-01' AS purchased_at, 10.0 AS amount FROM range(1, 5) t(i)",
            # 1: ads, mail, search. 2: ads, mail. 3: mail. 4: search, search.
            "touchpoint": """SELECT row_number() OVER () AS touchpoint_id, p AS purchase_id, c AS channel,
                TIMESTAMP '2024-03-01' - to_days(d) AS touched_at
                FROM (VALUES (1, 'ads', 14), (1, 'mail', 7), (1, 'search', 0), (2, 'ads', 7), (2, 'mail', 0), (3, 'mail', 3),
                (4, 'search', 2), (4, 'search', 2)) v(p, c, d)""",
        },
        values={
            # Recency of 1: 1/4, 1/2, 1 of 7/4; of 2: 1/2 and 1 of 3/2.
            "credit_by_channel": [
                {"name": "mail", "n": 3, "first_touch": 1 / 4, "last_touch": 2 / 4, "linear": (1 / 3 + 1 / 2 + 1) / 4,
                 "time_decay": (2 / 7 + 2 / 3 + 1) / 4, "position_based": (0.2 + 0.5 + 1) / 4},
                {"name": "search", "n": 3, "first_touch": 1 / 4, "last_touch": 2 / 4, "linear": (1 / 3 + 1) / 4,
                 "time_decay": (4 / 7 + 1) / 4, "position_based": (0.4 + 1) / 4},
                {"name": "ads", "n": 2, "first_touch": 2 / 4, "last_touch": 0.0, "linear": (1 / 3 + 1 / 2) / 4,
                 "time_decay": (1 / 7 + 1 / 3) / 4, "position_based": (0.4 + 0.5) / 4},
            ]
        },
        ns={"credit_by_channel": 4},
    ),
)  # fmt: skip
