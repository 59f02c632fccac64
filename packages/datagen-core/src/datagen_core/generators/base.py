"""What a generator registers: its name, its parameters, what it reads, how it is checked, how it makes a column."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import msgspec
    import pyarrow as pa

    from datagen_core.errors import Problem
    from datagen_core.schema.model import Column, Document, Node


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
    """Makes the values of one column for one slice of a block; defined by the engine."""

    def __call__(self, params: Any, context: Any) -> pa.Array: ...


def _reads_nothing(_params: Any, _place: Place) -> Reads:
    return Reads()


def _no_problem(_params: Any, _place: Place) -> Iterable[Problem]:
    return ()


@dataclass(frozen=True, slots=True)
class GeneratorSpec:
    """One generator.

    `types` are the column types that it can fill. `check` yields problems of meaning whose pointers are relative to the
    generator's parameters. `make` is None for what the language knows and the engine does not serve yet: preflight
    refuses it by name. `aliases` maps accepted spellings of keys to the Struct's.
    """

    name: str
    params: type[msgspec.Struct]
    types: frozenset[str]
    make: Maker | None
    reads: Callable[[Any, Place], Reads] = _reads_nothing
    check: Callable[[Any, Place], Iterable[Problem]] = _no_problem
    aliases: dict[str, str] = field(default_factory=dict)
    example: dict[str, Any] = field(default_factory=dict)
