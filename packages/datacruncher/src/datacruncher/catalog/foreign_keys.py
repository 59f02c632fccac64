"""Foreign keys of tables that declare none: names prune, values decide.

For each column that may refer to something, the tables whose names fit are asked whether they hold its values. The better
the name, the more missing parents are tolerated (and then reported); the worse, the more the values must say by
themselves. A range of small numbers that merely fits 1…N says little. One target per column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from datacruncher import sql
from datacruncher.catalog.keys import Ask, may_be_key
from datacruncher.catalog.model import Column, ForeignKey, Table
from datacruncher.catalog.names import PEOPLE, SELF_ROLES, WORKER_ROLES, Names, Reading, same, target

_ASKED = 4  # candidates per column whose values are compared
_WHOLE = frozenset({"integer", "decimal", "float"})


@dataclass(frozen=True, slots=True)
class Pair:
    """A column and a key that it may refer to."""

    child: Column
    parent: Table
    key: Column
    name: float  # how surely the names say so
    telling: bool  # whether containment is evidence by itself: no other key covers the same range
    why: str


@dataclass(frozen=True, slots=True)
class Overlap:
    """What the values say: rows with a value, those without a parent, distinct values, those without a parent."""

    present: int
    orphans: int
    distinct: int
    missing: int

    @property
    def contained(self) -> float:
        """Share of rows whose parent exists."""
        return 1 - self.orphans / self.present if self.present else 1.0


def foreign_keys(tables: Mapping[str, Table], names: Names, ask: Ask) -> list[ForeignKey]:
    """The single-column foreign keys among `tables`, whose primary keys are known."""
    targets = list(_targets(tables, names))
    found: list[ForeignKey] = []
    for table in tables.values():
        for column in table.columns:
            reading = names.read(table.name, column.name)
            if not _may_refer(table, column, reading):
                continue
            pairs = sorted(_pairs(table, column, reading, targets, names), key=lambda pair: -pair.name)
            best = _best(pairs[:_ASKED], ask)
            if best is not None:
                found.append(best)
    return _without_circles(found, names)


def _targets(tables: Mapping[str, Table], names: Names) -> Iterator[tuple[Table, Column, bool]]:
    """What may be referred to: single primary keys, and unique codes beside them."""
    for table in tables.values():
        key = table.primary_key.columns if table.primary_key else ()
        if len(key) == 1:
            yield table, table.column(key[0]), True
        for column in table.columns:
            reading = names.read(table.name, column.name)
            if column.name not in key and column.family == "text" and reading.key and column.facts.unique:
                yield table, column, False


def _may_refer(table: Table, column: Column, reading: Reading) -> bool:
    if not may_be_key(column, reading) or (column.facts.present == 0 and column.facts.rows > 0):
        return False
    return column.facts.distinct > 1 or column.facts.rows < 1000 or bool(reading.key)


def _pairs(
    table: Table, column: Column, reading: Reading, targets: Sequence[tuple[Table, Column, bool]], names: Names
) -> Iterator[Pair]:
    own_key = table.primary_key is not None and table.primary_key.columns == (column.name,)
    for parent, key, primary in targets:
        if (parent.name == table.name and (key.name == column.name or not primary)) or not comparable(column, key):
            continue
        name, why = _name(table, column, reading, parent, key, names)
        if not primary and name < 0.75:
            continue
        if own_key and (parent.name == table.name or name < 0.7 or _named_after(table, reading, names)):
            continue
        telling = _telling(column, parent, key, targets)
        if name >= 0.25 or (telling and reading.key and not own_key):
            yield Pair(column, parent, key, name, telling, why)


def _named_after(table: Table, reading: Reading, names: Names) -> bool:
    """Whether a table's own key says so: a bare ``id``, or the table's own name; such a key refers to nothing."""
    return not reading.entity or same(reading.entity, names.tables[table.name]) >= 0.9


def comparable(column: Column, key: Column) -> bool:
    """Whether values of the two columns can be compared at all."""
    if column.family in _WHOLE and key.family in _WHOLE:
        return True
    return {column.family, key.family} <= {"text", "uuid"}


def _name(
    table: Table, column: Column, reading: Reading, parent: Table, key: Column, names: Names
) -> tuple[float, str]:
    """How surely the names say that `column` refers to `key`, and why."""
    words = names.tables[parent.name]
    key_reading = names.read(parent.name, key.name)
    by_table = target(reading.entity, words) if reading.entity else 0.0
    scores = [(by_table, "named after the table")]
    if key_reading.entity and reading.entity:
        by_key = target(reading.entity, key_reading.entity)
        full = reading.words == key_reading.words and bool(key_reading.key)
        scores.append((min(1.0, by_key + 0.02 * full) if full or by_table else 0.8 * by_key, "named as the key"))
    if parent.name == table.name:
        scores = [(score * (0.95 if set(reading.words) & SELF_ROLES else 0.3), why) for score, why in scores]
    scores.append((_by_role(table, reading, parent, names), "a role of its rows"))
    if not reading.key and column.family == "text":
        scores = [(score if score >= 0.9 else 0.6 * score, why) for score, why in scores]
    return max(scores)


def _by_role(table: Table, reading: Reading, parent: Table, names: Names) -> float:
    """Columns named after a role: a manager is an employee, a parent is one of the same table."""
    said = set(reading.words)
    refers = bool(reading.key) or reading.words[-1] in {"to", "by", "of"}
    if not refers and len(said) > 1:
        return 0.0
    if parent.name == table.name and said & SELF_ROLES:
        rooted = _rooted(table, reading, names)
        return 0.62 if rooted and not (said & WORKER_ROLES) else (0.6 if rooted and _is_people(table, names) else 0.2)
    if said & WORKER_ROLES:
        words = names.tables[parent.name]
        rank = next((i for i, word in enumerate(PEOPLE) if words[-1] == word), None)
        return 0.0 if rank is None else 0.58 - 0.01 * rank
    return 0.0


def _is_people(table: Table, names: Names) -> bool:
    return names.tables[table.name][-1] in PEOPLE


def _rooted(table: Table, reading: Reading, names: Names) -> bool:
    """A reference to the own table has a beginning: rows without one."""
    column = next(c for c in table.columns if names.read(table.name, c.name) == reading)
    return column.facts.nulls > 0 or column.facts.minimum == _own_minimum(table)


def _own_minimum(table: Table) -> object:
    key = table.key_columns
    return key[0].facts.minimum if len(key) == 1 else None


def _telling(column: Column, parent: Table, key: Column, targets: Sequence[tuple[Table, Column, bool]]) -> bool:
    """Whether no other key covers the column's range: then containment can't be an accident of small numbers."""
    if column.family in {"text", "uuid"}:
        return column.facts.distinct >= 3 and key.facts.distinct >= 5
    low, high = column.facts.minimum, column.facts.maximum
    if low is None or column.facts.distinct < 5:
        return False
    rivals = (
        other
        for table, other, _ in targets
        if table.name != parent.name and other.family in _WHOLE and other.facts.minimum is not None
    )
    dense = key.facts.minimum is not None and key.facts.minimum <= 1
    return not dense and not any(other.facts.minimum <= low and high <= other.facts.maximum for other in rivals)


def _best(pairs: Sequence[Pair], ask: Ask) -> ForeignKey | None:
    """The most certain of the candidates, by values."""
    judged = [
        (confidence, pair, overlap)
        for pair in pairs
        if (found := _judged(pair, ask))
        for confidence, overlap in [found]
    ]
    if not judged:
        return None
    confidence, pair, overlap = max(judged, key=lambda item: (item[0], item[1].name, item[2].contained))
    evidence = f"{pair.why}; {overlap.contained:.2%} of its rows have a parent"
    return ForeignKey(
        pair.child.table,
        (pair.child.name,),
        pair.parent.name,
        (pair.key.name,),
        "inferred",
        round(confidence, 3),
        overlap.orphans,
        evidence,
    )


def _judged(pair: Pair, ask: Ask) -> tuple[float, Overlap] | None:
    """Confidence and overlap of a pair; None if its values deny it."""
    if pair.child.facts.present == 0:
        return (0.5, Overlap(0, 0, 0, 0)) if pair.name >= 0.85 else None
    overlap = overlap_of(pair.child, pair.key, ask)
    confidence = _confidence(pair, overlap)
    return None if confidence is None else (confidence, overlap)


def _confidence(pair: Pair, overlap: Overlap) -> float | None:
    contained, name = overlap.contained, pair.name
    for least, tolerated, confidence in _RULES:
        if name >= least:
            return confidence + 0.03 * name - 0.1 * (1 - contained) if contained >= tolerated else None
    if pair.telling and contained >= 0.98:
        return 0.65
    return None


# name at least → rows with a parent at least → confidence. The better the name, the more orphans are tolerated.
_RULES = ((0.95, 0.5, 0.95), (0.7, 0.8, 0.9), (0.5, 0.9, 0.8), (0.45, 0.95, 0.7))


def overlap_of(child: Column, key: Column, ask: Ask) -> Overlap:
    """A semi-join of the column's distinct values with the key's, weighed by rows."""
    c, k = child.sql, key.sql
    cast = "CAST({} AS VARCHAR)" if child.family != key.family and "uuid" in {child.family, key.family} else "{}"
    query = f"""WITH _values AS (
  SELECT {c} AS value, COUNT(*) AS n FROM {sql.ident(child.table)} WHERE {c} IS NOT NULL GROUP BY 1
), _missing AS (
  SELECT n FROM _values WHERE {cast.format("value")} NOT IN (
    SELECT {cast.format(k)} FROM {sql.ident(key.table)} WHERE {k} IS NOT NULL)
)
SELECT (SELECT COALESCE(SUM(n), 0) FROM _values) AS present, (SELECT COUNT(*) FROM _values) AS distinct_values,
       (SELECT COALESCE(SUM(n), 0) FROM _missing) AS orphans, (SELECT COUNT(*) FROM _missing) AS missing"""
    row = ask(query)[0]
    return Overlap(int(row["present"]), int(row["orphans"]), int(row["distinct_values"]), int(row["missing"]))


def _without_circles(found: list[ForeignKey], names: Names) -> list[ForeignKey]:
    """Of two keys that refer to each other, the one that is named after its parent stays."""
    by_ends = {(key.table, *key.columns): key for key in found}
    kept = []
    for key in found:
        back = by_ends.get((key.to_table, *key.to_columns))
        mutual = back is not None and back.to_table == key.table and back.to_columns == key.columns and back is not key
        if not mutual or back is None or _fits(key, names) >= _fits(back, names):
            kept.append(key)
    return kept


def _fits(key: ForeignKey, names: Names) -> float:
    reading = names.read(key.table, key.columns[0])
    return same(reading.entity, names.tables[key.to_table])


def composite_foreign_keys(tables: Mapping[str, Table], names: Names, ask: Ask) -> list[ForeignKey]:
    """References to composite keys: columns that mean the same, and whose combinations exist in the parent."""
    found = []
    for parent in tables.values():
        key = parent.primary_key
        if key is None or len(key.columns) < 2:
            continue
        for child in tables.values():
            columns = _counterparts(child, parent, key.columns, names) if child.name != parent.name else None
            if columns and (reference := _composite(child, columns, parent, key.columns, ask)):
                found.append(reference)
    return found


def _counterparts(child: Table, parent: Table, key: Sequence[str], names: Names) -> tuple[str, ...] | None:
    """For each column of the key the child's column of the same meaning; None unless there is one for each."""
    if child.primary_key is not None and set(child.primary_key.columns) == set(key):
        return None
    grandparents = {fk.columns: (fk.to_table, fk.to_columns) for fk in parent.foreign_keys}
    chosen: list[str] = []
    for name in key:
        reading = names.read(parent.name, name)
        to = grandparents.get((name,))
        same_target = [fk.columns[0] for fk in child.foreign_keys if to and (fk.to_table, fk.to_columns) == to]
        same_name = [
            c.name for c in child.columns if reading.key and names.read(child.name, c.name).words == reading.words
        ]
        options = [option for option in (*same_name, *same_target) if option not in chosen]
        if not options:
            return None
        chosen.append(options[0])
    return tuple(chosen)


def _composite(child: Table, columns: Sequence[str], parent: Table, key: Sequence[str], ask: Ask) -> ForeignKey | None:
    whole = " AND ".join(f"{sql.ident(name)} IS NOT NULL" for name in columns)
    row = ask(f"""WITH _values AS (
  SELECT {sql.columns(columns)}, COUNT(*) AS _n FROM {child.sql} WHERE {whole} GROUP BY ALL
)
SELECT COALESCE(SUM(_n), 0) AS present,
       COALESCE(SUM(_n) FILTER (WHERE NOT EXISTS (
         SELECT 1 FROM {parent.sql} p WHERE {" AND ".join(f"p.{sql.ident(b)} = v.{sql.ident(a)}" for a, b in zip(columns, key, strict=True))}
       )), 0) AS orphans
FROM _values v""")[0]
    present, orphans = int(row["present"]), int(row["orphans"])
    if not present or orphans / present > 0.05:
        return None
    evidence = f"the same columns; {1 - orphans / present:.2%} of its rows have a parent"
    return ForeignKey(child.name, tuple(columns), parent.name, tuple(key), "inferred", 0.9, orphans, evidence)
