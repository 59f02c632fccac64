"""Datasets from SQL, polished by both engines; what differs between the two fails the test."""

from __future__ import annotations

import os
import runpy
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import Any

import pytest
from datapolisher import source
from datapolisher.documents import TableFacts
from datapolisher.fixes.base import Context, Planned
from datapolisher.postprocessor import POLARS_FILE, SQL_FILE, Applied, Trial, apply, scripts
from datapolisher.undo import undo

NOW = datetime(2024, 6, 1, tzinfo=UTC)


@cache
def _connection() -> Any:
    return source.connect()


def write(path: Path, query: str) -> None:
    """The rows of a query as a Parquet file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    _connection().execute(f"COPY ({query}) TO '{path}' (FORMAT parquet)")


def dataset(root: Path, tables: Mapping[str, str]) -> None:
    """A table per query; a name with a slash is a part of a table."""
    for name, query in tables.items():
        write(root / f"{name}.parquet", query)


def context_of(root: Path, facts: Sequence[TableFacts] = (), **known: Any) -> Context:
    """What is known about a directory."""
    said = {fact.name: fact for fact in facts}
    found = source.read_dataset(root)
    tables = {name: said.get(name, TableFacts(name=name)) for name in found.tables}
    return replace(Context(found, tables, NOW), **known)


def read(path: Path) -> tuple[list[tuple[str, str]], list[tuple[str | None, ...]]]:
    """Columns with their types, and the rows as text, in their order."""
    con = _connection()
    relation = f"read_parquet('{path}', hive_partitioning = false, file_row_number = true)"
    described = [(r[0], r[1]) for r in con.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()][:-1]
    items = ", ".join(f"CAST({source.sql.ident(name)} AS VARCHAR)" for name, _ in described)
    return described, con.execute(f"SELECT {items} FROM {relation} ORDER BY file_row_number").fetchall()


def contents(root: Path) -> dict[str, Any]:
    """Every file of a directory: Parquet as its rows, others as their bytes."""
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {
        path.relative_to(root).as_posix(): read(path) if path.suffix == ".parquet" else path.read_bytes()
        for path in files
    }


@dataclass(frozen=True)
class Polished:
    """A dataset after its steps."""

    root: Path
    context: Context
    planned: Sequence[Planned]
    applied: Applied

    def rows(self, table: str) -> list[tuple[str | None, ...]]:
        """A table's rows as text."""
        path = self.root / f"{table}.parquet"
        return read(path)[1] if path.exists() else []

    def read(self, file: str) -> tuple[list[tuple[str, str]], list[tuple[str | None, ...]]]:
        """A file's columns with their types, and its rows as text."""
        return read(self.root / f"{file}.parquet")

    def tables(self) -> dict[str, Any]:
        """The tables alone."""
        return {name: rows for name, rows in contents(self.root).items() if not name.startswith(("_", "."))}

    def again(self, planned: Sequence[Planned] | None = None) -> dict[str, Any]:
        """The tables after a second run over the result."""
        twice = self.root.with_name("twice")
        apply(context_of(self.root, list(self.context.tables.values())), planned or self.planned, twice)
        return replace(self, root=twice).tables()


def run_scripts(folder: Path, context: Context, planned: Sequence[Planned]) -> tuple[Path, Path]:
    """Run both scripts as they stand; where their results lie."""
    out = folder / "out"
    with Trial(context, planned) as trial:
        text = scripts(context, trial.entries, context.dataset.root, out)
    with source.duckdb.connect() as con:
        con.execute(text[SQL_FILE])
    by_duckdb, by_polars = out.rename(folder / "duckdb"), folder / "polars"
    run_polars(folder, text[POLARS_FILE])
    return by_duckdb, out.rename(by_polars)


def run_polars(folder: Path, text: str) -> None:
    """Run the Polars script in this process."""
    path = folder / POLARS_FILE
    path.write_text(text, encoding="utf-8")
    before, sys.argv = sys.argv, [str(path)]
    try:
        runpy.run_path(str(path), run_name="__main__")
    finally:
        sys.argv = before


def _undone(root: Path, result: Path, target: Path) -> None:
    """Reading the record backwards has to give the input, file by file and row by row."""
    if not (result / "_changes").is_dir() and not (result / "_quarantine").is_dir():
        return  # nothing was done
    undo(result, target)
    expected, found = contents(root), contents(target)
    assert found.keys() - {".polish.json"} == expected.keys()
    unlike = [name for name, rows in expected.items() if found[name] != rows]
    assert not unlike, f"undone: {unlike}"


def polish(
    folder: Path,
    tables: Mapping[str, str],
    planned: Sequence[Planned],
    facts: Sequence[TableFacts] = (),
    **known: Any,
) -> Polished:
    """Polish tables with both scripts; they have to agree file by file and row by row."""
    root = folder / "in"
    dataset(root, tables)
    context = context_of(root, facts, **known)
    applied = apply(context, planned, folder / "applied")
    expected = contents(folder / "applied")
    for result in run_scripts(folder, context, planned):
        found = contents(result)
        assert found.keys() == expected.keys(), result.name
        for name, rows in expected.items():
            assert found[name] == rows, f"{result.name}: {name}"
    _undone(root, folder / "applied", folder / "undone")
    return Polished(folder / "applied", context, planned, applied)


@pytest.fixture(scope="session")
def polish_both() -> Callable[..., Polished]:
    """`polish`, for fixtures of a wider scope."""
    return polish


@pytest.fixture(scope="session")
def make_context() -> Callable[..., Context]:
    """A directory of tables, and what is known about it."""

    def made(root: Path, tables: Mapping[str, str], facts: Sequence[TableFacts] = (), **known: Any) -> Context:
        dataset(root, tables)
        return context_of(root, facts, **known)

    return made


@pytest.fixture
def both(tmp_path: Path) -> Callable[..., Polished]:
    """`polish` in the test's own directory."""
    return partial(polish, tmp_path)


@pytest.fixture
def in_folder(tmp_path: Path) -> Any:
    """The current directory is the test's own."""
    before = Path.cwd()
    os.chdir(tmp_path)
    yield tmp_path
    os.chdir(before)
