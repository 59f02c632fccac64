"""A layout → safe, read-only views in a DuckDB that can reach nothing else.

After ``open_source`` the engine may read the files of the dataset and nothing beyond them; it can't install, attach or
change a setting. Each analyst works on a cursor of its own (``Source.session``).
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb

from datacruncher import layout as disk
from datacruncher import sql
from datacruncher.errors import InputError, Problem, WorkError
from datacruncher.layout import DataFile, Layout

Row = dict[str, Any]
_PLAIN = re.compile(
    r"(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|DECIMAL\(.*\)|FLOAT|DOUBLE|VARCHAR|BOOLEAN|DATE|TIMESTAMP(_S|_MS|_NS)?|UUID)$"
)


class QueryError(Exception):
    """The engine refused or could not finish a query; the message is its own, in one line."""


class TimeLimitError(QueryError):
    """A query ran longer than it may."""


@dataclass(frozen=True, slots=True)
class View:
    """A table as the engine sees it.

    Parameters
    ----------
    name
        The table's name.
    columns
        Name → type in the files, as DuckDB writes it, in order.
    partitions
        Columns that stand in directories' names.
    rows
        By the files' footers.
    shown
        The view's own SELECT as a person can run it: ``FROM read_parquet('output/payment.parquet')``, with the paths
        as they typed them, and instants with a zone brought to UTC as in the view. Empty for tables in memory, which a
        person has under their names already.
    """

    name: str
    columns: dict[str, str]
    partitions: tuple[str, ...]
    shown: str
    rows: int


@dataclass
class Session:
    """One analyst's cursor."""

    cursor: duckdb.DuckDBPyConnection

    def ask(self, query: str, *, seconds: float | None = None) -> list[Row]:
        """The rows of one SELECT, as dicts.

        Raises
        ------
        TimeLimitError
            It ran longer than `seconds`.
        QueryError
            The engine refused it, or can't finish it.
        """
        with self._limit(seconds):
            self.cursor.execute(query)
            names = [column[0] for column in self.cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in self.cursor.fetchall()]

    def samples(self, query: str, limit: int, order: str = "", *, seconds: float | None = None) -> list[Row]:
        """At most `limit` rows of a SELECT; values that are no plain scalars come as text."""
        with self._limit(seconds):
            self.cursor.execute(f"SELECT * FROM (\n{query}\n) LIMIT 0")
            kinds = [(column[0], str(column[1])) for column in self.cursor.description or ()]
            shown = ", ".join(
                sql.ident(n) if _PLAIN.match(t) else f"CAST({sql.ident(n)} AS VARCHAR) AS {sql.ident(n)}"
                for n, t in kinds
            )
            self.cursor.execute(f"SELECT {shown} FROM (\n{query}\n) ORDER BY {order or 'ALL'} LIMIT {limit}")
            return [dict(zip((n for n, _ in kinds), row, strict=True)) for row in self.cursor.fetchall()]

    def write(self, query: str, path: str, *, seconds: float | None = None) -> int:
        """Write the rows of one SELECT as Parquet, in a directory in which this source may write; how many they are.

        Raises
        ------
        QueryError
            The engine refused it, or can't finish it.
        """
        with self._limit(seconds):
            self.cursor.execute(f"COPY (\n{query}\n) TO {sql.literal(path)} (FORMAT parquet)")
            return int(self.cursor.fetchall()[0][0])

    @contextmanager
    def _limit(self, seconds: float | None) -> Iterator[None]:
        late = threading.Event()

        def stop() -> None:
            late.set()
            self.cursor.interrupt()

        timer = threading.Timer(seconds or 0, stop)
        if seconds is not None:
            timer.start()
        try:
            yield
        except duckdb.Error as error:
            if late.is_set():
                raise TimeLimitError(f"ended after {seconds:g} s, its time limit") from error
            raise QueryError(first_line(error)) from error
        except RuntimeError as error:  # what the engine makes of Ctrl-C in the main thread
            raise KeyboardInterrupt from error
        finally:
            timer.cancel()


@dataclass
class Source:
    """An open dataset."""

    layout: Layout
    connection: duckdb.DuckDBPyConnection
    views: dict[str, View]
    scratch: str
    sessions: list[Session] = field(default_factory=list)

    def session(self) -> Session:
        """A cursor of its own, for one thread."""
        session = Session(self.connection.cursor())
        self.sessions.append(session)
        return session

    def give_up(self, table: str, error: QueryError) -> None:
        """Its data can't be read though its footers can: from here on its files are unreadable.

        Raises InputError if nothing readable is left.
        """
        self.layout = _without(self.layout, table, str(error))
        del self.views[table]
        if not self.views:
            disk.refuse_unreadable(self.layout)

    def interrupt(self) -> None:
        """End every running query."""
        for session in self.sessions:
            session.cursor.interrupt()

    def close(self) -> None:
        """Close the engine and remove its scratch space."""
        for session in self.sessions:
            session.cursor.close()
        self.connection.close()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def __enter__(self) -> Source:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def open_source(
    given: str, *, memory_limit: str | None = None, threads: int | None = None, writes: str | None = None
) -> Source:
    """Open the dataset at `given`, as a person typed it.

    Parameters
    ----------
    memory_limit
        As DuckDB writes it (``4GB``); beyond it the engine spills to a scratch directory of its own.
    threads
        Of the engine; all cores by default.
    writes
        A directory, empty but for what this run puts there, in which the engine may write.

    Raises
    ------
    InputError
        Nothing readable there; a line for each file.
    """
    layout = disk.read_layout(given)
    scratch = tempfile.mkdtemp(prefix="datacruncher-")
    connection = connect(scratch, memory_limit, threads)
    try:
        layout = _read_footers(connection, layout)
        views: dict[str, View] = {}
        for table in layout.tables:
            try:
                views[table] = _create_view(connection, layout, table)
            except duckdb.Error as error:
                layout = _without(layout, table, first_line(error))
        if not views:
            disk.refuse_unreadable(layout)
        lock(connection, [str(file.path) for file in layout.files if not file.error], writes)
    except BaseException:
        connection.close()
        shutil.rmtree(scratch, ignore_errors=True)
        raise
    return Source(layout, connection, views, scratch)


def connect(scratch: str, memory_limit: str | None, threads: int | None) -> duckdb.DuckDBPyConnection:
    """An engine of our own that installs and loads nothing by itself; not yet locked."""
    config: dict[str, str | bool | int | float | list[str]] = {
        "temp_directory": scratch,
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "python_enable_replacements": "false",
        "threads": str(threads or os.cpu_count() or 1),
    }
    if memory_limit:
        config["memory_limit"] = memory_limit
    try:
        connection = duckdb.connect(":memory:", config=config)
    except duckdb.Error as error:
        shutil.rmtree(scratch, ignore_errors=True)
        hint = "write a number and a unit, such as 4GB or 512MB"
        raise InputError(
            [Problem(first_line(error), address="--memory-limit", received=memory_limit, hint=hint)]
        ) from error
    connection.execute("SET GLOBAL TimeZone = 'UTC'")
    return connection


def _read_footers(connection: duckdb.DuckDBPyConnection, layout: Layout) -> Layout:
    """Rows and columns of every file by its footer; a file whose footer can't be read becomes unreadable."""
    files = tuple(file if file.error else _read_footer(connection, file) for file in layout.files)
    read = replace(layout, files=files)
    if not read.tables:
        disk.refuse_unreadable(read)
    return read


def _read_footer(connection: duckdb.DuckDBPyConnection, file: DataFile) -> DataFile:
    try:
        path = sql.literal(str(file.path))
        counted = connection.execute(f"SELECT num_rows FROM parquet_file_metadata({path})").fetchone()
        described = connection.execute(
            f"DESCRIBE SELECT * FROM read_parquet({path}, hive_partitioning = false)"
        ).fetchall()
    except duckdb.Error as error:
        return file.broken(first_line(error).replace(str(file.path), file.shown))
    schema = tuple((str(row[0]), str(row[1])) for row in described)
    return replace(file, rows=int(counted[0]) if counted else 0, schema=schema)


def _create_view(connection: duckdb.DuckDBPyConnection, layout: Layout, table: str) -> View:
    files = layout.of(table)
    hive = any("=" in file.relative for file in files)
    union = len({file.schema for file in files}) > 1
    executed = sql.relation([str(file.path) for file in files], hive=hive, union=union)
    described = connection.execute(f"DESCRIBE SELECT * FROM {executed}").fetchall()
    columns = {str(row[0]): str(row[1]) for row in described}
    connection.execute(f"CREATE VIEW {sql.ident(table)} AS {in_utc(executed, columns)}")
    partitions = tuple(name for name in columns if hive and not any(name in dict(file.schema) for file in files))
    shown = sql.relation(_shown_paths(layout, table), hive=hive, union=union)
    return View(table, columns, partitions, in_utc(shown, columns), sum(file.rows for file in files))


_ZONED = ("TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS")


def in_utc(relation: str, columns: dict[str, str]) -> str:
    """``SELECT * FROM relation``, instants with a zone as UTC times without one, whatever the session's zone is."""
    zoned = [sql.ident(name) for name, kind in columns.items() if kind in _ZONED]
    moved = ", ".join(f"{name} AT TIME ZONE 'UTC' AS {name}" for name in zoned)
    replaced = f" REPLACE ({moved})"
    return f"SELECT *{replaced} FROM {relation}" if moved else f"FROM {relation}"


def _shown_paths(layout: Layout, table: str) -> list[str]:
    """The files as a person names them: a pattern where it means exactly these files, else one by one."""
    files = layout.of(table)
    base, relative = files[0].shown[: -len(files[0].relative)], files[0].relative
    head, _, rest = relative.partition("/")
    folder, depth = (base.rstrip("/"), relative.count("/") + 1) if "=" in head else (base + head, rest.count("/") + 1)
    plain = not any(sign in folder for sign in "*?[")
    depths = {file.relative.count("/") for file in files}
    suffixes = {file.path.suffix for file in files}
    inside = [file for file in layout.files if file.table == table]
    if len(files) < 2 or not plain or len(depths) > 1 or len(suffixes) > 1 or len(inside) != len(files):
        return [file.shown for file in files]
    return [f"{folder}{'/*' * depth}{suffixes.pop()}"]


def _without(layout: Layout, table: str, why: str) -> Layout:
    parts = [file for file in layout.files if file.table == table and not file.error]
    message = f"the parts of {table} can't be read together: {why}" if len(parts) > 1 else why
    shorter = {file: file.broken(message.replace(str(file.path), file.shown)) for file in parts}
    return replace(layout, files=tuple(shorter.get(file, file) for file in layout.files))


def lock(connection: duckdb.DuckDBPyConnection, paths: list[str], writes: str | None = None) -> None:
    """From here on: these files (and the directory `writes`), no other, and no way back."""
    try:
        connection.execute(f"SET allowed_paths = {sql.literal(paths)}")
        if writes is not None:
            connection.execute(f"SET allowed_directories = {sql.literal([writes])}")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
    except duckdb.Error as error:
        raise WorkError([Problem(f"the engine can't be locked: {first_line(error)}")]) from error


def first_line(error: Exception) -> str:
    """The engine's message without its drawing of the query."""
    return str(error).split("\n", 1)[0].strip()


def parse(query: str) -> tuple[list[str], dict[str, Any]]:
    """The kinds of the statements in `query`, and the tree of the SELECT if it is one.

    Raises
    ------
    QueryError
        It is no SQL.
    """
    with duckdb.connect(":memory:") as connection:
        try:
            kinds = [str(statement.type).rpartition(".")[2] for statement in connection.extract_statements(query)]
            row = connection.execute("SELECT json_serialize_sql(?)", [query]).fetchone()
        except duckdb.Error as error:
            raise QueryError(first_line(error)) from error
    tree: dict[str, Any] = json.loads(row[0]) if row else {}
    return kinds, tree


def engine() -> str:
    """The engine and its version."""
    return f"duckdb {duckdb.__version__}"
