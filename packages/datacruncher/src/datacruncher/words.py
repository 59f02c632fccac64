"""Words and sentences: sets of words, and sentences from templates that take names and format specs, nothing else."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from typing import Any

_FORMATTER = string.Formatter()


def word_set(text: str) -> frozenset[str]:
    """The words of a text that only lists them."""
    return frozenset(text.split())


def names_in(template: str) -> list[str]:
    """The names that a template uses.

    Raises
    ------
    ValueError
        The template is malformed, or asks for more than a name (an attribute, an index, a conversion).
    """
    found = []
    for _, name, spec, conversion in _FORMATTER.parse(template):
        if name is None:
            continue
        if not name.isidentifier() or conversion:
            raise ValueError(f'"{{{name}}}" is no plain name')
        found.append(name)
        if spec and "{" in spec:
            raise ValueError(f'"{{{name}:{spec}}}" nests a name')
    return found


def sentence(template: str, values: Mapping[str, Any]) -> str:
    """The template with the values filled in.

    Raises
    ------
    ValueError
        It is malformed, names a value that is not there, or formats one in a way that it can't be.
    """
    for name in names_in(template):
        if name not in values:
            raise ValueError(f'"{name}" is unknown; there are {", ".join(sorted(values))}')
    try:
        return _FORMATTER.vformat(template, (), values)
    except TypeError as error:
        raise ValueError(str(error)) from error


def listed(names: Iterable[str]) -> str:
    """``a, b and c``."""
    found = list(names)
    return found[0] if len(found) == 1 else f"{', '.join(found[:-1])} and {found[-1]}" if found else ""


def percent(share: float) -> str:
    """A share as people say it, never rounded to nothing or to all: ``47%``, ``0.3%``, ``less than 0.01%``, ``99.9%``."""
    if share in {0.0, 1.0}:
        return f"{share:.0%}"
    for digits in (0, 1, 2):
        text = f"{share:.{digits}%}"
        if float(text[:-1]) not in {0.0, 100.0} and (digits > 0 or 0.095 <= share <= 0.99):
            return text
    return "less than 0.01%" if share < 0.5 else "more than 99.99%"
