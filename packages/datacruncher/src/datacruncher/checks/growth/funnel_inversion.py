"""A later stage of a funnel has more entities than an earlier one."""

from __future__ import annotations

from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Steps, Verdict
from datacruncher.checks.growth._funnel import STAGES, USERS, Funnel, bind


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: entities of the earlier stage."""


def probe(binding: Binding, params: Params) -> Probe:
    """The step that gains most."""
    funnel: Funnel = binding.given["funnel"]
    measure = f"""{funnel.steps()}, worst AS (
    SELECT * FROM rated ORDER BY conversion DESC, rank LIMIT 1
)
SELECT from_stage, to_stage, from_count, to_count, conversion AS observed,
    GREATEST(to_count - from_count, 0) AS rows_affected, to_count AS rows_total
FROM worst"""
    return Probe(measure=measure, rows=f"{funnel.steps()}\nSELECT *\nFROM rated\nWHERE to_count > from_count")


def judge(found: Found, params: Params) -> Verdict:
    """Above 1 is an inversion, when the stages' order is known from an index."""
    funnel: Funnel = found.binding.given["funnel"]
    gain = float(found.observed or 0.0) - 1.0
    return Verdict(size=gain if funnel.index is not None else 0.0, expected={"max": 1.0}, unit="ratio")


SPEC = CheckSpec(
    id="growth.funnel_inversion",
    defect="funnel_inversion",
    category="business_logic",
    title="A later stage has more than an earlier one",
    why="Nobody can finish what they did not begin: stages are missing or the order is wrong.",
    needs="a table of stages with their index",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(critical=0.0, source="persona-metrics: funnel_inversion is critical"),
    message="Funnel inversion in {table}: {to_count} reach {to_stage}, but only {from_count} reach {from_stage} before it",
    recommendation="Find the events of {from_stage} that were not recorded; in generated data, model the steps with stage_config.",
    details=("from_stage", "to_stage", "from_count", "to_count"),
    example=Example(
        clean={"user": USERS, "journey": STAGES.format(where="u % 10 >= s")},
        damaged={"journey": STAGES.format(where="s <> 1 OR u % 5 = 0")},
        finds=160,
        at="journey.stage_name",
    ),
)
