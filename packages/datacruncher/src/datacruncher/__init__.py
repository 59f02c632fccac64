"""datacruncher: analysts that query any directory of Parquet and say what is wrong with it.

A check is a query with a meaning: what it needs, the SQL, what its answer means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datacruncher.__about__ import __version__

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Callable, Sequence

    from datacruncher.report.shown import Report

__all__ = ["__version__", "crunch"]


def crunch(  # noqa: PLR0913 - the whole public API, by keyword
    path_or_tables: Any,
    *,
    schema: str | None = None,
    catalog: str | None = None,
    baseline: str | None = None,
    export_rows: str | None = None,
    sample: int | None = None,
    personas: Sequence[str] | None = None,
    persona_files: Sequence[str] = (),
    samples: bool = True,
    memory_limit: str | None = None,
    time_limit: float = 120.0,
    now: dt.datetime | None = None,
    progress: Callable[[str, int, int], None] | None = None,
) -> Report:
    """Analyse a directory of Parquet, or tables in memory.

    Parameters
    ----------
    path_or_tables
        A directory (or one Parquet file), also a remote one where DuckDB's httpfs is installed; a dict of names and frames
        (pyarrow, Polars, pandas); or an open DuckDB connection, whose current schema is read. Nothing in it is changed.
    schema
        A Datagen schema that the data is held against; without one, a ``.metadata.json`` beside the data is used.
    catalog
        A YAML file that corrects what is inferred: keys, references, kinds, roles.
    baseline
        A report of an earlier run, or a directory of earlier data, that this one is compared with.
    export_rows
        A directory for the offending rows of each finding, as Parquet.
    sample
        About so many rows of each larger table are looked at; checks that need every row are skipped. The report says so.
    personas
        Names of analysts, as people say them; all six by default.
    persona_files
        YAML files with analysts of one's own; they run in addition.
    samples
        False: no value of a cell appears anywhere in the report.
    memory_limit
        Of the engine (``4GB``); beyond it, it spills to disk.
    time_limit
        Seconds for each query; what runs longer is ended and reported as an error of its check.
    now
        The instant against which "future" is measured; the clock by default.
    progress
        Called with an analyst's name, the number of its check and of how many.

    Raises
    ------
    errors.InputError
        The input or the call is wrong; every mistake with its place.
    errors.WorkError
        The work could not be finished.
    """
    from datacruncher import run  # noqa: PLC0415 - `import datacruncher` starts no engine

    return run.run(
        run.Order(
            path=path_or_tables,
            schema=schema,
            catalog=catalog,
            baseline=baseline,
            export_rows=export_rows,
            sample=sample,
            personas=tuple(personas) if personas is not None else None,
            persona_files=tuple(persona_files),
            samples=samples,
            memory_limit=memory_limit,
            time_limit=time_limit,
            now=now,
            progress=progress,
        )
    )
