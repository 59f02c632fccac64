"""The dataset under the steps so far, read-only: what fixes look at when they plan, and what every step amounts to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import duckdb

from datapolisher import source
from datapolisher.errors import WorkError
from datapolisher.expressions import Expression, Related
from datapolisher.postprocess.program import ROW, Entry
from datapolisher.postprocess.sql_builder import MACROS, SETTINGS, SqlBuilder, State, differ, parameters
from datapolisher.source import Dataset
from datapolisher.sql import ident
from datapolisher.steps import AddColumn, DropColumn


@dataclass(frozen=True, slots=True)
class Changed:
    """What one step changed in the rows that stay: the finding's id, the cells, the condition that finds them."""

    id: str
    table: str
    where: str


class Workbench:
    """Views over the dataset, one per step; nothing is written.

    Queries are written over a table's newest view: use `relation` for its name.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._con = source.connect()
        self._builder = SqlBuilder(dataset.tables.values())
        self._opened: set[str] = set()
        self._con.execute(SETTINGS + parameters(dataset.root, Path()) + "\n" + MACROS)

    def __enter__(self) -> Workbench:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._con.close()

    def state(self, table: str) -> State:
        """The table after the steps so far."""
        if table not in self._opened:
            self._run(self._builder.open(table), f"{table} cannot be read")
            self._opened.add(table)
        return self._builder.states[table]

    def is_touched(self, table: str) -> bool:
        """Whether some step changed the table."""
        return self._builder.states[table].version > 0

    def relation(self, table: str) -> str:
        """The table's newest view, quoted."""
        return self.state(table).name()

    def add(self, entry: Entry) -> str:
        """Perform a step; its SQL.

        Raises
        ------
        WorkError
            DuckDB cannot: a value is none of its new type, memory does not suffice.
        """
        for table in sorted(entry.tables):
            self.state(table)
        statements = self._builder.add(entry)
        for statement in statements:
            self._run(statement, f"{entry.fix} on {entry.step.table}, for {entry.id}")
        return "\n".join(statements)

    def _run(self, statement: str, doing: str, values: Sequence[Any] = ()) -> duckdb.DuckDBPyConnection:
        try:
            return self._con.execute(statement, list(values))
        except duckdb.Error as error:
            raise WorkError(f"{doing}: {str(error).splitlines()[0]}") from error

    def rows(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query; only for results that are small by nature."""
        return self._run(sql, "the data cannot be queried", parameters).fetchall()

    def value(self, sql: str, parameters: Sequence[Any] = ()) -> Any:
        """The one value of a query."""
        return self.rows(sql, parameters)[0][0]

    def count(self, table: str, where: Expression | None = None) -> int:
        """Rows of the table's newest view where the predicate holds."""
        condition = "" if where is None else f" WHERE {self.sql_of(table, where)}"
        return int(self.value(f"SELECT count(*) FROM {self.relation(table)} AS t{condition}"))

    def counts(self, table: str, where: Expression, among: Sequence[Expression]) -> list[int]:
        """Rows where `where` holds, and how many of them each of `among` holds for; in one scan."""
        each = "".join(f", count(*) FILTER ({self.sql_of(table, one)})" for one in among)
        condition = self.sql_of(table, where)
        return [
            int(n) for n in self.rows(f"SELECT count(*){each} FROM {self.relation(table)} AS t WHERE {condition}")[0]
        ]

    def sql_of(self, table: str, expression: Expression) -> str:
        """The expression as SQL over the table's newest view called ``t``."""
        for other in {table, *self._tables_of(expression)}:
            self.state(other)
        return self._builder.expression(expression)

    def distinct(self, table: str, column: str, limit: int, where: Expression | None = None) -> dict[Any, int] | None:
        """The column's values with their rows, commonest first; None where there are more than `limit`."""
        condition = "" if where is None else f" AND {self.sql_of(table, where)}"
        name = ident(column)
        found = self.rows(
            f"SELECT {name}, count(*) FROM {self.relation(table)} AS t WHERE {name} IS NOT NULL{condition} "
            f"GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT {limit + 1}"
        )
        return None if len(found) > limit else dict(found)

    def taken(self, table: str) -> list[tuple[Entry, int]]:
        """The steps that took rows out of the table, and how many."""
        found = []
        for removal in self.state(table).removals:
            found.append((removal.entry, int(self.value(f"SELECT count(*) FROM {removal.rows}"))))
        return found

    def changed(self, table: str) -> list[Changed]:
        """For each step that changed cells, or made them, the condition that finds the rows that stay."""
        state = self.state(table)
        found = []
        for number, (entry, hidden, column) in enumerate(state.logs):
            if isinstance(entry.step, DropColumn):
                found.append(Changed(entry.id, table, f"{ident(hidden)} IS NOT NULL"))
                continue
            later = next((name for _, name, other in state.logs[number + 1 :] if other == column), column)
            types = state.kept_type(hidden), state.columns[column] if later == column else state.kept_type(later)
            if not (isinstance(entry.step, AddColumn) and entry.step.mark):
                found.append(Changed(entry.id, table, differ(hidden, later, types)))
        found += [
            Changed(entry.id, table, f"{ident(entry.step.column)} IS NOT NULL")
            for entry in state.added
            if isinstance(entry.step, AddColumn) and not entry.step.mark
        ]
        return found

    def inserted(self, table: str) -> list[tuple[Entry, int]]:
        """The steps that added rows to the table, and how many."""
        return [(entry, int(self.value(f"SELECT count(*) FROM {rows}"))) for entry, rows in self.state(table).inserted]

    def balance(self, table: str) -> tuple[int, int]:
        """Rows before the first step, and now."""
        state = self.state(table)
        before, now = (int(self.value(f"SELECT count(*) FROM {name}")) for name in (state.name(0), state.name()))
        return before, now

    def matches(self, pattern: str) -> bool:
        """Whether DuckDB takes `pattern` as a regular expression."""
        try:
            self._con.execute("SELECT regexp_full_match('', ?)", [pattern])
        except duckdb.Error:
            return False
        return True

    def fingerprint(self, relation: str, columns: Sequence[str], without: Sequence[str] = ()) -> tuple[Any, ...]:
        """Rows, and a sum of hashes of `columns` that does not depend on the order of rows.

        Parameters
        ----------
        without
            Tables of positions whose rows do not count.
        """
        hashed = ", ".join(f"sum(hash({ident(column)}))" for column in columns)
        whole = ", ".join(map(ident, columns))
        left_out = "".join(f" AND {ident(ROW)} NOT IN (SELECT {ident(ROW)} FROM {rows})" for rows in without)
        items = f"count(*), sum(hash({whole})), {hashed}" if columns else "count(*)"
        return self.rows(f"SELECT {items} FROM {relation} WHERE TRUE{left_out}")[0]

    @staticmethod
    def _tables_of(expression: Expression) -> set[str]:
        return {node.table for node in expression.walk() if isinstance(node, Related)}
