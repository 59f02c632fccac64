"""Tables that are no files of a directory → a source like any other: frames in memory, a DuckDB connection, remote files.

Frames are copied into the engine, so that what their owner does to them meanwhile changes nothing. Tables of somebody
else's connection are copied to Parquet in scratch space: they may be larger than memory. Neither is ever written to.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from datacruncher import sql
from datacruncher.errors import InputError, Problem
from datacruncher.layout import SUFFIXES, Layout
from datacruncher.source import Source, View, connect, first_line, in_utc, lock

_FRAMES = "a pyarrow table, a Polars or pandas frame, or anything with __arrow_c_stream__"
_REMOTE = ("s3://", "https://", "http://", "gs://", "gcs://", "r2://")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the engine may use."""

    memory_limit: str | None = None
    threads: int | None = None
    writes: str | None = None


def is_connection(given: Any) -> bool:
    """Whether it is an open DuckDB connection."""
    return isinstance(given, duckdb.DuckDBPyConnection)


def is_remote(given: Any) -> bool:
    """Whether it names files that are not on this machine."""
    return isinstance(given, str) and given.lower().startswith(_REMOTE)


def open_frames(frames: Mapping[str, Any], bounds: Bounds) -> Source:
    """Name → frame.

    Raises
    ------
    InputError
        No frame, a name twice, or something that is no frame; a line for each.
    """
    _refuse(frames)
    with _engine(bounds) as (connection, scratch):
        problems, views = [], {}
        for name, frame in frames.items():
            try:
                views[name] = _copied(connection, name, frame)
            except (duckdb.Error, TypeError, ValueError, ImportError) as error:
                problems.append(Problem(f"can't be read: {first_line(error)}", address=f"tables[{name!r}]"))
        if problems:
            raise InputError(problems)
        lock(connection, [], bounds.writes)
        return Source(Layout(Path(scratch), "tables in memory", ()), connection, views, scratch)


def _refuse(frames: Mapping[str, Any]) -> None:
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    for name, frame in frames.items():
        if not isinstance(name, str) or not name:
            problems.append(Problem(f"{name!r} is no name of a table", address="tables"))
            continue
        other = seen.setdefault(name.casefold(), name)
        if other != name:
            problems.append(Problem(f'"{other}" and "{name}" are the same name to the engine', address="tables"))
        if not _is_frame(frame):
            problems.append(
                Problem(f"{type(frame).__name__} is no frame", address=f"tables[{name!r}]", hint=f"give {_FRAMES}")
            )
    if not frames:
        problems.append(Problem("no table was given", address="tables", hint=f"give a name and {_FRAMES}"))
    if problems:
        raise InputError(problems)


def _is_frame(frame: Any) -> bool:
    """By what it can do and where it is from; the packages of frames are not imported for it."""
    known = type(frame).__module__.partition(".")[0] in {"pandas", "polars", "pyarrow"}
    return hasattr(frame, "__arrow_c_stream__") or (known and (hasattr(frame, "collect") or hasattr(frame, "columns")))


def _copied(connection: duckdb.DuckDBPyConnection, name: str, frame: Any) -> View:
    lazy = hasattr(frame, "collect") and not hasattr(frame, "__arrow_c_stream__")
    connection.register("_given", frame.collect() if lazy else frame)
    try:
        columns = _columns(connection, '"_given"')
        connection.execute(f"CREATE TABLE {sql.ident(name)} AS {in_utc('_given', columns)}").fetchall()
    finally:
        connection.unregister("_given")
    return View(name, columns, (), "", _count(connection, name))


def _columns(connection: duckdb.DuckDBPyConnection, relation: str) -> dict[str, str]:
    described = connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()
    return {str(row[0]): str(row[1]) for row in described}


def _count(connection: duckdb.DuckDBPyConnection, name: str) -> int:
    return int(connection.execute(f"SELECT COUNT(*) FROM {sql.ident(name)}").fetchall()[0][0])


def open_connection(given: Any, bounds: Bounds) -> Source:
    """The tables and views of the current schema of an open DuckDB connection; a result it had pending is used up.

    Raises
    ------
    InputError
        It has no table, or one can't be read; a line for each.
    """
    try:
        names = [str(row[0]) for row in given.execute("SHOW TABLES").fetchall()]
    except duckdb.Error as error:
        raise InputError([Problem(f"can't be read: {first_line(error)}", address="connection")]) from error
    if not names:
        raise InputError([Problem("the connection has no table", hint="create tables or views in its current schema")])
    with _engine(bounds) as (connection, scratch):
        views, paths, problems = {}, [], []
        for number, name in enumerate(names):
            path = f"{scratch}/{number}.parquet"
            try:
                given.execute(f"COPY (FROM {sql.ident(name)}) TO {sql.literal(path)} (FORMAT parquet)").fetchall()
                views[name] = _viewed(connection, name, f"read_parquet({sql.literal(path)})", shown=False)
                paths.append(path)
            except duckdb.Error as error:
                problems.append(Problem(f"can't be read: {first_line(error)}", address=f"table {name}"))
        if problems:
            raise InputError(problems)
        lock(connection, paths, bounds.writes)
        return Source(Layout(Path(scratch), "a DuckDB connection", ()), connection, views, scratch)


def _viewed(connection: duckdb.DuckDBPyConnection, name: str, relation: str, *, shown: bool) -> View:
    columns = _columns(connection, relation)
    query = in_utc(relation, columns)
    connection.execute(f"CREATE VIEW {sql.ident(name)} AS {query}")
    return View(name, columns, (), query if shown else "", _count(connection, name))


def open_remote(given: str, bounds: Bounds) -> Source:
    """One Parquet file, a pattern, or (where the store can be listed) a directory, read through DuckDB's httpfs.

    Keys for S3 are taken from the usual variables of the environment (``AWS_ACCESS_KEY_ID``, …).

    Raises
    ------
    InputError
        httpfs is not there, or nothing can be read.
    """
    with _engine(bounds) as (connection, scratch):
        _load_httpfs(connection, given)
        files = _remote_files(connection, given)
        views = {}
        for name, group in files.items():
            hive = any("=" in folder for path in group for folder in path.split("/")[3:-1])
            relation = sql.relation(group, hive=hive, union=len(group) > 1)
            try:
                views[name] = _viewed(connection, name, relation, shown=True)
            except duckdb.Error as error:
                raise InputError([Problem(f"can't be read: {first_line(error)}", file=group[0])]) from error
        lock(connection, [path for group in files.values() for path in group], bounds.writes)
        return Source(Layout(Path(scratch), given, ()), connection, views, scratch)


def _load_httpfs(connection: duckdb.DuckDBPyConnection, given: str) -> None:
    try:
        connection.execute("LOAD httpfs")
    except duckdb.Error as error:
        hint = 'run "INSTALL httpfs" once in DuckDB, or copy the files to this machine'
        problem = "remote files are read through DuckDB's extension httpfs, which is not installed here"
        raise InputError([Problem(problem, file=given, hint=hint)]) from error
    key, secret = os.environ.get("AWS_ACCESS_KEY_ID"), os.environ.get("AWS_SECRET_ACCESS_KEY")
    if key and secret and given.lower().startswith("s3://"):
        parts = {"KEY_ID": key, "SECRET": secret, "SESSION_TOKEN": os.environ.get("AWS_SESSION_TOKEN")}
        parts["REGION"] = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
        listed = "".join(f", {name} {sql.literal(value)}" for name, value in parts.items() if value)
        connection.execute(f"CREATE SECRET (TYPE s3{listed})")


def _remote_files(connection: duckdb.DuckDBPyConnection, given: str) -> dict[str, list[str]]:
    """Table → its files."""
    path = given.split("?", 1)[0]
    if path.lower().endswith(SUFFIXES) and not any(sign in path for sign in "*["):
        return {_stem(path.rsplit("/", 1)[-1]): [given]}
    pattern = given if any(sign in given for sign in "*[") else f"{given.rstrip('/')}/**/*.parquet"
    base = pattern.split("*", 1)[0].rsplit("/", 1)[0] + "/"
    try:
        rows = connection.execute(f"SELECT file FROM glob({sql.literal(pattern)}) ORDER BY file").fetchall()
    except duckdb.Error as error:
        hint = "name one Parquet file; only s3:// and its like can be listed"
        raise InputError([Problem(f"can't be listed: {first_line(error)}", file=given, hint=hint)]) from error
    files: dict[str, list[str]] = {}
    for (file,) in rows:
        inside = str(file).removeprefix(base)
        files.setdefault(_stem(inside.split("/", 1)[0]), []).append(str(file))
    if not files:
        raise InputError([Problem("no Parquet file there", file=given, hint="name a directory of Parquet files")])
    return files


def _stem(name: str) -> str:
    return next((name[: -len(end)] for end in SUFFIXES if name.lower().endswith(end)), name)


@contextmanager
def _engine(bounds: Bounds) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
    """An engine and its scratch space, which go again if anything fails."""
    scratch = tempfile.mkdtemp(prefix="datacruncher-")
    connection = connect(scratch, bounds.memory_limit, bounds.threads)
    try:
        yield connection, scratch
    except BaseException:
        connection.close()
        shutil.rmtree(scratch, ignore_errors=True)
        raise
