"""Realistic, relational, deterministic tables from a JSON document.

>>> import datagen_core
>>> document = datagen_core.load("schema.json")
>>> result = datagen_core.generate(document, "output/", seed=42)
>>> report = datagen_core.validate(document, "output/")

Errors are `datagen_core.errors.DatagenError`; their text is for people, a line for each mistake. Nothing is imported
before it is used, so that a command line starts at once.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from datagen_core.__about__ import __version__

if TYPE_CHECKING:
    from datagen_core.generating import generate
    from datagen_core.loading import load
    from datagen_core.validating import validate

__all__ = ["__version__", "generate", "load", "validate"]

_HOMES = {"load": "loading", "generate": "generating", "validate": "validating"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
