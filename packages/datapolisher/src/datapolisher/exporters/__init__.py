"""The registry of exporters: one module per standard; third parties add theirs by entry point."""

from __future__ import annotations

import importlib
import pkgutil
from importlib.metadata import entry_points

from datapolisher.errors import DocumentError, InputError, Problem
from datapolisher.exporters.base import ExporterSpec

GROUP = "datapolisher.exporters"
_OTHERS = {"base", "rules", "subject", "run"}


def names() -> list[str]:
    """Every exporter's name; imports nothing."""
    ours = [m.name for m in pkgutil.iter_modules(__path__) if m.name not in _OTHERS and not m.name.startswith("_")]
    return sorted({*ours, *(entry.name for entry in entry_points(group=GROUP))})


def exporter(name: str) -> ExporterSpec:
    """One exporter.

    Raises
    ------
    InputError
        There is none of that name, or there are two.
    """
    foreign = [entry for entry in entry_points(group=GROUP) if entry.name == name]
    ours = name in names() and not foreign
    if len(foreign) > 1:
        raise InputError(f"two exporters are called {name}: {', '.join(entry.value for entry in foreign)}")
    if foreign:
        spec: ExporterSpec = foreign[0].load()
        return spec
    if not ours:
        raise DocumentError(problems=[Problem("no such standard", "--to", name, names())])
    made: ExporterSpec = importlib.import_module(f"{__name__}.{name}").SPEC
    return made
