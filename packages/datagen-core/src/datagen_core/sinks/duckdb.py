"""One DuckDB file for all tables, which DuckDB 1.0 and all later versions read.

The tables are made as Parquet in a hidden directory beside the file and loaded when all are complete: DuckDB loads them
on several threads in bounded memory, and no table waits for another one's keys. Keys are declared up to `KEYED_ROWS`
rows: DuckDB keeps an index for each, which takes thirty times the space of the data and eight times the time.
"""

from __future__ import annotations

import importlib
import shutil
from typing import TYPE_CHECKING, Any

from datagen_core.errors import InputError, WorkError
from datagen_core.graph import circle, order
from datagen_core.sinks.base import File, Reference, Shape, SinkSpec, described
from datagen_core.sinks.parquet import ParquetTable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from datagen_core.sinks.base import TableSink

NAME = "dataset.duckdb"
STORAGE = "v1.0.0"
KEYED_ROWS = 1_000_000
MEMORY = "1GB"
_STAGE = ".duckdb"


class DuckdbDataset:
    """A dataset in one DuckDB file.

    Parameters
    ----------
    folder
        The directory of the dataset.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stage = folder / _STAGE
        self._shapes: dict[str, Shape] = {}
        self.notes: list[str] = []

    def table(self, shape: Shape) -> TableSink:
        """Open a table."""
        self._shapes[shape.name] = shape
        return ParquetTable(self._stage, shape)

    def finish(self, files: Mapping[str, list[File]]) -> dict[str, list[File]]:
        """Load the tables into the file."""
        rows = {name: sum(file.rows for file in made) for name, made in files.items()}
        sources = {name: [str(self._stage / file.path) for file in made] for name, made in files.items()}
        shapes = [self._shapes[name] for name in files]
        keyed = sum(rows.values()) <= KEYED_ROWS
        load(self._folder / NAME, shapes, sources, keyed=keyed)
        if not keyed:
            self.notes.append(
                f"{NAME} declares no keys: beyond {KEYED_ROWS:,} rows their indexes would outgrow the data"
            )
        shutil.rmtree(self._stage, ignore_errors=True)
        whole = described(self._folder, NAME, 0)
        return {name: [File(whole.path, whole.bytes, whole.sha256, count)] for name, count in rows.items()}


def load(target: Path, shapes: Sequence[Shape], sources: Mapping[str, Sequence[str]], *, keyed: bool) -> None:
    """Make a DuckDB file of tables that lie in Parquet files.

    Parameters
    ----------
    target
        The file.
    shapes
        Its tables.
    sources
        Table → its Parquet files, in order.
    keyed
        Whether primary and foreign keys are declared. The rows have to keep them.

    Raises
    ------
    WorkError
        When DuckDB can't.
    """
    duckdb = _duckdb()
    spill = target.with_name(f"{target.name}.spill")
    try:
        with duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(spill)}) as connection:
            connection.execute(f"ATTACH {literal(str(target))} AS made (STORAGE_VERSION '{STORAGE}')")
            for shape in parents_first(shapes) if keyed else shapes:
                connection.execute(_create(shape, shapes if keyed else ()))
                found = ", ".join(literal(path) for path in sources[shape.name])
                connection.execute(f"INSERT INTO made.{ident(shape.name)} SELECT * FROM read_parquet([{found}])")
            connection.execute("DETACH made")
    except duckdb.Error as error:
        raise WorkError(f"{target.name}: {str(error).splitlines()[0]}") from error
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _duckdb() -> Any:
    try:
        return importlib.import_module("duckdb")
    except ImportError as error:
        raise InputError("--format duckdb needs the package duckdb: pip install duckdb") from error


def _create(shape: Shape, keyed: Sequence[Shape]) -> str:
    """The table's declaration; with keys where `keyed` lists the tables of the file."""
    lines = [
        f"{ident(field.name)} {sql_type(str(field.type))}{'' if field.nullable else ' NOT NULL'}"
        for field in shape.fields
    ]
    if keyed and shape.primary_key:
        lines.append(f"PRIMARY KEY ({', '.join(map(ident, shape.primary_key))})")
    lines += [
        f"FOREIGN KEY ({ident(one.column)}) REFERENCES made.{ident(one.table)} ({ident(one.key)})"
        for one in _held(shape, keyed)
    ]
    return f"CREATE TABLE made.{ident(shape.name)} ({', '.join(lines)})"


def _held(shape: Shape, shapes: Sequence[Shape]) -> Iterator[Reference]:
    """The references that DuckDB can hold: to the whole key of another table, of the same type, and in no circle.

    A table's reference to itself is not among them: DuckDB would want each parent committed before its children.
    """
    known = {one.name: one for one in shapes}
    before = [one.name for one in parents_first(shapes)]
    for reference in shape.references:
        other = known.get(reference.table)
        if other is None or other.primary_key != (reference.key,) or other.name == shape.name:
            continue
        types = {str(field.type) for field in other.fields if field.name == reference.key}
        same = types == {str(field.type) for field in shape.fields if field.name == reference.column}
        if same and before.index(other.name) < before.index(shape.name):
            yield reference


def parents_first(shapes: Sequence[Shape]) -> list[Shape]:
    """The tables, each after those that it refers to, as far as that can be."""
    known = {shape.name: shape for shape in shapes}
    graph: dict[str, tuple[str, ...]] = dict.fromkeys(known, ())
    for shape in shapes:
        for reference in shape.references:
            wider = {**graph, shape.name: (*graph[shape.name], reference.table)}
            if reference.table in known and reference.table != shape.name and not circle(wider):
                graph = wider
    return [known[name] for name in order(graph)]


_TYPES = {
    "int64": "BIGINT",
    "double": "DOUBLE",
    "string": "VARCHAR",
    "bool": "BOOLEAN",
    "timestamp[us, tz=UTC]": "TIMESTAMP WITH TIME ZONE",
    "date32[day]": "DATE",
}


def sql_type(arrow: str) -> str:
    """DuckDB's type for an Arrow type that we make."""
    return _TYPES[arrow]


def ident(name: str) -> str:
    """A name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """A text in SQL."""
    return "'" + text.replace("'", "''") + "'"


def check(shapes: Sequence[Shape]) -> str | None:
    """Names that DuckDB takes for one: it minds no case."""
    _duckdb()
    for names, what in [
        ([shape.name for shape in shapes], "tables"),
        *((_names(shape), shape.name) for shape in shapes),
    ]:
        seen: dict[str, str] = {}
        for name in names:
            other = seen.setdefault(name.lower(), name)
            if other != name:
                where = "two tables" if what == "tables" else f"two columns of {what}"
                return f'{where} differ in case only ("{other}", "{name}"), which DuckDB does not tell apart'
    return None


def _names(shape: Shape) -> list[str]:
    return [field.name for field in shape.fields]


def _open(folder: Path, _compression: str | None) -> DuckdbDataset:
    return DuckdbDataset(folder)


SPEC = SinkSpec(name="duckdb", open=_open, check=check)
