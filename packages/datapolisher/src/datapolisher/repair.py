"""Path 2, carried out: apply the steps, hold them against the budgets, look again, take back what made something worse."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from datapolisher import source, verify
from datapolisher.documents import CrunchReport, Finding
from datapolisher.expressions import Value
from datapolisher.fixes.base import Context, Path_, Planned
from datapolisher.plan import Plan
from datapolisher.postprocess.program import Entry
from datapolisher.postprocessor import NOTHING, Applied, Counts, Engine, Trial
from datapolisher.resolver import Rules, resolve
from datapolisher.steps import Quarantine, Retype, Update, written
from datapolisher.verify import Analyst

# A finding that is new, and nearly all of whose rows would have been found before, is no change's fault.
_MOSTLY = 0.9
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
    change_log
        Keep old values.
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
    change_log: bool = True
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
    tried
        Finding id → the fix that was tried in some round.
    entries
        The steps, with those that take children along.
    """

    plan: Plan
    planned: tuple[Planned, ...] = ()
    applied: Applied | None = None
    data: Path | None = None
    report: CrunchReport | None = None
    taken_back: Mapping[str, str] = field(default_factory=dict)
    over_budget: Mapping[str, str] = field(default_factory=dict)
    tried: Mapping[str, str] = field(default_factory=dict)
    rounds: int = 0
    unverified: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()


def repair(bench: Bench) -> Repaired:
    """Carry path 2 out for every finding that it serves, and for the wishes.

    What made something worse is taken back, round by round; after the last round, whatever works on a table in which
    something is still worse; and if that did not help, all of it.
    """
    taken_back: dict[str, str] = {}
    over: dict[str, str] = {}
    tried: dict[str, str] = {}
    for number in range(1, bench.rounds + 3):
        plan, planned, trial = _within_budget(bench, taken_back, over)
        tried |= {one.id: one.fix for one in planned}
        attempt = _attempt(bench, plan, planned, number, trial)
        worse = _judge(bench, attempt, wider=number > bench.rounds) if attempt.applied else {}
        if not worse:
            return replace(attempt, taken_back=taken_back, over_budget=over, tried=tried)
        taken_back |= worse
    taken_back |= {r.finding.id: "still made something worse in the last round" for r in plan.by_path("postprocess")}
    plan, planned, trial = _within_budget(bench, taken_back, over)
    last = _attempt(bench, plan, planned, bench.rounds + 3, trial)
    return replace(last, taken_back=taken_back, over_budget=over, tried=tried)


def _within_budget(
    bench: Bench, taken_back: Mapping[str, str], over: dict[str, str]
) -> tuple[Plan, tuple[Planned, ...], Trial | None]:
    """The steps that may be carried out, tried; what reaches too far is added to `over` and left out."""
    while True:
        closed = {**taken_back, **over}
        rules = Rules(POSTPROCESS, bench.rules.choices, {"postprocess": closed})
        plan = resolve(bench.findings, bench.context, rules, strict=False)
        planned = (*plan.planned(), *bench.wishes)
        trial = Trial(bench.context, planned) if planned else None
        stopped = _over_budget(bench, plan, trial.applied) if trial else {}
        if not stopped or trial is None:
            return plan, planned, trial
        trial.close()
        over |= stopped


def _over_budget(bench: Bench, plan: Plan, measured: Applied) -> dict[str, str]:
    """Finding id → why its fix reaches further than it may without asking; what a person chose may."""
    stopped = {}
    for resolution in plan.by_path("postprocess"):
        id_, chosen = resolution.finding.id, resolution.chosen
        counts = measured.counts.get(id_)
        if chosen is None or counts is None or not chosen.decision.budgeted or id_ in bench.rules.choices:
            continue
        if why := _exceeded(bench.context, counts):
            stopped[id_] = why
    return stopped


def _exceeded(context: Context, counts: Counts) -> str:
    """Why these rows are too many in one of their tables; empty when they are not."""
    for table, (changed, taken) in counts.by_table.items():
        total = context.dataset.rows(table)
        why = context.budgets.exceeded("fix", changed, total) or context.budgets.exceeded("quarantine", taken, total)
        if why:
            return f"{table}: {why}"
    return ""


def _attempt(bench: Bench, plan: Plan, planned: tuple[Planned, ...], number: int, trial: Trial | None) -> Repaired:
    """One round: apply, look."""
    if trial is None or not bench.apply:
        if trial is not None:
            trial.close()
        return Repaired(plan, planned, rounds=number - 1, entries=trial.entries if trial else ())
    # Called as the input is: a directory that is one partitioned table gives the table its name.
    data = bench.scratch / "result" / (bench.context.dataset.root.resolve().name or "data")
    shutil.rmtree(data.parent, ignore_errors=True)
    data.parent.mkdir()
    bench.tell(f"applying {len(planned)} {'change' if len(planned) == 1 else 'changes'}")
    with trial:
        applied = trial.carry_out(data, bench.engine, change_log=bench.change_log)
    done = Repaired(plan, planned, applied, data, rounds=number, entries=trial.entries)
    if not bench.analyst.available:
        return replace(done, unverified=(bench.analyst.why_not,))
    bench.tell("looking again")
    caveat = bench.analyst.caveat
    return replace(done, report=bench.analyst.look(data, bench.scratch), unverified=(caveat,) if caveat else ())


def _judge(bench: Bench, attempt: Repaired, *, wider: bool) -> dict[str, str]:
    """Finding id → why its fix is taken back: something is worse than before, wishes aside.

    Parameters
    ----------
    wider
        Blame whatever works on a table of what is worse, not only what is nearest to it.
    """
    if attempt.report is None or attempt.applied is None:
        return {}
    suspects = {r.finding.id: r.finding for r in attempt.plan.by_path("postprocess")}
    seen = verify.compare(bench.findings, attempt.report)
    wished = {cell for wish in bench.wishes for cell in _writes(wish)}
    told = _legible_now(attempt.planned)
    known = {finding.id for finding in bench.findings}
    worse = [
        f
        for f in verify.matters(seen.worse)
        if not _is_of_new_rows(f, attempt.applied)
        and not _is_of_cleared_cells(f, attempt)
        and not {(f.table, c) for c in f.columns} & wished
        and (f.id in known or not verify.cells_of(f) & told)
        and not _was_there(bench, attempt, f, 1.0 if f.id in known else _MOSTLY)
    ]
    if not worse or not suspects:
        return {}
    if wider:
        tables = {table for finding in worse for table in verify.tables_of(finding)}
        reach = {
            id_: {*verify.tables_of(f), *attempt.applied.counts.get(id_, NOTHING).by_table}
            for id_, f in suspects.items()
        }
        near = [id_ for id_ in suspects if reach[id_] & tables] or list(suspects)
        return dict.fromkeys(near, verify.said(worse))
    emptied = {
        id_: frozenset(table for table, (_, taken) in counts.by_table.items() if taken)
        for id_, counts in attempt.applied.counts.items()
    }
    wrote = {plan.id: _writes(plan) for plan in attempt.planned}
    return {id_: verify.said(through) for id_, through in verify.blame(worse, suspects, emptied, wrote).items()}


def _is_of_new_rows(finding: Finding, applied: Applied) -> bool:
    """Whether a finding is about the nulls of rows that a person chose to add: they have nothing but their key."""
    added = {table.name: table.rows_added for table in applied.tables}
    return finding.defect == "unexpected_null" and 0 < (finding.rows or 0) <= added.get(finding.table or "", 0)


def _is_of_cleared_cells(finding: Finding, attempt: Repaired) -> bool:
    """Whether a finding is about the very nulls that fixes put in place of what stood for null, or was no value."""
    if finding.defect != "unexpected_null" or attempt.applied is None:
        return False
    here = {(finding.table, column) for column in finding.columns}
    cleared = 0
    for plan in attempt.planned:
        nulls = [
            s for s in plan.steps if isinstance(s, Update) and isinstance(s.value, Value) and s.value.value is None
        ]
        if here & {(step.table, step.column) for step in nulls}:
            cleared += attempt.applied.counts.get(plan.id, NOTHING).cells_changed
    return 0 < (finding.rows or 0) <= cleared


def _was_there(bench: Bench, attempt: Repaired, finding: Finding, share: float) -> bool:
    """Whether as many rows (or this share) of the data as it was are found by the same query: seen now, and not made."""
    rows, query, data = finding.evidence.rows_affected, finding.sql_query, attempt.data
    if rows is None or query is None or data is None:
        return False
    before = source.moved(query, data, bench.context.dataset.root)
    counted = source.rows_affected(before, bench.context.dataset.root) if before is not None else None
    return counted is not None and counted >= share * rows


def _legible_now(planned: Sequence[Planned]) -> set[tuple[str | None, str]]:
    """Columns that were text and whose every value is of another type: what is seen in them now was there before."""
    whole = [plan.steps for plan in planned if not any(isinstance(step, Quarantine) for step in plan.steps)]
    return {(step.table, step.column) for steps in whole for step in steps if isinstance(step, Retype)}


def _writes(plan: Planned) -> set[tuple[str | None, str]]:
    """Columns that a fix or a wish makes or changes, each with its table."""
    return {(step.table, column) for step in plan.steps for column in written(step)}
