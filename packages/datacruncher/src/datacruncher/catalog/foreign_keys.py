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
from datacruncher.catalog.lexicon import ENDS, PEOPLE, PLACES, SELF_ROLES, WORKER_ROLES
from datacruncher.catalog.model import Column, ForeignKey, Table
from datacruncher.catalog.names import Names, Reading, Words, own, same, target

_CODES = 20  # values from which a code of the same name is no list of words that two tables share
_ASKED = 4  # candidates per column whose values are compared
_FEWEST = 3  # distinct values of a column that refers to something by its values alone
_USED = 0.35  # share of a key's values that such a column must use
_CERTAINLY = 0.98  # share of rows with a parent where only the values speak
_WHOLE = frozenset({"integer", "decimal", "float"})


@dataclass(frozen=True, slots=True)
class Side:
    """A column, its table, and its name as read."""

    table: Table
    column: Column
    reading: Reading
    words: Words  # of the table's name
    primary: bool  # it is the whole primary key of its table

    def is_of(self, other: Side) -> bool:
        """Whether both stand in one table."""
        return self.table.name == other.table.name

    @property
    def said(self) -> frozenset[str]:
        """The words of its name."""
        return frozenset(self.reading.words)


@dataclass(frozen=True, slots=True)
class Pair:
    """A column and a key that it may refer to."""

    child: Side
    parent: Side
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
    sides = [_side(table, column, names) for table in tables.values() for column in table.columns]
    targets = [side for side in sides if side.primary or _is_second_key(side)]
    found: list[ForeignKey] = []
    for side in sides:
        if side.reading.blank:
            best = _by_values(side, targets, ask)
            found += [best] if best is not None else []
        elif _may_refer(side):
            pairs = sorted(_pairs(side, targets), key=lambda pair: -pair.name)
            best = _best(pairs[:_ASKED], ask)
            found += [best] if best is not None else []
    return _without_circles(found, names)


def _side(table: Table, column: Column, names: Names) -> Side:
    primary = table.primary_key is not None and table.primary_key.columns == (column.name,)
    return Side(table, column, names.read(table.name, column.name), names.tables[table.name], primary)


def _is_second_key(side: Side) -> bool:
    """A unique code of the table itself, beside its key; a code of something else would be a reference."""
    column, entity = side.column, side.reading.entity
    own_code = not entity or own(entity, side.words) >= 0.7
    return column.family == "text" and bool(side.reading.key) and column.facts.unique and own_code


def _may_refer(side: Side) -> bool:
    facts = side.column.facts
    if not may_be_key(side.column, side.reading):
        return False
    if facts.present == 0 and facts.rows > 0:
        return bool(side.reading.key)  # nothing to compare: a name that leaves no doubt must do
    return facts.distinct > 1 or facts.rows < 1000 or bool(side.reading.key)


def _pairs(child: Side, targets: Sequence[Side]) -> Iterator[Pair]:
    for parent in targets:
        same_table = parent.is_of(child)
        if (same_table and (parent.column is child.column or not parent.primary)) or not comparable(
            child.column, parent.column
        ):
            continue
        name, why = _name(child, parent)
        if not parent.primary and name < 0.75:
            continue
        if child.primary and (same_table or name < 0.7 or _named_after_itself(child, name)):
            continue
        telling = _telling(child.column, parent, targets)
        alone = telling and not child.primary and (child.reading.key or _is_code(child.column, parent.column))
        if name >= 0.25 or alone:
            yield Pair(child, parent, name, telling, why)


def _is_code(column: Column, key: Column) -> bool:
    """Values that are codes, too many and too alike to be words that two columns share."""
    if column.family == "uuid":
        return True
    coded = min(c.facts.forms.get("code", 0.0) + c.facts.forms.get("uuid", 0.0) for c in (column, key))
    return coded >= 0.95 and column.facts.distinct >= 10 and key.facts.distinct >= 10


def _named_after_itself(side: Side, other: float) -> bool:
    """Whether a table's own key says so: a bare ``id``, or its own name more than another's; such a key refers to nothing."""
    entity = side.reading.entity
    return not entity or same(entity, side.words) >= 0.9 or own(entity, side.words) > other


def comparable(column: Column, key: Column) -> bool:
    """Whether values of the two columns can be compared at all."""
    if column.family in _WHOLE and key.family in _WHOLE:
        return True
    return {column.family, key.family} <= {"text", "uuid"}


def _name(child: Side, parent: Side) -> tuple[float, str]:
    """How surely the names say that one column refers to the other, and why."""
    entity, key = child.reading.entity, parent.reading
    by_table = target(entity, parent.words) if entity else 0.0
    scores = [(by_table, "named after the table")]
    if key.entity and entity:
        by_key = target(entity, key.entity)
        full = child.reading.words == key.words and bool(key.key)
        scores.append((min(1.0, by_key + 0.02 * full) if full or by_table else 0.8 * by_key, "named as the key"))
    if _same_code(child, parent):
        scores.append((0.9, "named as the key"))
    if parent.is_of(child):
        scores = [(score * (0.95 if child.said & SELF_ROLES else 0.3), why) for score, why in scores]
    scores.append((_by_role(child, parent), "a role of its rows"))
    if not child.reading.key and child.column.family == "text":
        scores = [(score if score >= 0.9 else 0.6 * score, why) for score, why in scores]
    if child.said & ENDS and set(parent.words) & PLACES and child.column.family == parent.column.family:
        scores.append((0.75, "an end of a way"))
    return max(scores)


def _same_code(child: Side, parent: Side) -> bool:
    """A code that is called the same in both tables and is the whole key of one: ``tailnum``, ``iso3``."""
    if child.column.name.casefold() != parent.column.name.casefold() or not parent.primary or child.primary:
        return False
    return child.column.family in {"text", "uuid"} and parent.column.facts.distinct >= _CODES


def _by_role(child: Side, parent: Side) -> float:
    """Columns named after a role: a manager is an employee, a parent is one of the same table."""
    refers = bool(child.reading.key) or child.reading.words[-1] in {"to", "by", "of"}
    if not refers and len(child.said) > 1:
        return 0.0
    if parent.is_of(child) and child.said & SELF_ROLES:
        if not _has_roots(child.column, parent.column):
            return 0.2
        return 0.62 if not child.said & WORKER_ROLES else (0.6 if child.words[-1] in PEOPLE else 0.2)
    if child.said & WORKER_ROLES:
        rank = next((i for i, word in enumerate(PEOPLE) if parent.words[-1] == word), None)
        return 0.0 if rank is None else 0.58 - 0.01 * rank
    return 0.0


def _has_roots(column: Column, key: Column) -> bool:
    """A reference to the own table has a beginning: rows without one, or the first row itself."""
    return column.facts.nulls > 0 or column.facts.minimum == key.facts.minimum


def _telling(column: Column, parent: Side, targets: Sequence[Side]) -> bool:
    """Whether no other key covers the column's range: then containment can't be an accident of small numbers."""
    key = parent.column
    if column.family in {"text", "uuid"}:
        return column.facts.distinct >= 3 and key.facts.distinct >= 5
    low, high = column.facts.minimum, column.facts.maximum
    if low is None or column.facts.distinct < 5:
        return False
    dense = key.facts.minimum is not None and key.facts.minimum <= 1
    others = (side.column for side in targets if not side.is_of(parent) and side.column.family in _WHOLE)
    ranges = ((other.facts.minimum, other.facts.maximum) for other in others if other.facts.minimum is not None)
    return not dense and not any(least <= low and high <= most for least, most in ranges)


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
    return _reference(pair, overlap, round(confidence, 3))


def _reference(pair: Pair, overlap: Overlap, confidence: float) -> ForeignKey:
    evidence = f"{pair.why}; {overlap.contained:.2%} of its rows have a parent"
    return ForeignKey(
        pair.child.table.name,
        (pair.child.column.name,),
        pair.parent.table.name,
        (pair.parent.column.name,),
        "inferred",
        confidence,
        overlap.orphans,
        evidence,
    )


def _by_values(child: Side, targets: Sequence[Side], ask: Ask) -> ForeignKey | None:
    """The key that a column without a telling name refers to, if its values leave one: never a certain one.

    Ranges of whole numbers fit each other by accident, so that the key must be nearly used up: of two keys that hold the values,
    the smaller one.
    """
    facts = child.column.facts
    if child.primary or facts.distinct < _FEWEST or not may_be_key(child.column, child.reading):
        return None
    options = [
        (facts.distinct / parent.column.facts.distinct, parent)
        for parent in targets
        if parent.primary and parent.column is not child.column and _may_hold(child, parent)
    ]
    for used, parent in sorted(options, key=lambda option: -option[0])[:_ASKED]:
        overlap = overlap_of(child.column, parent.column, ask)
        if (used >= _USED or _telling(child.column, parent, targets)) and overlap.contained >= _CERTAINLY:
            confidence = round(0.5 + 0.25 * min(1.0, used), 3)
            pair = Pair(child, parent, 0.0, False, "by its values alone")
            return _reference(pair, overlap, confidence)
    return None


def _may_hold(child: Side, parent: Side) -> bool:
    """Whether the facts allow it: comparable, within its range, and a reason for a reference to the own table."""
    column, key = child.column, parent.column
    if not comparable(column, key) or key.facts.distinct == 0:
        return False
    if parent.is_of(child):
        return column.facts.nulls > 0
    if column.family in _WHOLE:
        return bool(key.facts.minimum <= column.facts.minimum and column.facts.maximum <= key.facts.maximum)
    return _is_code(column, key) or column.facts.distinct >= _CODES


def _judged(pair: Pair, ask: Ask) -> tuple[float, Overlap] | None:
    """Confidence and overlap of a pair; None if its values deny it."""
    if pair.child.column.facts.present == 0:
        return (0.5, Overlap(0, 0, 0, 0)) if pair.name >= 0.85 else None
    overlap = overlap_of(pair.child.column, pair.parent.column, ask)
    confidence = _confidence(pair, overlap)
    return None if confidence is None else (confidence, overlap)


def _confidence(pair: Pair, overlap: Overlap) -> float | None:
    contained, name = overlap.contained, pair.name
    for least, tolerated, confidence in _RULES:
        if name >= least:
            return confidence + 0.03 * name - 0.1 * (1 - contained) if contained >= tolerated else None
    if pair.telling and contained >= _CERTAINLY:
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
    """Of two keys that refer to each other, the one that is named after its parent stays; of equals the first."""
    by_ends = {(key.table, key.columns): key for key in found}
    kept: list[ForeignKey] = []
    for key in found:
        back = by_ends.get((key.to_table, key.to_columns))
        if (
            back is None
            or back is key
            or (back.to_table, back.to_columns) != (key.table, key.columns)
            or (_fits(key, names), found.index(back)) > (_fits(back, names), found.index(key))
        ):
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
    joined = " AND ".join(f"p.{sql.ident(b)} = v.{sql.ident(a)}" for a, b in zip(columns, key, strict=True))
    row = ask(f"""WITH _values AS (
  SELECT {sql.columns(columns)}, COUNT(*) AS _n FROM {child.sql} WHERE {whole} GROUP BY ALL
)
SELECT COALESCE(SUM(_n), 0) AS present,
       COALESCE(SUM(_n) FILTER (WHERE NOT EXISTS (
         SELECT 1 FROM {parent.sql} p WHERE {joined}
       )), 0) AS orphans
FROM _values v""")[0]
    present, orphans = int(row["present"]), int(row["orphans"])
    if not present or orphans / present > 0.05:
        return None
    evidence = f"the same columns; {1 - orphans / present:.2%} of its rows have a parent"
    return ForeignKey(child.name, tuple(columns), parent.name, tuple(key), "inferred", 0.9, orphans, evidence)
