"""Touches that come after the conversion they are credited with."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict, count
from datacruncher.checks.journeys import moment
from datacruncher.checks.marketing._touches import chains


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: touches with a conversion."""


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Touches and conversions that both have a time."""
    for chain in chains(catalog):
        touched, converted = chain.touches.happened, chain.conversions.happened
        if touched is None or converted is None:
            yield Skip(f"{chain.touches.name} has no time of the touch")
            continue
        yield Binding(
            chain.touches,
            (touched,),
            related=chain.conversions,
            related_columns=(converted,),
            key=chain.key,
            confidence=chain.confidence,
        )


def probe(binding: Binding, params: Params) -> Probe:
    """Touches later than their conversion."""
    assert binding.key is not None and binding.related is not None  # noqa: S101 - bind gives both
    touched, converted, key = binding.column, binding.related_columns[0], binding.key
    shown = ", ".join(column.of("e") for column in (*binding.table.key_columns, touched))
    join = f"FROM {binding.table.sql} e JOIN {binding.related.sql} p ON {key.join('e', 'p')}"
    rows = f"""SELECT {shown}, {converted.of("p")} AS converted_at
{join}
WHERE {moment(touched, "e")} > {moment(converted, "p")}"""
    return count(
        rows, f"SELECT COUNT(*) {join} WHERE {touched.of('e')} IS NOT NULL AND {converted.of('p')} IS NOT NULL"
    )


def judge(found: Found, params: Params) -> Verdict:
    """By the share of touches."""
    key = found.binding.key
    return Verdict(
        size=found.share,
        details={"kind": "after_conversion", "conversion_column": key.columns[0] if key else None},
        metrics={"touches_after_conversion": found.share},
    )


_ORDERS = "SELECT i AS order_id, TIMESTAMP '2024-02-01 12:00:00' + to_hours(i) AS ordered_at FROM range(100) t(i)"
_TOUCHES = """SELECT row_number() OVER () AS touchpoint_id, o AS order_id, p + 1 AS position,
    ['email', 'search'][p + 1] AS channel, TIMESTAMP '2024-02-01 11:00:00' + to_hours(o {late}) + to_minutes(p) AS touched_at,
    0.5 AS attribution_weight FROM range(100) a(o), range(2) b(p)"""

SPEC = CheckSpec(
    id="marketing.touch_after_conversion",
    defect="attribution_gap",
    category="business_logic",
    title="Touches after the conversion",
    why="What comes later cannot have caused it.",
    needs="touchpoints with a time that refer to a conversion with a time",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(high=0.01, medium=0.0, source="persona-metrics, section Severity: time order above 1%"),
    message="{rows} of {total} touches in {table} come after the conversion in {related_table} that they are credited with",
    recommendation="Check the clocks of the two sources, then leave late touches out of the credit.",
    explains=("temporal.child_before_parent",),
    example=Example(
        clean={"order": _ORDERS, "touchpoint": _TOUCHES.format(late="")},
        damaged={"touchpoint": _TOUCHES.format(late="+ CASE WHEN o < 5 THEN 48 ELSE 0 END")},
        finds=10,
        at="touchpoint.touched_at",
    ),
)
