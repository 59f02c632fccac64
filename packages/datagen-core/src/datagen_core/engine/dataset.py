"""A plan → the files of a dataset.

Workers take blocks in the tables' order. The rows of a table come out in order: a worker whose turn it is writes what
it makes slice by slice, the others keep a bounded number of rows and wait.
"""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from os import cpu_count
from threading import Condition
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from datagen_core import registry
from datagen_core.engine.layout import field_of
from datagen_core.engine.notes import notes
from datagen_core.engine.parts import Cut, cut
from datagen_core.engine.world import World
from datagen_core.errors import InputError, WorkError
from datagen_core.metadata import describe, foreign_keys, part_of, save
from datagen_core.run import Result, TableResult
from datagen_core.sinks.base import Reference, Shape
from datagen_core.values import to_arrow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from datagen_core.engine.tables import Table
    from datagen_core.plan import Plan
    from datagen_core.run import Progress, Settings
    from datagen_core.sinks.base import DatasetSink, File, SinkSpec, TableSink

MOST_WORKERS = 64
KEPT_ROWS = 1 << 20
"""Rows that a worker keeps while another one's turn lasts."""


def write_dataset(plan: Plan, folder: Path, settings: Settings, progress: Progress) -> Result:
    """Make the tables of a plan in a directory, and ``.metadata.json`` beside them.

    Parameters
    ----------
    plan
        The order of work.
    folder
        An empty directory. What is in it after an error is no dataset.
    settings, progress
        How to run, and whom to tell.

    Raises
    ------
    WorkError
        When the work could not be finished.
    """
    began = time.perf_counter()
    world = World(plan.document, settings.seed)
    wanted = set(settings.only) or {node.id for node in plan.document.nodes}
    tables = [world.table(one.node.id) for one in plan.tables if one.node.id in wanted]
    sink = _opened(tables, folder, settings)
    files = sink.finish(run(tables, sink, settings, progress))
    seconds = time.perf_counter() - began
    made = [(table.node, files[table.name]) for table in tables]
    metadata = describe(plan.document, settings, made, seconds)
    if settings.part is not None:
        metadata |= part_of(settings.part, {table.name: table.total for table in tables})
    save(metadata, folder)
    results = {
        table.name: TableResult(
            table.name,
            sum(file.rows for file in files[table.name]),
            tuple(file.path for file in files[table.name]),
            sum(file.bytes for file in files[table.name]),
        )
        for table in tables
    }
    ordered = tuple(results[node.id] for node in plan.document.nodes if node.id in results)
    told = (*notes(plan.document), *world.notes(), *_without_part(files, settings), *sink.notes)
    return Result(folder, ordered, seconds, metadata, told)


def _without_part(files: dict[str, list[File]], settings: Settings) -> Iterator[str]:
    """The tables of which a part has no file."""
    part = settings.part
    if part is not None:
        for name, made in files.items():
            if not made:
                yield f"{name}: part {part.number} of {part.of} has no rows of it; the table has fewer blocks than that"


def run(tables: list[Table], sink: DatasetSink, settings: Settings, progress: Progress) -> dict[str, list[File]]:
    """Make tables, and say which files hold them."""
    workers = min(settings.workers or cpu_count() or 1, MOST_WORKERS)
    jobs = [_Job(table, sink, settings, progress) for table in tables]
    halt = _Halt()
    try:
        with _one_arrow_thread(workers), ThreadPoolExecutor(workers, thread_name_prefix="datagen") as pool:
            tasks = _tasks(jobs)
            futures = [pool.submit(_work, tasks, halt) for _ in range(workers)]
            try:
                for future in futures:
                    future.result()
            except BaseException:
                halt.now(jobs)
                raise
    finally:  # when no worker writes any more
        for job in jobs:
            job.abandon()
    return {job.table.name: job.files for job in jobs}


def _opened(tables: list[Table], folder: Path, settings: Settings) -> DatasetSink:
    """The sink of a format that can hold these tables."""
    spec: SinkSpec | None = registry.spec("sinks", settings.format)
    if spec is None:
        raise InputError(f'unknown format "{settings.format}" ({", ".join(registry.names("sinks"))})')
    reason = spec.check([shape_of(table) for table in tables])
    if reason is not None:
        raise InputError(f"--format {spec.name}: {reason}")
    return spec.open(folder, settings.compression)


def shape_of(table: Table, first_part: int | None = None) -> Shape:
    """A table as a sink is told of it."""
    fields = tuple(field_of(table.column_work(column.name)) for column in table.node.columns)
    references = (Reference(*found) for found in foreign_keys(table.world.document, table.node))
    return Shape(table.name, fields, first_part, table.node.keys, tuple(references))


class _one_arrow_thread:  # noqa: N801 - reads as a verb where it is used
    """Arrow on one thread while several workers call it: each of them is a thread already."""

    def __init__(self, workers: int) -> None:
        self._before = pa.cpu_count()
        self._workers = workers

    def __enter__(self) -> None:
        pa.set_cpu_count(1)

    def __exit__(self, *_: object) -> None:
        pa.set_cpu_count(self._before)


@dataclass
class _Halt:
    """Set when a worker failed: the others stop at their next slice."""

    on: bool = False

    def now(self, jobs: list[_Job]) -> None:
        """Stop all, those that wait for their turn too."""
        self.on = True
        for job in jobs:
            job.wake()


class _Stopped(Exception):  # noqa: N818 - not an error: another worker's error is told
    """Another worker failed."""


class _Tasks:
    """Blocks of tables in order, handed out one at a time."""

    def __init__(self, jobs: list[_Job]) -> None:
        self._condition = Condition()
        self._iterator = self._all(jobs)

    @staticmethod
    def _all(jobs: list[_Job]) -> Iterator[tuple[_Job, int]]:
        for job in jobs:
            job.begin()
            for block in job.cut.blocks:
                yield job, block
            if not job.cut.blocks:
                job.finish()

    def next(self) -> tuple[_Job, int] | None:
        """The next block, None when there is no more."""
        with self._condition:
            return next(self._iterator, None)


def _tasks(jobs: list[_Job]) -> _Tasks:
    return _Tasks(jobs)


def _work(tasks: _Tasks, halt: _Halt) -> None:
    while not halt.on and (task := tasks.next()) is not None:
        job, block = task
        try:
            job.make(block, halt)
        except _Stopped:
            return
        except BaseException:
            halt.on = True
            job.wake()
            raise


class _Job:
    """A table that is being made: whose turn it is to write, and what is written."""

    def __init__(self, table: Table, sink: DatasetSink, settings: Settings, progress: Progress) -> None:
        self.table = table
        self.files: list[File] = []
        self._dataset = sink
        self._settings = settings
        self._progress = progress
        self._sink: TableSink | None = None
        self._turn = Condition()
        self._next = 0

    @cached_property
    def cut(self) -> Cut:
        """What is made of the table; its rows are counted for it."""
        return cut(self.table, self._settings.parts, self._settings.part)

    @cached_property
    def _rows(self) -> int:
        return self.cut.rows(self.table)

    def begin(self) -> None:
        """Count the rows and open the sink."""
        self._next = self.cut.blocks.start
        if not self.cut.is_nothing:
            self._sink = self._dataset.table(shape_of(self.table, self.cut.first_part))
        self._progress.begin(self.table.name, self._rows)

    def make(self, block: int, halt: _Halt) -> None:
        """Make a block and write it when its turn has come."""
        kept: list[tuple[Any, int]] = []
        kept_rows = 0
        names = [column.name for column in self.table.node.columns]
        for rows in self.table.slices(block, names):
            arrays = [to_arrow(rows.values(column.name), column.type) for column in self.table.node.columns]
            kept.append((self._opened.prepare(arrays), rows.rows))
            kept_rows += rows.rows
            if self._next == block or kept_rows >= KEPT_ROWS:
                self._await(block, halt)
                self._write(kept)
                kept, kept_rows = [], 0
            if halt.on:
                raise _Stopped
        self._await(block, halt)
        self._write(kept)
        self._end(block)

    def _await(self, block: int, halt: _Halt) -> None:
        with self._turn:
            self._turn.wait_for(lambda: self._next == block or halt.on)
        if halt.on:
            raise _Stopped

    def _write(self, kept: list[tuple[Any, int]]) -> None:
        for prepared, rows in kept:
            self._opened.append(prepared, rows)
            self._progress.advance(self.table.name, rows)

    @property
    def _opened(self) -> TableSink:
        if self._sink is None:
            raise WorkError(f"{self.table.name}: the sink is not open")
        return self._sink

    def _end(self, block: int) -> None:
        if block in self.cut.ends:
            self._opened.end_part()
        if block == self.cut.blocks[-1]:
            self.finish()
        with self._turn:
            self._next = block + 1
            self._turn.notify_all()

    def finish(self) -> None:
        """Close the sink."""
        if self._sink is not None:
            self.files = self._sink.close()
            self._sink = None
        self._progress.end(self.table.name, self._rows)

    def wake(self) -> None:
        """Let those that wait for their turn see that there is none."""
        with self._turn:
            self._turn.notify_all()

    def abandon(self) -> None:
        """Let go of a file that is still open."""
        if self._sink is not None:
            self._sink.abandon()
            self._sink = None
