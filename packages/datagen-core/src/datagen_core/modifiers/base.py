"""What a modifier registers: its name, its arguments, what it reads, how it is checked, how it changes a column."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from datagen_core.behaviors import creation
from datagen_core.generators.base import NUMBERS, TIMES, Place, Reads, no_problem, reads_nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import msgspec

    from datagen_core.context import Context
    from datagen_core.errors import Problem
    from datagen_core.values import Values

__all__ = ["NUMBERS", "TIMES", "Changer", "ModifierSpec", "Place", "Reads", "time_column"]


class Changer(Protocol):
    """Changes the values of one column in one slice of a block."""

    def __call__(self, values: Values, params: Any, context: Context, /) -> Values: ...


@dataclass(frozen=True, slots=True)
class ModifierSpec:
    """One modifier.

    Parameters
    ----------
    name, params, types
        Its name, the Struct of its arguments, the column types that it can change.
    make
        Changes the values.
    reads, check, aliases, example
        As for a generator; pointers are relative to ``args``.
    on_table
        True when it may stand among a node's own modifiers too, where it acts on the fanout.
    shapes_time
        True when on a datetime column it changes how often an instant occurs: the column's generator takes it into
        account and `make` is not called there.
    """

    name: str
    params: type[msgspec.Struct]
    types: frozenset[str]
    make: Changer
    reads: Callable[[Any, Place], Reads] = reads_nothing
    check: Callable[[Any, Place], Iterable[Problem]] = no_problem
    aliases: dict[str, str] = field(default_factory=dict)
    on_table: bool = False
    shapes_time: bool = False
    example: Any = None


def time_column(place: Place, named: str | None = None) -> str | None:
    """The column of a row's time: the one that is named, else the first datetime, else the first date column."""
    if named is not None:
        return named
    column = creation.time_column(place.node)
    return column.name if column is not None else None
