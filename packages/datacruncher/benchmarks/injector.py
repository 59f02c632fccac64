"""Make one known defect in a copy of a clean dataset, and say what was done: the truth that a finding is held against.

``inject(source, target, [Wish("foreign_key_orphan", Place("orders", ("customer_id",)), rate=0.01)])`` copies the tables of
`source`, damages the named one and returns a ``Truth`` for each wish. Which rows are hit depends on the seed and their
position alone. Words are those of the vocabulary of defects; what each one does to the data stands in ``damages.py``.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb


@dataclass(frozen=True)
class Place:
    """Where to do it.

    Parameters
    ----------
    table, columns
        The table and the columns that are damaged.
    key
        The table's primary key, for defects of keys.
    time
        The column by which periods are chosen.
    parent
        (table, key column, time column) for defects between tables.
    """

    table: str
    columns: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    time: str = ""
    parent: tuple[str, ...] = ()

    @property
    def column(self) -> str:
        """The first column."""
        return self.columns[0]


@dataclass(frozen=True)
class Truth:
    """What was done: the word, the place, and how many rows break the rule because of it (None = not counted)."""

    defect: str
    table: str
    columns: tuple[str, ...]
    rows: int | None
    details: Mapping[str, Any] = field(default_factory=dict)


class Bench:
    """The dataset in memory, with the few operations that damages are made of."""

    def __init__(self, source: Path, seed: int) -> None:
        self.place, self.rate, self.seed = Place(""), 0.01, seed
        self.con = duckdb.connect()
        self.con.execute("SET TimeZone = 'UTC'")
        self.changed: set[str] = set()
        self.dropped: set[str] = set()
        self.files: dict[str, Callable[[Path], None]] = {}
        for path in sorted(source.iterdir()):
            if path.suffix == ".parquet" or path.is_dir():
                files = path if path.is_file() else path / "**" / "*.parquet"
                self.con.execute(f"CREATE TABLE {quote(path.stem)} AS FROM read_parquet('{files}')")

    def ask(self, query: str) -> Any:
        """The first row of a query."""
        return self.con.execute(query).fetchone()

    def number(self, query: str) -> int:
        """The first value of a query, as a whole number."""
        return int(self.ask(query)[0])

    def pick(self, where: str = "TRUE", rate: float | None = None) -> int:
        """Choose rows of the place's table into ``picked(id)``; how many. At least one."""
        table = quote(self.place.table)
        n = self.number(f"SELECT COUNT(*) FROM {table} WHERE {where}")
        k = max(1, round(n * (self.rate if rate is None else rate)))
        self.con.execute(
            f"CREATE OR REPLACE TEMP TABLE picked AS SELECT rowid AS id, row_number() OVER () AS nr FROM {table}"
            f" WHERE {where} ORDER BY md5(rowid::VARCHAR || ':{self.seed}') LIMIT {k}"
        )
        return min(n, k)

    def set(self, changes: Mapping[str, str]) -> None:
        """Give columns of the picked rows new values: column → SQL over the row."""
        sets = ", ".join(f"{quote(column)} = {value}" for column, value in changes.items())
        self.con.execute(f"UPDATE {quote(self.place.table)} SET {sets} WHERE rowid IN (SELECT id FROM picked)")
        self.changed.add(self.place.table)

    def retype(self, column: str, kind: str) -> None:
        """Change a column's type."""
        self.con.execute(f"ALTER TABLE {quote(self.place.table)} ALTER {quote(column)} TYPE {kind}")
        self.changed.add(self.place.table)

    def append(self, select: str) -> None:
        """Add the rows of a SELECT."""
        self.con.execute(f"INSERT INTO {quote(self.place.table)} {select}")
        self.changed.add(self.place.table)

    def delete(self, where: str) -> None:
        """Delete rows of the place's table."""
        self.con.execute(f"DELETE FROM {quote(self.place.table)} WHERE {where}")
        self.changed.add(self.place.table)

    def replace(self, other: str) -> None:
        """Put another table in the place's table's stead."""
        self.con.execute(f"CREATE OR REPLACE TABLE {quote(self.place.table)} AS FROM {quote(other)}")
        self.con.execute(f"DROP TABLE {quote(other)}")
        self.changed.add(self.place.table)

    def truth(self, rows: int | None, *columns: str, **details: Any) -> Truth:
        """The truth at the place, about these columns (the place's own by default)."""
        return Truth("", self.place.table, columns or self.place.columns, rows, details)

    def write(self, source: Path, target: Path) -> None:
        """The dataset, damaged, into `target`; tables that nothing touched are copied byte for byte."""
        target.mkdir(parents=True, exist_ok=True)
        for path in sorted(source.iterdir()):
            if path.stem in self.dropped:
                continue
            if path.stem in self.changed:
                self.con.execute(f"COPY {quote(path.stem)} TO '{target / path.stem}.parquet'")
            elif path.is_dir():
                shutil.copytree(path, target / path.name)
            else:
                shutil.copy(path, target / path.name)
        for table, damage in self.files.items():
            damage(target / f"{table}.parquet")


Damage = Callable[[Bench], Truth]
DAMAGES: dict[str, Damage] = {}


def damage(word: str) -> Callable[[Damage], Damage]:
    """Register what makes the defect `word`."""

    def register(make: Damage) -> Damage:
        DAMAGES[word] = make
        return make

    return register


@dataclass(frozen=True)
class Wish:
    """One defect to make: its word, where, and in what share of the rows in question (at least one row)."""

    word: str
    place: Place
    rate: float = 0.01


def inject(source: Path, target: Path, wishes: Sequence[Wish], *, seed: int = 7) -> list[Truth]:
    """Write a copy of `source` with these defects, made one after the other, into `target`; the truth of each.

    Raises
    ------
    KeyError
        A word is not one that can be made.
    """
    bench = Bench(source, seed)
    try:
        truths = []
        for wish in wishes:
            bench.place, bench.rate = wish.place, wish.rate
            found = DAMAGES[wish.word](bench)
            truths.append(replace(found, defect=found.defect or wish.word))
        bench.write(source, target)
    finally:
        bench.con.close()
    return truths


def quote(name: str) -> str:
    """`name` as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def make_shop(target: Path) -> None:
    """Write the clean shop of ``shop.sql`` into `target`."""
    make(target, "shop.sql")


def make(target: Path, script: str) -> None:
    """Write the clean tables that a script of this folder makes into `target`."""
    target.mkdir(parents=True, exist_ok=True)
    con = duckdb.connect()
    con.execute("SET TimeZone = 'UTC'")
    con.execute((Path(__file__).parent / script).read_text(encoding="utf-8"))
    for (table,) in con.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall():
        con.execute(f"COPY {quote(table)} TO '{target / table}.parquet'")
    con.close()
