"""Features: who uses which, when that began, how much and how many."""

from __future__ import annotations

from typing import Any

from datacruncher.checks.base import Binding, Probe
from datacruncher.checks.journeys import moment
from datacruncher.checks.product.low_adoption import bind
from datacruncher.metrics.base import MOST, Measure, MetricExample, MetricSpec, day, listed

TOP = 8  # features whose curve is kept


def probe(binding: Binding, _params: Any) -> Probe:
    """Adoption over all active entities, and over those active in each month, for the most used features."""
    assert binding.key is not None  # noqa: S101 - bind gives one
    at = binding.table.happened
    names = [binding.table.column(name).of("e") for name in binding.key.columns]
    entity = names[0] if len(names) == 1 else f"ROW({', '.join(names)})"
    month = f"DATE_TRUNC('month', {moment(at, 'e')})" if at else "CAST(NULL AS TIMESTAMP)"
    feature = f"CAST({binding.column.of('e')} AS VARCHAR)"
    measure = f"""WITH _uses AS (
    SELECT {entity} AS entity, {feature} AS feature, {month} AS month, COUNT(*) AS n
    FROM {binding.table.sql} e WHERE {binding.key.present("e")} AND {binding.column.of("e")} IS NOT NULL GROUP BY 1, 2, 3
), _active AS (
    SELECT COUNT(DISTINCT entity) AS n FROM _uses
), _adoption AS (
    SELECT feature, COUNT(DISTINCT entity) AS n, row_number() OVER (ORDER BY COUNT(DISTINCT entity) DESC, feature) AS place
    FROM _uses GROUP BY 1
), _months AS (
    SELECT month, COUNT(DISTINCT entity) AS n FROM _uses WHERE month IS NOT NULL GROUP BY 1 ORDER BY 1 DESC LIMIT {MOST}
), _used AS (
    SELECT month, feature, COUNT(DISTINCT entity) AS users FROM _uses GROUP BY ALL
), _curves AS (
    SELECT m.month, m.n, LIST(COALESCE(u.users, 0) / m.n ORDER BY a.place) AS shares
    FROM _months m CROSS JOIN (SELECT * FROM _adoption WHERE place <= {TOP}) a
    LEFT JOIN _used u ON u.month = m.month AND u.feature = a.feature GROUP BY m.month, m.n
)
SELECT {listed("place", name="a.feature", value="a.n / _active.n", n="a.n")} FILTER (WHERE place <= {MOST}) AS feature_adoption,
    ANY_VALUE(_active.n) AS n, (SELECT {listed("month", at=day("month"), n="n", values="shares")} FROM _curves) AS adoption_per_month,
    (SELECT SUM(u.n) FROM _uses u) / ANY_VALUE(_active.n) AS uses_per_user,
    SUM(a.n) / ANY_VALUE(_active.n) AS features_per_user, COUNT(*) AS features
FROM _adoption a, _active"""
    return Probe(measure=measure)


SPEC = MetricSpec(
    id="product.features",
    title="Features",
    why="What nobody uses is paid for by what everybody does.",
    needs="a table that records which feature an entity used",
    gives=(
        Measure("feature_adoption", "Have used it, of those active", kind="bars"),
        Measure(
            "adoption_per_month", "Used it in the month, of those active in it; features as in adoption", kind="cohorts"
        ),
        Measure("uses_per_user", "Uses per active entity (depth)", "uses"),
        Measure("features_per_user", "Features per active entity (breadth)", "features"),
        Measure("features", "Features in use", "features"),
    ),
    bind=bind,
    probe=probe,
    example=MetricExample(
        tables={
            "user": "SELECT i AS user_id, 'u' || i AS user_name FROM range(1, 6) t(i)",
            "feature_use": """SELECT row_number() OVER () AS feature_use_id, u AS user_id, f AS feature_name,
                CAST(t AS TIMESTAMP) AS used_at
                FROM (VALUES (1, 'search', '2024-01-02'), (1, 'search', '2024-01-09'), (1, 'export', '2024-02-01'), (2, 'search',
                '2024-02-03'),
                (3, 'search', '2024-02-09'), (3, 'share', '2024-02-09'), (4, 'share', '2024-01-30'), (4, 'share', '2024-02-29')) v(u,
                f, t)""",
        },
        values={
            "feature_adoption": [
                {"name": "search", "value": 0.75, "n": 3},
                {"name": "share", "value": 0.5, "n": 2},
                {"name": "export", "value": 0.25, "n": 1},
            ],
            "adoption_per_month": [
                {"at": "2024-01-01", "n": 2, "values": [0.5, 0.5, 0.0]},
                {"at": "2024-02-01", "n": 4, "values": [0.5, 0.5, 0.25]},
            ],
            "uses_per_user": 2.0,
            "features_per_user": 1.5,
            "features": 3,
        },
        ns={"feature_adoption": 4},
    ),
)
