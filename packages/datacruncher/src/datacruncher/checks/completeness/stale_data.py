"""A table that ends earlier than the rest: its newest row lies long before the newest of the others."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from datacruncher import sql
from datacruncher.catalog import Catalog, Column, Table
from datacruncher.checks import base, times
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Place, Plain, Probe, Skip, Verdict

_MEDIUM = 1.0


class Params(base.Params, frozen=True, kw_only=True):
    """When a table ends too early.

    gaps: silence at the end, in the longest silence (99 of 100) between two days with rows. days: silence at the end, at least.
    share: of the table's own span, at least; what ran for years may pause for weeks.
    """

    minimum: int = 100
    gaps: float = 5.0
    days: int = 7
    share: float = 0.03


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Tables of events, against the end of the declared time, or the newest of what does not follow from them."""
    events = [(table, table.happened) for table in catalog if table.kind in {"event", "state", "line_item"}]
    dated = [(table, at) for table, at in events if at is not None and at.facts.present >= params.minimum]
    for table, at in dated:
        if times.is_ahead(at):
            continue
        reference, against = _reference(catalog, table, dated)
        if reference is None:
            yield Skip(
                "no schema with a timeframe, and no other table of events to compare with",
                Place(table.name, (at.name,)),
            )
            continue
        given = {"reference": reference, "against": against, "bound": _born_until(catalog, table)}
        confidence = max(at.roles.values(), default=0.5) if against else 1.0
        yield Binding(table, (at,), confidence=confidence, given=given)


def _reference(
    catalog: Catalog, table: Table, dated: list[tuple[Table, Column]]
) -> tuple[dt.datetime | None, str | None]:
    """The instant to which the table should reach, and the table that reaches it; None = the schema says so."""
    timeframe = catalog.document.timeframe if catalog.document is not None else None
    declared = times.instant(timeframe.end) if timeframe is not None else None
    if declared is not None and declared <= catalog.now:
        return declared, None
    later, near = _after(catalog, table), _beside(catalog, table)
    ends = {
        other.name: times.quantiles(catalog, other)[at.name][1]
        for other, at in dated
        if other.name in near - later and at.name in times.quantiles(catalog, other)
    }
    past = {name: end for name, end in ends.items() if end <= catalog.now}
    against = max(past, key=lambda name: past[name], default=None)
    return (past[against], against) if against else (None, None)


def _beside(catalog: Catalog, table: Table) -> set[str]:
    """Tables that keys connect with it, in whatever direction: other data may end when it likes."""
    found, wave = {table.name}, [table.name]
    while wave:
        wave = [name for one in wave for name in _linked(catalog, one) if name not in found]
        found |= set(wave)
    return found - {table.name}


def _linked(catalog: Catalog, name: str) -> list[str]:
    return [key.to_table for key in catalog.tables[name].foreign_keys] + [key.table for key in catalog.children(name)]


def _after(catalog: Catalog, table: Table) -> set[str]:
    """What follows from the table, and therefore comes later: its children, and theirs."""
    found, wave = {table.name}, [table.name]
    while wave:
        wave = [key.table for name in wave for key in catalog.children(name) if key.table not in found]
        found |= set(wave)
    return found - {table.name}


def _born_until(catalog: Catalog, table: Table) -> dt.datetime | None:
    """When the newest of its parents was created, where it happens to entities."""
    born = [
        parent.created for key in table.foreign_keys if (parent := catalog.tables[key.to_table]).created is not None
    ]
    newest = [times.instant(column.facts.maximum) for column in born if column is not None]
    return max((one for one in newest if one is not None), default=None)


def probe(binding: Binding, params: Params) -> Probe:
    """Days between the newest row and the reference, beside the longest usual silence."""
    at, reference = times.moment(binding.column), sql.value(binding.given["reference"])
    measure = f"""WITH _days AS (
    SELECT DISTINCT CAST({at} AS DATE) AS day FROM {binding.table.sql} WHERE {binding.column.sql} IS NOT NULL AND {at} <= {reference}
), _gaps AS (
    SELECT day - lag(day) OVER (ORDER BY day) AS gap FROM _days
)
SELECT CAST(MAX(day) AS VARCHAR) AS latest, CAST(CAST({reference} AS DATE) AS VARCHAR) AS reference,
    CAST({reference} AS DATE) - MAX(day) AS observed, (SELECT quantile_disc(gap, 0.99) FROM _gaps) AS usual,
    MAX(day) - MIN(day) AS span, (SELECT COUNT({binding.column.sql}) FROM {binding.table.sql}) AS rows_total
FROM _days"""
    return Probe(measure=measure)


def judge(found: Found, params: Params) -> Verdict | Skip:
    """How often the silence at the end is as long as may be."""
    values, given = found.values, found.binding.given
    if values["observed"] is None or values["usual"] is None:
        return Skip("too few days with rows to know a usual silence")
    allowed = max(params.days, params.gaps * int(values["usual"]), params.share * int(values["span"]))
    if given["bound"] is not None and 0 <= _days_after(given["bound"], values["latest"]) <= allowed:
        return Skip("no new parents: what follows from them ends with them", found.binding.place)
    details = {"time_column": found.binding.column.name, "latest": values["latest"], "reference": values["reference"]}
    return Verdict(
        size=int(values["observed"]) / allowed,
        expected={"max": allowed},
        unit="days",
        details=details,
        words={"against": Plain(f" {given['against']} ends" if given["against"] else " the schema's timeframe ends")},
    )


def _days_after(bound: dt.datetime, latest: str) -> int:
    return (dt.date.fromisoformat(latest) - bound.date()).days


_LOG = """SELECT i AS {name}_id, i % 40 AS customer_id, TIMESTAMP '2024-01-01' + to_hours(i * {step}) AS {name}_at
FROM range({n}) t(i)"""
_CUSTOMERS = "SELECT i AS customer_id, 'c' || i AS customer_name FROM range(40) t(i)"

SPEC = CheckSpec(
    id="completeness.stale_data",
    defect="stale_data",
    category="data_quality",
    title="A table ends too early",
    why="A load that stopped looks like a business that stopped.",
    needs="a table of events, and a declared timeframe or another table of events",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(medium=_MEDIUM, source="defects: medium; longer than five of its own longest silences"),
    message="Stale: the newest row of {table} is of {latest}, {observed} days before{against} ({reference}); its longest"
    " usual silence is {usual} days",
    recommendation="See whether the load of {table} still runs, and load what is missing since {latest}.",
    example=Example(
        clean={
            "customer": _CUSTOMERS,
            "visit": _LOG.format(name="visit", step=3, n=1000),
            "ticket": _LOG.format(name="ticket", step=10, n=300),
        },
        damaged={"ticket": _LOG.format(name="ticket", step=10, n=200)},
        finds=None,
        at="ticket.ticket_at",
    ),
)
