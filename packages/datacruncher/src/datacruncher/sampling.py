"""Samples of large tables: for discovery, quantiles and screening, never for a count that a report states.

A row is chosen by a hash of its number, so that every run, with any number of threads, chooses the same rows whatever their order
means. Samples are tables in memory, in a schema of their own that no table's name and no analyst's SQL reaches.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from datacruncher import sql

if TYPE_CHECKING:
    from datacruncher.source import Session, View

LARGE = 500_000  # rows from which a table has a sample
_ROWS = 200_000  # rows of a sample, about
_CELLS = 10_000_000  # cells of a sample at most: wide tables have fewer rows
_FEWEST = 20_000  # rows of a sample at least
_SCHEMA = "_sample"


def take(session: Session, view: View) -> float:
    """Keep a sample of the table in the engine; the share of its rows, 1 where the table is its own sample."""
    if view.rows < LARGE:
        return 1.0
    rows = max(_FEWEST, min(_ROWS, _CELLS // max(1, len(view.columns))))
    one_in = max(1, view.rows // rows)
    session.ask(f"CREATE SCHEMA IF NOT EXISTS {sql.ident(_SCHEMA)}")
    session.ask(
        f"CREATE OR REPLACE TABLE {relation(view.name)} AS SELECT * EXCLUDE (_number)"
        f" FROM (SELECT *, ROW_NUMBER() OVER () AS _number FROM {sql.ident(view.name)}) WHERE HASH(_number) % {one_in} = 0"
    )
    return 1 / one_in


def relation(table: str) -> str:
    """The sample of a table, as it stands after FROM."""
    return f"{sql.ident(_SCHEMA)}.{sql.ident(table)}"


def over(query: str, *tables: str) -> str:
    """`query` with these tables' samples in place of the tables."""
    return sql.shown(query, {table: f"SELECT * FROM {relation(table)}" for table in tables}, inline=True)
