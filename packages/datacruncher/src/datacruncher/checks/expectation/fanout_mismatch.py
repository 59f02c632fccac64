"""Parents with another number of children than the schema declares."""

from __future__ import annotations

import math
from collections.abc import Iterator

from datacruncher.catalog import Catalog, ForeignKey, Table
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict
from datacruncher.documents import Fanout


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: parents. deviations: standard errors that chance may take the mean from what is declared."""

    minimum: int = 50
    deviations: float = 4.5


def expected_mean(fanout: Fanout) -> float | None:
    """The mean count of a declared fanout within its bounds, or None where it has no closed form here."""
    low, high = _bounds(fanout)
    rate = fanout.rate if fanout.rate is not None else fanout.lam
    match fanout.distribution:
        case "uniform" if fanout.max is not None:
            return ((fanout.min or 0) + fanout.max) / 2
        case "fixed":
            return min(max(rate if rate is not None else 1.0, low), high)
        case "poisson" if rate is not None and rate < 1e5:
            return _clamped_poisson(rate, low, high)
    return None


def _bounds(fanout: Fanout) -> tuple[float, float]:
    low, high = fanout.clamp or (fanout.min, fanout.max)
    return (0.0 if low is None else float(low), math.inf if high is None else float(high))


def _clamped_poisson(rate: float, low: float, high: float) -> float:
    """E[min(max(K, low), high)] for K ~ Poisson(rate), summed over ± 12 standard deviations."""
    reach = 12 * math.sqrt(rate) + 12
    first, last = max(0, int(rate - reach)), int(rate + reach)
    terms = (
        min(max(k, low), high) * math.exp(k * math.log(rate) - rate - math.lgamma(k + 1)) if rate else 0.0
        for k in range(first, last + 1)
    )
    return math.fsum(terms) if rate else min(max(0.0, low), high)


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Facts with a fanout whose rate nothing else multiplies."""
    for table in catalog:
        node = table.declared
        if node is None or node.fanout is None or not node.parents:
            continue
        parent = catalog.tables.get(node.parents[0])
        key = catalog.path(table, parent) if parent else None
        if parent is None or key is None:
            yield Skip(f"no key from {table.name} to {node.parents[0]}", base.Place(table.name))
            continue
        yield _bound(table, parent, key)


def _bound(table: Table, parent: Table, key: ForeignKey) -> Binding | Skip:
    node, owner = table.declared, parent.declared
    place = base.Place(table.name)
    if node.fanout.per or owner.vintage_behavior:
        return Skip("the number of children depends on the life of the parent; datagen validate tests it", place)
    if owner.segment_behavior or any(modifier.transform == "effect" for modifier in node.modifiers):
        return Skip("segments or effects multiply the fanout; datagen validate tests it", place)
    mean = expected_mean(node.fanout)
    if mean is None:
        return Skip(f"the mean of a {node.fanout.distribution} fanout is tested by datagen validate", place)
    columns = tuple(table.column(name) for name in key.columns)
    return Binding(table, columns, related=parent, key=key, given={"mean": mean, "fanout": node.fanout})


def probe(binding: Binding, params: Params) -> Probe:
    """Children per parent, parents without children included."""
    assert binding.key is not None and binding.related is not None  # noqa: S101 - bind gives both
    key, related = binding.key, binding.related
    names = ", ".join(binding.table.column(name).of("c") for name in key.columns)
    join = " AND ".join(
        f"n.{binding.table.column(a).sql} = {related.column(b).of('p')}"
        for a, b in zip(key.columns, key.to_columns, strict=True)
    )
    measure = f"""WITH counts AS (
    SELECT {names}, COUNT(*) AS children FROM {binding.table.sql} c WHERE {key.present("c")} GROUP BY ALL
), each AS (
    SELECT COALESCE(n.children, 0) AS children FROM {related.sql} p LEFT JOIN counts n ON {join}
)
SELECT COUNT(*) AS rows_total, AVG(children) AS observed, STDDEV_SAMP(children) AS spread,
    MIN(children) AS observed_min, MAX(children) AS observed_max
FROM each"""
    return Probe(measure=measure)


def judge(found: Found, params: Params) -> Verdict | Skip:
    """The relative difference of the means, where it is more than chance explains."""
    if found.observed is None or not found.rows_total:
        return Skip("no parents")
    mean, declared = float(found.observed), float(found.binding.given["mean"])
    error = float(found.values["spread"] or 0.0) / math.sqrt(found.rows_total)
    off = abs(mean - declared) / max(declared, 1e-9)
    beyond = abs(mean - declared) > params.deviations * error + 1e-9
    fanout: Fanout = found.binding.given["fanout"]
    shown = {"distribution": fanout.distribution, "lambda": fanout.rate, "min": fanout.min, "max": fanout.max}
    return Verdict(
        size=off if beyond else 0.0,
        expected={"value": declared},
        unit="rows",
        details={
            "parent_table": found.binding.related.name if found.binding.related else None,
            "observed_mean": mean,
            "expected_mean": declared,
            "declared": {name: value for name, value in shown.items() if value is not None},
            "statistic": (mean - declared) / error if error else None,
            "effect": off,
        },
        words={"mean": mean, "declared": declared},
    )


def _schema(rate: int) -> dict[str, object]:
    sequence: dict[str, object] = {"sequence": {}}
    lookup = {"lookup": {"from": "user.user_id"}}
    return {
        "version": "1.0",
        "nodes": [
            {
                "id": "user",
                "kind": "entity",
                "pk": "user_id",
                "columns": [{"name": "user_id", "type": "int", "generator": sequence}],
            },
            {
                "id": "event",
                "kind": "fact",
                "pk": "event_id",
                "parents": ["user"],
                "fanout": {"distribution": "poisson", "lambda": rate},
                "columns": [
                    {"name": "event_id", "type": "int", "generator": sequence},
                    {"name": "user_id", "type": "int", "generator": lookup},
                ],
            },
        ],
    }


SPEC = CheckSpec(
    id="expectation.fanout_mismatch",
    defect="fanout_mismatch",
    category="schema_expectation",
    title="Another number of children than declared",
    why="Volumes and averages that were designed do not hold.",
    needs="a schema with a fanout, and the key to the parent",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(medium=0.05, low=0.0, source="5% of the volume is visible in any total"),
    message="A {related_table} has {mean:.2f} rows in {table} on average, declared {declared:.2f} (n = {total})",
    recommendation="Set the fanout of {table} to what is meant, and generate again.",
    details=("observed_min", "observed_max"),
    example=Example(
        clean={
            "user": "SELECT i AS user_id FROM range(100) t(i)",
            "event": "SELECT row_number() OVER () AS event_id, u AS user_id FROM range(100) a(u), range(6) b(k) WHERE k < 2 + u % 5",
        },
        damaged={
            "event": "SELECT row_number() OVER () AS event_id, u AS user_id FROM range(100) a(u), range(9) b(k) WHERE k < 4 + u % 5"
        },
        finds=None,
        schema=_schema(4),
        at="event.user_id",
    ),
)
