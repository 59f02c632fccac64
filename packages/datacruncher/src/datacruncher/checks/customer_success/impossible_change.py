"""Changes of state that can't be: out of a terminal state, or one that the declared model doesn't know."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher import sql
from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Plain, Probe, Skip, Steps, Verdict
from datacruncher.checks.customer_success._states import States, states


class Params(base.Params, frozen=True, kw_only=True):
    """final: the share of those who left that stays away, from which leaving is final where no schema says so."""

    minimum: int = 5
    final: float = 0.9


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Tables of changes of state, with a declared model or a state that means leaving."""
    for found in states(catalog):
        if found.allowed or found.left:
            binding = found.binding()
            yield Binding(
                **{**binding.__dict__, "given": {**binding.given, "rule": "declared" if found.allowed else "inferred"}}
            )


def probe(binding: Binding, params: Params) -> Probe:
    """Changes that the model doesn't know; without a model, changes out of a state of leaving into another."""
    found: States = binding.given["states"]
    if found.allowed:
        pairs = [(a, b) for a, followers in found.allowed.items() for b in followers]
        listed = ", ".join(f"({sql.literal(a)}, {sql.literal(b)})" for a, b in pairs) or "(NULL, NULL)"
        known = ", ".join(sql.literal(name) for name in found.allowed)
        pair = "(CAST(was AS VARCHAR), CAST(state AS VARCHAR))"
        odd = f"was IS NOT NULL AND {pair} NOT IN ({listed}) AND CAST(was AS VARCHAR) IN ({known})"
    else:
        odd = "had_left AND state IS DISTINCT FROM was"
    own = "".join(f"{column.sql}, " for column in binding.table.key_columns)
    measure = f"""WITH {found.moves()}
SELECT COUNT(*) FILTER (WHERE {odd}) AS rows_affected, COUNT(was) AS rows_total, COUNT(*) FILTER (WHERE leaves) AS leavings,
    CAST(mode(was) FILTER (WHERE {odd}) AS VARCHAR) AS from_state, CAST(mode(state) FILTER (WHERE {odd}) AS VARCHAR) AS to_state
FROM _moves"""
    rows = f"WITH {found.moves()}\nSELECT {own}was, state, moved_at\nFROM _moves\nWHERE {odd}"
    return Probe(measure=measure, rows=rows)


def judge(found: Found, params: Params) -> Verdict | Skip:
    """By the share of changes; where many come back, leaving is not final."""
    leavings = int(found.values["leavings"] or 0)
    declared = found.binding.given["rule"] == "declared"
    if not declared and leavings and (found.rows_affected or 0) > (1 - params.final) * leavings:
        return Skip(f"{found.rows_affected} of {leavings} come back: leaving is not final here", found.binding.place)
    constraint = {"from": found.values["from_state"], "to": found.values["to_state"]}
    details = {"kind": Plain("transition"), "constraint": constraint}
    return Verdict(size=found.share, details=details, ceiling=None if declared else "medium")


_SUBSCRIPTIONS = "SELECT i AS subscription_id, 'Ann ' || i AS customer_name FROM range(100) t(i)"
_STATES = """SELECT row_number() OVER () AS subscription_state_id, i AS subscription_id, s AS status,
    TIMESTAMP '2024-01-01' + to_days(d) AS changed_at
FROM (SELECT i, unnest(['active', 'churned']) AS s, unnest([0, 30]) AS d FROM range(100) t(i) {more}) v"""

SPEC = CheckSpec(
    id="customer_success.impossible_change",
    defect="constraint_violated",
    category="business_logic",
    title="Impossible changes of state",
    why="Who has left and goes on is counted twice, or was never gone.",
    needs="a table of the states of an entity, with a declared model or a state that means leaving",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(
        high=0.01, medium=0.0, source="persona-metrics: impossible state changes; a rule read off the data: medium"
    ),
    message="Impossible: {rows} of {total} changes in {table} go where they can't (most from {from_state} to {to_state})",
    recommendation="Give who comes back a new {table} history, or add the change to the state_transition_model.",
    example=Example(
        clean={"subscription": _SUBSCRIPTIONS, "subscription_state": _STATES.format(more="")},
        damaged={"subscription_state": _STATES.format(more="UNION ALL SELECT i * 30, 'paused', 40 FROM range(3) t(i)")},
        finds=3,
        at="subscription_state.status",
    ),
)
