"""Growth: how many are new each week, and where that is going."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from datacruncher.catalog import Catalog
from datacruncher.checks.base import Binding, Probe, Values
from datacruncher.checks.journeys import is_party, moment
from datacruncher.metrics.base import MOST, Measure, MetricExample, MetricSpec, day, listed, trend

STAFF = re.compile(r"employee|staff|worker|agent|driver|doctor|teacher|seller|rep$", re.IGNORECASE)


def bind(catalog: Catalog, _params: Any) -> Iterator[Binding]:
    """Parties with a creation time; those who work here are no growth."""
    for table in catalog:
        created = table.created
        if (
            created is not None
            and is_party(table)
            and not STAFF.search(table.name)
            and table.kind in {"entity", "unknown"}
        ):
            yield Binding(table, (created,), confidence=created.roles.get("creation_time", 1.0))


def probe(binding: Binding, _params: Any) -> Probe:
    """New rows of each whole week, weeks without any included."""
    created = moment(binding.column, "p")
    measure = f"""WITH _counts AS (
    SELECT DATE_TRUNC('week', {created}) AS week, COUNT(*) AS n FROM {binding.table.sql} p
    WHERE {binding.column.of("p")} IS NOT NULL GROUP BY 1
), _ends AS (
    SELECT MIN(week) AS first, MAX(week) AS last FROM _counts
), _weeks AS (
    SELECT CAST(w.week AS TIMESTAMP) AS week, COALESCE(c.n, 0) AS n
    FROM _ends, generate_series(_ends.first, _ends.last, INTERVAL 7 DAY) w(week) LEFT JOIN _counts c ON c.week = w.week
    WHERE w.week > _ends.first AND w.week < _ends.last
)
SELECT {listed("week", at=day("week"), value="n", n="n")} AS new_per_week, median(n) AS new_in_a_usual_week,
    COUNT(*) AS weeks, SUM(n) AS n
FROM _weeks"""
    return Probe(measure=measure)


def work(values: Values, _params: Any) -> Values:
    """With the trend: the slope per week relative to the mean, and its interval."""
    weeks = values["new_per_week"] or []
    line = trend([float(week["value"]) for week in weeks])
    found = {**values, "new_per_week": weeks[-MOST:]}
    if line is not None:
        found |= {"growth_per_week": line.slope, "growth_per_week_low": line.low, "growth_per_week_high": line.high}
    return found


SPEC = MetricSpec(
    id="growth.new_entities",
    title="New entities",
    why="Growth is what comes in.",
    needs="people or accounts with a creation time",
    gives=(
        Measure("new_per_week", "New per week", "rows", "series"),
        Measure("new_in_a_usual_week", "New in a usual week", "rows", n="weeks"),
        Measure("growth_per_week", "Trend of the new, per week", n="weeks"),
        Measure("growth_per_week_low", "Trend of the new, lower end of its interval", n="weeks"),
        Measure("growth_per_week_high", "Trend of the new, upper end of its interval", n="weeks"),
    ),
    bind=bind,
    probe=probe,
    work=work,
    example=MetricExample(
        # Six weeks from Monday 1 January with 1, 1, 2, 0, 4 and 2; the first and the last are not whole.
        tables={
            "customer": """SELECT row_number() OVER () AS customer_id, 'c' || d AS customer_name,
                TIMESTAMP '2024-01-01' + to_days(CAST(d AS INTEGER)) AS created_at
                FROM (VALUES (3), (8), (15), (16), (28), (29), (30), (31), (36), (37)) v(d)""",
        },
        values={
            "new_per_week": [
                {"at": "2024-01-08", "value": 1},
                {"at": "2024-01-15", "value": 2},
                {"at": "2024-01-22", "value": 0},
                {"at": "2024-01-29", "value": 4},
            ],
            "new_in_a_usual_week": 1.5,
            # Least squares through 1, 2, 0, 4: slope (-1.5·1 - 0.5·2 + 0.5·0 + 1.5·4) / 5 = 0.7, mean 1.75.
            "growth_per_week": 0.7 / 1.75,
        },
        ns={"new_per_week": 7, "growth_per_week": 4},
    ),
)
