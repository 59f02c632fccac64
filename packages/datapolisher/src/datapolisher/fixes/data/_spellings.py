"""Which spellings of a column's values are one word in other dress; works on distinct values, never on rows."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping

from datapolisher.expressions import BLANKS

# A column with more distinct values is no list of categories.
LIMIT = 10_000
# Rows, and the share of all rows with the same letters, from which a spelling is a word of its own.
_IN_USE, _SHARE_IN_USE = 20, 0.25


def clean(value: str) -> str:
    """The value composed (NFC), trimmed, with single blanks inside."""
    spaced = "".join(" " if char in BLANKS else char for char in unicodedata.normalize("NFC", value))
    return " ".join(spaced.split())


def folded(value: str) -> str:
    """The word without its dress: clean, and without case."""
    return unicodedata.normalize("NFC", clean(value).casefold())


def merged(
    counted: Mapping[str, int], accepted: Collection[str] = (), *, fold: Callable[[str], str] = folded
) -> dict[str, str]:
    """Spelling → the spelling that stands for it.

    Parameters
    ----------
    counted
        Value → rows.
    accepted
        The declared list, if there is one: its members stand for themselves, and only they are mapped to.
    fold
        What two spellings of one word have in common; `clean` where case has a meaning.
    """
    listed: dict[str, list[str]] = defaultdict(list)
    for member in accepted:
        listed[fold(member)].append(member)
    groups: dict[str, list[str]] = defaultdict(list)
    for value in counted:
        groups[fold(value)].append(value)
    found: dict[str, str] = {}
    for word, group in groups.items():
        right = _canonical(group, counted, listed.get(word, []), declared=bool(accepted))
        found |= {value: right for value in group if right is not None and value != right and value not in accepted}
    return found


def case_has_meaning(counted: Mapping[str, int]) -> bool:
    """Whether two words that differ in case alone are both in use: then neither is the other, written otherwise."""
    used: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for value, rows in counted.items():
        used[folded(value)][clean(value)] += rows
    seconds = ((sorted(rows.values())[-2], sum(rows.values())) for rows in used.values() if len(rows) > 1)
    return any(second >= _IN_USE and second >= _SHARE_IN_USE * whole for second, whole in seconds)


def _canonical(group: list[str], counted: Mapping[str, int], members: list[str], *, declared: bool) -> str | None:
    """The one declared member, else the commonest spelling that is clean; None where there is nothing to map to."""
    if declared:
        return members[0] if len(members) == 1 else None
    return clean(max(group, key=lambda value: (value == clean(value), counted[value], value)))


def with_trimmed(mapping: Mapping[str, str]) -> dict[str, str]:
    """The mapping, with its spellings as an earlier step would have trimmed them."""
    right = set(mapping.values())
    more = {value.strip(BLANKS): new for value, new in mapping.items()}
    return {old: new for old, new in {**more, **mapping}.items() if old not in right}
