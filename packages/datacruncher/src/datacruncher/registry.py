"""The registry of checks: a check is one file, found by its id.

Built-in checks are the modules ``checks/<family>/<name>.py``; third-party ones come through the entry-point group
``datacruncher.checks`` (name = id, value = a ``CheckSpec``), read only when the built-in lookup fails or a list is
asked for. Looking up an id imports one module.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import TYPE_CHECKING

from datacruncher import checks
from datacruncher.errors import InputError, Problem

if TYPE_CHECKING:
    from datacruncher.checks.base import CheckSpec

GROUP = "datacruncher.checks"


@cache
def builtin() -> frozenset[str]:
    """Ids of the built-in checks; imports none of them."""
    families = [info.name for info in pkgutil.iter_modules(checks.__path__) if info.ispkg]
    return frozenset(
        f"{family}.{info.name}"
        for family in families
        for root in checks.__path__
        for info in pkgutil.iter_modules([f"{root}/{family}"])
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


def _checked(entry: EntryPoint) -> CheckSpec:
    from datacruncher.checks.base import CheckSpec  # noqa: PLC0415 - only plugins need it

    loaded = entry.load()
    if not isinstance(loaded, CheckSpec) or loaded.id != entry.name:
        problem = f'the entry point "{entry.name}" ({entry.value}) is not a CheckSpec with that id'
        raise InputError([Problem(problem, address=GROUP)])
    return loaded
