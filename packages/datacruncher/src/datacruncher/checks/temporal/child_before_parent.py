"""What happens before the thing it happens to exists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from datacruncher import sql
from datacruncher.catalog import Catalog, Column, ForeignKey, Table
from datacruncher.catalog.model import confidence_of
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict

_CERTAIN = 0.8  # of a creation time: above, the order is a rule; below, only if the data mostly keeps it


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: fewest pairs of times; mostly: share of ordered pairs that makes a rule of an uncertain pair of columns."""

    minimum: int = 5
    mostly: float = 0.95


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Every foreign key whose parent has a creation time (or is an event) and whose child has a time."""
    for key in catalog.foreign_keys:
        child, parent = catalog.tables[key.table], catalog.tables[key.to_table]
        born, happens = parent.created or _of_event(parent, child), child.happened
        if key.is_self or born is None or happens is None or not _allowed(happens):
            continue
        certain = _certainty(born), _certainty(happens)
        yield Binding(
            child,
            (happens,),
            parent,
            (born,),
            uses={"child": happens, "parent": born},
            key=key,
            confidence=confidence_of(key, certain),
            given={"certain": min(certain)},
        )


def _of_event(parent: Table, child: Table) -> Column | None:
    """The instant of an event of which the child is a part or a consequence."""
    return parent.happened if parent.kind == "event" and child.kind in {"event", "line_item", "state"} else None


def _allowed(column: Column) -> bool:
    """A schema may say that a time need not follow its parent."""
    return column.declared is None or column.declared.after_parent


def _certainty(column: Column) -> float:
    if column.declared is not None:
        return 1.0
    return max(column.roles.get(role, 0.0) for role in ("creation_time", "event_time"))


def probe(binding: Binding, params: Params) -> Probe:
    """Pairs whose child's time lies before the parent's; by days where one of the two knows only days."""
    key, child, parent = _parts(binding)
    early, both = _order(binding), f"{child.of('c')} IS NOT NULL AND {parent.of('p')} IS NOT NULL"
    joined = f"{binding.table.sql} c JOIN {_table(binding).sql} p ON {key.join('c', 'p')}"
    gap = f"DATE_DIFF('second', CAST({child.of('c')} AS TIMESTAMP), CAST({parent.of('p')} AS TIMESTAMP))"
    measure = f"""SELECT COUNT(*) FILTER (WHERE {early}) AS rows_affected,
       COUNT(*) AS rows_total,
       MEDIAN({gap}) FILTER (WHERE {early}) AS median_gap_seconds,
       MIN({gap}) FILTER (WHERE {early}) AS least_gap_seconds,
       MAX({gap}) FILTER (WHERE {early}) AS greatest_gap_seconds
FROM {joined}
WHERE {both}"""
    own_key = [column.of("c") for column in binding.table.key_columns]
    shown = [
        *own_key,
        *(f"c.{sql.ident(name)}" for name in key.columns),
        child.of("c"),
        f"{parent.of('p')} AS parent_time",
    ]
    rows = f"SELECT {', '.join(dict.fromkeys(shown))}\nFROM {joined}\nWHERE {both} AND {early}"
    return Probe(measure=measure, rows=rows)


def _parts(binding: Binding) -> tuple[ForeignKey, Column, Column]:
    assert binding.key is not None  # noqa: S101 - bound so above
    return binding.key, binding.uses["child"], binding.uses["parent"]


def _table(binding: Binding) -> Table:
    assert binding.related is not None  # noqa: S101 - bound so above
    return binding.related


def _order(binding: Binding) -> str:
    _, child, parent = _parts(binding)
    if _days_only(child) or _days_only(parent):
        return f"CAST({child.of('c')} AS DATE) < CAST({parent.of('p')} AS DATE)"
    return f"{child.of('c')} < {parent.of('p')}"


def _days_only(column: Column) -> bool:
    return column.family == "date" or (column.facts.present > 0 and column.facts.midnight == column.facts.present)


def judge(found: Found, params: Params) -> Verdict | Skip:
    """A rule if names or a schema say so, or if nearly all pairs keep it."""
    key, child, parent = _parts(found.binding)
    if found.binding.given["certain"] < _CERTAIN and 1 - found.share < params.mostly:
        reason = f"{1 - found.share:.1%} of the pairs are in order, too few to take the order for a rule"
        return Skip(reason, found.binding.place)
    least, greatest = found.values["least_gap_seconds"], found.values["greatest_gap_seconds"]
    return Verdict(
        size=found.share,
        details={
            "child_column": child.name,
            "parent_table": parent.table,
            "parent_column": parent.name,
            "foreign_key": list(key.columns),
            "parent_key": list(key.to_columns),
            "common_offset_seconds": least if least is not None and least == greatest else None,
        },
    )


def _at(*days: str) -> list[dt.datetime]:
    return [dt.datetime.fromisoformat(f"{day}T10:00:00") for day in days]


SPEC = CheckSpec(
    id="temporal.child_before_parent",
    defect="temporal_violation",
    category="data_quality",
    title="Child before its parent",
    why="Ages, cohorts and retention are counted from the parent's creation; before it they are negative or lost.",
    needs="a foreign key from a table with a time to one with a creation time",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(critical=0.01, high=0.0, source="persona-metrics: time order broken in more than 1% of rows"),
    details=("median_gap_seconds",),
    message="Temporal violations: {percent} of {table} rows ({rows} of {total}) before {related_table} creation "
    "({column} < {related_columns})",
    recommendation="Add created_at_column to vintage_behavior of {related_table} in the schema, or mend the load that "
    "writes {table}.{column}.",
    example=Example(
        clean={
            "account": {
                "account_id": [1, 2, 3, 4, 5],
                "created_at": _at("2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"),
            },
            "payment": {
                "payment_id": [11, 12, 13, 14, 15],
                "account_id": [1, 2, 3, 4, 5],
                "paid_at": _at("2024-02-01", "2024-02-02", "2024-02-03", "2024-02-04", "2024-02-05"),
            },
        },
        damaged={
            "payment": {
                "payment_id": [11, 12, 13, 14, 15],
                "account_id": [1, 2, 3, 4, 5],
                "paid_at": _at("2024-02-01", "2023-12-02", "2024-02-03", "2024-02-04", "2024-01-01"),
            },
        },
        finds=2,
        at="payment.paid_at",
    ),
)
