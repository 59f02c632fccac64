"""What a broken rule amounts to in the data: a word of the vocabulary, a place, and our own count of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from datapolisher.importing.claims import Claim
from datapolisher.importing.look import Look, UnmeasuredError
from datapolisher.importing.names import Names
from datapolisher.importing.sqltext import parse_condition
from datapolisher.sql import ident


@dataclass(frozen=True)
class Fault:
    """One defect at one place.

    Parameters
    ----------
    defect
        A word of the vocabulary, or ``other``.
    columns, related
        Where it is, the column at fault first; the other side of a relation as (table, columns).
    words
        What is wrong, to be put after the number of rows.
    rows, total
        Rows that offend, of how many.
    details
        As the vocabulary documents them for this defect.
    query
        Our query that counts the rows, as it was run; None where nothing was measured.
    where
        The condition over the table as ``t`` that finds the rows; for samples.
    expected
        What the rule wants.
    """

    defect: str
    columns: tuple[str, ...] = ()
    words: str = ""
    related: tuple[str, tuple[str, ...]] | None = None
    rows: int | None = None
    total: int | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    query: str | None = None
    where: str | None = None
    expected: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A claim about a table, before the data.

    Parameters
    ----------
    claim, table, names
        What is said, about which table, and how its names are found in the data.
    look
        The data; None where it is not at hand.
    keys
        Table → its primary key, as far as the claims tell.
    at
        When the tool looked, ISO 8601.
    """

    claim: Claim
    table: str
    names: Names
    look: Look | None = None
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    at: str | None = None

    @property
    def relation(self) -> str:
        """The table in a query."""
        return self.look.relation(self.table) if self.look else ident(self.table)

    @property
    def total(self) -> int | None:
        """Rows of the table."""
        return self.look.total(self.table) if self.look else self.claim.total

    def type_of(self, column: str) -> str:
        """DuckDB's name of the column's type; empty where it is not known."""
        return self.look.type_of(self.table, column) if self.look else ""

    def only(self) -> str:
        """The condition under which the rule holds, to be put behind another; empty where it always does."""
        if not self.claim.only:
            return ""
        node = parse_condition(self.claim.only)
        if node is None or not node.known:
            raise UnmeasuredError(f"the rule holds only where {self.claim.only}, which cannot be read")
        return f" AND {node.renamed(lambda name: self.names.column(self.table, name)).at(self.at).sql()}"

    def measured(self, fault: Fault, where: str) -> Fault | None:
        """The fault with the rows where the condition holds; None where there are none.

        Without data it has the tool's own count.
        """
        if self.look is None:
            return self.told(fault)
        where += self.only()
        query = f"SELECT count(*) FROM {self.relation} AS t WHERE {where}"
        rows = self.look.count(query)
        return replace(fault, rows=rows, total=self.total, query=query, where=where) if rows else None

    def told(self, fault: Fault) -> Fault:
        """The fault with the tool's own numbers."""
        return replace(fault, rows=self.claim.rows, total=self.claim.total)
