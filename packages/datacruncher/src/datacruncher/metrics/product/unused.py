"""Features that nobody uses."""

from __future__ import annotations

from typing import Any

from datacruncher.checks.base import Values
from datacruncher.checks.product import unused_feature
from datacruncher.metrics.base import Measure, MetricExample, MetricSpec


class Params(unused_feature.Params, frozen=True, kw_only=True):
    """minimum: entries of the list."""

    minimum: int = 0


def work(values: Values, _params: Any) -> Values:
    """How many of the list nothing refers to."""
    return {"unused_features": values["rows_affected"], "n": values["rows_total"]}


SPEC = MetricSpec(
    id="product.unused",
    title="Unused features",
    why="What is not used costs, too.",
    needs="a list of features that a table of use refers to",
    gives=(Measure("unused_features", "Features that nothing refers to", "features"),),
    bind=unused_feature.bind,
    probe=unused_feature.probe,
    work=work,
    params=Params,
    example=MetricExample(
        tables={
            "feature": "SELECT i AS feature_id, 'f' || i AS feature_name FROM range(1, 7) t(i)",
            "feature_use": """SELECT row_number() OVER () AS feature_use_id, f AS feature_id, TIMESTAMP '2024-01-01' + to_days(f) AS used_at
                FROM (VALUES (1), (1), (2), (4), (6), (6), (6), (2)) v(f)""",
        },
        values={"unused_features": 2},  # 3 and 5
        ns={"unused_features": 6},
    ),
)
