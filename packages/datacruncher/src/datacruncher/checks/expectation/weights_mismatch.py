"""Categories with other shares than the schema declares."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from datacruncher import sql
from datacruncher.catalog import Catalog, Column, Table
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict

KEEPS_SHARES = frozenset({"null", "time_jitter"})
NUMBERS = re.compile(r"[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?")


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: values. deviations: standard errors that chance may take a share from its weight."""

    minimum: int = 100
    deviations: float = 4.5


def declared_weights(parameters: Any) -> list[float] | None:
    """The normalised weights of a `choice`: given, uniform, ``zipf@A`` or ``head_tail@{H,A}`` (DSL reference)."""
    choices = parameters.get("choices")
    if not isinstance(choices, list) or not choices:
        return None
    weights, kind = parameters.get("weights"), str(parameters.get("weights_kind") or "uniform")
    if weights is None:
        weights = _kind(kind, len(choices))
    if len(weights) != len(choices) or not sum(weights):
        return None
    return [float(weight) / sum(weights) for weight in weights]


def _kind(kind: str, n: int) -> Sequence[float]:
    numbers = [float(found) for found in NUMBERS.findall(kind.partition("@")[2])]
    if kind.startswith("zipf") and len(numbers) == 1:
        return _zipf(n, numbers[0])
    if kind.startswith("head_tail") and len(numbers) == 2:
        head = math.ceil(0.2 * n)
        tail = _zipf(n - head, numbers[1])
        share = numbers[0] if tail else 1.0
        return [share / head] * head + [(1 - numbers[0]) * weight / sum(tail) for weight in tail]
    return [1.0] * n


def _zipf(n: int, exponent: float) -> list[float]:
    return [rank**-exponent for rank in range(1, n + 1)]


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Columns that a `choice` with fixed choices fills, unchanged afterwards."""
    for table in catalog:
        for column in table.columns:
            if column.declared is None or column.declared.generates != "choice":
                continue
            bound = _bound(table, column)
            if bound is not None:
                yield bound
    yield from _mixes(catalog)


def _mixes(catalog: Catalog) -> Iterator[Binding]:
    """Segments whose mix a segment_behavior declares, and channels of an attribution_chain."""
    for table in catalog:
        node = table.declared
        behavior = node.segment_behavior if node is not None else None
        segments = behavior.get("segments") if behavior else None
        column = table.get(str(behavior.get("segment_column"))) if behavior else None
        if isinstance(segments, dict) and column is not None and column.declared is not None:
            weights = {
                name: float(one["base_probability"]) for name, one in segments.items() if "base_probability" in one
            }
            if len(weights) > 1 and column.declared.generates != "choice":
                yield Binding(table, (column,), given={"weights": _normal(weights)})
        chain = node.attribution_chain if node is not None else None
        touches = catalog.tables.get(chain.touchpoint_table_name) if chain else None
        channel = touches.get("channel") if touches else None
        if chain is not None and touches is not None and channel is not None and len(chain.channels) > 1:
            shares = chain.channel_weights or [1.0] * len(chain.channels)
            yield Binding(
                touches, (channel,), given={"weights": _normal(dict(zip(chain.channels, shares, strict=False)))}
            )


def _normal(weights: dict[str, float]) -> dict[str, float]:
    total = sum(weights.values()) or 1.0
    return {name: weight / total for name, weight in weights.items()}


def _bound(table: Table, column: Column) -> Binding | Skip | None:
    place = base.Place(table.name, (column.name,))
    node = table.declared
    weights = declared_weights(column.declared.parameters)
    if weights is None or len(weights) < 2:
        return None
    if node.stage_config or node.state_transition_model:
        return Skip("filled by its role in the behaviour of the table", place)
    if any(modifier.transform not in KEEPS_SHARES for modifier in column.declared.modifiers):
        return Skip("modifiers change the values", place)
    if any(column.name in (modifier.args.get("on") or {}) for modifier in node.modifiers):
        return Skip("an effect scales the rows by this column", place)
    shares: dict[str, float] = {}
    for choice, weight in zip(column.declared.parameters["choices"], weights, strict=True):
        if choice is not None:
            shares[str(choice)] = shares.get(str(choice), 0.0) + weight
    total = sum(shares.values())
    given = {"weights": {choice: weight / total for choice, weight in shares.items()}} if total else {}
    return Binding(table, (column,), given=given) if given else None


def probe(binding: Binding, params: Params) -> Probe:
    """Shares found beside shares declared; the largest difference, and χ²."""
    column, weights = binding.column, binding.given["weights"]
    listed = ",\n    ".join(
        f"(CAST({sql.literal(choice)} AS {column.type}), {weight!r})" for choice, weight in weights.items()
    )
    shares = f"""WITH declared(value, weight) AS (VALUES
    {listed}
), found AS (
    SELECT {column.sql} AS value, COUNT(*) AS n FROM {binding.table.sql} WHERE {column.sql} IS NOT NULL GROUP BY 1
), total AS (
    SELECT SUM(n) AS n FROM found
), shares AS (
    SELECT COALESCE(d.value, f.value) AS value, COALESCE(f.n, 0) AS n, COALESCE(f.n, 0) / total.n AS share,
           COALESCE(d.weight, 0) AS weight, total.n AS total
    FROM declared d FULL JOIN found f ON d.value = f.value, total
)"""
    noise = f"{params.deviations} * SQRT(GREATEST(weight * (1 - weight), 1.0 / total) / total)"
    measure = f"""{shares}
SELECT ANY_VALUE(total) AS rows_total, MAX(ABS(share - weight)) AS observed,
    MAX(ABS(share - weight) - {noise}) AS beyond_chance,
    SUM((n - total * weight) ** 2 / (total * weight)) FILTER (WHERE weight > 0) AS statistic,
    map_from_entries(list((CAST(value AS VARCHAR), ROUND(share, 6)) ORDER BY weight DESC, n DESC)) AS shares,
    CAST(arg_max(value, ABS(share - weight)) AS VARCHAR) AS worst, arg_max(share, ABS(share - weight)) AS share_found,
    arg_max(weight, ABS(share - weight)) AS share_declared
FROM shares"""
    return Probe(measure=measure, rows=f"{shares}\nSELECT value, n, share, weight\nFROM shares")


def judge(found: Found, params: Params) -> Verdict | Skip:
    """The largest difference, where it is more than chance explains."""
    if found.observed is None:
        return Skip("no values")
    largest = float(found.observed)
    details = {"observed": found.values["shares"], "declared": found.binding.given["weights"], "effect": largest}
    size = largest if float(found.values["beyond_chance"]) > 0 else 0.0
    return Verdict(size=size, expected=found.binding.given["weights"], details=details)


_SCHEMA = {
    "version": "1.0",
    "nodes": [
        {
            "id": "user",
            "kind": "entity",
            "pk": "user_id",
            "columns": [
                {"name": "user_id", "type": "int", "generator": {"sequence": {}}},
                {
                    "name": "plan",
                    "type": "string",
                    "generator": {"choice": {"choices": ["free", "pro"], "weights": [0.75, 0.25]}},
                },
            ],
        }
    ],
}

SPEC = CheckSpec(
    id="expectation.weights_mismatch",
    defect="weights_mismatch",
    category="schema_expectation",
    title="Shares differ from the declared weights",
    why="What was designed for one mix is tried on another.",
    needs="a schema with a choice and its weights",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(
        medium=0.05, low=0.0, source="5 points of share change a chart; less than that is seen only in a test"
    ),
    message="Weights of {table}.{column} are off: {worst} has {share_found:.1%}, declared {share_declared:.1%} (n = {total})",
    recommendation="Set the weights of {column} to what is meant, and generate again.",
    details=("statistic",),
    example=Example(
        clean={
            "user": "SELECT i AS user_id, CASE WHEN i % 4 = 0 THEN 'pro' ELSE 'free' END AS plan FROM range(400) t(i)"
        },
        damaged={
            "user": "SELECT i AS user_id, CASE WHEN i % 4 < 2 THEN 'pro' ELSE 'free' END AS plan FROM range(400) t(i)"
        },
        finds=None,
        schema=_SCHEMA,
        at="user.plan",
    ),
)
