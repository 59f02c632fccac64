"""What the tests of this package share: tables written as Parquet from columns or SELECTs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

DATA = Path(__file__).parent / "data"

Tables = Mapping[str, Mapping[str, Sequence[Any]] | str | bytes | None]


def _write(folder: Path, tables: Tables) -> Path:
    """Write each table (columns, one SELECT, or a file's bytes) as ``<name>.parquet``; None writes nothing."""
    for name, content in tables.items():
        path = folder / f"{name}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            path.write_bytes(content)
        elif isinstance(content, str):
            with duckdb.connect() as con:
                con.execute("SET TimeZone = 'UTC'")
                con.execute(f"COPY ({content}) TO '{path}' (FORMAT parquet)")
        elif content is not None:
            pq.write_table(pa.table({column: pa.array(values) for column, values in content.items()}), path)
    return folder


@pytest.fixture(scope="session")
def write_tables() -> Callable[[Path, Tables], Path]:
    """A function that writes tables (columns, or a SELECT) into a directory and returns it."""
    return _write


@pytest.fixture(scope="session")
def now() -> dt.datetime:
    """The instant at which all analyses of the tests take place, UTC."""
    return dt.datetime(2026, 11, 23, 12)


@pytest.fixture(scope="session")
def chinook() -> Path:
    """A real dataset: eleven tables of a music shop."""
    return DATA / "chinook"
