"""The forms that a report can take. A form is one file of this folder that defines ``SPEC``; nothing else changes.

Every form is made from the same Struct (``report.model.Report``) and from nothing else, so that all say the same.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datacruncher.report.model import Report


@dataclass(frozen=True, slots=True)
class FormatSpec:
    """A form of the report.

    Parameters
    ----------
    name
        What people ask for: ``--format NAME``.
    title
        For whom it is, in a line.
    suffixes
        Ends of file names that mean this form; empty where only the name does.
    render
        The whole report as text.
    """

    name: str
    title: str
    suffixes: tuple[str, ...]
    render: Callable[[Report], str]


@cache
def names() -> tuple[str, ...]:
    """What can be asked for; imports nothing."""
    return tuple(sorted(info.name for info in pkgutil.iter_modules(__path__)))


@cache
def spec(name: str) -> FormatSpec:
    """The form of that name; raises KeyError."""
    if name not in names():
        raise KeyError(name)
    found: FormatSpec = importlib.import_module(f"{__name__}.{name}").SPEC
    return found


def of_path(path: str) -> FormatSpec | None:
    """The form that the end of a file's name means, or None."""
    fits = [(len(end), form) for form in map(spec, names()) for end in form.suffixes if path.lower().endswith(end)]
    return max(fits, key=lambda fit: fit[0])[1] if fits else None
