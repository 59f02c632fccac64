"""Touches long before the conversion that they are credited with."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict, count
from datacruncher.checks.journeys import days_between, moment
from datacruncher.checks.marketing._touches import chains


class Params(base.Params, frozen=True, kw_only=True):
    """window_days: the window where no schema declares one; undeclared, only touches far outside of it are counted."""

    window_days: float = 90.0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Touches and conversions that both have a time."""
    for chain in chains(catalog):
        touched, converted = chain.touches.happened, chain.conversions.happened
        if touched is None or converted is None:
            yield Skip(f"{chain.touches.name} has no time of the touch")
            continue
        node = chain.conversions.declared
        model = node.attribution_chain if node is not None else None
        given = {
            "window": model.time_window_days if model else params.window_days,
            "rule": "declared" if model else "inferred",
        }
        yield Binding(chain.touches, (touched,), related=chain.conversions, related_columns=(converted,), key=chain.key,
                      confidence=1.0 if model else min(0.6, chain.confidence), given=given)  # fmt: skip


def probe(binding: Binding, params: Params) -> Probe:
    """Touches earlier than the window allows."""
    assert binding.key is not None and binding.related is not None  # noqa: S101 - bind gives both
    touched, converted, key = binding.column, binding.related_columns[0], binding.key
    shown = ", ".join(column.of("e") for column in (*binding.table.key_columns, touched))
    lead = days_between(moment(converted, "p"), moment(touched, "e"))
    join = f"FROM {binding.table.sql} e JOIN {binding.related.sql} p ON {key.join('e', 'p')}"
    rows = (
        f"SELECT {shown}, {converted.of('p')} AS converted_at\n{join}\nWHERE {lead} > {binding.given['window']} + 1e-6"
    )
    return count(
        rows, f"SELECT COUNT(*) {join} WHERE {touched.of('e')} IS NOT NULL AND {converted.of('p')} IS NOT NULL"
    )


def judge(found: Found, params: Params) -> Verdict:
    """By the share of touches; a window that nobody declared is no more than a question."""
    key, declared = found.binding.key, found.binding.given["rule"] == "declared"
    details = {"kind": "outside_window", "conversion_column": key.columns[0] if key else None}
    words = {"window": found.binding.given["window"]}
    return Verdict(size=found.share, details=details, words=words, ceiling=None if declared else "low")


_ORDERS = "SELECT i AS order_id, TIMESTAMP '2024-06-01' + to_hours(i) AS ordered_at FROM range(100) t(i)"
_TOUCHES = """SELECT row_number() OVER () AS touchpoint_id, o AS order_id, p + 1 AS position, ['email', 'search'][p + 1] AS channel,
    TIMESTAMP '2024-05-30' + to_hours(o) {early} AS touched_at, 0.5 AS attribution_weight FROM range(100) a(o), range(2) b(p)"""

SPEC = CheckSpec(
    id="marketing.touch_outside_window",
    defect="attribution_gap",
    category="business_logic",
    title="Touches outside the window",
    why="What happened half a year ago did not sell today.",
    needs="touchpoints with a time that refer to a conversion with one",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(high=0.05, medium=0.0, source="as attribution_gap; an undeclared window at most low"),
    message="Outside the window: {rows} of {total} touches in {table} lie more than {window:g} days before their {related_table}",
    recommendation="Leave such touches out of the credit, or agree on a longer window.",
    example=Example(
        clean={"orders": _ORDERS, "touchpoint": _TOUCHES.format(early="")},
        damaged={
            "touchpoint": _TOUCHES.format(
                early="- CASE WHEN o % 20 = 0 AND p = 0 THEN INTERVAL 120 DAY ELSE INTERVAL 0 DAY END"
            )
        },
        finds=5,
        at="touchpoint.touched_at",
    ),
)
