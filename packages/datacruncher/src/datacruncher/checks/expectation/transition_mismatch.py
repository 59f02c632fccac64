"""States that are followed by others, or more often by some, than the declared model says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from datacruncher import sql
from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Plain, Probe, Skip, Steps, Verdict
from datacruncher.checks.customer_success._states import States, states
from datacruncher.checks.expectation._shares import compare, judged


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: changes out of a state. deviations: standard errors that chance may take a share from its weight."""

    minimum: int = 50
    deviations: float = 4.5


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Tables that a state_transition_model fills, each of its states by itself, and the first state of all."""
    for found in states(catalog):
        node = found.table.declared
        model = node.state_transition_model if node is not None else None
        if model is None:
            continue
        binding = found.binding()
        for name, state in model.states.items():
            if len(state.next_states) > 1 and not state.terminal:
                given = {
                    "states": found,
                    "from": name,
                    "weights": dict(state.next_states),
                    "rule": "declared",
                    "id": name,
                }
                yield replace(binding, given=given)
        first = {"states": found, "from": None, "weights": {model.initial_state: 1.0}, "rule": "declared", "id": ""}
        yield replace(binding, given=first)


def probe(binding: Binding, params: Params) -> Probe:
    """What follows the state, beside what should."""
    found: States = binding.given["states"]
    start = binding.given["from"]
    where = "was IS NULL" if start is None else f"CAST(was AS VARCHAR) = {sql.literal(start)}"
    counted = f"""SELECT CAST(state AS VARCHAR) AS slot, COUNT(*) AS n FROM (
        WITH {found.moves()} SELECT * FROM _moves) _all WHERE {where} GROUP BY 1"""
    return compare(binding.given["weights"], counted, params.deviations)


def judge(found: Found, params: Params) -> Verdict | Skip:
    """The largest difference, beyond chance."""
    verdict = judged(found, found.binding.given["weights"])
    start = found.binding.given["from"]
    said = Plain(f"after {start}" if start is not None else "in the beginning")
    return verdict if isinstance(verdict, Skip) else replace(verdict, words={"when": said})


_SCHEMA = {
    "version": "1.0",
    "nodes": [
        {"id": "customer", "kind": "entity", "pk": "customer_id", "columns": [{"name": "customer_id", "type": "int"}]},
        {
            "id": "subscription",
            "kind": "fact",
            "pk": "subscription_id",
            "parents": ["customer"],
            "columns": [
                {"name": "subscription_id", "type": "int"},
                {"name": "customer_id", "type": "int", "generator": {"lookup": {"from": "customer.customer_id"}}},
                {"name": "status", "type": "string"},
                {"name": "changed_at", "type": "datetime"},
            ],
            "state_transition_model": {
                "initial_state": "trial",
                "states": {
                    "trial": {"transition_prob_per_period": 0.5, "next_states": {"active": 0.75, "churned": 0.25}},
                    "active": {"transition_prob_per_period": 0.1, "next_states": {"churned": 1.0}},
                    "churned": {"terminal": True},
                },
            },
        },
    ],
}
_CUSTOMERS = "SELECT i AS customer_id, 'c' || i AS customer_name FROM range(400) t(i)"
_STATES = """SELECT row_number() OVER () AS subscription_id, i AS customer_id, s AS status,
    TIMESTAMP '2024-01-01' + to_days(d) AS changed_at
FROM (SELECT i, unnest(['trial', CASE WHEN i % 4 {gone} THEN 'churned' ELSE 'active' END]) AS s, unnest([0,
14]) AS d FROM range(400) t(i))"""

SPEC = CheckSpec(
    id="expectation.transition_mismatch",
    defect="weights_mismatch",
    category="schema_expectation",
    title="States change otherwise than declared",
    why="Churn that was modelled as a fourth and comes as a half makes another business.",
    needs="a schema with a state_transition_model",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(medium=0.05, low=0.02, source="as expectation.weights_mismatch"),
    message="Transitions of {table} are off: {when}, {worst} comes in {share_found:.1%} of {total} changes, declared {share_declared:.1%}",
    recommendation="Set next_states to what is meant, and generate again.",
    details=("statistic",),
    example=Example(
        clean={"customer": _CUSTOMERS, "subscription": _STATES.format(gone="= 0")},
        damaged={"subscription": _STATES.format(gone="< 2")},
        finds=None,
        schema=_SCHEMA,
        at="subscription.status",
    ),
)
