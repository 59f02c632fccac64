"""The whole run: a report in, a trusted dataset out, every finding and every row accounted for.

Path 1 first, where a generator made the data; path 2 for what is left; each followed by a second look. Everything is made
beside the output and renamed into place at the end, so that a run that is ended leaves nothing that looks complete.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import msgspec

from datapolisher import approver, fixes, manifest, output, preview, seal, source
from datapolisher.accounts import account
from datapolisher.delivery import Delivered, deliver, described, keep_plan, regenerated_beside
from datapolisher.documents import CrunchReport, Finding
from datapolisher.errors import DocumentError, InputError, Problem
from datapolisher.first_look import FirstLook, is_own
from datapolisher.fixes.base import Path_, Planned
from datapolisher.importing.again import as_report, same_checks
from datapolisher.intake import Intake, take
from datapolisher.job import Job, Options
from datapolisher.ledger import Ledger, accepted_action, planned_actions
from datapolisher.plan import Plan
from datapolisher.regeneration import SCHEMA_FILE, Regenerated, Workshop, held_against, regenerate
from datapolisher.repair import Bench, Repaired, repair
from datapolisher.report.model import FileWritten, Mode, PolishReport
from datapolisher.resolver import Rules, resolve
from datapolisher.schema_improver import Improvement, diff, improve
from datapolisher.verify import SECOND_LOOK, Analyst

REPORT_FILE = "polish_report.json"


@dataclass(frozen=True)
class Outcome:
    """The report of a run and its file, the plan that it carried out (or would), how the schema's text changed."""

    report: PolishReport
    plan: Plan
    diff: str = ""
    written: Path | None = None


def run(report_path: Path, options: Options) -> Outcome:
    """Polish the dataset that a report speaks of; another tool's result becomes a report first.

    Raises
    ------
    InputError
        The report, the dataset or the call is wrong; nothing was written.
    GateError
        An approval is refused.
    WorkError
        The work could not be finished; nothing half-written is left.
    """
    with source.memory(options.memory_limit), as_report(report_path, options) as path:
        return _run(path, options)


def _run(report_path: Path, options: Options) -> Outcome:
    intake = _forced(take(report_path, options.wanted), options)
    if options.mode == "approve":
        return _approve(intake, options)
    rules = Rules(_paths(options.mode), dict(options.choices))
    plan = resolve(intake.report.issues, intake.context, rules)
    if options.plan is not None:
        rules = replace(rules, choices={**options.plan.choices(plan), **options.choices})
        plan = resolve(intake.report.issues, intake.context, rules)
    job = Job(intake, options, rules, plan, _target(intake, options))
    if options.dry_run:
        return _planned_only(job)
    for target in (job.target, regenerated_beside(job.target)):
        output.check_target(target, intake.context.dataset.root)
    if options.mode == "interactive":
        job, finished = _decided(job)
        if not finished:
            return _plan_kept(job)
    return _work(job)


def _planned_only(job: Job) -> Outcome:
    """``--dry-run``: the plan, and how the schema would change; only the plan is written."""
    wishes, schema = _wishes(job.intake, job.options), job.intake.context.schema
    actions = planned_actions(job.plan, wishes, "would")
    kept = (described(keep_plan(job)),)
    report = account(job, actions, after=None, delivered=Delivered(files=kept))
    return Outcome(report, job.plan, _diff(job, improve(schema, job.plan.by_path("schema")) if schema else None))


def _paths(mode: Mode) -> tuple[Path_, ...]:
    if mode == "schema":
        return ("schema",)
    return ("postprocess",) if mode == "postprocess" else ("schema", "postprocess")


def _target(intake: Intake, options: Options) -> Path:
    named = options.output or default_output(intake)
    return named if named.name not in {"", ".."} else named.resolve()


def default_output(intake: Intake) -> Path:
    """``<dataset>_polished``, beside the dataset."""
    root = intake.context.dataset.root
    named = root if root.name else root.resolve()
    return named.with_name(f"{named.name}_polished")


def _forced(intake: Intake, options: Options) -> Intake:
    """``--path schema`` patches any document at hand; without one it cannot work."""
    if options.mode != "schema" or not intake.no_generator:
        return intake
    if intake.context.schema is None:
        raise InputError(f"path 1 is not available: {intake.no_generator}; name the document with --schema")
    note = f"path 1 by request, though {intake.no_generator}"
    return replace(intake, context=replace(intake.context, generated=True), notes=(*intake.notes, note))


def _wishes(intake: Intake, options: Options) -> tuple[Planned, ...]:
    """What was asked for by name, as steps; all mistakes at once."""
    made: list[Planned] = []
    problems: list[Problem] = []
    for name, argument in options.wishes:
        spec = fixes.wish(name)
        try:
            steps = tuple(spec.steps(argument, intake.context))
        except InputError as error:
            problems.append(Problem(str(error), f"--{name} {argument}"))
        else:
            made.append(Planned(f"--{name} {argument}", name, spec.title, steps))
    if problems:
        raise DocumentError(problems=problems)
    return tuple(made)


def _decided(job: Job) -> tuple[Job, bool]:
    """The same job with a person's choices; False when the person quit."""
    if job.options.decide is None:
        raise InputError("interactive: nobody to ask; use --auto, or run it on a terminal")
    choices = job.options.decide(job.plan, partial(preview.look, job.intake.context))
    rules = replace(job.rules, choices=choices.by_finding)
    plan = resolve(job.intake.report.issues, job.intake.context, rules)
    return replace(job, rules=rules, plan=plan), choices.finished


def _plan_kept(job: Job) -> Outcome:
    """A person quit: the plan stays for later, no data is written."""
    path = keep_plan(job)
    actions = planned_actions(job.plan, (), "the plan is kept, nothing is done")
    report = account(job, actions, after=None, delivered=Delivered(files=(described(path),)))
    return Outcome(report, job.plan)


def _work(job: Job) -> Outcome:
    wishes = _wishes(job.intake, job.options)
    with output.staging(job.target) as scratch:
        first = _path_1(job, scratch)
        current = _current(job, first, scratch)
        second = _path_2(job, current, wishes, scratch)
        delivered = deliver(job, current, first, second, scratch)
    after = _after(job, first, second)
    actions = Ledger(job.intake.report.issues, job.plan, first, second, after, wishes).actions()
    report = account(
        job, actions, after=after, delivered=delivered, ended=tuple(path for path in (first, second) if path)
    )
    path = job.options.here / REPORT_FILE
    output.write_file(path, report.to_json())
    return Outcome(report, job.plan, _diff(job, first.improvement if first else None), path)


def _diff(job: Job, improvement: Improvement | None) -> str:
    """What changes in the schema's text; empty when nothing does."""
    document = job.intake.context.schema
    if document is None or improvement is None or not improvement.changed:
        return ""
    return diff(document, improvement.document, document.name or "schema.json")


def _path_1(job: Job, scratch: Path) -> Regenerated | None:
    chosen = job.plan.by_path("schema")
    schema = job.intake.context.schema
    if not chosen or schema is None:
        return None
    metadata, options = job.intake.metadata, job.options
    findings = job.intake.report.issues
    shop = Workshop(schema, metadata, findings, _analyst(job.intake), scratch, options.rounds, options.tell)
    return regenerate(shop, chosen)


def _analyst(intake: Intake) -> Analyst:
    """The analyst as in the report: the same personas, the same schema and files where they are still there."""
    report = intake.report
    if report.imported is not None:
        return same_checks(intake)
    named = report.schema.path if report.schema else None
    schema = _still_there(intake, named)
    files = tuple(path for name in report.persona_files if (path := _still_there(intake, name)))
    complete = (schema is None) == (named is None) and len(files) == len(report.persona_files)
    if is_own(report, complete=complete):
        return Analyst(report.personas, schema, files)
    return FirstLook(report.personas, schema, files, intake.context.dataset.root.absolute(), report.issues)


def _still_there(intake: Intake, named: str | None) -> Path | None:
    """A file that the report names, from here or from where the report lies."""
    tried = [Path(named), intake.report_path.parent / named] if named else []
    return next((path.resolve() for path in tried if path.is_file()), None)


def _current(job: Job, first: Regenerated | None, scratch: Path) -> Intake:
    """The dataset that path 2 works on, and what is known about it: the new one where data was made again."""
    if first is None or first.data is None:
        return job.intake
    if first.report is not None:
        return take(scratch / SECOND_LOOK, replace(job.options.wanted, data=first.data, schema=None))
    served = {patch.finding_id for patch in first.improvement.patches}
    issues = tuple(finding for finding in job.intake.report.issues if finding.id not in served)
    context = replace(job.intake.context, dataset=source.read_dataset(first.data))
    return replace(job.intake, context=context, report=msgspec.structs.replace(job.intake.report, issues=issues))


def _path_2(job: Job, current: Intake, wishes: tuple[Planned, ...], scratch: Path) -> Repaired | None:
    if "postprocess" not in job.rules.paths:
        return None
    issues = _open_to_path_2(job, current)
    options = job.options
    analyst = _analyst(job.intake)
    if current is not job.intake and job.intake.context.schema is not None:
        analyst = held_against(analyst, job.intake.context.schema, scratch / SCHEMA_FILE)
    bench = Bench(current.context, issues, job.rules, wishes, analyst, scratch, options.script)
    bench = replace(bench, change_log=options.change_log)
    return repair(replace(bench, rounds=options.rounds, tell=options.tell, apply=options.apply))


def _open_to_path_2(job: Job, current: Intake) -> tuple[Finding, ...]:
    """Findings that path 1 does not serve: never both for one."""
    if current is not job.intake:
        return current.report.issues
    by_schema = {resolution.finding.id for resolution in job.plan.by_path("schema")}
    return tuple(finding for finding in current.report.issues if finding.id not in by_schema)


def _after(job: Job, first: Regenerated | None, second: Repaired | None) -> CrunchReport | None:
    """The last look at what was delivered; the report itself where nothing was changed."""
    if second is not None and second.applied is not None:
        return second.report
    if first is not None and first.data is not None:
        return first.report
    return job.intake.report


def _approve(intake: Intake, options: Options) -> Outcome:
    signing = seal.fingerprint(options.approval.key) if options.approval.key else ""
    content = approver.approve(intake, options.approval, signing=signing)
    named = options.output or intake.context.dataset.root
    path = named if named.suffix in {".yaml", ".yml"} else named / manifest.FILE
    plan = resolve(intake.report.issues, intake.context, Rules(()))
    job = Job(intake, options, Rules(()), plan, named)
    files: tuple[FileWritten, ...] = ()
    if not options.dry_run:
        output.write_file(path, manifest.render(content))
        signed = (seal.sign(path, options.approval.key),) if options.approval.key else ()
        files = tuple(described(file) for file in (path, *signed))
    accepted = {entry["id"]: entry["reason"] for entry in content["approval"].get("accepted", ())}
    actions = tuple(accepted_action(finding, accepted.get(finding.id)) for finding in intake.report.issues)
    return Outcome(account(job, actions, after=intake.report, delivered=Delivered(files=files)), plan)
