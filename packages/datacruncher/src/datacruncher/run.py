"""One run from path to report: read the call, open the data, learn its meaning, ask the analysts, write down."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace as replace_struct

from datacruncher import tables, thinning
from datacruncher.analyzer import Limits, analyze
from datacruncher.catalog import Catalog
from datacruncher.catalog.build import build
from datacruncher.corrections import Correction, read_corrections
from datacruncher.documents import Declared, read_metadata, read_schema
from datacruncher.earlier import Earlier, read_report
from datacruncher.errors import InputError, Problem
from datacruncher.layout import Layout
from datacruncher.personas import Persona, library, read_file, resolve
from datacruncher.report.assemble import Writer
from datacruncher.report.compare import compare
from datacruncher.report.rows import Rows
from datacruncher.report.shown import Report
from datacruncher.source import Source, open_source


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked of a run; see ``datacruncher.crunch``."""

    path: Any
    schema: str | None = None
    catalog: str | None = None
    baseline: str | None = None
    export_rows: str | None = None
    sample: int | None = None
    personas: tuple[str, ...] | None = None
    persona_files: tuple[str, ...] = ()
    samples: bool = True
    memory_limit: str | None = None
    time_limit: float = 120.0
    now: dt.datetime | None = None
    progress: Callable[[str, int, int], None] | None = None


def run(order: Order) -> Report:
    """The report. Raises InputError with every mistake of the call's documents before any data is read."""
    documents = _documents(order)
    earlier = _earlier(order)
    if order.export_rows is None:
        report = _run(order, documents, None)
    else:
        with Rows(order.export_rows) as rows:
            report = _run(order, documents, rows)
    if earlier is None:
        return report
    return compare(report, earlier, str(order.baseline), private=not order.samples)


@dataclass(frozen=True, slots=True)
class _Documents:
    """What the call names and a person wrote."""

    personas: list[Persona]
    declared: Declared
    corrections: Correction | None = None


def _run(order: Order, documents: _Documents, rows: Rows | None) -> Report:
    personas, limits = documents.personas, _limits(order)
    with _open(order, rows.making if rows else None) as source, ThreadPoolExecutor(1) as aside:
        digest = aside.submit(source.layout.digest) if source.layout.everything else None
        declared = _beside(documents.declared, source.layout)
        catalog = _catalog(source, declared, documents.corrections, order)
        thinned = thinning.thin(source, order.sample) if order.sample else []
        asked = thinning.fitting(personas) if thinned else personas
        outcomes = analyze(source, catalog, asked, limits, order.progress)
        writer = Writer(source, catalog, declared, private=not order.samples)
        names = [persona.name for persona in personas]
        told = {persona.name: persona.summary for persona in personas}
        found = digest.result() if digest else None
        report = writer.report(outcomes, names, found, order.persona_files, told)
        if order.sample:
            report = _of_a_sample(report, thinned)
        return rows.write(source.session(), report, outcomes, limits.seconds) if rows else report


def _of_a_sample(report: Report, thinned: Sequence[thinning.Thinned]) -> Report:
    """The report with what a sample can't tell said: in its notes, and in place of what a persona without checks would say."""
    asked = {run.persona for run in report.checks if run.status != "skipped"}
    told = [
        said if said.persona in asked or not thinned else replace_struct(said, sentences=[thinning.UNTOLD])
        for said in report.summaries
    ]
    return replace_struct(report, notes=thinning.notes(thinned), summaries=told)


def _limits(order: Order) -> Limits:
    return Limits(order.time_limit) if order.samples else Limits(order.time_limit, samples=0)


def _open(order: Order, writes: str | None = None) -> Source:
    """The data, whatever it is: a path, names with frames, an open connection, or files elsewhere."""
    given, bounds = order.path, tables.Bounds(order.memory_limit, writes=writes)
    if isinstance(given, Mapping):
        return tables.open_frames(given, bounds)
    if tables.is_connection(given):
        return tables.open_connection(given, bounds)
    if tables.is_remote(given):
        return tables.open_remote(given, bounds)
    if not isinstance(given, str | os.PathLike):
        hint = "give a path, a dict of names and frames, or an open DuckDB connection"
        raise InputError([Problem(f"no data: {type(given).__name__}", address="path_or_tables", hint=hint)])
    return open_source(os.fspath(given), memory_limit=order.memory_limit, writes=writes)


def _catalog(source: Source, declared: Declared, corrections: Correction | None, order: Order) -> Catalog:
    catalog = build(source, declared, _now(order))
    return corrections.applied(catalog) if corrections else catalog


def _earlier(order: Order) -> Earlier | None:
    """The earlier report; of earlier data, the report that the same call makes of it."""
    if order.baseline is None:
        return None
    if not Path(order.baseline).is_dir():
        return read_report(order.baseline)
    same = replace(order, path=order.baseline, baseline=None, export_rows=None, catalog=None, progress=None)
    return msgspec.convert(msgspec.to_builtins(run(same)), Earlier)


def learn(order: Order) -> Catalog:
    """The catalog alone, detached from its engine: no check is asked."""
    declared = read_schema(order.schema) if order.schema else Declared()
    corrections = read_corrections(order.catalog) if order.catalog else None
    with _open(order) as source:
        catalog = _catalog(source, _beside(declared, source.layout), corrections, order)
        return replace(catalog, ask=_closed)


def _closed(query: str) -> list[dict[str, Any]]:
    raise RuntimeError("the dataset is closed")


def _now(order: Order) -> dt.datetime:
    return (order.now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).replace(tzinfo=None)


def _documents(order: Order) -> _Documents:
    """The analysts, the schema and the corrections, or everything that is wrong with them at once."""
    problems: list[Problem] = []
    own: list[Persona] = []
    declared, corrections = Declared(), None
    for path in order.persona_files:
        try:
            own.append(read_file(path))
        except InputError as error:
            problems += error.problems
    chosen: list[Persona] = []
    try:
        known = (*own, *library())
        chosen = resolve(order.personas, known) if order.personas is not None else list(library())
    except InputError as error:
        problems += error.problems
    try:
        declared = read_schema(order.schema) if order.schema else declared
    except InputError as error:
        problems += error.problems
    try:
        corrections = read_corrections(order.catalog) if order.catalog else None
    except InputError as error:
        problems += error.problems
    if problems:
        raise InputError(problems)
    return _Documents(list({persona.name: persona for persona in (*chosen, *own)}.values()), declared, corrections)


def _beside(declared: Declared, layout: Layout) -> Declared:
    """With what the generator wrote beside the data; an explicit schema wins over the one in there."""
    if layout.metadata is None:
        return declared
    found = read_metadata(layout.metadata, f"{layout.shown.rstrip('/')}/.metadata.json")
    if declared.document is None:
        return found
    return Declared(declared.document, found.metadata, declared.path, declared.sha256)
