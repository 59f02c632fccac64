"""The registry of checks, and what a check may know: the document and the tables that lie there."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

import pyarrow as pa

from datagen_core.validation.dataset import Dataset, suits
from datagen_core.validation.report import Outcome, Result, Status

if TYPE_CHECKING:
    from datagen_core.schema.model import Column, Document, Node
    from datagen_core.validation.dataset import Table
    from datagen_core.values import Values


T = TypeVar("T")


class Skip(Exception):  # noqa: N818 - it is no error: the check says why it has nothing to say
    """The check cannot or need not judge this place; the reason goes into the report."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One place that a check judges."""

    table: str
    columns: tuple[str, ...]
    judge: Callable[[], Outcome]


@dataclass(frozen=True)
class Case:
    """A document and its data."""

    document: Document
    dataset: Dataset
    _memo: dict[Hashable, Any] = field(default_factory=dict)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What `make` returns, kept for the checks that ask again; a skip is not kept."""
        if key not in self._memo:
            self._memo[key] = make()
        return cast("T", self._memo[key])

    def table(self, name: str) -> Table:
        """A table's files, or a skip that says why there are none."""
        if name in self.dataset.tables:
            return self.dataset.tables[name]
        broken = self.dataset.unreadable.get(name)
        raise Skip(f"table {name} cannot be read: {broken}" if broken else f"table {name} is missing")

    def readable(self, table: str, *columns: str) -> Table:
        """A table whose columns are there in a type that suits, or a skip that names the first that is not."""
        found, node = self.table(table), self.node(table)
        for name in columns:
            if name not in found.schema.names:
                raise Skip(f"column {table}.{name} is missing")
            declared, kind = node.column(name), found.schema.field(name).type
            if declared is not None and not suits(declared.type, kind):
                raise Skip(f"{table}.{name} is {kind}, not {declared.type}")
        return found

    def node(self, name: str) -> Node:
        """A table of the document, or a skip."""
        node = self.document.node(name)
        if node is None:
            raise Skip(f"the document has no table {name}")
        return node

    def column(self, attribute: str) -> tuple[Node, Column]:
        """The column that ``table.column`` names, or a skip."""
        table, _, name = attribute.rpartition(".")
        node = self.node(table)
        column = node.column(name)
        if column is None:
            raise Skip(f"the document has no column {attribute}")
        return node, column

    def values(self, table: str, name: str) -> Values:
        """A whole column, or a skip."""
        self.readable(table, name)
        _, column = self.column(f"{table}.{name}")
        return self.dataset.values(table, name, column.type)


Trials = Callable[[Case], Iterator[Trial]]


@dataclass(frozen=True, slots=True)
class Check:
    """A registered check: `part.word`, whether its failure fails the validation, and the places that it judges."""

    id: str
    hard: bool
    trials: Trials
    why: str


CHECKS: dict[str, Check] = {}


def check(name: str, *, hard: bool = False) -> Callable[[Trials], Trials]:
    """Register a function that yields the places to judge; its docstring says what the check holds."""

    def register(trials: Trials) -> Trials:
        if name in CHECKS:
            raise ValueError(f"two owners of the check {name}")
        CHECKS[name] = Check(name, hard, trials, (trials.__doc__ or "").strip())
        return trials

    return register


def run(one: Check, case: Case) -> Iterator[Result]:
    """A check at all its places."""
    for trial in one.trials(case):
        status, outcome = _judged(trial)
        yield Result(one.id, trial.table, trial.columns, status, one.hard, outcome)


def _judged(trial: Trial) -> tuple[Status, Outcome]:
    try:
        outcome = trial.judge()
    except Skip as reason:
        return "skipped", Outcome(False, str(reason))
    except (pa.ArrowException, OSError) as broken:
        return "error", Outcome(False, f"the data cannot be read: {' '.join(str(broken).split())}")
    return ("passed" if outcome.ok else "failed"), outcome
