"""Tables, columns, keys: what a check binds to.

Everything here is a fact about the data (from one scan per table), a declaration (from a schema), or an inference
with its confidence in (0, 1]. A declaration has confidence 1.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from datacruncher import sampling, sql
from datacruncher.catalog.vocabulary import NUMBERS, TIMES
from datacruncher.layout import DataFile

Row = dict[str, Any]
Source = Literal["declared", "inferred"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What one scan says about a column. Counts are exact except `distinct`, unless `distinct_exact`.

    `minimum` and `maximum` are in the column's own type; for text they compare by bytes. Lengths are characters.
    Fields that make no sense for the column's family are None.
    """

    rows: int
    nulls: int
    distinct: int
    distinct_exact: bool = False
    minimum: Any = None
    maximum: Any = None
    mean: float | None = None  # of numbers; of lengths for text; share of true for booleans
    stddev: float | None = None
    quantiles: Mapping[str, float] = field(default_factory=dict)  # p01 p05 p25 p50 p75 p95 p99, approximate
    zeros: int | None = None  # numbers
    negatives: int | None = None  # numbers
    not_finite: int | None = None  # floats: NaN and ±Infinity
    fractional: int | None = None  # decimals and floats: values that are no whole numbers
    empty: int | None = None  # text: ''
    padded: int | None = None  # text: a blank before or after
    beyond_ascii: int | None = None  # text: values with a character that is no ASCII
    min_length: int | None = None  # text
    max_length: int | None = None  # text
    midnight: int | None = None  # timestamps without a time of day
    forms: Mapping[str, float] = field(default_factory=dict)  # text: share of a sample that has the form (email, …)

    @property
    def present(self) -> int:
        """Rows that are not null."""
        return self.rows - self.nulls

    @property
    def null_share(self) -> float:
        """Nulls / rows; 0 for an empty table."""
        return self.nulls / self.rows if self.rows else 0.0

    @property
    def unique(self) -> bool:
        """Every present value occurs once (known exactly)."""
        return self.distinct_exact and self.present > 0 and self.distinct == self.present


@dataclass(frozen=True)
class Column:
    """A column: its name, its type as DuckDB writes it, its facts and what it means."""

    table: str
    name: str
    type: str
    family: str
    position: int
    facts: Facts
    roles: Mapping[str, float] = field(default_factory=dict)  # role → confidence
    declared: Any = None  # documents.ColumnDocument, or None without a schema
    partition: bool = False  # comes from a hive directory's name, not from the files

    def __hash__(self) -> int:
        return hash((self.table, self.name))

    @property
    def sql(self) -> str:
        """The quoted name."""
        return sql.ident(self.name)

    def of(self, alias: str) -> str:
        """The quoted name behind an alias: ``p."paid_at"``."""
        return f"{alias}.{self.sql}"

    def has(self, *roles: str, at_least: float = 0.5) -> bool:
        """Whether one of the roles holds with this confidence."""
        return any(self.roles.get(role, 0.0) >= at_least for role in roles)

    @property
    def role(self) -> str | None:
        """The likeliest role."""
        return max(self.roles, key=lambda role: self.roles[role], default=None)

    @property
    def is_number(self) -> bool:
        """Integer, decimal or float."""
        return self.family in NUMBERS

    @property
    def is_time(self) -> bool:
        """Date or timestamp."""
        return self.family in TIMES

    @property
    def is_key(self) -> bool:
        """Part of a primary or a foreign key."""
        return "primary_key" in self.roles or "foreign_key" in self.roles


@dataclass(frozen=True, slots=True)
class Key:
    """The primary key of a table."""

    columns: tuple[str, ...]
    source: Source
    confidence: float = 1.0
    evidence: str = ""
    holds: bool = False  # known exactly: complete in every row, and no two rows share it


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """`table.columns` point to `to_table.to_columns` (same length, same order)."""

    table: str
    columns: tuple[str, ...]
    to_table: str
    to_columns: tuple[str, ...]
    source: Source
    confidence: float = 1.0
    orphans: int | None = None  # child rows with a complete key and no parent; None = not counted
    evidence: str = ""

    @property
    def is_self(self) -> bool:
        """A reference to the own table (manager, parent category)."""
        return self.table == self.to_table

    def join(self, child: str, parent: str) -> str:
        """The join condition between two aliases."""
        pairs = zip(self.columns, self.to_columns, strict=True)
        return " AND ".join(f"{child}.{sql.ident(a)} = {parent}.{sql.ident(b)}" for a, b in pairs)

    def present(self, child: str) -> str:
        """The condition that every column of the key is there."""
        return " AND ".join(f"{child}.{sql.ident(a)} IS NOT NULL" for a in self.columns)


@dataclass(frozen=True)
class Table:
    """A table with its columns and keys."""

    name: str
    rows: int
    columns: tuple[Column, ...]
    files: int = 1
    bytes: int = 0
    primary_key: Key | None = None
    foreign_keys: tuple[ForeignKey, ...] = ()  # from this table to others
    kind: str = "unknown"  # vocabulary.KINDS
    kind_confidence: float = 0.0
    declared: Any = None  # documents.NodeDocument, or None without a schema
    sampled: float = 1.0  # share of the rows in the table's sample; 1 where it has none

    def __hash__(self) -> int:
        return hash(self.name)

    @property
    def sql(self) -> str:
        """The quoted name."""
        return sql.ident(self.name)

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    def over_sample(self, query: str) -> str:
        """`query` with the sample of this table in its place, for discovery; the query itself where there is none."""
        return query if self.sampled == 1.0 else sampling.over(query, self.name)

    def column(self, name: str) -> Column:
        """The column of this name; raises KeyError."""
        return self._by_name[name]

    def get(self, name: str) -> Column | None:
        """The column of this name, or None."""
        return self._by_name.get(name)

    def having(self, *roles: str, at_least: float = 0.5) -> list[Column]:
        """Columns with one of the roles, most certain first."""

        def certainty(column: Column) -> float:
            return max(column.roles.get(role, 0.0) for role in roles)

        found = [column for column in self.columns if column.has(*roles, at_least=at_least)]
        return sorted(found, key=certainty, reverse=True)

    def role(self, *roles: str, at_least: float = 0.5) -> Column | None:
        """The column that has one of the roles with the greatest confidence, or None."""
        return next(iter(self.having(*roles, at_least=at_least)), None)

    @property
    def created(self) -> Column | None:
        """When the entity of a row came into being."""
        return self.role("creation_time")

    @property
    def happened(self) -> Column | None:
        """When what a row tells happened: its event time, else its creation time."""
        return self.role("event_time") or self.role("creation_time")

    @property
    def key_columns(self) -> tuple[Column, ...]:
        """The columns of the primary key; empty without one."""
        return tuple(self._by_name[name] for name in self.primary_key.columns) if self.primary_key else ()


@dataclass
class Catalog:
    """All tables, and a way to ask them.

    Parameters
    ----------
    tables
        Name → table, in the order of the directory (or of the schema).
    now
        The instant of the analysis (UTC), against which "future" is measured; never the clock on a data path.
    document
        The schema, when there is one (``documents.Document``).
    ask
        Runs one SELECT over the views on this analyst's own cursor and returns its rows as dicts. Use it in `bind`
        for discovery only; what a finding rests on goes through a `Probe`.
    """

    tables: Mapping[str, Table]
    now: dt.datetime
    document: Any = None
    ask: Callable[[str], list[Row]] = field(default=lambda _: [])
    shared: dict[Any, Any] = field(default_factory=dict)  # what several checks derive, computed once
    files: tuple[DataFile, ...] = ()  # every Parquet file, the unreadable ones with their error

    def __iter__(self) -> Iterator[Table]:
        return iter(self.tables.values())

    def of_kind(self, *kinds: str) -> list[Table]:
        """Tables of these kinds, most rows first."""
        return sorted((t for t in self if t.kind in kinds), key=lambda t: -t.rows)

    @property
    def foreign_keys(self) -> list[ForeignKey]:
        """All foreign keys of all tables."""
        return [key for table in self for key in table.foreign_keys]

    def children(self, table: Table | str) -> list[ForeignKey]:
        """Foreign keys of other tables (and its own) that point to `table`."""
        name = table if isinstance(table, str) else table.name
        return [key for key in self.foreign_keys if key.to_table == name]

    def path(self, child: Table, parent: Table) -> ForeignKey | None:
        """The most certain single-step foreign key from `child` to `parent`."""
        keys = [key for key in child.foreign_keys if key.to_table == parent.name]
        return max(keys, key=lambda key: key.confidence, default=None)

    def values(self, column: Column, limit: int = 500) -> list[tuple[Any, int]]:
        """The commonest values of a column with their counts (nulls left out), asked once and shared."""
        key = ("values", column.table, column.name, limit)
        if key not in self.shared:
            rows = self.ask(
                f"SELECT {column.sql} AS value, COUNT(*) AS n FROM {sql.ident(column.table)}"
                f" WHERE {column.sql} IS NOT NULL GROUP BY 1 ORDER BY n DESC, 1 LIMIT {limit}"
            )
            self.shared[key] = [(row["value"], row["n"]) for row in rows]
        found: list[tuple[Any, int]] = self.shared[key]
        return found


def confidence_of(*parts: Key | ForeignKey | Sequence[float] | float | None) -> float:
    """The least confidence among keys and numbers: a finding is as certain as its weakest premise."""
    flat: list[float] = [1.0]
    for part in parts:
        match part:
            case None:
                continue
            case Key() | ForeignKey():
                flat.append(part.confidence)
            case float() | int():
                flat.append(float(part))
            case _:
                flat.extend(part)
    return min(flat)
