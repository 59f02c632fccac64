"""A step of a funnel loses far more than the others."""

from __future__ import annotations

from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict
from datacruncher.checks.growth._funnel import STAGES, USERS, Funnel, bind


class Params(base.Params, frozen=True, kw_only=True):
    """loss: the share that a leaking step loses. others: the most that the other steps may lose (median)."""

    loss: float = 0.6
    others: float = 0.3


def probe(binding: Binding, params: Params) -> Probe:
    """The worst step, and the median of the others."""
    funnel: Funnel = binding.given["funnel"]
    measure = f"""{funnel.steps()}, worst AS (
    SELECT * FROM rated ORDER BY conversion, rank LIMIT 1
)
SELECT worst.from_stage, worst.to_stage, worst.from_count AS rows_total, worst.from_count - worst.to_count AS rows_affected,
    worst.conversion AS observed, (SELECT median(r.conversion) FROM rated r WHERE r.rank <> worst.rank) AS others,
    (SELECT arg_max(entities, rank) / arg_min(entities, rank) FROM stages) AS overall,
    (SELECT COUNT(*) FROM rated) AS steps
FROM worst"""
    return Probe(
        measure=measure,
        rows=f"{funnel.steps()}\nSELECT from_stage, to_stage, from_count, to_count, conversion\nFROM rated",
    )


def judge(found: Found, params: Params) -> Verdict | Skip:
    """A leak stands out from the other steps; a funnel that loses much everywhere is another matter."""
    if (found.values.get("steps") or 0) < 2 or found.values.get("others") is None:
        return Skip("fewer than three stages: no other step to compare with")
    loss, others = 1.0 - float(found.observed), 1.0 - float(found.values["others"])
    leaks = loss > params.loss and others < params.others
    return Verdict(
        size=loss - params.loss if leaks else 0.0,
        expected={"min": 1.0 - params.loss},
        details={"conversion": found.observed, "others": found.values["others"]},
        words={"loss": loss, "other_loss": others},
        metrics={"funnel_conversion": found.values["overall"]},
    )


SPEC = CheckSpec(
    id="growth.funnel_leak",
    defect="funnel_leak",
    category="business_logic",
    title="One step of the funnel leaks",
    why="The worst step is where work pays most.",
    needs="a table of stages that an entity reaches",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(high=0.0, source="persona-metrics: more than 60% lost while the other steps lose less than 30%"),
    message="Funnel leak: {loss:.0%} are lost from {from_stage} to {to_stage} ({rows} of {total}), the other steps lose"
    " {other_loss:.0%}",
    recommendation="Look at what happens between {from_stage} and {to_stage}; in generated data, raise that transition_rate.",
    details=("from_stage", "to_stage"),
    example=Example(
        clean={"user": USERS, "journey": STAGES.format(where="u % 10 >= s")},
        damaged={"journey": STAGES.format(where="s < 2 OR u % 5 = 0")},
        finds=160,
        at="journey.stage_name",
    ),
)
