"""Findings → a plan: which fix by which path, and why; every finding accounted for.

A finding gets one fix on one path, or the reason why it has none. Generated data goes to path 1 first, because the
cause lies in its schema; path 2 serves what the language cannot say. ``ask`` stays open until a person chooses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from datapolisher import fixes, steps
from datapolisher.documents import Finding
from datapolisher.errors import DocumentError, Problem
from datapolisher.fixes import unserved
from datapolisher.fixes.base import Action, Context, Decision, FixSpec, Order, Path_
from datapolisher.plan import COMPUTED, Option, Plan, Resolution, parts_of
from datapolisher.postprocess.program import reserved
from datapolisher.steps import AddColumn, Retype, Step

LEAVE = "skip"


@dataclass(frozen=True)
class Rules:
    """What a plan may use.

    Parameters
    ----------
    paths
        The paths that may serve, in the order of preference.
    choices
        Finding id → a fix's id (``FIX:ARGUMENT`` for one that takes an argument), or ``skip``: what a person chose.
    closed
        Path → finding ids that it may not serve (it was tried, and taken back) with the reason.
    """

    paths: Sequence[Path_] = ("schema", "postprocess")
    choices: Mapping[str, str] = field(default_factory=dict)
    closed: Mapping[Path_, Mapping[str, str]] = field(default_factory=dict)


def resolve(findings: Sequence[Finding], context: Context, rules: Rules | None = None, *, strict: bool = True) -> Plan:
    """A plan for these findings.

    Parameters
    ----------
    strict
        Refuse choices for findings that are not there; False in later rounds, where some are gone.

    Raises
    ------
    DocumentError
        A choice names a finding or a fix that there is not; every mistake.
    """
    rules = rules or Rules()
    context = replace(context, flagged=frozenset(_flagged(findings)))
    resolved = [_resolve(finding, context, rules) for finding in findings]
    resolved = [_beside_casts(one, resolved) for one in resolved]
    resolutions = tuple(_with_sound_inputs(one, resolved, rules.choices) for one in resolved)
    if strict and (problems := list(_wrong_choices(resolutions, context, rules.choices))):
        raise DocumentError(problems=problems)
    return Plan(resolutions)


# What says that columns do not agree, and not which of them is wrong.
_RELATIONS = frozenset({"arithmetic_mismatch", "aggregate_mismatch", "stale_derived_column"})


# Facts about the business that say so of single values.
_VALUES = frozenset({"price_inconsistent"})


def _flagged(findings: Sequence[Finding]) -> Iterator[tuple[str, str]]:
    for finding in findings:
        about_values = finding.category in {"data_quality", "schema_expectation"} or finding.defect in _VALUES
        if about_values and finding.defect not in _RELATIONS | _NO_FAULT:
            yield from ((finding.table or "", column) for column in finding.columns)


def _resolve(finding: Finding, context: Context, rules: Rules) -> Resolution:
    notes: list[str] = []
    options = tuple(_options(finding, context, rules, notes))
    chosen = rules.choices.get(finding.id)
    if chosen == LEAVE:
        return Resolution(finding, options, None, "flag", "left as it is by choice")
    if chosen is not None:
        return _by_choice(finding, options, chosen)
    return _by_policy(finding, options, notes)


# What says nothing against a value.
_NO_FAULT = frozenset(
    {"constant_column", "excess_precision", "outlier", "volume_gap", "stale_data", "weights_mismatch"}
)


def _beside_casts(resolution: Resolution, everything: Sequence[Resolution]) -> Resolution:
    """The same, or left to the cast of its column: then nothing is left to treat as text, or to cast once more."""
    chosen = resolution.chosen
    if chosen is None or not Order.TYPES <= chosen.fix.order <= Order.SENTINELS:
        return resolution
    own = {(step.table, name) for step in chosen.steps for name in steps.columns(step).get(step.table, ())}
    others = everything if chosen.fix.order > Order.TYPES else everything[: everything.index(resolution)]
    for other in others:
        for step in _casts(other) if other is not resolution else ():
            if (step.table, step.column) in own:
                why = f"{step.table}.{step.column} becomes {step.type} for another finding, and blanks with it go"
                return replace(resolution, chosen=None, action="flag", why=why)
    return resolution


def _casts(resolution: Resolution) -> list[Retype]:
    return [step for step in resolution.chosen.steps if isinstance(step, Retype)] if resolution.chosen else []


def _with_sound_inputs(
    resolution: Resolution, everything: Sequence[Resolution], choices: Mapping[str, str]
) -> Resolution:
    """The same, or left open where a value would be computed from one that is itself called wrong and stays so."""
    chosen = resolution.chosen
    if chosen is None or chosen.fix.order not in COMPUTED or resolution.finding.id in choices:
        return resolution
    read = {
        (table, name)
        for step in chosen.steps
        for table, names in steps.columns(step).items()
        for name in names
        if table != step.table or name not in steps.written(step)
    }
    for other in everything:
        finding = other.finding
        about_data = finding.category in {"data_quality", "schema_expectation"} and finding.defect not in _NO_FAULT
        if other is resolution or other.chosen is not None or not about_data:
            continue
        if shared := sorted(read & {(finding.table or "", column) for column in finding.columns}):
            why = f"{'.'.join(shared[0])}, which goes into it, is itself called wrong and stays open ({finding.defect})"
            return replace(resolution, chosen=None, action="ask", why=why)
    return resolution


def _by_choice(finding: Finding, options: tuple[Option, ...], chosen: str) -> Resolution:
    option = next((o for o in options if o.name == chosen and not o.waits), None)
    why = "chosen by a person" if option else f'"{chosen}" does not apply here'
    action: Action = _action_of(option.fix) if option else "flag"
    return Resolution(finding, options, option, action, why)


def _action_of(fix: FixSpec) -> Action:
    return "regenerate" if fix.path == "schema" else "fix"


def _by_policy(finding: Finding, options: tuple[Option, ...], notes: list[str]) -> Resolution:
    for option in options:
        if option.decision.action in {"fix", "quarantine", "regenerate"} and not option.fix.by_choice:
            return Resolution(finding, options, option, option.decision.action, option.decision.why)
    usual = [option for option in options if not option.fix.by_choice]
    asking = [option for option in usual or options if option.decision.action == "ask"]
    if asking:
        one = bool(usual) or len(asking) == 1
        why = asking[0].decision.why if one else unserved.reason(finding.defect, offered=True)
        return Resolution(finding, options, None, "ask", why)
    if options:
        action: Action = "flag" if usual else "ask"
        return Resolution(finding, options, None, action, (usual or options)[0].decision.why)
    return Resolution(finding, (), None, "flag", "; ".join(dict.fromkeys(notes)) or unserved.reason(finding.defect))


def _options(finding: Finding, context: Context, rules: Rules, notes: list[str]) -> Iterator[Option]:
    serving = fixes.serving(finding.defect)
    for path in rules.paths:
        closed = rules.closed.get(path, {}).get(finding.id)
        if closed is not None:
            notes.append(closed)
            continue
        for fix in (fix for fix in serving if fix.path == path):
            if fix.argument is not None:
                yield from _argued(fix, finding, context, rules.choices.get(finding.id, ""), notes)
                continue
            option = _schema_option(fix, finding, context) if path == "schema" else None
            option = _data_option(fix, finding, context, notes) if path == "postprocess" else option
            if option is not None:
                yield option


def _schema_option(fix: FixSpec, finding: Finding, context: Context) -> Option | None:
    if not context.generated or context.schema is None or fix.patch is None:
        return None
    changes = tuple(fix.patch(finding, context.schema))
    if not changes and not fix.again(finding, context.schema):
        return None
    return Option(fix, fix.policy(finding, context), fix.plan(finding, context), changes)


def _argued(fix: FixSpec, finding: Finding, context: Context, chosen: str, notes: list[str]) -> Iterator[Option]:
    """The fix with the argument that a person gave, with each that the data suggests, and one that waits for another."""
    argument = fix.argument
    if argument is None or _misplaced(finding, context):
        return
    suggested = context.once(("suggested", fix.id, finding.id), lambda: argument.suggest(finding, context))
    if suggested is None:
        return
    name, given = parts_of(chosen)
    wrong = partial(argument.problem, finding=finding, context=context)
    for said in dict.fromkeys([*([given] if name == fix.id and given and not wrong(given) else []), *suggested]):
        option = _data_option(fix, finding, replace(context, argument=said), notes)
        if option is not None:
            yield replace(option, argument=said, wrong=wrong)
    yield Option(fix, fix.policy(finding, context), f"{fix.title}; say {argument.meaning}", wrong=wrong)


def _data_option(fix: FixSpec, finding: Finding, context: Context, notes: list[str]) -> Option | None:
    if misplaced := _misplaced(finding, context):
        notes.append(misplaced)
        return None
    made = context.once(
        ("steps", fix.id, finding.id, context.argument, context.flagged), lambda: _made(fix, finding, context)
    )
    if missing := _missing(made, context):
        notes.append(missing)
        return None
    if not made:
        return None
    decision = _within_budget(fix.policy(finding, context), finding, context)
    return Option(fix, decision, fix.plan(finding, context), steps=made)


def _made(fix: FixSpec, finding: Finding, context: Context) -> tuple[Step, ...]:
    return tuple(fix.steps(finding, context)) if fix.steps else ()


def _misplaced(finding: Finding, context: Context) -> str:
    """Why the finding's place is not in the dataset; empty when it is."""
    places = [finding.location, *([finding.location.related] if finding.location.related else [])]
    for place in places:
        if place.table is None:
            return "the finding names no table" if place is finding.location else ""
        source = context.dataset.tables.get(place.table)
        if source is None:
            return f'the dataset has no table "{place.table}"'
        absent = [column for column in place.columns if column not in source.columns]
        if absent and finding.defect != "missing_column":
            return f'the table "{place.table}" has no column "{absent[0]}"'
    return ""


def _missing(made: Sequence[Step], context: Context) -> str:
    """A table or column that the steps name and the dataset does not have; empty when all are there."""
    added: set[tuple[str, str]] = set()
    for step in made:
        for table, columns in steps.columns(step).items():
            source = context.dataset.tables.get(table)
            if source is not None and (taken := reserved(source)):
                return f'the table "{table}" has a column "{taken}", a name that the scripts need: rename it first'
            have = set(source.columns) if source else set()
            if absent := sorted(c for c in columns if c not in have and (table, c) not in added):
                return f'the table "{table}" has no column "{absent[0]}"'
            if source is None:
                return f'the dataset has no table "{table}"'
        if isinstance(step, AddColumn):
            added.add((step.table, step.column))
    return ""


def _within_budget(decision: Decision, finding: Finding, context: Context) -> Decision:
    """The same decision, or ``ask`` where the finding's own counts say that it would go too far."""
    rows, table = finding.rows if decision.rows is None else decision.rows, finding.table or ""
    total = finding.evidence.rows_total
    if not decision.budgeted or not total or not rows:
        return decision
    total = max(total, context.dataset.rows(table))
    exceeded = context.budgets.exceeded(decision.action, rows, total)
    return Decision("ask", exceeded) if exceeded else decision


def _wrong_choices(
    resolutions: Sequence[Resolution], context: Context, choices: Mapping[str, str]
) -> Iterator[Problem]:
    findings = {r.finding.id: r.finding for r in resolutions}
    for finding_id, choice in choices.items():
        fix, argument = parts_of(choice)
        if finding_id not in findings:
            yield Problem("no such finding", "--choose", finding_id, sorted(findings))
        elif choice != LEAVE and fix not in fixes.names():
            yield Problem("no such fix", "--choose", fix, fixes.names())
        elif choice != LEAVE and (wrong := _wrong_argument(fixes.fix(fix), argument, findings[finding_id], context)):
            yield Problem(wrong, "--choose")


def _wrong_argument(fix: FixSpec, argument: str, finding: Finding, context: Context) -> str:
    """What is wrong with what was said with a choice; empty where nothing is."""
    if fix.argument is None:
        return f'"{fix.id}" takes no argument; it was given "{argument}"' if argument else ""
    if not argument:
        return f'"{fix.id}" has to be told {fix.argument.meaning}: {fix.id}:{fix.argument.syntax}'
    if fix.argument.suggest(finding, context) is None:
        return ""
    wrong = fix.argument.problem(argument, finding, context)
    return f'"{fix.id}:{argument}": {wrong}' if wrong else ""
