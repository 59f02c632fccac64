"""A document → a dataset in a directory."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from datagen_core.destination import Destination
from datagen_core.engine.dataset import write_dataset
from datagen_core.errors import InputError
from datagen_core.loading import loaded
from datagen_core.plan import plan
from datagen_core.run import COMPRESSIONS, SEED, Result, Settings, Silent
from datagen_core.schema.preflight import check
from datagen_core.schema.resize import resized, unknown_table
from datagen_core.sizes import own_rows

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from os import PathLike

    from datagen_core.run import Progress, TableResult
    from datagen_core.schema.load import Source
    from datagen_core.schema.model import Document


def generate(  # noqa: PLR0913 - a run has as many dials as its command has options
    document: Document | Source,
    out: str | PathLike[str] = "output/",
    *,
    seed: int = SEED,
    rows: Mapping[str, int] | None = None,
    scale: float = 1.0,
    only: Iterable[str] = (),
    workers: int | None = None,
    compression: str = "zstd",
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Result:
    """Make the tables of a document as Parquet, and ``.metadata.json`` beside them.

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
        ``zstd``, ``snappy``, ``gzip`` or ``none``.
    overwrite
        True to replace tables in `out` that datagen did not write, or that were changed since.
    progress
        Is told how many rows of which table are made.

    Raises
    ------
    InputError, DocumentError
        When the document or the call is wrong; nothing was written.
    WorkError
        When the work could not be finished; nothing half-written is left behind.
    """
    ready = prepared(document, rows or {}, scale)
    settings = Settings(seed=seed, workers=workers, only=tuple(dict.fromkeys(only)), compression=compression)
    _check(ready, settings)
    destination = Destination(out, overwrite=overwrite)
    with destination.staged() as folder:
        made = write_dataset(plan(ready), folder, settings, progress or Silent())
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
    if settings.compression not in COMPRESSIONS:
        raise InputError(f"unknown compression {settings.compression!r} ({', '.join(COMPRESSIONS)})")
    if settings.workers is not None and settings.workers < 1:
        raise InputError(f"workers={settings.workers}: at least one has to work")


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


def _head(folder: Path, table: TableResult, count: int) -> pa.Table:
    """The first rows of a table, from as many of its files as it takes."""
    parts: list[pa.Table] = []
    for name in table.files:
        if sum(part.num_rows for part in parts) < count:
            parts.append(pq.ParquetFile(folder / name).read().slice(0, count))
    return pa.concat_tables(parts).slice(0, count)
