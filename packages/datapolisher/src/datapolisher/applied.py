"""What path 2 reports of its work: rows and cells by finding, rows in and out by table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from datapolisher.report.model import TableBalance

Engine = Literal["duckdb", "polars"]


@dataclass(frozen=True, slots=True)
class Counts:
    """What one finding's steps did: rows and cells changed, rows taken out, copies folded, and the SQL."""

    rows_changed: int = 0
    cells_changed: int = 0
    rows_quarantined: int = 0
    rows_collapsed: int = 0
    sql: str = ""


NOTHING = Counts()


@dataclass(frozen=True)
class Applied:
    """The work of one run of a script.

    Parameters
    ----------
    counts
        By the id of what was planned (a finding's, or a wish as typed).
    tables
        Rows in = rows out + quarantined + collapsed, and sums of amounts before and after, for every table.
    """

    counts: Mapping[str, Counts]
    tables: tuple[TableBalance, ...] = field(default=())
