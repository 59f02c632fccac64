"""Sentences from templates: names and format specs, nothing else."""

from __future__ import annotations

import string
from collections.abc import Iterable, Mapping
from typing import Any

_FORMATTER = string.Formatter()


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
