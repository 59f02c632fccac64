"""One run from path to report: read the call, open the data, learn its meaning, ask the analysts, write down."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from datacruncher.analyzer import Limits, analyze
from datacruncher.catalog import Catalog
from datacruncher.catalog.build import build
from datacruncher.documents import Declared, read_metadata, read_schema
from datacruncher.errors import InputError, Problem
from datacruncher.layout import Layout
from datacruncher.personas import Persona, library, read_file, resolve
from datacruncher.report.assemble import Writer
from datacruncher.report.model import Report
from datacruncher.source import open_source


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked of a run; see ``datacruncher.crunch``."""

    path: str
    schema: str | None = None
    personas: tuple[str, ...] | None = None
    persona_files: tuple[str, ...] = ()
    samples: bool = True
    memory_limit: str | None = None
    time_limit: float = 120.0
    now: dt.datetime | None = None
    progress: Callable[[str, int, int], None] | None = None


def run(order: Order) -> Report:
    """The report. Raises InputError with every mistake of the call's documents before any data is read."""
    personas, declared = _documents(order)
    with open_source(order.path, memory_limit=order.memory_limit) as source, ThreadPoolExecutor(1) as aside:
        digest = aside.submit(source.layout.digest)
        declared = _beside(declared, source.layout)
        catalog = build(source, declared, _now(order))
        limits = Limits(order.time_limit) if order.samples else Limits(order.time_limit, samples=0)
        outcomes = analyze(source, catalog, personas, limits, order.progress)
        writer = Writer(source, catalog, declared, private=not order.samples)
        names = [persona.name for persona in personas]
        told = {persona.name: persona.summary for persona in personas}
        return writer.report(outcomes, names, digest.result(), order.persona_files, told)


def learn(order: Order) -> Catalog:
    """The catalog alone, detached from its engine: no check is asked."""
    declared = read_schema(order.schema) if order.schema else Declared()
    with open_source(order.path, memory_limit=order.memory_limit) as source:
        catalog = build(source, _beside(declared, source.layout), _now(order))
        return replace(catalog, ask=_closed)


def _closed(query: str) -> list[dict[str, Any]]:
    raise RuntimeError("the dataset is closed")


def _now(order: Order) -> dt.datetime:
    return (order.now or dt.datetime.now(dt.UTC)).astimezone(dt.UTC).replace(tzinfo=None)


def _documents(order: Order) -> tuple[list[Persona], Declared]:
    """The analysts and the schema, or everything that is wrong with them at once."""
    problems: list[Problem] = []
    own: list[Persona] = []
    declared = Declared()
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
    if problems:
        raise InputError(problems)
    return list({persona.name: persona for persona in (*chosen, *own)}.values()), declared


def _beside(declared: Declared, layout: Layout) -> Declared:
    """With what the generator wrote beside the data; an explicit schema wins over the one in there."""
    if layout.metadata is None:
        return declared
    found = read_metadata(layout.metadata, f"{layout.shown.rstrip('/')}/.metadata.json")
    if declared.document is None:
        return found
    return Declared(declared.document, found.metadata, declared.path, declared.sha256)
