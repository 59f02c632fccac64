"""A dataset in Parquet, anyone's → the same rows in another format, with a manifest for each table."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from datagen_core import registry
from datagen_core.__about__ import __version__
from datagen_core.destination import EXPORTED, Destination
from datagen_core.errors import InputError, WorkError, nearest
from datagen_core.loading import loaded
from datagen_core.run import EXPORT_FORMATS, Silent, TableResult
from datagen_core.sinks.base import Field, Shape
from datagen_core.sinks.csv import DELIMITER, ENCLOSURE
from datagen_core.source import StoredTable, stored

if TYPE_CHECKING:
    from collections.abc import Iterable
    from os import PathLike

    from datagen_core.run import Progress
    from datagen_core.schema.load import Source
    from datagen_core.schema.model import Document
    from datagen_core.sinks.base import DatasetSink, File, SinkSpec


@dataclass(frozen=True, slots=True)
class Exported:
    """A dataset that was exported.

    Parameters
    ----------
    directory
        Where it lies.
    tables
        Its tables.
    manifests
        The manifest of each table, as it lies beside its file.
    seconds, notes
        How long it took, and what a reader should know.
    """

    directory: Path
    tables: tuple[TableResult, ...]
    manifests: tuple[dict[str, Any], ...]
    seconds: float
    notes: tuple[str, ...]

    @property
    def rows(self) -> int:
        """The rows of all tables."""
        return sum(table.rows for table in self.tables)

    @property
    def bytes(self) -> int:
        """The bytes of all files; one that holds several tables counts once."""
        return sum({table.files: table.bytes for table in self.tables}.values())


def export(  # noqa: PLR0913 - as many dials as its command has options
    directory: str | PathLike[str],
    out: str | PathLike[str] = "exported/",
    *,
    format: str = "csv",  # noqa: A002 - the word of the command line
    schema: Document | Source | None = None,
    only: Iterable[str] = (),
    incremental: bool = False,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> Exported:
    """Write the tables of a directory of Parquet in another format.

    Parameters
    ----------
    directory
        A dataset: of datagen, or any directory of Parquet files and parts. It is only read.
    out
        Where the files go. They appear whole or not at all; an earlier export is replaced.
    format
        ``csv``, ``jsonl`` or ``duckdb``.
    schema
        A document that names the primary keys, where the dataset's metadata does not.
    only
        The tables to export; all when empty.
    incremental
        What the manifests say: True where a loader should add the rows to those it has.
    overwrite
        True to replace files in `out` that no export wrote, or that were changed since.
    progress
        Is told how many rows of which table are written.

    Raises
    ------
    InputError, DocumentError
        When the dataset or the call is wrong; nothing was written.
    WorkError
        When the work could not be finished; nothing half-written is left behind.
    """
    began = time.perf_counter()
    source = stored(directory)
    destination = Destination(out, overwrite=overwrite, index=EXPORTED)
    if Path(out).resolve() == source.directory:
        raise InputError(f"{out}: is the dataset itself; choose another directory with -o")
    tables = _with_keys(_chosen(source.tables, tuple(dict.fromkeys(only))), schema)
    spec, shapes = _opened(tables, format)
    with destination.staged() as folder:
        sink = spec.open(folder, None)
        made = [_write(table, shape, sink, progress or Silent()) for table, shape in zip(tables, shapes, strict=True)]
        files = sink.finish({table.name: written for table, written in zip(tables, made, strict=True)})
        manifests = [_manifest(shape, files[shape.name], format, incremental=incremental) for shape in shapes]
        _save(folder, source.directory.name, manifests)
    results = [_result(name, written) for name, written in files.items()]
    left = [f"left alone: {name}, which is no table" for name in source.left]
    return Exported(
        destination.path, tuple(results), tuple(manifests), time.perf_counter() - began, (*sink.notes, *left)
    )


def _result(name: str, files: list[File]) -> TableResult:
    rows, size = sum(file.rows for file in files), sum(file.bytes for file in files)
    return TableResult(name, rows, tuple(file.path for file in files), size)


def _chosen(tables: Iterable[StoredTable], only: tuple[str, ...]) -> list[StoredTable]:
    known = {table.name: table for table in tables}
    for name in only:
        if name not in known:
            guess = nearest(name, known)
            meant = f'; did you mean "{guess}"?' if guess else ""
            raise InputError(f"--only {name}: there is no such table{meant} ({', '.join(known)})")
    return [known[name] for name in only] if only else list(known.values())


def _with_keys(tables: list[StoredTable], schema: Document | Source | None) -> list[StoredTable]:
    """The tables with the primary keys that a document names."""
    if schema is None:
        return tables
    keys = {node.id: node.keys for node in loaded(schema).nodes}
    found = []
    for table in tables:
        key = keys.get(table.name, table.primary_key)
        missing = [name for name in key if name not in table.schema.names]
        if missing:
            raise InputError(f"{table.name}: the schema's key {missing[0]} is no column of the data")
        found.append(replace(table, primary_key=key))
    return found


def _opened(tables: list[StoredTable], name: str) -> tuple[SinkSpec, list[Shape]]:
    spec: SinkSpec | None = registry.spec("sinks", name) if name in EXPORT_FORMATS else None
    if spec is None:
        raise InputError(f'unknown format "{name}" ({", ".join(EXPORT_FORMATS)})')
    shapes = [_shape(table) for table in tables]
    reason = spec.check(shapes)
    if reason is not None:
        raise InputError(f"--format {name}: {reason}")
    return spec, shapes


def _shape(table: StoredTable) -> Shape:
    fields = (Field(one.name, one.type, nullable=one.nullable, layout="plain") for one in table.schema)
    return Shape(table.name, tuple(fields), None, table.primary_key, table.references)


def _write(table: StoredTable, shape: Shape, dataset: DatasetSink, progress: Progress) -> list[File]:
    sink = dataset.table(shape)
    progress.begin(table.name, table.rows)
    try:
        for batch in table.batches():
            sink.append(sink.prepare(batch.columns), batch.num_rows)
            progress.advance(table.name, batch.num_rows)
        files = sink.close()
    except (pa.ArrowException, UnicodeDecodeError) as error:
        raise WorkError(f"{table.name}: {' '.join(str(error).split())}") from error
    finally:
        sink.abandon()
    progress.end(table.name, table.rows)
    return files


def _manifest(shape: Shape, files: list[File], name: str, *, incremental: bool) -> dict[str, Any]:
    """What a loader has to know of a table's file."""
    return {
        "name": shape.name,
        "file": files[0].path,
        "format": name,
        "rows": sum(file.rows for file in files),
        "columns": [{"name": one.name, "type": str(one.type), "nullable": one.nullable} for one in shape.fields],
        "primary_key": list(shape.primary_key),
        "incremental": incremental,
        **({"delimiter": DELIMITER, "enclosure": ENCLOSURE} if name == "csv" else {}),
        "bytes": files[0].bytes,
        "sha256": files[0].sha256,
    }


def _save(folder: Path, source: str, manifests: list[dict[str, Any]]) -> None:
    """Put the manifests beside the files, and an index by which a later export knows them as its own."""
    listed = []
    for manifest in manifests:
        path = f"{manifest['file']}.manifest"
        if manifest["format"] != "duckdb":
            (folder / path).write_text(_text(manifest), "utf-8")
            listed.append({"path": path, "bytes": (folder / path).stat().st_size})
        listed.append({"path": manifest["file"], "bytes": manifest["bytes"]})
    index = {"tool": {"name": "datagen-core", "version": __version__}, "dataset": source, "files": listed}
    (folder / EXPORTED).write_text(_text(index), "utf-8")


def _text(content: dict[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
