"""A directory → its tables: which files, which columns, which types; and the digest that binds an approval to bytes.

A table is ``<name>.parquet``, or a directory ``<name>/`` (or ``<name>.parquet/``, as Spark writes it) of parts, hive
partitions included; a directory of nothing but ``key=value/`` is one table. Names that begin with ``.`` or ``_`` are
not data. Links that lead out of the directory are refused.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from datapolisher import sql
from datapolisher.errors import DocumentError, InputError, Problem, WorkError

_SUFFIXES = {".parquet", ".parq", ".pq"}
# Megabytes that the engine may hold before it spills; every thread needs some to write a row group.
_MEMORY, _MEMORY_PER_THREAD = 800, 50
_limit: ContextVar[str | None] = ContextVar("memory_limit", default=None)


@dataclass(frozen=True, slots=True)
class TableFiles:
    """One table on disk.

    Parameters
    ----------
    name
        The file's stem or the directory's name.
    files
        Paths relative to the dataset, sorted.
    columns
        Column → DuckDB type name, in the files' order; partition columns last.
    partitions
        Columns that stand in the path (``year=2024/``) and not in the files.
    rows
        Of all its files, from their footers.
    """

    name: str
    files: tuple[Path, ...]
    columns: Mapping[str, str]
    partitions: tuple[str, ...] = ()
    rows: int = 0

    @property
    def directory(self) -> bool:
        """True when the table is a directory of parts."""
        return len(self.files[0].parts) > 1


@dataclass(frozen=True)
class Dataset:
    """A directory of tables.

    Parameters
    ----------
    root
        The directory, as the user named it.
    tables
        By name, sorted.
    others
        Files that are no table; they are left alone.
    unreadable
        Files that claim to be Parquet and cannot be read → what the reader said.
    """

    root: Path
    tables: Mapping[str, TableFiles]
    others: tuple[Path, ...] = ()
    unreadable: Mapping[Path, str] = field(default_factory=dict)

    def relation(self, table: str, root: Path | None = None) -> str:
        """``read_parquet(…)`` over the table's files below `root` (the dataset's own by default), as SQL text."""
        source = self.tables[table]
        paths = [str((root or self.root) / file) for file in source.files]
        return sql.parquet(paths, hive=bool(source.partitions))

    def rows(self, table: str) -> int:
        """The number of rows, from the files' footers."""
        return self.tables[table].rows

    @property
    def metadata(self) -> Path:
        """Where a generator writes about the dataset."""
        return self.root / ".metadata.json"


def connect() -> duckdb.DuckDBPyConnection:
    """A connection in UTC that neither installs extensions nor prints progress; what memory does not hold goes to disk."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": _limit.get() or f"{max(_MEMORY, _MEMORY_PER_THREAD * (os.cpu_count() or 1))}MB",
        "temp_directory": str(Path(tempfile.gettempdir()) / f"datapolisher-{os.getpid()}"),
    }
    con = duckdb.connect(config=config)
    con.execute("SET TimeZone='UTC'")
    con.execute("SET enable_progress_bar=false")
    return con


def memory_limit() -> str | None:
    """What a person said that an engine may hold; None where nobody did."""
    return _limit.get()


@contextmanager
def memory(limit: str | None) -> Iterator[None]:
    """Within, engines hold at most `limit` (``2GB``) before they spill; 800 MB, or 50 MB per core, without one.

    Raises
    ------
    InputError
        It is no amount of memory.
    """
    before = _limit.set(limit)
    try:
        _try(limit)
        yield
    finally:
        _limit.reset(before)


def _try(limit: str | None) -> None:
    try:
        connect().close()
    except duckdb.Error as error:
        why = f"{_first_line(error)}; write a number and a unit, such as 4GB or 512MB"
        raise InputError(f"--memory-limit {limit}: {why}") from error


def seal(con: duckdb.DuckDBPyConnection, root: Path) -> None:
    """Leave the connection nothing to read but the files below `root`, and no setting to change."""
    con.execute(f"SET allowed_directories=[{sql.text(str(root))}, {sql.text(str(root.resolve()))}]")
    con.execute("SET enable_external_access=false")
    con.execute("SET lock_configuration=true")


def is_select(con: duckdb.DuckDBPyConnection, query: str) -> bool:
    """Whether a stranger's query is a single SELECT, which can only read. Raises what the engine says of its grammar."""
    statements = con.extract_statements(query)
    return len(statements) == 1 and "SELECT" in str(statements[0].type)


def engine() -> str:
    """The engine and its version, for reports."""
    return f"duckdb {duckdb.__version__}"


def read_dataset(root: Path) -> Dataset:
    """The tables of a directory.

    Raises
    ------
    InputError
        There is no such directory, or no table in it.
    DocumentError
        No file of it can be read, or links lead out of it; a line for each.
    """
    if not root.is_dir():
        raise InputError(f"{root}: no such directory of tables")
    files = sorted(_files(root))
    _refuse_escapes(root, files)
    whole = is_partitioned(root)
    groups: dict[str, list[Path]] = {}
    for file in files:
        table = (root.resolve().name or "table") if whole else _table_of(file)
        if table is not None:
            groups.setdefault(table, []).append(file)
    if not groups:
        raise InputError(f"{root}: no Parquet file; a table is <name>.parquet or a directory <name>/ of parts")
    data = {file for group in groups.values() for file in group}
    tables, unreadable = _read_tables(root, groups)
    if not tables:
        problems = [Problem(why, file=str(root / file)) for file, why in unreadable.items()]
        raise DocumentError(problems=problems)
    return Dataset(root, tables, tuple(f for f in files if f not in data), unreadable)


def data_files(root: Path) -> list[Path]:
    """The files of a directory's tables, readable or not, relative to it and sorted."""
    whole = is_partitioned(root)
    return [f for f in sorted(_files(root)) if (f.suffix.lower() in _SUFFIXES if whole else _table_of(f) is not None)]


def is_partitioned(root: Path) -> bool:
    """Whether the directory itself is one hive-partitioned table: nothing but ``key=value`` in it."""
    entries = [entry for entry in root.iterdir() if not entry.name.startswith((".", "_"))]
    folders = [entry for entry in entries if entry.is_dir()]
    loose = [entry for entry in entries if entry.is_file() and entry.suffix.lower() in _SUFFIXES]
    return bool(folders) and not loose and all("=" in folder.name for folder in folders)


def _table_of(file: Path) -> str | None:
    """The table that a file belongs to; None if it is no part of one."""
    if file.suffix.lower() not in _SUFFIXES:
        return None
    if len(file.parts) == 1:
        return file.stem
    head, *rest = file.parts[:-1]
    inside = "=" not in head and all("=" in folder for folder in rest)
    return (Path(head).stem if Path(head).suffix.lower() in _SUFFIXES else head) if inside else None


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        linked = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in [*names, *linked]:
            if not name.startswith((".", "_")):
                yield (Path(folder) / name).relative_to(root)


def _refuse_escapes(root: Path, files: list[Path]) -> None:
    home = root.resolve()
    leaving = [file for file in files if not (root / file).resolve().is_relative_to(home)]
    if leaving:
        raise DocumentError(
            problems=[Problem("the link leads out of the dataset", file=str(root / f)) for f in leaving]
        )


def _read_tables(root: Path, groups: Mapping[str, list[Path]]) -> tuple[dict[str, TableFiles], dict[Path, str]]:
    tables: dict[str, TableFiles] = {}
    unreadable: dict[Path, str] = {}
    with connect() as con:
        for name, files in sorted(groups.items()):
            footers = {file: _footer(con, root / file) for file in files}
            unreadable.update({file: found for file, found in footers.items() if isinstance(found, str)})
            readable = {file: found for file, found in footers.items() if isinstance(found, int)}
            if readable:
                tables[name] = _read_table(con, root, name, readable)
    return tables, unreadable


def _footer(con: duckdb.DuckDBPyConnection, path: Path) -> int | str:
    """The rows of a file, or why it cannot be read."""
    try:
        return rows_of(con, path)
    except duckdb.Error as error:
        return f"not readable as Parquet: {_first_line(error)}"


def _read_table(con: duckdb.DuckDBPyConnection, root: Path, name: str, rows: Mapping[Path, int]) -> TableFiles:
    files = list(rows)
    hive = [folder.split("=", 1)[0] for folder in files[0].parts[:-1] if "=" in folder]
    relation = sql.parquet([str(root / file) for file in files], hive=bool(hive))
    try:
        described = con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    except duckdb.Error as error:
        problem = Problem(f"the parts cannot be read together: {_first_line(error)}", file=str(root / name))
        raise DocumentError(problems=[problem]) from error
    columns = {str(row[0]): str(row[1]) for row in described}
    return TableFiles(name, tuple(files), columns, tuple(hive), sum(rows.values()))


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]


def rows_of(con: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Rows of one Parquet file, from its footer."""
    row = con.execute(f"SELECT num_rows FROM parquet_file_metadata({sql.text(str(path))})").fetchone()
    return int(row[0]) if row else 0


@contextmanager
def clear_errors(doing: str) -> Iterator[None]:
    """What the engine says within becomes a ``WorkError`` that begins with `doing`."""
    try:
        yield
    except duckdb.Error as error:
        raise WorkError(f"{doing}: {_first_line(error)}") from error


def moved(query: str, there: Path, here: Path) -> str | None:
    """A query of the analyst over the files below `there`, over those below `here`; None where it reads none of them."""
    paths = (sql.text(f"{there.as_posix()}/")[:-1], sql.text(f"{here.as_posix()}/")[:-1])
    return query.replace(*paths) if paths[0] in query else None


def rows_affected(query: str, root: Path) -> int | None:
    """``rows_affected`` of a query of the analyst, which may read nothing but the files below `root`; None where it has none."""
    with connect() as con:
        seal(con, root)
        try:
            if not is_select(con, query):
                return None
            found = con.execute(query)
            names = [str(column[0]) for column in found.description or ()]
            row = found.fetchone()
        except duckdb.Error:
            return None
    said = dict(zip(names, row, strict=True)) if row is not None else {}
    return int(said["rows_affected"]) if said.get("rows_affected") is not None else None


def codec_of(con: duckdb.DuckDBPyConnection, path: Path) -> str:
    """What most column chunks of a Parquet file are compressed with, in lower case; empty for a file without rows."""
    query = f"SELECT mode(lower(compression)) FROM parquet_metadata({sql.text(str(path))})"
    row = con.execute(query).fetchone()
    return str(row[0]) if row and row[0] is not None else ""


def layout_of(con: duckdb.DuckDBPyConnection, path: Path) -> dict[str, str]:
    """A Parquet file's own columns and their types, in its order; times that it keeps in milliseconds as such."""
    shown = sql.text(str(path))
    described = con.execute(f"DESCRIBE SELECT * FROM read_parquet({shown}, hive_partitioning = false)").fetchall()
    local = "logical_type LIKE '%isAdjustedToUTC=0%MILLIS=Milli%'"
    query = f"SELECT name, num_children, {local} FROM parquet_schema({shown})"
    coarse = set(_in_milliseconds(con.execute(query).fetchall()[1:]))
    return {
        str(row[0]): "TIMESTAMP_MS" if str(row[1]) == "TIMESTAMP" and row[0] in coarse else str(row[1])
        for row in described
    }


def _in_milliseconds(nodes: list[tuple[str, int | None, bool | None]]) -> Iterator[str]:
    """Columns in milliseconds; what stands inside of another column is none."""
    inside = 0
    for name, children, coarse in nodes:
        if not inside and coarse:
            yield name
        inside = max(inside - 1, 0) + (children or 0)


def sha256(path: Path) -> str:
    """The file's digest, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def dataset_digest(root: Path) -> str:
    """``sha256:…`` over the sorted (relative path, size, sha256) of the dataset's files."""
    whole = hashlib.sha256()
    for file in sorted(_files(root), key=lambda path: path.as_posix()):
        path = root / file
        whole.update(f"{file.as_posix()}\0{path.stat().st_size}\0{sha256(path)}\n".encode())
    return f"sha256:{whole.hexdigest()}"
