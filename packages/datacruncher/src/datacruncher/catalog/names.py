"""Reading names: words, keys, entities, abbreviations. Names prune, values decide."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from datacruncher.catalog.lexicon import (
    ABBREVIATIONS,
    GLUED,
    IRREGULAR,
    KEY_WORDS,
    MEANING,
    NAMELESS,
    NOT_GLUED,
    STRONG_KEYS,
    TABLE_PREFIXES,
    TABLE_SUFFIXES,
)

Words = tuple[str, ...]

_CUT = re.compile(r"[^0-9A-Za-z]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")


def words(name: str) -> Words:
    """The words of a name, lower-case: ``SupportRepId`` → support, rep, id."""
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    found = tuple(piece.lower() for piece in _CUT.split(plain) if piece)
    return found or (name.lower(),)


def singular(word: str) -> str:
    """The singular of an English noun, well enough for names of tables."""
    if len(word) < 4 or word.endswith(("ss", "us", "is")):
        return IRREGULAR.get(word, word)
    if word in IRREGULAR:
        return IRREGULAR[word]
    if word.endswith("ies"):
        return word if word in {"series", "species", "movies"} else word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


def abbreviates(short: str, long: str) -> bool:
    """Whether `short` may stand for `long`: known, a prefix of three letters or more, or its consonants in order."""
    if ABBREVIATIONS.get(short) == long:
        return True
    if len(short) < 3 or len(short) >= len(long) or short[0] != long[0]:
        return False
    if long.startswith(short):
        return True
    letters = iter(long)
    return not set(short) & set("aeiou") and all(sign in letters for sign in short)


def similar(word: str, other: str) -> float:
    """How surely two words mean the same: 1 the same, 0.9 an abbreviation, 0.6 a synonym, 0 otherwise."""
    if word == other:
        return 1.0
    if abbreviates(word, other) or abbreviates(other, word):
        return 0.9
    full, other_full = ABBREVIATIONS.get(word, word), ABBREVIATIONS.get(other, other)
    return 0.6 if MEANING.get(full, full) == MEANING.get(other_full, other_full) else 0.0


def same(left: Words, right: Words) -> float:
    """How surely two sequences of words mean the same thing."""
    if not left or not right:
        return 0.0
    if "".join(left) == "".join(right):
        return 1.0
    if len(left) == len(right):
        return min(similar(a, b) for a, b in zip(left, right, strict=True))
    short, long = sorted((left, right), key=len)
    if len(short) != 1:
        return 0.0
    if short[0] == "".join(word[0] for word in long):
        return 0.7
    return 0.85 if len(long) == 2 and _merges(short[0], long) else 0.0


def _merges(word: str, pair: Words) -> bool:
    """Whether a word begins as the first of two and goes on as a short form of the second: ``cdemo``, customer demographics."""
    first, second = pair
    return any(word[:n] == first[:n] and abbreviates(word[n:], second) for n in (1, 2, 3))


@dataclass(frozen=True, slots=True)
class Reading:
    """A column's name, read.

    Parameters
    ----------
    words
        All its words, without the letters that all columns of its table begin with.
    entity
        The words that say of what it is a key, singular; empty for a bare ``id``.
    key
        The word that says that it is a key; empty if none does.
    """

    words: Words
    entity: Words
    key: str

    @property
    def strong(self) -> bool:
        """Whether its key word means nothing else."""
        return self.key in STRONG_KEYS

    @property
    def blank(self) -> bool:
        """Whether the name says nothing: ``c7``, ``col_12``, ``field3``."""
        return all(word.isdigit() or len(word) == 1 or word in NAMELESS for word in self.words)


class Names:
    """Reads the names of one dataset, knowing its tables.

    Parameters
    ----------
    tables
        Table → names of its columns.
    """

    def __init__(self, tables: Mapping[str, Sequence[str]]) -> None:
        self.tables = {name: table_words(name) for name in tables}
        self._vocabulary = {word for found in self.tables.values() for word in found}
        self._prefixes = {name: _common_prefix(columns) for name, columns in tables.items()}

    def read(self, table: str, column: str) -> Reading:
        """The reading of a column's name."""
        found = words(column)
        prefix = self._prefixes[table]
        if prefix and len(found) > 1 and found[0] == prefix:
            found = found[1:]
        found = tuple(piece for word in found for piece in self._unglued(word))
        lead = found[0] in {"fk", "pk", "id", "sk"} and len(found) > 1
        if found[-1] in KEY_WORDS:
            entity, key = found[:-1], found[-1]
            while len(entity) > 1 and entity[-1] in {"id", "key", "fk", "pk"}:
                entity = entity[:-1]
            if entity and entity[0] in {"fk", "pk"}:
                entity = entity[1:]
        elif lead:
            entity, key = found[1:], found[0]
        else:
            entity, key = found, ""
        reading = Reading(found, tuple(singular(word) for word in entity), key)
        return Reading(found, (), "") if reading.blank else reading

    def _unglued(self, word: str) -> tuple[str, ...]:
        """``custkey`` → cust, key; ``userid`` → user, id; a word that only happens to end so stays whole."""
        if word in KEY_WORDS or word in NOT_GLUED or word in self._vocabulary or singular(word) in self._vocabulary:
            return (word,)
        for key in GLUED:
            stem = word.removesuffix(key)
            if stem != word and (self._is_entity(stem) or (key in {"key", "uuid", "guid"} and len(stem) > 2)):
                return stem, key
        return (word,)

    def _is_entity(self, stem: str) -> bool:
        stem = singular(stem)
        if len(stem) < 2:
            return False
        return stem in self._vocabulary or any(abbreviates(stem, word) for word in self._vocabulary)


def table_words(name: str) -> Words:
    """The words of a table's name, singular, without what warehouses put around it."""
    found = tuple(word for word in words(name) if not word.isdigit()) or words(name)
    while len(found) > 1 and found[0] in TABLE_PREFIXES:
        found = found[1:]
    while len(found) > 1 and found[-1] in TABLE_SUFFIXES:
        found = found[:-1]
    return tuple(singular(word) for word in found)


def _common_prefix(columns: Iterable[str]) -> str:
    """The one to four letters that nearly all columns of a table begin with (``l_`` in ``l_orderkey``), or empty."""
    names = list(columns)
    heads = Counter(found[0] for name in names if len(found := words(name)) > 1)
    if len(names) < 2 or not heads:
        return ""
    head, n = heads.most_common(1)[0]
    return head if n >= 0.9 * len(names) and len(head) <= 4 and head not in KEY_WORDS else ""


def target(entity: Words, table: Words) -> float:
    """How surely a key of `entity` points to `table`: 1 by its whole name, 0.9 with a role before it, less in part."""
    n, m = len(entity), len(table)
    if whole := same(entity, table):
        return whole
    if n > m:
        return max(0.9 * same(entity[n - m :], table), 0.6 * same(entity[:m], table))
    merged = 0.9 * same(entity[-1:], table) if n > 1 else 0.0
    if m > n:
        return max(merged, 0.75 * same(table[m - n :], entity), 0.55 * same(table[:n], entity))
    return merged


def own(entity: Words, table: Words) -> float:
    """How surely a key of `entity` is the key of `table` itself (a role before it makes it another's)."""
    whole = same(entity, table)
    n, m = len(entity), len(table)
    if whole or n >= m:
        return whole
    return max(0.85 * same(table[m - n :], entity), 0.8 * same(table[:n], entity))
