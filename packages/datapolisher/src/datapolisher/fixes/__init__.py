"""The registry of fixes: one module per fix, found by its name; listing the names imports nothing.

Rooms: ``schema`` (path 1), ``data`` (path 2), ``wishes`` (asked for by name). Third parties register a ``FixSpec``
under the entry-point group ``datapolisher.fixes``.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import cache
from importlib.metadata import entry_points
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from datapolisher.errors import InputError, nearest

if TYPE_CHECKING:
    from datapolisher.fixes.base import FixSpec, WishSpec

_GROUP = "datapolisher.fixes"
# What a person may ask for by name, in the order in which it is done.
WISHES = ("map", "fill", "round", "enrich")


@cache
def _modules(room: str) -> dict[str, str]:
    package = f"{__name__}.{room}"
    found = find_spec(package)
    locations = (found.submodule_search_locations if found else None) or []
    return {
        info.name: f"{package}.{info.name}" for info in pkgutil.iter_modules(locations) if not info.name.startswith("_")
    }


@cache
def _builtin() -> dict[str, str]:
    schema, data = _modules("schema"), _modules("data")
    if twice := sorted(schema.keys() & data.keys()):
        raise InputError(f'two owners of the fix "{twice[0]}": {schema[twice[0]]} and {data[twice[0]]}')
    return {**schema, **data}


@cache
def _plugins() -> dict[str, Any]:
    found: dict[str, Any] = {}
    for entry in entry_points(group=_GROUP):
        if entry.name in found or entry.name in _builtin():
            other = found[entry.name].value if entry.name in found else _builtin()[entry.name]
            raise InputError(f'two owners of the fix "{entry.name}": {other} and {entry.value}')
        found[entry.name] = entry
    return found


def names() -> list[str]:
    """The ids of all fixes, built-in and third-party, sorted."""
    return sorted({*_builtin(), *_plugins()})


@cache
def fix(name: str) -> FixSpec:
    """The fix of that id.

    Raises
    ------
    InputError
        There is none; the nearest one is named.
    """
    if name in _builtin():
        spec: FixSpec = importlib.import_module(_builtin()[name]).SPEC
    elif name in _plugins():
        spec = _plugins()[name].load()
    else:
        guess = nearest(name, names())
        raise InputError(f'there is no fix "{name}"' + (f'; did you mean "{guess}"?' if guess else ""))
    return spec


def all_fixes() -> list[FixSpec]:
    """Every fix, in the order in which steps run, then by id."""
    return sorted((fix(name) for name in names()), key=lambda spec: (spec.order, spec.by_choice, spec.id))


def serving(defect: str) -> list[FixSpec]:
    """The fixes that serve a word of the vocabulary."""
    return [spec for spec in all_fixes() if defect in spec.defects]


@cache
def wish(name: str) -> WishSpec:
    """What ``--<name>`` does; the module of that name in ``fixes/wishes``."""
    spec: WishSpec = importlib.import_module(_modules("wishes")[name]).SPEC
    return spec
