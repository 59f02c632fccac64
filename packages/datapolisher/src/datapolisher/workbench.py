"""The dataset under the steps so far, read-only: what fixes look at when they plan, and what every step amounts to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import duckdb

from datapolisher import source
from datapolisher.errors import WorkError
from datapolisher.expressions import Expression, Related
from datapolisher.postprocess.program import Entry, Program
from datapolisher.postprocess.sql_builder import MACROS, SETTINGS, SqlBuilder, State, among, parameters
from datapolisher.postprocess.sql_script import blocks, changed_name, changed_rows, differs, told
from datapolisher.source import Dataset
from datapolisher.sql import ident
from datapolisher.steps import AddColumn, DropColumn

# What a changed row amounts to, and what it amounted to on disk.
_IS, _WAS = ident("#is"), ident("#was")


@dataclass(frozen=True, slots=True)
class Changed:
    """What one step changed in the rows that stay: the finding's id, the cells, the condition that finds them."""

    id: str
    table: str
    where: str


class Closing:
    """What is left at the end of a ``with``, whatever happened."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give back what is held."""
        raise NotImplementedError


class Workbench(Closing):
    """Views over the dataset, one per step; nothing is written.

    Queries are written over a table's newest view: use `relation` for its name.
    """

    def __init__(self, dataset: Dataset) -> None:
        self._con = source.connect()
        self._builder = SqlBuilder(dataset.tables.values())
        self._opened: set[str] = set()
        # Statements that were performed, word for word, and tables whose changed rows are kept.
        self._done: set[str] = set()
        self._kept: set[str] = set()
        self._con.execute(SETTINGS + parameters(dataset.root.absolute(), Path()) + "\n" + MACROS)

    def close(self) -> None:
        """Forget everything."""
        self._con.close()

    def state(self, table: str) -> State:
        """The table after the steps so far."""
        if table not in self._opened:
            self._perform(self._builder.open(table), f"{table} cannot be read")
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
        self._perform(statements, f"{entry.fix} on {entry.step.table}, for {entry.id}")
        return "\n".join(statements)

    def keep_changes(self, table: str, key: Sequence[str]) -> None:
        """Look for the rows that stay and have a changed cell, once: they are counted, proved and logged from there.

        Parameters
        ----------
        key
            The columns that name a row in the change log.
        """
        state = self.state(table)
        if told(state):
            more = "" if _remade(state) else f", {_hashed(state.columns)} AS {_IS}, {_hashed(_first(state))} AS {_WAS}"
            self._run(changed_rows(state, key, more), f"{table} cannot be compared")
            # The script's own has two columns less, and is not needed any more.
            self._done.add(changed_rows(state, key))
            self._kept.add(table)

    def perform(self, program: Program) -> None:
        """Run the script of these very steps; statements that were performed already, word for word, are not repeated.

        Raises
        ------
        WorkError
            DuckDB cannot.
        """
        for block in blocks(program):
            self._perform((text for text in block.statements if text not in self._done), "postprocess.sql")

    def _perform(self, statements: Iterable[str], doing: str) -> None:
        for statement in statements:
            self._run(statement, doing)
            self._done.add(statement)

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

    def changes(self, table: str) -> str:
        """Where the conditions of `changed` are looked for, quoted: what `keep_changes` kept, where nothing more is meant."""
        state = self.state(table)
        wholesale = any(not (isinstance(e.step, AddColumn) and e.step.mark) for e in state.added)
        if table not in self._kept or wholesale or len(told(state)) < len(state.logs):
            return state.name()
        return changed_name(state)

    def changed(self, table: str) -> list[Changed]:
        """For each step that changed cells, or made them, the condition that finds the rows that stay, called ``t``."""
        state = self.state(table)
        found = []
        for number, (entry, hidden, _) in enumerate(state.logs):
            if isinstance(entry.step, DropColumn):
                found.append(Changed(entry.id, table, f"{ident(hidden)} IS NOT NULL"))
            elif not (isinstance(entry.step, AddColumn) and entry.step.mark):
                found.append(Changed(entry.id, table, differs(state, number)))
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

    def fingerprint(self, relation: str, columns: Sequence[str], where: str = "TRUE") -> tuple[int, int]:
        """Rows, and the sum of their hashes over `columns`: it does not depend on the order of rows."""
        rows, whole = self.rows(f"SELECT count(*), sum({_hashed(columns)}) FROM {relation} WHERE {where}")[0]
        return int(rows), int(whole or 0)

    def expected(self, table: str) -> tuple[int, int] | None:
        """The `fingerprint` of the table after the steps, without computing what no step changes.

        It is that of the table before the first step, less the rows that were taken out, less the changed rows as they
        were, and with them as they are. None where that does not tell: where steps make columns or rows.
        """
        state = self.state(table)
        if _remade(state) or (told(state) and table not in self._kept):
            return None
        stay = " AND ".join(["TRUE", *(among(state, removal, negate=True) for removal in state.removals)])
        rows, whole = self.fingerprint(state.name(0), list(state.columns), stay)
        if told(state):
            was, now = self.rows(f"SELECT sum({_WAS}), sum({_IS}) FROM {changed_name(state)}")[0]
            whole += int(now or 0) - int(was or 0)
        return rows, whole

    @staticmethod
    def _tables_of(expression: Expression) -> set[str]:
        return {node.table for node in expression.walk() if isinstance(node, Related)}


def _hashed(columns: Iterable[str]) -> str:
    """One number for the values of a row; 1 where there are no columns."""
    listed = ", ".join(map(ident, columns))
    return f"hash({listed})" if listed else "1"


def _remade(state: State) -> bool:
    """Whether steps make columns or rows, or give columns another type."""
    return bool(state.made or state.inserted)


def _first(state: State) -> list[str]:
    """For each column of the table, what holds its value as it was on disk."""
    first = {column: hidden for _, hidden, column in reversed(state.logs)}
    return [first.get(column, column) for column in state.columns]
