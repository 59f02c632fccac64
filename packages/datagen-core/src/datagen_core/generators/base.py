"""What a generator registers: its name, its parameters, what it reads, how it is checked, how it makes a column."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import msgspec

    from datagen_core.context import Context
    from datagen_core.errors import Problem
    from datagen_core.schema.model import Column, Document, Node
    from datagen_core.values import Values

ALL_TYPES = frozenset({"int", "float", "string", "bool", "datetime", "date"})
NUMBERS = frozenset({"int", "float"})
TIMES = frozenset({"datetime", "date"})


@dataclass(frozen=True, slots=True)
class Reads:
    """What a column depends on: columns of its own row, and columns of other tables as (table, column)."""

    row: tuple[str, ...] = ()
    tables: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a parameter stands, for checks of meaning: the document, its node, its column."""

    document: Document
    node: Node
    column: Column | None


class Maker(Protocol):
    """Makes the values of one column for one slice of a block.

    The values may depend on the parameters, the streams and the columns that the context gives, and on nothing else.
    """

    def __call__(self, params: Any, context: Context, /) -> Values: ...


def reads_nothing(_params: Any, _place: Place) -> Reads:
    """For what depends on nothing but its own parameters."""
    return Reads()


def no_problem(_params: Any, _place: Place) -> Iterable[Problem]:
    """For what cannot be wrong once it has the right form."""
    return ()


def not_unique(_params: Any, _place: Place) -> int | None:
    """For what cannot promise that no value comes twice."""
    return None


@dataclass(frozen=True, slots=True)
class GeneratorSpec:
    """One generator.

    Parameters
    ----------
    name, params, types
        Its name, the Struct of its parameters, the column types that it can fill.
    make
        Makes the values.
    reads
        What a use of it depends on.
    check
        Yields problems of meaning whose pointers are relative to the generator's parameters.
    aliases
        Accepted spellings of keys → the Struct's, with dots for nested objects (``params.mu`` → ``params.mean``).
    rest
        The Struct's field that takes all keys which the Struct does not name (``faker`` hands them to its method); such
        a field is a dict and is never written out by people. Empty: unknown keys are errors.
    bare
        The Struct's field that a bare value stands for (``{"state": "to"}``). Empty: only an object will do.
    distinct
        How many different values it can make where a column has to be unique; None when it cannot promise that none
        comes twice, -1 when there are always enough.
    example
        Parameters that work as they stand.
    """

    name: str
    params: type[msgspec.Struct]
    types: frozenset[str]
    make: Maker
    reads: Callable[[Any, Place], Reads] = reads_nothing
    check: Callable[[Any, Place], Iterable[Problem]] = no_problem
    aliases: dict[str, str] = field(default_factory=dict)
    rest: str = ""
    bare: str = ""
    distinct: Callable[[Any, Place], int | None] = not_unique
    example: Any = None
