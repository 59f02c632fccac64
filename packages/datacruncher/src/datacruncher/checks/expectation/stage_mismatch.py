"""Stages of a funnel that more or fewer reach than the schema declares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datacruncher import sql
from datacruncher.catalog import Catalog, Column, ForeignKey, Table
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Place, Probe, Skip, Steps, Verdict


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: entities of the funnel. deviations: standard errors that chance may take a rate from what is declared."""

    minimum: int = 100
    deviations: float = 4.5


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Tables that a stage_config fills."""
    for table in catalog:
        node = table.declared
        if node is None or node.stage_config is None:
            continue
        stage = table.role("stage") or table.get("stage_name") or table.get("stage")
        parent = catalog.tables.get(node.parents[0]) if node.parents else None
        key = catalog.path(table, parent) if parent else None
        if stage is None or parent is None or key is None:
            yield Skip("no stage, or no key to the entity", Place(table.name))
            continue
        yield _bound(table, stage, parent, key)


def _bound(table: Table, stage: Column, parent: Table, key: ForeignKey) -> Binding | Skip:
    config = table.declared.stage_config
    varied = {name: float(one.get("transition_multiplier", 1.0)) for name, one in config.segment_variation.items()}
    segment = _segment(parent, set(varied)) if varied else None
    if varied and segment is None:
        return Skip(
            "its segments vary the rates, and no column of the parent holds them", Place(table.name, (stage.name,))
        )
    given = {"stages": config.stages, "varied": varied, "segment": segment, "rule": "declared"}
    return Binding(table, (stage,), related=parent, key=key, given=given)


def _segment(parent: Table, names: set[str]) -> Column | None:
    """The parent's column that has these segments."""
    node = parent.declared
    said = (node.segment_behavior or {}).get("segment_column") if node is not None else None
    if said and parent.get(str(said)):
        return parent.get(str(said))
    choices = [(c, c.declared.parameters.get("choices")) for c in parent.columns if c.declared is not None]
    return next(
        (column for column, values in choices if isinstance(values, list) and names <= set(map(str, values))), None
    )


def probe(binding: Binding, params: Params) -> Probe:
    """Of those who reached the stage before, the share that reached it, beside what their segments let expect."""
    key, parent, given = binding.key, binding.related, binding.given
    assert key is not None and parent is not None  # noqa: S101 - bind gives both
    names = [binding.table.column(name).of("e") for name in key.columns]
    entity = names[0] if len(names) == 1 else f"ROW({', '.join(names)})"
    listed = ", ".join(
        f"({k}, {sql.literal(stage.stage_name)}, {float(stage.transition_rate)!r})"
        for k, stage in enumerate(given["stages"])
    )
    steps = f"""WITH _stages(k, stage, rate) AS (VALUES {listed}), _reached AS (
    SELECT DISTINCT {entity} AS entity, s.k, {_multiplier(given)} AS factor
    FROM {binding.table.sql} e JOIN _stages s ON CAST({binding.column.of("e")} AS VARCHAR) = s.stage
    JOIN {parent.sql} p ON {key.join("e", "p")}
), _rates AS (
    SELECT s.k, s.stage, COUNT(a.entity) AS n, COUNT(b.entity) / COUNT(a.entity) AS reached, AVG(LEAST(1, s.rate * a.factor)) AS expected
    FROM _stages s JOIN _reached a ON a.k = s.k - 1 LEFT JOIN _reached b ON b.k = s.k AND b.entity = a.entity
    GROUP BY s.k, s.stage
), _worst AS (
    SELECT *, ABS(reached - expected) AS off,
        ABS(reached - expected) - {params.deviations} * SQRT(GREATEST(expected * (1 - expected), 1.0 / n) / n) AS beyond FROM _rates
)"""
    measure = f"""{steps}
SELECT MAX(off) AS observed, MAX(beyond) AS beyond_chance, CAST(MAX(n) AS BIGINT) AS rows_total, arg_max(stage, off) AS stage,
    arg_max(reached, off) AS reached, arg_max(expected, off) AS declared,
    map_from_entries(list((stage, ROUND(reached, 6)) ORDER BY k)) AS shares
FROM _worst"""
    return Probe(measure=measure, rows=f"{steps}\nSELECT *\nFROM _worst")


def _multiplier(given: dict[str, Any] | Any) -> str:
    segment, varied = given["segment"], given["varied"]
    if segment is None:
        return "1.0"
    cases = " ".join(f"WHEN {sql.literal(name)} THEN {factor!r}" for name, factor in varied.items())
    return f"CASE CAST({segment.of('p')} AS VARCHAR) {cases} ELSE 1.0 END"


def judge(found: Found, params: Params) -> Verdict | Skip:
    """The largest difference of a rate, beyond chance."""
    if found.observed is None:
        return Skip("nobody reached the first stage", found.binding.place)
    off = float(found.observed)
    declared = {stage.stage_name: stage.transition_rate for stage in found.binding.given["stages"][1:]}
    details = {"observed": found.values["shares"], "declared": declared, "effect": off}
    return Verdict(size=off if float(found.values["beyond_chance"]) > 0 else 0.0, expected=declared, details=details)


_SCHEMA = {
    "version": "1.0",
    "nodes": [
        {"id": "user", "kind": "entity", "pk": "user_id", "columns": [{"name": "user_id", "type": "int"}]},
        {
            "id": "journey",
            "kind": "fact",
            "pk": "journey_id",
            "parents": ["user"],
            "columns": [
                {"name": "journey_id", "type": "int"},
                {"name": "user_id", "type": "int", "generator": {"lookup": {"from": "user.user_id"}}},
                {"name": "stage_name", "type": "string"},
                {"name": "stage_index", "type": "int"},
            ],
            "stage_config": {
                "stages": [
                    {"stage_name": "visit"},
                    {"stage_name": "cart", "transition_rate": 0.5},
                    {"stage_name": "pay", "transition_rate": 0.8},
                ]
            },
        },
    ],
}
_USERS = "SELECT i AS user_id, 'u' || i AS user_name FROM range(600) t(i)"
_STEPS = """SELECT row_number() OVER () AS journey_id, u AS user_id, ['visit', 'cart', 'pay'][s + 1] AS stage_name, s AS stage_index
FROM range(600) a(u), range(3) b(s) WHERE s = 0 OR (s = 1 AND u % 2 = 0) OR (s = 2 AND u % 2 = 0 AND u % 10 {pays})"""

SPEC = CheckSpec(
    id="expectation.stage_mismatch",
    defect="weights_mismatch",
    category="schema_expectation",
    title="A funnel other than declared",
    why="The step that was meant to leak does not, or another does.",
    needs="a schema with a stage_config",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(medium=0.05, low=0.02, source="as expectation.weights_mismatch"),
    message="Funnel of {table} is off: {reached:.1%} go on to {stage}, declared {declared:.1%} (n = {total})",
    recommendation="Set the transition_rate of {stage} to what is meant, and generate again.",
    example=Example(
        clean={"user": _USERS, "journey": _STEPS.format(pays="< 8")},
        damaged={"journey": _STEPS.format(pays="< 6")},
        finds=None,
        schema=_SCHEMA,
        at="journey.stage_name",
    ),
)
