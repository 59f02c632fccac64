"""Spellings of one category: which values of a short list are another value in other dress, or with one typo.

Works on the distinct values of a column and their counts (at most a few hundred), never on rows.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from datacruncher.checks.validity._codes import COUNTRY_NAMES

_RARE = 0.02  # share of rows up to which a value may be a typo
_TIMES = 15  # how many times more frequent the right spelling is at least; of long words, with fewer neighbours:
_TIMES_LONG = 5
_LONG = 6
_SHORTEST = 4  # letters: shorter words have too many true neighbours


@dataclass(frozen=True, slots=True)
class Variant:
    """A spelling, the spelling it stands for, and how they differ: space, case, normalization or spelling."""

    value: str
    canonical: str
    rows: int
    kind: str


def variants_of(counted: Sequence[tuple[Any, int]]) -> dict[str, Variant]:
    """Spelling → variant, for (value, rows) pairs of one column."""
    words = [(value, n) for value, n in counted if isinstance(value, str) and value.strip()]
    dressed = _dressed(words)
    plain = [(value, n) for value, n in words if value not in dressed]
    return dressed | _mistyped(plain, sum(n for _, n in words))


def folded(value: str) -> str:
    """The word without its dress: composed, trimmed, single blanks for hyphens and underscores, no case."""
    composed = unicodedata.normalize("NFC", value)
    return re.sub(r"[\s_\-\u00a0\u200b\ufeff]+", " ", composed).strip().casefold()


def _dressed(words: Sequence[tuple[str, int]]) -> dict[str, Variant]:
    groups: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for value, n in words:
        groups[folded(value)].append((value, n))
    found: dict[str, Variant] = {}
    for group in groups.values():
        canonical = max(group, key=lambda item: (item[0] == item[0].strip(), item[1], item[0]))[0]
        for value, n in group:
            if value != canonical:
                found[value] = Variant(value, canonical, n, _difference(value, canonical))
    return found


def _difference(value: str, canonical: str) -> str:
    if value.strip() == canonical.strip():
        return "space"
    if unicodedata.normalize("NFC", value) == unicodedata.normalize("NFC", canonical):
        return "normalization"
    return "case" if value.strip().casefold() == canonical.strip().casefold() else "space"


def _mistyped(words: Sequence[tuple[str, int]], total: int) -> dict[str, Variant]:
    found: dict[str, Variant] = {}
    rare = [(value, n) for value, n in words if n <= _RARE * total and len(value) >= _SHORTEST]
    for value, n in rare:
        times = _TIMES_LONG if len(value) >= _LONG else _TIMES
        near = [(other, m) for other, m in words if m >= times * n and _one_typo(folded(value), folded(other))]
        if near:
            found[value] = Variant(value, max(near, key=lambda item: item[1])[0], n, "spelling")
    return found


def _one_typo(value: str, other: str) -> bool:
    """One letter too many, too few, another one, or two swapped; never a digit, never two true countries."""
    if abs(len(value) - len(other)) > 1 or len(other) < _SHORTEST or value == other:
        return False
    if re.sub(r"\D", "", value) != re.sub(r"\D", "", other) or {value, other} <= COUNTRY_NAMES:
        return False
    start = next((i for i, (a, b) in enumerate(zip(value, other, strict=False)) if a != b), min(len(value), len(other)))
    a, b = value[start:], other[start:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[:2][::-1] and a[2:] == b[2:])
