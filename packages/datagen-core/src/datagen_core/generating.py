"""A document → a dataset in a directory."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from datagen_core.destination import Destination, free_bytes
from datagen_core.engine.dataset import write_dataset
from datagen_core.errors import InputError, WorkError
from datagen_core.forecast import forecast
from datagen_core.loading import loaded
from datagen_core.metadata import joined, save
from datagen_core.plan import plan
from datagen_core.run import COMPRESSIONS, SEED, Part, Result, Settings, Silent
from datagen_core.schema.preflight import check
from datagen_core.schema.resize import resized, unknown_table
from datagen_core.sizes import own_rows
from datagen_core.wording import counted, duration, size, table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from os import PathLike

    from datagen_core.explanation import Explanation
    from datagen_core.forecast import Forecast
    from datagen_core.run import Progress, TableResult
    from datagen_core.schema.load import Source
    from datagen_core.schema.model import Document

MOST_PARTS = 100_000  # file names have five digits
MOST_ROWS = 100_000_000  # that are made without a yes


def generate(  # noqa: PLR0913 - a run has as many dials as its command has options
    document: Document | Source,
    out: str | PathLike[str] = "output/",
    *,
    seed: int = SEED,
    rows: Mapping[str, int] | None = None,
    scale: float = 1.0,
    only: Iterable[str] = (),
    workers: int | None = None,
    compression: str | None = None,
    format: str = "parquet",  # noqa: A002 - the word of the command line
    parts: int | None = None,
    part: tuple[int, int] | None = None,
    overwrite: bool = False,
    yes: bool = False,
    progress: Progress | None = None,
    free: Callable[[str | PathLike[str]], int] = free_bytes,
) -> Result:
    """Make the tables of a document as files, and ``.metadata.json`` beside them.

    Parameters
    ----------
    document
        What `load` returned, or what it would take.
    out
        The directory of the dataset. It appears whole or not at all; an earlier dataset of datagen is replaced.
    seed
        Any integer; the same document, seed and version give the same rows, for any number of workers.
    rows
        Table → rows, in place of the document's.
    scale
        Factor on the rows of all other tables that have no parent.
    only
        The tables to write; all when empty.
    workers
        Threads; one per core when None.
    compression
        Of Parquet: ``zstd`` (when None), ``snappy``, ``gzip`` or ``none``.
    format
        ``parquet``, ``csv``, ``jsonl`` or ``duckdb``.
    parts
        Into how many files each table is cut; None for one, and more for tables of many million rows.
    part
        (i, n) to make part i of n alone, byte for byte the files that a run with ``parts=n`` has for it. Where `out` holds
        other parts of the same dataset, this one is added to them.
    overwrite
        True to replace tables in `out` that datagen did not write, or that were changed since.
    yes
        True to make more than `MOST_ROWS` rows, and to try where the disk seems too small.
    progress
        Is told how many rows of which table are made.
    free
        How many bytes are free at a path.

    Raises
    ------
    InputError, DocumentError
        When the document or the call is wrong, or the rows are too many without a yes; nothing was written.
    WorkError
        When the work could not be finished, or the disk is too small for it; nothing half-written is left behind.
    """
    ready = prepared(document, rows or {}, scale)
    settings = Settings(
        seed=seed,
        workers=workers,
        only=tuple(dict.fromkeys(only)),
        compression=compression,
        format=format,
        parts=parts,
        part=None if part is None else Part(*part),
    )
    _check(ready, settings)
    destination = Destination(out, overwrite=overwrite)
    work = plan(ready)
    if not yes:
        _weigh(forecast(work, settings), destination.path, free)
    with destination.staged() as folder:
        made = write_dataset(work, folder, settings, progress or Silent())
        together = joined(destination.earlier(), made.metadata) if settings.part is not None else None
        if together is not None:
            destination.adds = True
            save(together, folder)
            made = replace(made, metadata=together)
    notes = [f"left alone: {name}, which datagen did not write" for name in destination.left]
    return replace(made, directory=destination.path, notes=(*made.notes, *notes))


def prepared(document: Document | Source, rows: Mapping[str, int], scale: float) -> Document:
    """The document with its rows changed, and checked again where they are."""
    ready = loaded(document)
    return check(resized(ready, rows, scale)) if rows or scale != 1.0 else ready


def _check(document: Document, settings: Settings) -> None:
    for name in settings.only:
        if document.node(name) is None:
            raise InputError(f"--only {name}: {unknown_table(document, name)}")
    if settings.compression not in (None, *COMPRESSIONS):
        raise InputError(f"unknown compression {settings.compression!r} ({', '.join(COMPRESSIONS)})")
    if settings.compression is not None and settings.format != "parquet":
        raise InputError(f"--compression {settings.compression}: only Parquet is compressed, not {settings.format}")
    if settings.workers is not None and settings.workers < 1:
        raise InputError(f"workers={settings.workers}: at least one has to work")
    _check_parts(settings)


def _weigh(expected: Forecast, out: Path, free: Callable[[str | PathLike[str]], int]) -> None:
    """Stop before work that would make more rows than anybody wants unasked, or more bytes than there is room for."""
    if expected.rows > MOST_ROWS:
        rows = [["table", "rows", "size", "time"]]
        rows += [[one.name, counted(one.rows), size(one.bytes), duration(one.seconds)] for one in expected.tables]
        rows += [["all", counted(expected.rows), size(expected.bytes), duration(expected.seconds)]]
        raise InputError(
            f"this makes about {counted(expected.rows)} rows, and more than {MOST_ROWS:,} need a yes:\n"
            f"{table(rows, right=(1, 2, 3))}\n"
            f"give --yes, or make fewer: --scale {MOST_ROWS / expected.rows:.2g} makes about {counted(MOST_ROWS)}"
        )
    room = free(out)
    if expected.bytes > room:
        raise WorkError(
            f"{out}: about {size(expected.bytes)} are needed and {size(room)} are free; "
            "choose another directory with -o or a smaller --scale, or try all the same with --yes"
        )


def _check_parts(settings: Settings) -> None:
    part, parts = settings.part, settings.parts
    if parts is not None and not 1 <= parts <= MOST_PARTS:
        raise InputError(f"--parts {parts}: has to be from 1 to {MOST_PARTS:,}")
    if part is not None and not 1 <= part.number <= part.of <= MOST_PARTS:
        raise InputError(f"--part {part.number}/{part.of}: the parts are 1 to {part.of}, {MOST_PARTS:,} at most")
    if part is not None and parts not in (None, part.of):
        raise InputError(f"--part {part.number}/{part.of} and --parts {parts} contradict each other")
    if settings.format == "duckdb" and (part is not None or parts is not None):
        raise InputError("--format duckdb: makes one file, which has no parts; use another format")


def sample(  # noqa: PLR0913 - as many dials as `generate` has for rows
    document: Document | Source,
    count: int,
    *,
    seed: int = SEED,
    rows: Mapping[str, int] | None = None,
    scale: float = 1.0,
    only: Iterable[str] = (),
) -> dict[str, pa.Table]:
    """The first rows of each table of a small run: as many rows of each entity as are asked for, and their children.

    Parameters
    ----------
    count
        Rows of each table, at most.

    Raises
    ------
    InputError, DocumentError
        When the document or the call is wrong.
    """
    ready = prepared(document, rows or {}, scale)
    few = {node.id: min(count, own_rows(node)) for node in ready.nodes if node.kind != "vocab" and not node.parents}
    settings = Settings(seed=seed, workers=1, only=tuple(dict.fromkeys(only)))
    _check(ready, settings)
    with tempfile.TemporaryDirectory(prefix="datagen-") as folder:
        made = write_dataset(plan(resized(ready, few)), Path(folder), settings, Silent())
        return {table.name: _head(Path(folder), table, count) for table in made.tables}


def explain(
    document: Document | Source,
    *,
    rows: Mapping[str, int] | None = None,
    scale: float = 1.0,
    only: Iterable[str] = (),
    format: str = "parquet",  # noqa: A002 - the word of the command line
) -> Explanation:
    """What a document will make and why: tables in order, rows, bytes and seconds, columns, and what to ask about.

    Raises
    ------
    InputError, DocumentError
        When the document or the call is wrong.
    """
    from datagen_core.explanation import explain as explained  # noqa: PLC0415 - no run needs what it loads

    ready = prepared(document, rows or {}, scale)
    settings = Settings(only=tuple(dict.fromkeys(only)), format=format)
    _check(ready, settings)
    return explained(ready, settings)


def _head(folder: Path, table: TableResult, count: int) -> pa.Table:
    """The first rows of a table, from as many of its files as it takes."""
    parts: list[pa.Table] = []
    for name in table.files:
        if sum(part.num_rows for part in parts) < count:
            parts.append(pq.ParquetFile(folder / name).read().slice(0, count))
    return pa.concat_tables(parts).slice(0, count)
