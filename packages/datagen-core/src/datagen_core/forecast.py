"""What a run will take: rows, bytes and seconds of each table, told before work begins and never used for the rows.

Nanoseconds and bytes of a value were measured on the generators that take them, one column at a time, half a million rows
each, on one core of a current machine; other machines differ by a factor of two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from os import cpu_count
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datagen_core.plan import Plan, TablePlan
    from datagen_core.run import Settings
    from datagen_core.schema.model import Column

NANOS = {
    "sequence": 15.0,
    "choice": 30.0,
    "enum_list": 10.0,
    "lookup": 30.0,
    "distribution": 70.0,
    "datetime_series": 80.0,
    "diffusion_curve": 120.0,
    "expression": 60.0,
    "aggregate": 300.0,
    "state": 100.0,
}
OTHER_NANOS = {"string": 400.0}
MODIFIER_NANOS = 20.0
LONG_TEXTS = {"text": 4000.0, "paragraph": 4000.0, "sentence": 600.0}
FORMAT_NANOS = {"csv": 120.0, "jsonl": 160.0, "duckdb": 120.0}
TEXT_BYTES = {"int": 7.0, "float": 14.0, "string": 16.0, "bool": 5.0, "datetime": 28.0, "date": 11.0}
"""Bytes of a value in text, its comma included."""
DUCKDB_FACTOR = 2.0  # the staged Parquet, and the file itself
STARTUP = 0.3


@dataclass(frozen=True, slots=True)
class TableForecast:
    """What a table will take."""

    name: str
    rows: float
    bytes: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a run will take."""

    tables: tuple[TableForecast, ...]

    @property
    def rows(self) -> float:
        """The rows of all tables."""
        return math.fsum(table.rows for table in self.tables)

    @property
    def bytes(self) -> float:
        """The bytes on the disk while the run goes on."""
        return math.fsum(table.bytes for table in self.tables)

    @property
    def seconds(self) -> float:
        """How long it will take."""
        return STARTUP + math.fsum(table.seconds for table in self.tables)


def forecast(plan: Plan, settings: Settings) -> Forecast:
    """What a run will take.

    Parameters
    ----------
    plan
        The document's plan, with the rows that the run will make.
    settings
        The run's tables, format, workers and part.
    """
    share = 1.0 if settings.part is None else 1.0 / settings.part.of
    wanted = set(settings.only) or {table.node.id for table in plan.tables}
    cores = min(settings.workers or cpu_count() or 1, cpu_count() or 1)
    return Forecast(
        tuple(
            TableForecast(
                table.node.id,
                table.rows * share,
                _bytes(table, settings.format) * share,
                table.rows * share * _nanos(table, settings.format) * 1e-9 / cores,
            )
            for table in plan.tables
            if table.node.id in wanted
        )
    )


def _nanos(table: TablePlan, form: str) -> float:
    made = math.fsum(_value_nanos(column) for column in table.node.columns)
    return made + len(table.node.columns) * FORMAT_NANOS.get(form, 0.0)


def _value_nanos(column: Column) -> float:
    method = getattr(column.generator.params, "method", "")
    own = NANOS.get(column.generator.name, OTHER_NANOS.get(column.type, 100.0))
    return LONG_TEXTS.get(method, own) + MODIFIER_NANOS * len(column.modifiers)


def _bytes(table: TablePlan, form: str) -> float:
    if form in {"csv", "jsonl"}:
        names = math.fsum(len(column.name) + 4 for column in table.node.columns) if form == "jsonl" else 0.0
        return table.rows * (names + math.fsum(TEXT_BYTES[column.type] for column in table.node.columns))
    return table.bytes * (DUCKDB_FACTOR if form == "duckdb" else 1.0)
