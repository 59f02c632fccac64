"""The data, looked at read-only: nothing but the dataset's own files can be read, nothing can be written."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

import duckdb

from datapolisher import source
from datapolisher.source import Dataset
from datapolisher.sql import ident, text

# A column with more distinct values is no list of categories.
LIMIT = 10_000
SHOWN = 5


class UnmeasuredError(Exception):
    """A query that could not be run, with the reason."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column's values in numbers."""

    rows: int
    nulls: int
    distinct: int


class Look:
    """Queries over the dataset's files; each is shown as it was run."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset
        self._con = source.connect()
        self._facts: dict[tuple[str, str], Column] = {}
        source.seal(self._con, dataset.root)

    def __enter__(self) -> Look:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._con.close()

    def relation(self, table: str) -> str:
        """The table in a query, as a person would type it."""
        return self.dataset.relation(table)

    def type_of(self, table: str, column: str) -> str:
        """DuckDB's name of the column's type; empty where there is no such column."""
        found = self.dataset.tables.get(table)
        return found.columns.get(column, "") if found else ""

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query; only for results that are small by nature.

        Raises
        ------
        UnmeasuredError
            DuckDB cannot run it, or may not.
        """
        try:
            return self._con.execute(query).fetchall()
        except duckdb.Error as error:
            raise UnmeasuredError(str(error).splitlines()[0]) from error

    def count(self, query: str) -> int:
        """The one number of a query."""
        return int(self.rows(query)[0][0] or 0)

    def total(self, table: str) -> int:
        """The table's rows."""
        return self.dataset.rows(table)

    def counted(self, table: str, column: str, where: str) -> dict[Any, int] | None:
        """Values → rows where the condition holds, commonest first; None where there are more than a list would have."""
        name = ident(column)
        found = self.rows(
            f"SELECT {name}, count(*) FROM {self.relation(table)} AS t WHERE {where} GROUP BY 1 ORDER BY 2 DESC, 1 "
            f"LIMIT {LIMIT + 1}"
        )
        return None if len(found) > LIMIT else {value: int(rows) for value, rows in found}

    def facts(self, table: str, column: str) -> Column:
        """Rows, nulls and distinct values of a column."""
        if (table, column) not in self._facts:
            name = ident(column)
            query = f"SELECT count(*), count({name}), count(DISTINCT {name}) FROM {self.relation(table)}"
            rows, present, distinct = self.rows(query)[0]
            self._facts[table, column] = Column(rows, rows - present, distinct)
        return self._facts[table, column]

    def samples(self, table: str, where: str) -> list[dict[str, Any]]:
        """At most five rows where the condition holds, as JSON writes them."""
        query = f"SELECT to_json(r) FROM (SELECT * FROM {self.relation(table)} AS t WHERE {where} LIMIT {SHOWN}) AS r"
        return [json.loads(row[0]) for row in self.rows(query)]

    def foreign(self, query: str, names: Mapping[str, str]) -> int:
        """The rows of a stranger's query, with the dataset's tables under `names`; a single SELECT, or nothing.

        Raises
        ------
        UnmeasuredError
            It is no single SELECT, or cannot be run.
        """
        try:
            reads = source.is_select(self._con, query)
        except duckdb.Error as error:
            raise UnmeasuredError(str(error).splitlines()[0]) from error
        if not reads:
            raise UnmeasuredError("not a single SELECT")
        for name, table in names.items():
            self.rows(f"CREATE OR REPLACE TEMP VIEW {ident(name)} AS SELECT * FROM {self.relation(table)}")
        return self.count(f"SELECT count(*) FROM ({query})")

    def unreadable(self, table: str, column: str, type_: str) -> str:
        """The condition that a text cannot be cast to a type."""
        return f"t.{ident(column)} IS NOT NULL AND try_cast(t.{ident(column)} AS {type_}) IS NULL"

    def takes(self, pattern: str) -> bool:
        """Whether DuckDB reads the regular expression."""
        try:
            self._con.execute(f"SELECT regexp_matches('', {text(pattern)})").fetchall()
        except (duckdb.Error, ValueError):
            return False
        return True
