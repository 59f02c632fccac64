"""One channel brings nearly everything."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Steps, Verdict


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: rows with a channel. share: the most that one channel should bring."""

    minimum: int = 100
    share: float = 0.8


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Columns that name a channel, in tables of entities or events, with at least two channels."""
    for table in catalog:
        if table.kind in {"dictionary", "effect", "bridge"}:
            continue
        for channel in table.having("channel"):
            if channel.facts.distinct >= 2:
                yield Binding(table, (channel,), confidence=channel.roles["channel"])


def probe(binding: Binding, params: Params) -> Probe:
    """The largest channel's share."""
    channel = binding.column
    mix = f"""WITH mix AS (
    SELECT {channel.sql}, COUNT(*) AS n FROM {binding.table.sql} WHERE {channel.sql} IS NOT NULL GROUP BY 1
)"""
    measure = f"""{mix}
SELECT CAST({channel.sql} AS VARCHAR) AS channel, n AS rows_affected, (SELECT SUM(n) FROM mix) AS rows_total,
    n / (SELECT SUM(n) FROM mix) AS observed
FROM mix ORDER BY n DESC, 1 LIMIT 1"""
    return Probe(measure=measure, rows=f"{mix}\nSELECT *\nFROM mix\nORDER BY n DESC")


def judge(found: Found, params: Params) -> Verdict:
    """Against the ceiling."""
    share = float(found.observed or 0.0)
    expected = {"max": params.share}
    details = {"channel_column": found.binding.column.name, "share": share}
    return Verdict(
        size=share - params.share,
        expected=expected,
        details=details,
        words={"share": share},
        metrics={"largest_channel_share": share},
    )


_VISITS = "SELECT i AS visit_id, TIMESTAMP '2024-01-01' + to_hours(i) AS visited_at, {channel} AS channel FROM range(300) t(i)"

SPEC = CheckSpec(
    id="marketing.channel_concentration",
    defect="channel_concentration",
    category="business_logic",
    title="One channel brings nearly all",
    why="What one channel brings, one channel can take away.",
    needs="a column that names a channel",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(medium=0.0, source="persona-metrics: more than 80% in one channel"),
    message="{share:.0%} of {table} come through one channel, {channel} ({rows} of {total})",
    recommendation="Test a second channel; in generated data, spread channel_weights.",
    details=("channel",),
    example=Example(
        clean={"visit": _VISITS.format(channel="['email', 'search', 'social'][i % 3 + 1]")},
        damaged={"visit": _VISITS.format(channel="CASE WHEN i % 10 = 0 THEN 'email' ELSE 'search' END")},
        finds=270,
        at="visit.channel",
    ),
)
