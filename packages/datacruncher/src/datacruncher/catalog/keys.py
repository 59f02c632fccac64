"""Primary keys of tables that declare none.

A key is recognised by its name, its uniqueness, its place and its type; none decides alone. A strong name survives some
repeated or missing values, so that those can be reported. A measure, a time or a sentence that happens to be unique is
no key. Composite keys are looked for only where no single column serves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

from datacruncher import sql
from datacruncher.catalog.lexicon import POSITIONS
from datacruncher.catalog.model import Column, Key, Row, Table
from datacruncher.catalog.names import Names, Reading, own
from datacruncher.words import word_set

Ask = Callable[[str], list[Row]]

TOLERATED = 0.10  # share of repeated or missing values that a strongly named key survives
_COMPOSITE_TOLERATED = 0.05
_OWN_NAME = 0.6  # a column named as its table, as a key that holds but for rows stored twice
_ONCE = "unique once equal rows are counted once"
_MANY_TWICE = 5  # pairs of references that repeat, in equal rows alone, from which that is no accident
_UNLIKE = 0.1  # share of repeated keys whose rows may differ, as other damage makes them
_NEAR = 0.85  # a sketch of distinct values is off by a few per cent
_PARTS = 10  # columns among which a composite key is looked for
_FIRST = 50_000  # rows in which a composite key is looked for before all are counted
_MANY = 200_000  # rows from which the order of a key is looked at before its values are counted
_LONGEST = 64  # characters of a key held as text

# Words of columns that measure or describe: unique by accident, never keys.
NEVER = word_set(
    "amount price total subtotal sum qty quantity count rate ratio percent pct score balance value lat latitude lon "
    "lng longitude milliseconds ms seconds minutes duration bytes size length width height weight age year month "
    "day salary wage cost tax discount revenue profit margin fee budget spend temperature distance name title "
    "description desc text comment comments note notes message body address street city email mail phone fax mobile "
    "url link date time timestamp at on avg mean min max std variance median limit stock level rating payload json "
    "created updated"
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A column that may be a key: its reading and how much its name says so."""

    column: Column
    reading: Reading
    name: float


def may_be_key(column: Column, reading: Reading) -> bool:
    """Whether type, length and name allow the column to be a key or a reference."""
    if column.family not in {"integer", "text", "uuid", "decimal", "float"} or column.partition:
        return False
    facts = column.facts
    if column.family in {"decimal", "float"} and (facts.fractional or facts.not_finite):
        return False
    if not reading.key and reading.words[-1] in NEVER:
        return False
    if column.family == "text":
        return (facts.max_length or 0) <= _LONGEST and facts.forms.get("words", 0.0) < 0.05
    return True


def name_score(reading: Reading, table: Sequence[str], position: int) -> float:
    """How much a name says that its column is the table's own key, in 0…1."""
    first = 0.1 if position == 0 else 0.0
    if reading.key and not reading.entity:
        return 1.0 if reading.strong else min(1.0, 0.75 + first)
    match = own(reading.entity, tuple(table))
    if reading.key:
        strength = 1.0 if reading.strong else 0.9
        return min(1.0, match * strength + first) if match else 0.2 + first
    if match == 1.0:
        return 0.6 + first
    return 0.05 + first


def with_exact(table: Table, names: Sequence[str], ask: Ask) -> Table:
    """The table with exact numbers of distinct values for these columns: of those in ascending order without counting."""
    missing = [name for name in names if not table.column(name).facts.distinct_exact]
    ascending = [name for name in missing if table.rows > _MANY and ascends(table, (name,), ask)]
    counted = [name for name in missing if name not in ascending]
    row: Row = dict.fromkeys(ascending, table.rows)
    if counted:
        parts = ", ".join(f"COUNT(DISTINCT {sql.ident(name)}) AS {sql.ident(name)}" for name in counted)
        row |= ask(f"SELECT {parts} FROM {table.sql}")[0]
    columns = tuple(
        replace(c, facts=replace(c.facts, distinct=int(row[c.name]), distinct_exact=True)) if c.name in row else c
        for c in table.columns
    )
    return replace(table, columns=columns)


def ascends(table: Table, names: Sequence[str], ask: Ask) -> bool:
    """Whether the columns are complete and each row's are greater than those of the row before: then no two are equal.

    Most keys are stored so; to see it takes a twentieth of the time of counting distinct values.
    """
    if any(table.column(name).facts.nulls for name in names):
        return False
    before = ", ".join(f"LAG({sql.ident(name)}) OVER () AS _{i}" for i, name in enumerate(names))
    greater = f"ROW({sql.columns(names)}) > ROW({', '.join(f'_{i}' for i in range(len(names)))})"
    if len(names) == 1:
        greater = f"{sql.ident(names[0])} > _0"
    elif len(names) == 2:  # spelled out: comparing rows is slow
        first, second = (sql.ident(name) for name in names)
        greater = f"{first} > _0 OR ({first} = _0 AND {second} > _1)"
    query = f"SELECT {sql.columns(names)}, {before} FROM {table.sql}"
    row = ask(f"SELECT COUNT(*) FILTER (WHERE NOT COALESCE({greater}, FALSE)) AS n FROM ({query})")[0]
    return bool(row["n"] <= 1)  # of the first row, which has none before it


def primary_key(table: Table, names: Names, ask: Ask) -> tuple[Table, Key | None]:
    """The single-column key of a table, and the table with what was counted on the way."""
    candidates = list(_candidates(table, names))
    table = with_exact(table, [candidate.column.name for candidate in candidates], ask)
    best: tuple[float, Key] | None = None
    for candidate in candidates:
        key = _judged(replace(candidate, column=table.column(candidate.column.name)))
        if key is not None and (best is None or key.confidence > best[0]):
            best = key.confidence, key
    if best:
        return table, best[1]
    return table, next(_stored_twice(table, candidates, names, ask), None)


def _stored_twice(table: Table, candidates: Sequence[Candidate], names: Names, ask: Ask) -> Iterator[Key]:
    """Keys of tables that hold some rows twice: no two rows that differ share their value."""
    for candidate in sorted(candidates, key=lambda c: -c.name):
        facts = table.column(candidate.column.name).facts
        few = 0 < facts.rows - facts.distinct <= TOLERATED * facts.rows
        named = candidate.name >= _OWN_NAME or _numbers_rows(table, candidate, names)
        if named and few and not facts.nulls and _copies_alone(table, (candidate.column.name,), ask):
            yield Key((candidate.column.name,), "inferred", round(0.5 + 0.4 * candidate.name, 3), _ONCE)


def _numbers_rows(table: Table, candidate: Candidate, names: Names) -> bool:
    """Whether the column comes first, is whole and named as a key, and of no other table (the event_id of a log)."""
    column, entity = candidate.column, candidate.reading.entity
    others = (words for name, words in names.tables.items() if name != table.name)
    first = column.position == 0 and column.family in {"integer", "uuid"} and bool(candidate.reading.key)
    return first and not any(own(entity, tuple(words)) for words in others)


def _copies_alone(table: Table, names: Sequence[str], ask: Ask) -> bool:
    """Whether (nearly all) rows that share their values in these columns are equal in all others, too."""
    listed = sql.columns(names)
    rows = f"SELECT {listed}, HASH(t) AS _row FROM {table.sql} AS t"
    groups = f"SELECT MIN(_row) <> MAX(_row) AS unlike FROM ({rows}) GROUP BY {listed} HAVING COUNT(*) > 1"
    row = ask(f"SELECT COUNT(*) AS n, COUNT(*) FILTER (WHERE unlike) AS unlike FROM ({groups})")[0]
    return bool(row["unlike"] <= _UNLIKE * row["n"])


def _candidates(table: Table, names: Names) -> Iterator[Candidate]:
    words = names.tables[table.name]
    for column in table.columns:
        reading = names.read(table.name, column.name)
        if not may_be_key(column, reading):
            continue
        name = name_score(reading, words, column.position)
        near = column.facts.distinct >= _NEAR * column.facts.rows
        some = max(2.0, 2 * TOLERATED * column.facts.rows)
        if near or (name >= 0.75 and column.facts.distinct >= column.facts.present - some):
            yield Candidate(column, reading, name)


def _judged(candidate: Candidate) -> Key | None:
    """The key that a candidate makes, or None."""
    column, facts, name = candidate.column, candidate.column.facts, candidate.name
    if facts.rows == 0:
        return Key((column.name,), "inferred", 0.5, "by its name; the table is empty") if name >= 0.75 else None
    repeated = 1 - facts.distinct / facts.present if facts.present else 1.0
    if repeated == 0 and facts.nulls == 0:
        if name < 0.15 and not (column.position == 0 and column.family in {"integer", "uuid"}):
            return None
        whole = column.family in {"integer", "uuid"}
        confidence = min(0.99, 0.55 + 0.4 * name + (0.04 if whole else 0.0))
        return Key((column.name,), "inferred", round(confidence, 3), "unique, no nulls, named as a key")
    some = max(1.0, TOLERATED * facts.rows)
    if name >= 0.75 and facts.present - facts.distinct <= some and facts.nulls <= some:
        evidence = (
            f"named as the key; {1 - repeated:.2%} of its values are distinct, {facts.null_share:.2%} are missing"
        )
        return Key((column.name,), "inferred", round(0.5 + 0.4 * name, 3), evidence)
    return None


def composite_key(table: Table, names: Names, references: Sequence[str], ask: Ask) -> Key | None:
    """The key of two or three columns of a table without a single one, or None.

    Parameters
    ----------
    references
        The columns that are foreign keys; with columns named as keys, positions and days they are the candidates.
    """
    parts = [c for c in table.columns if _may_be_part(c, names.read(table.name, c.name), references)]
    likely = sorted(parts, key=lambda c: _rank(c, names.read(table.name, c.name), references))[:_PARTS]
    columns = [c.name for c in parts if c in likely]
    sets = [
        chosen
        for size in (2, 3)
        for chosen in combinations(columns, size)
        if any(name in references or names.read(table.name, name).key for name in chosen)
        and _product(table, chosen) >= (1 - _COMPOSITE_TOLERATED) * table.rows
    ]
    if not sets or table.rows == 0:
        return None
    first = ", ".join(
        f"COUNT(DISTINCT ({sql.columns(chosen)})) AS {sql.ident(str(i))}" for i, chosen in enumerate(sets)
    )
    row = ask(f"SELECT COUNT(*) AS n, {first} FROM (SELECT * FROM {table.sql} LIMIT {_FIRST})")[0]
    promising = [chosen for i, chosen in enumerate(sets) if row[str(i)] >= _NEAR * row["n"]]
    usual = {chosen: _unlikeliness(table, chosen, names, references) for chosen in promising}
    promising.sort(key=lambda chosen: (len(chosen), *usual[chosen]))
    found = (_counted(table, chosen, references, ask, unlikeliness=usual[chosen]) for chosen in promising)
    return next((key for key in found if key), None)


def _rank(column: Column, reading: Reading, references: Sequence[str]) -> tuple[bool, bool, int]:
    """Numbers within a parent first, for they are few; then references with many values; days and hours last."""
    refers = column.name in references or column.family == "date"
    return refers, _is_moment(column, reading), -column.facts.distinct if refers else column.position


def _is_moment(column: Column, reading: Reading) -> bool:
    """Whether it tells a day or an hour, as a time or by the number of a row in a calendar."""
    return column.family == "date" or bool({"date", "time", "day", "hour"} & set(reading.words))


def _unlikeliness(table: Table, chosen: Sequence[str], names: Names, references: Sequence[str]) -> tuple[int, int]:
    """What a composite key usually is: a reference and a number within it, then references, then anything."""
    others = [name for name in chosen if name not in references]
    moments = sum(_is_moment(table.column(name), names.read(table.name, name)) for name in chosen)
    if len(others) == 1 and len(chosen) > 1 and _is_number_within(table, others[0], names):
        return 0, moments
    return (1 if not others else 2), moments


def _is_number_within(table: Table, name: str, names: Names) -> bool:
    """A line number, or the number of something that is no table of its own: the ticket of a sale."""
    reading = names.read(table.name, name)
    return _is_position(reading) or (bool(reading.key) and table.column(name).family in {"integer", "text"})


def _is_position(reading: Reading) -> bool:
    return bool(POSITIONS & set(reading.words)) or reading.words[-1].startswith(("line", "seq"))


def _may_be_part(column: Column, reading: Reading, references: Sequence[str]) -> bool:
    if column.name in references:
        return True
    if column.family == "date":
        return True
    if not may_be_key(column, reading):
        return False
    return bool(reading.key) or _is_position(reading)


def _product(table: Table, chosen: Sequence[str]) -> float:
    product = 1.0
    for name in chosen:
        product *= max(1, table.column(name).facts.distinct)
    return product * 1.1


def bridge_key(table: Table, names: Names) -> Key | None:
    """The key of a table that is named after two others and pairs them, though one of its columns happens to be unique."""
    key = table.primary_key
    single = [reference for reference in table.foreign_keys if len(reference.columns) == 1]
    if key is None or key.source == "declared" or key.columns not in {reference.columns for reference in single}:
        return None
    paired = {word for reference in single for word in names.tables[reference.to_table]}
    if len(single) != 2 or paired != set(names.tables[table.name]) or single[0].to_table == single[1].to_table:
        return None
    columns = tuple(c.name for c in table.columns if c.name in {reference.columns[0] for reference in single})
    complete = all(table.column(name).facts.nulls == 0 for name in columns)
    evidence = "named after the two tables that it pairs"
    return Key(columns, "inferred", 0.85, evidence, holds=complete and table.column(key.columns[0]).facts.unique)


def _counted(
    table: Table, chosen: tuple[str, ...], references: Sequence[str], ask: Ask, *, unlikeliness: tuple[int, int]
) -> Key | None:
    """The key, where it holds, or holds but for rows that are stored twice.

    Parameters
    ----------
    unlikeliness
        How far the columns are from what a key usually is; the further, the less is forgiven.
    """
    kind, moments = unlikeliness
    numbered = kind == 0 and not moments
    n = table.rows if table.rows > _MANY and ascends(table, chosen, ask) else combinations_of(table, chosen, ask)
    share = n / table.rows
    bridge = all(name in references for name in chosen) and len(table.columns) <= len(chosen) + 1
    if share == 1.0:
        certain = all(name in references for name in chosen) or len(chosen) == 2
        confidence = 0.9 if certain else 0.75
        return Key(chosen, "inferred", confidence, "unique together, no single column is", holds=True)
    if bridge and share >= 1 - _COMPOSITE_TOLERATED:
        return Key(chosen, "inferred", 0.8, f"all that the table holds; {share:.2%} of the pairs are distinct")
    sure = numbered or (kind == 1 and not moments and table.rows - n >= _MANY_TWICE)
    whole = not any(table.column(name).facts.nulls for name in chosen)
    if sure and whole and share >= 1 - _COMPOSITE_TOLERATED and _copies_alone(table, chosen, ask):
        return Key(chosen, "inferred", 0.8, _ONCE)
    return None


def combinations_of(table: Table, names: Sequence[str], ask: Ask) -> int:
    """How many distinct complete combinations of the columns there are."""
    listed = sql.columns(names)
    whole = " AND ".join(f"{sql.ident(name)} IS NOT NULL" for name in names)
    return int(ask(f"SELECT COUNT(*) AS n FROM (SELECT DISTINCT {listed} FROM {table.sql} WHERE {whole})")[0]["n"])
