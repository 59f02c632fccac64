"""The registry of checks and of metrics: one is one file, found by its id.

Built-in checks are the modules ``checks/<family>/<name>.py``, built-in metrics the modules
``metrics/<family>/<name>.py``; third-party checks come through the entry-point group
``datacruncher.checks`` (name = id, value = a ``CheckSpec``), read only when the built-in lookup fails or a list is
asked for. Looking up an id imports one module.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from datacruncher import checks, metrics
from datacruncher.errors import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from datacruncher.checks.base import CheckSpec
    from datacruncher.metrics.base import MetricSpec

GROUP = "datacruncher.checks"


@cache
def builtin() -> frozenset[str]:
    """Ids of the built-in checks; imports none of them."""
    return _modules(checks.__path__)


@cache
def builtin_metrics() -> frozenset[str]:
    """Ids of the built-in metrics; imports none of them."""
    return _modules(metrics.__path__)


def _modules(roots: Sequence[str]) -> frozenset[str]:
    return frozenset(
        f"{family.name}.{info.name}"
        for family in pkgutil.iter_modules(roots)
        if family.ispkg
        for root in roots
        for info in pkgutil.iter_modules([f"{root}/{family.name}"])
        if not info.name.startswith("_")
    )


@cache
def plugins() -> dict[str, EntryPoint]:
    """Third-party checks by id; two owners of one id are an error that names both."""
    found: dict[str, EntryPoint] = {}
    for entry in entry_points(group=GROUP):
        if entry.name in found or entry.name in builtin():
            other = found[entry.name].value if entry.name in found else f"datacruncher.checks.{entry.name}"
            problem = f'two owners of the check "{entry.name}": {other} and {entry.value}'
            raise InputError([Problem(problem, hint="uninstall one of them")])
        found[entry.name] = entry
    return found


def ids() -> list[str]:
    """All ids, built-in and third-party, sorted."""
    return sorted({*builtin(), *plugins()})


@cache
def spec(check_id: str) -> CheckSpec | None:
    """The check registered under `check_id`, or None."""
    if check_id in builtin():
        found: CheckSpec = importlib.import_module(f"datacruncher.checks.{check_id}").SPEC
        return found
    entry = plugins().get(check_id)
    return None if entry is None else _checked(entry)


@cache
def metric(metric_id: str) -> MetricSpec | None:
    """The metric registered under `metric_id`, or None."""
    if metric_id not in builtin_metrics():
        return None
    found: MetricSpec = importlib.import_module(f"datacruncher.metrics.{metric_id}").SPEC
    return found


def _checked(entry: EntryPoint) -> CheckSpec:
    from datacruncher.checks.base import CheckSpec  # noqa: PLC0415 - only plugins need it

    loaded = entry.load()
    if not isinstance(loaded, CheckSpec) or loaded.id != entry.name:
        problem = f'the entry point "{entry.name}" ({entry.value}) is not a CheckSpec with that id'
        raise InputError([Problem(problem, address=GROUP)])
    return loaded
