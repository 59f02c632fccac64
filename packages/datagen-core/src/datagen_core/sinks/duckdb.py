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
        undeclared = load(self._folder / NAME, shapes, sources, keyed=keyed)
        if not keyed:
            self.notes.append(
                f"{NAME} declares no keys: beyond {KEYED_ROWS:,} rows their indexes would outgrow the data"
            )
        self.notes += [f"{NAME} does not declare {key}: rows break it" for key in undeclared]
        shutil.rmtree(self._stage, ignore_errors=True)
        whole = described(self._folder, NAME, 0)
        return {name: [File(whole.path, whole.bytes, whole.sha256, count)] for name, count in rows.items()}


def load(target: Path, shapes: Sequence[Shape], sources: Mapping[str, Sequence[str]], *, keyed: bool) -> list[str]:
    """Make a DuckDB file of tables that lie in Parquet files, and say which keys their rows break.

    Parameters
    ----------
    target
        The file.
    shapes
        Its tables.
    sources
        Table → its Parquet files, in order.
    keyed
        Whether primary and foreign keys are declared, as far as the rows keep them.

    Raises
    ------
    WorkError
        When DuckDB can't.
    """
    duckdb = _duckdb()
    spill = target.with_name(f".{target.name}.spill")
    try:
        with duckdb.connect(config={"memory_limit": MEMORY, "temp_directory": str(spill)}) as connection:
            connection.execute(f"ATTACH {literal(str(target))} AS made (STORAGE_VERSION '{STORAGE}')")
            loading = _Loading(connection, shapes, sources)
            for shape in parents_first(shapes):
                loading.table(shape, keyed=keyed)
            connection.execute("DETACH made")
            return loading.broken
    except (duckdb.Error, RuntimeError) as error:
        if "interrupted" in str(error).lower():  # DuckDB's own word for Ctrl-C
            raise KeyboardInterrupt from error
        raise WorkError(f"{target.name}: {str(error).splitlines()[0]}") from error
    finally:
        shutil.rmtree(spill, ignore_errors=True)


def _duckdb() -> Any:
    try:
        return importlib.import_module("duckdb")
    except ImportError as error:
        raise InputError("--format duckdb needs the package duckdb: pip install 'datagen-core[duckdb]'") from error


class _Loading:
    """Tables on their way into a DuckDB file, parents first.

    Parameters
    ----------
    connection
        A connection to which the file is attached as ``made``.
    shapes, sources
        The tables and their Parquet files.
    """

    def __init__(self, connection: Any, shapes: Sequence[Shape], sources: Mapping[str, Sequence[str]]) -> None:
        self.broken: list[str] = []
        self._connection = connection
        self._shapes = {shape.name: shape for shape in shapes}
        self._sources = sources
        self._keys: dict[str, str] = {}  # table → its declared key of one column

    def table(self, shape: Shape, *, keyed: bool) -> None:
        """Declare a table and load its rows."""
        types = {str(name): str(kind) for name, kind, *_ in self._all(f"DESCRIBE SELECT * FROM {self._rows(shape)}")}
        required = {field.name for field in shape.fields if not field.nullable}
        lines = [f"{ident(name)} {kind}{' NOT NULL' if name in required else ''}" for name, kind in types.items()]
        lines += self._declared(shape) if keyed else []
        self._connection.execute(f"CREATE TABLE made.{ident(shape.name)} ({', '.join(lines)})")
        self._connection.execute(f"INSERT INTO made.{ident(shape.name)} SELECT * FROM {self._rows(shape)}")

    def _all(self, query: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = self._connection.execute(query).fetchall()
        return rows

    def _rows(self, shape: Shape) -> str:
        return f"read_parquet([{', '.join(literal(path) for path in self._sources[shape.name])}])"

    def _declared(self, shape: Shape) -> Iterator[str]:
        columns = ", ".join(map(ident, shape.primary_key))
        if columns and self._holds(f"the key of {shape.name}", self._repeated(shape, columns)):
            self._keys[shape.name] = shape.primary_key[0] if len(shape.primary_key) == 1 else ""
            yield f"PRIMARY KEY ({columns})"
        for one in shape.references:
            # DuckDB wants a parent committed before its children, so that no table can refer to itself
            if one.table != shape.name and self._keys.get(one.table) == one.key and self._of_one_type(shape, one):
                held = self._holds(f"{shape.name}.{one.column} → {one.table}.{one.key}", self._orphans(shape, one))
                yield from [_foreign_key(one)] if held else []

    def _of_one_type(self, shape: Shape, one: Reference) -> bool:
        own = {field.type for field in shape.fields if field.name == one.column}
        return own == {field.type for field in self._shapes[one.table].fields if field.name == one.key}

    def _holds(self, key: str, offending: str) -> bool:
        broken = bool(self._all(f"SELECT 1 FROM ({offending}) LIMIT 1"))
        self.broken += [key] if broken else []
        return not broken

    def _repeated(self, shape: Shape, columns: str) -> str:
        nulls = " OR ".join(f"{ident(name)} IS NULL" for name in shape.primary_key)
        return f"SELECT {columns} FROM {self._rows(shape)} GROUP BY {columns} HAVING count(*) > 1 OR {nulls}"

    def _orphans(self, shape: Shape, one: Reference) -> str:
        own, key = ident(one.column), ident(one.key)
        return f"SELECT {own} FROM {self._rows(shape)} EXCEPT (SELECT {key} FROM made.{ident(one.table)} UNION ALL SELECT NULL)"


def _foreign_key(one: Reference) -> str:
    return f"FOREIGN KEY ({ident(one.column)}) REFERENCES made.{ident(one.table)} ({ident(one.key)})"


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
