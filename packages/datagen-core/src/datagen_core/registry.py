"""Registries: a generator, a modifier or a sink is one file, found here by its name.

Built-in ones are modules of a package that define ``SPEC``. Third-party ones come through entry points
(``datagen.generators``, ``datagen.modifiers``), read only when the built-in lookup fails or a list is asked for.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points
from typing import Any

from datagen_core.errors import InputError


@cache
def builtin(kind: str) -> dict[str, str]:
    """Names and modules of the built-in things of a kind (``generators``, ``modifiers``, ``sinks``); imports none."""
    package = importlib.import_module(f"datagen_core.{kind}")
    modules = (info.name for info in pkgutil.iter_modules(package.__path__))
    return {
        name: f"datagen_core.{kind}.{name}" for name in modules if name not in {"base"} and not name.startswith("_")
    }


@cache
def _plugins(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entry in entry_points(group=f"datagen.{kind}"):
        if entry.name in found or entry.name in builtin(kind):
            other = found[entry.name].value if entry.name in found else builtin(kind)[entry.name]
            raise InputError(f'two owners of the name "{entry.name}" in datagen.{kind}: {other} and {entry.value}')
        found[entry.name] = entry
    return found


def names(kind: str) -> list[str]:
    """All names of a kind, built-in and third-party, sorted."""
    return sorted({*builtin(kind), *_plugins(kind)})


@cache
def spec(kind: str, name: str) -> Any | None:
    """The ``SPEC`` registered under `name`, or None."""
    if name in builtin(kind):
        return importlib.import_module(builtin(kind)[name]).SPEC
    entry = _plugins(kind).get(name)
    return entry.load() if entry is not None else None
