"""Path 2, carried out: apply the steps, hold them against the budgets, look again, take back what made something worse."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from datapolisher import commands, postprocessor, verify
from datapolisher.applied import Applied, Engine
from datapolisher.documents import CrunchReport, Finding
from datapolisher.fixes.base import Context, Path_, Planned
from datapolisher.plan import Plan
from datapolisher.resolver import Rules, resolve
from datapolisher.steps import AddColumn, MapValues, Retype, Update
from datapolisher.verify import Analyst

POSTPROCESS: tuple[Path_, ...] = ("postprocess",)


@dataclass(frozen=True)
class Bench:
    """What repairing needs.

    Parameters
    ----------
    context, findings
        The dataset that is repaired and what was found in it.
    rules
        A person's choices; fixes that are closed already.
    wishes
        What a person asked for by name; never taken back.
    analyst
        Looks again.
    scratch
        A directory beside the output, on the same file system.
    engine
        What applies the steps.
    rounds
        The most rounds.
    apply
        False plans only: the scripts are written, nothing is carried out.
    tell
        Called with one line per step.
    """

    context: Context
    findings: Sequence[Finding]
    rules: Rules
    wishes: Sequence[Planned]
    analyst: Analyst
    scratch: Path
    engine: Engine = "duckdb"
    rounds: int = 3
    apply: bool = True
    tell: Callable[[str], None] = lambda _: None


@dataclass(frozen=True)
class Repaired:
    """How path 2 ended.

    Parameters
    ----------
    plan
        What was carried out in the last round, and why the rest was not.
    planned
        The steps of fixes and wishes, as the scripts have them.
    applied
        Rows and cells by finding and table; None when there was nothing to do.
    report
        The analyst's second look; None without one.
    taken_back, over_budget
        Finding id → why its fix was taken back, or stopped.
    """

    plan: Plan
    planned: tuple[Planned, ...] = ()
    applied: Applied | None = None
    data: Path | None = None
    report: CrunchReport | None = None
    taken_back: Mapping[str, str] = field(default_factory=dict)
    over_budget: Mapping[str, str] = field(default_factory=dict)
    rounds: int = 0
    unverified: tuple[str, ...] = ()


def repair(bench: Bench) -> Repaired:
    """Carry path 2 out for every finding that it serves, and for the wishes."""
    taken_back: dict[str, str] = {}
    over: dict[str, str] = {}
    for number in range(1, bench.rounds + 1):
        attempt = _attempt(bench, {**taken_back, **over}, number)
        attempt = replace(attempt, taken_back=dict(taken_back), over_budget=dict(over))
        if attempt.applied is None:
            return attempt
        stopped = _over_budget(bench, attempt)
        worse = {} if stopped else _judge(bench, attempt)
        if not stopped and not worse:
            return attempt
        over |= stopped
        taken_back |= worse
    rest = {p.id: "still made something worse in the last round" for p in attempt.planned if p not in bench.wishes}
    last = _attempt(bench, {**taken_back, **over, **rest}, bench.rounds + 1)
    return replace(last, taken_back={**taken_back, **rest}, over_budget=over)


def _attempt(bench: Bench, closed: Mapping[str, str], number: int) -> Repaired:
    """One round: plan, apply, look."""
    rules = Rules(POSTPROCESS, bench.rules.choices, {"postprocess": closed})
    plan = resolve(bench.findings, bench.context, rules, strict=False)
    planned = (*plan.planned(), *bench.wishes)
    if not planned or not bench.apply:
        return Repaired(plan, planned, rounds=number - 1)
    data = bench.scratch / "result"
    shutil.rmtree(data, ignore_errors=True)
    bench.tell(f"applying {len(planned)} changes")
    applied = postprocessor.apply(bench.context, planned, data, bench.engine)
    done = Repaired(plan, planned, applied, data, rounds=number)
    if not bench.analyst.available:
        why = f"{commands.missing('crunch')}: the repaired data was not looked at again"
        return replace(done, unverified=(why,))
    bench.tell("looking again")
    return replace(done, report=bench.analyst.look(data, bench.scratch))


def _over_budget(bench: Bench, attempt: Repaired) -> dict[str, str]:
    """Finding id → why its fix reaches further than it may without asking; choices of a person may."""
    stopped = {}
    for resolution in attempt.plan.by_path("postprocess"):
        id_, chosen = resolution.finding.id, resolution.chosen
        if chosen is None or not chosen.decision.budgeted or id_ in bench.rules.choices or attempt.applied is None:
            continue
        counts = attempt.applied.counts.get(id_)
        if counts is None:
            continue
        total = bench.context.dataset.rows(resolution.finding.table or "")
        changed = bench.context.budgets.exceeded("fix", counts.rows_changed, total)
        taken = bench.context.budgets.exceeded("quarantine", counts.rows_quarantined, total)
        if changed or taken:
            stopped[id_] = changed or taken
    return stopped


def _judge(bench: Bench, attempt: Repaired) -> dict[str, str]:
    """Finding id → why its fix is taken back: something is worse than before, wishes aside."""
    if attempt.report is None:
        return {}
    suspects = {r.finding.id: r.finding for r in attempt.plan.by_path("postprocess")}
    seen = verify.compare(bench.findings, attempt.report)
    wished = _wished_columns(bench.wishes)
    worse = [f for f in verify.matters(seen.worse) if not {(f.table, c) for c in f.columns} & wished]
    if not worse or not suspects:
        return {}
    said = "; ".join(f"{f.severity} {f.defect}: {f.finding}" for f in worse[:3])
    return dict.fromkeys(verify.blame(worse, suspects), f"made something else worse: {said}")


def _wished_columns(wishes: Sequence[Planned]) -> set[tuple[str | None, str]]:
    """Columns that wishes make or change."""
    made = [step for wish in wishes for step in wish.steps]
    return {(step.table, step.column) for step in made if isinstance(step, AddColumn | Update | MapValues | Retype)}
