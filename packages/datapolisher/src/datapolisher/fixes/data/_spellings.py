"""Which spellings of a column's values are one word in other dress; works on distinct values, never on rows."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Mapping

from datapolisher.expressions import BLANKS

# A column with more distinct values is no list of categories.
LIMIT = 10_000


def clean(value: str) -> str:
    """The value composed (NFC), trimmed, with single blanks inside."""
    spaced = "".join(" " if char in BLANKS else char for char in unicodedata.normalize("NFC", value))
    return " ".join(spaced.split())


def folded(value: str) -> str:
    """The word without its dress: clean, and without case."""
    return unicodedata.normalize("NFC", clean(value).casefold())


def merged(counted: Mapping[str, int], accepted: Collection[str] = ()) -> dict[str, str]:
    """Spelling → the spelling that stands for it.

    Parameters
    ----------
    counted
        Value → rows.
    accepted
        The declared list, if there is one: its members stand for themselves, and only they are mapped to.
    """
    listed: dict[str, list[str]] = defaultdict(list)
    for member in accepted:
        listed[folded(member)].append(member)
    groups: dict[str, list[str]] = defaultdict(list)
    for value in counted:
        groups[folded(value)].append(value)
    found: dict[str, str] = {}
    for fold, group in groups.items():
        right = _canonical(group, counted, listed.get(fold, []), declared=bool(accepted))
        found |= {value: right for value in group if right is not None and value != right and value not in accepted}
    return found


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
