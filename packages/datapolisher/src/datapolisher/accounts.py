"""The report of a run, put together from what was done."""

from __future__ import annotations

from collections.abc import Iterator

from datapolisher import clock, source
from datapolisher.__about__ import __version__
from datapolisher.delivery import Delivered
from datapolisher.documents import CrunchReport
from datapolisher.job import Job
from datapolisher.regeneration import Regenerated
from datapolisher.repair import Repaired
from datapolisher.report.model import (
    ActionTaken,
    FileReference,
    Input,
    Measured,
    PolishReport,
    Tool,
    measured,
)
from datapolisher.verify import compare


def account(
    job: Job,
    actions: tuple[ActionTaken, ...],
    *,
    after: CrunchReport | None,
    delivered: Delivered,
    ended: tuple[Regenerated | Repaired, ...] = (),
) -> PolishReport:
    """The report: input, actions, score before and after, rows, files.

    Parameters
    ----------
    after
        The last look at the result; None where nobody looked.
    delivered
        What was written.
    ended
        How path 1 and path 2 ended, those that were taken.
    """
    return PolishReport(
        tool=Tool(name="datapolisher", version=__version__, engine=source.engine()),
        polished_at=clock.stamp(clock.now()),
        input=_input(job),
        output=str(delivered.directory) if delivered.directory else None,
        path=job.options.mode,
        dry_run=job.options.dry_run,
        rounds=sum(path.rounds for path in ended),
        actions=actions,
        before=measured(job.intake.report),
        after=_after(after),
        tables=delivered.tables,
        unverified=tuple(dict.fromkeys(why for path in ended for why in path.unverified)),
        files=delivered.files,
        notes=(*job.intake.notes, *_path_1_note(job), *_copy_note(job, delivered, ended), *_new_findings(job, after)),
    )


def _input(job: Job) -> Input:
    intake, document = job.intake, job.intake.context.schema
    schema = FileReference(path=document.name, sha256=document.sha256) if document else None
    return Input(
        dataset=intake.named,
        dataset_digest=intake.digest,
        report=FileReference(path=str(intake.report_path), sha256=source.sha256(intake.report_path)),
        schema=schema,
    )


def _after(report: CrunchReport | None) -> Measured | None:
    return measured(report) if report is not None else None


def _path_1_note(job: Job) -> Iterator[str]:
    if job.options.mode in {"auto", "interactive", "plan"} and job.intake.no_generator:
        yield f"path 1 is not available: {job.intake.no_generator}"


def _copy_note(job: Job, delivered: Delivered, ended: tuple[Regenerated | Repaired, ...]) -> Iterator[str]:
    if delivered.directory is not None and all(path.data is None for path in ended):
        yield f"nothing was changed: {delivered.directory} is a faithful copy of {job.intake.named}"


def _new_findings(job: Job, after: CrunchReport | None) -> Iterator[str]:
    """What the last look found that was not there before: told, whether or not a fix is to blame."""
    if after is None or after is job.intake.report:
        return
    seen = compare(job.intake.report.issues, after)
    for finding in (*seen.worse, *seen.news):
        yield f"new since: {finding.severity} {finding.defect}: {finding.finding}"
