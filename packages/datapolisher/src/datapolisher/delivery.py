"""The result put in place: the dataset, the scripts, the improved schema, the plan, and the rows of each table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec

from datapolisher import output, postprocessor, source
from datapolisher.__about__ import __version__
from datapolisher.carried import carry_metadata, copy_dataset
from datapolisher.intake import Intake
from datapolisher.job import Job
from datapolisher.regeneration import SCHEMA_FILE, Regenerated
from datapolisher.repair import Repaired
from datapolisher.report.model import FileWritten, TableBalance
from datapolisher.report.plan_file import FILE as PLAN_FILE
from datapolisher.report.plan_file import Source, render_plan


@dataclass(frozen=True)
class Delivered:
    """What was written.

    Parameters
    ----------
    directory
        The result; None where no data was written.
    tables
        Rows in and out.
    files
        Every file, with its digest.
    """

    directory: Path | None = None
    tables: tuple[TableBalance, ...] = ()
    files: tuple[FileWritten, ...] = ()


def deliver(job: Job, current: Intake, first: Regenerated | None, second: Repaired | None, scratch: Path) -> Delivered:
    """Put the result in place, then the files that go with it.

    Parameters
    ----------
    current
        The dataset that path 2 worked on: the input, or what path 1 made.
    first, second
        How path 1 and path 2 ended.
    scratch
        Where they worked; on the file system of the target.
    """
    remade = first is not None and first.data is not None
    repaired = second is not None and second.applied is not None
    changed = remade or repaired
    directory = job.target if changed or (job.copies_anyway and job.options.apply) else None
    tables = tuple(_balance(job, current, first, second)) if directory else ()
    if directory is not None:
        stage = _assembled(job, current, first, second, scratch)
        output.mark(stage, __version__, regenerated=remade, change_log=job.options.change_log)
        output.publish(stage, directory)
    origin = _keep_regenerated(job, first, second)
    written = [*_improved_schema(job, first), *_plan(job, first, second), *_scripts(job, current, origin, second)]
    inside = _contents(directory) if directory else ()
    return Delivered(directory, tables, (*inside, *map(described, written)))


def described(path: Path, rows: int | None = None) -> FileWritten:
    """A file that was written, with its size and digest."""
    return FileWritten(path=str(path), bytes=path.stat().st_size, sha256=source.sha256(path), rows=rows)


def _assembled(job: Job, current: Intake, first: Regenerated | None, second: Repaired | None, scratch: Path) -> Path:
    """The complete result, still beside its place."""
    if second is not None and second.data is not None:
        carry_metadata(current.context.dataset, second.data, change_log=job.options.change_log)
        return second.data
    if first is not None and first.data is not None:
        return first.data
    copy_dataset(current.context.dataset, scratch / "copy")
    return scratch / "copy"


def _keep_regenerated(job: Job, first: Regenerated | None, second: Repaired | None) -> Path:
    """Where the scripts read: the input, or what path 1 made, which stays beside the result for them."""
    if first is None or first.data is None or second is None or not second.planned:
        return job.intake.context.dataset.root
    kept = regenerated_beside(job.target)
    if first.data.exists():
        output.mark(first.data, __version__)
        output.publish(first.data, kept)
    return kept


def regenerated_beside(target: Path) -> Path:
    """Where data that path 1 made stays when path 2 works on it."""
    return target.with_name(f"{target.name}_regenerated")


def _improved_schema(job: Job, first: Regenerated | None) -> Iterator[Path]:
    if first is not None and first.improvement.changed:
        path = job.options.here / SCHEMA_FILE
        output.write_file(path, first.improvement.document.text)
        yield path


def _plan(job: Job, first: Regenerated | None, second: Repaired | None) -> Iterator[Path]:
    stopped = {**(first.taken_back if first else {})}
    stopped |= {**second.taken_back, **second.over_budget} if second else {}
    yield keep_plan(job, stopped)


def keep_plan(job: Job, stopped: Mapping[str, str] | None = None) -> Path:
    """Write ``polish_plan.yaml``; its path.

    Parameters
    ----------
    stopped
        Finding id → why its fix was not carried out after all.
    """
    path, wanted = job.options.here / PLAN_FILE, job.options.wanted
    source_ = Source(job.intake.report_path, wanted.data, wanted.schema)
    output.write_file(path, render_plan(job.plan, source_, job.options.wishes, stopped))
    return path


def _scripts(job: Job, current: Intake, origin: Path, second: Repaired | None) -> Iterator[Path]:
    if second is None or not second.planned:
        return
    log = job.options.change_log
    moved = replace(current.context, dataset=replace(current.context.dataset, root=origin))  # beside the result by now
    texts = postprocessor.scripts(moved, second.entries, origin, job.target, change_log=log)
    for name, text in texts.items():
        output.write_file(job.options.here / name, text)
        yield job.options.here / name


def _balance(job: Job, current: Intake, first: Regenerated | None, second: Repaired | None) -> Iterator[TableBalance]:
    """Rows in and out, table by table; sums of amounts where path 2 worked."""
    before = job.intake.context.dataset
    remade = first is not None and first.data is not None
    counted = {table.name: table for table in second.applied.tables} if second and second.applied else {}
    for name in current.context.dataset.tables:
        rows_in = before.rows(name) if name in before.tables else 0
        table = counted.get(name) or _untouched(name, current.context.dataset.rows(name))
        yield msgspec.structs.replace(table, rows_in=rows_in, regenerated=remade)


def _untouched(name: str, rows: int) -> TableBalance:
    return TableBalance(name=name, rows_in=rows, rows_out=rows)


def _contents(directory: Path) -> Iterator[FileWritten]:
    """Every file of the result; rows for Parquet."""
    with source.connect() as con:
        for path in sorted(p for p in directory.rglob("*") if p.is_file()):
            rows = source.rows_of(con, path) if path.suffix == ".parquet" else None
            yield described(path, rows)
