"""Other spellings and shapes that documents in the wild use, brought into the one form that the Structs have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from datagen_core.errors import Problem
from datagen_core.schema import model
from datagen_core.schema.positions import Item

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from datagen_core.errors import Pointer

INTERNAL = frozenset({"origin", "touches"})  # fields of Structs that no document writes
_STRAIGHT = frozenset({"segment_column", "behaviors", "segments", "applies_to_columns", "comment", "$schema"})


class Modifier(model.Part, frozen=True):
    """``{"transform": …, "args": {…}}`` as people write it; `args` are held against the modifier's own Struct."""

    transform: str
    args: Any = None


class Registered(Protocol):
    """What a generator and a modifier say about the spelling of their parameters."""

    @property
    def params(self) -> type[msgspec.Struct]: ...
    @property
    def aliases(self) -> dict[str, str]: ...


ALIASES: dict[type[msgspec.Struct], dict[str, str]] = {
    model.Fanout: {"lam": "lambda"},
    model.ParametricCurve: {"type": "curve_type"},
}
"""Struct → other spellings of its keys."""


def reshape(struct: type[msgspec.Struct], item: Item, pointer: Pointer) -> list[Problem]:
    """Bring an object into the shape of its Struct; return what could not be decided."""
    problems = [problem for old, new in ALIASES.get(struct, {}).items() for problem in rename(item, old, new, pointer)]
    shape = _SHAPES.get(struct)
    return [*problems, *shape(item, pointer)] if shape is not None else problems


def rename(item: Item, old: str, new: str, pointer: Pointer) -> Iterator[Problem]:
    """Give a key its canonical name, in its place among the others."""
    if old not in item.entries:
        return
    if new in item.entries:
        message = f'"{old}" is another spelling of "{new}", and both stand here'
        yield Problem((*pointer, old), message, hint="remove one", on_key=True)
        del item.value[old]
        return
    item.value = {new if key == old else key: child for key, child in item.value.items()}


def parameters(spec: Registered, item: Item, pointer: Pointer, known: Collection[str]) -> list[Problem]:
    """Bring the parameters of a generator or modifier into the shape of their Struct."""
    bare = getattr(spec, "bare", "")
    if item.value is None:
        item.value = {}
    elif bare and isinstance(item.value, str):
        item.value = {bare: Item(item.value, item.at, item.at)}
    problems: list[Problem] = []
    for old, new in spec.aliases.items():
        *way, last = old.split(".")
        inner, steps = item.follow(tuple(way))
        if steps == len(way):
            problems += rename(inner, last, new.rpartition(".")[2], (*pointer, *way))
    rest = getattr(spec, "rest", "")
    if rest and isinstance(item.value, dict):
        further = {key: item.value.pop(key) for key in list(item.value) if key not in known or key == rest}
        item.value[rest] = Item(further, item.at, item.at)
    return problems


def _targets(item: Item, _pointer: Pointer) -> Iterator[Problem]:
    """Each target is one object or a list of them."""
    for child in item.entries.values():
        if isinstance(child.value, dict):
            child.value = [Item(child.value, child.at, child.at)]
    yield from ()


def _node(item: Item, pointer: Pointer) -> Iterator[Problem]:
    """Segments straight under `segment_behavior`; the segment column where it is not named."""
    behavior = item.entries.get("segment_behavior")
    if behavior is None or not isinstance(behavior.value, dict):
        return
    straight = {key: child for key, child in behavior.value.items() if key not in _STRAIGHT}
    if straight and "behaviors" not in behavior.value:
        kept = {key: child for key, child in behavior.value.items() if key in _STRAIGHT}
        behavior.value = {**kept, "behaviors": Item(straight, behavior.at, behavior.key_at)}
    if "segment_column" not in behavior.value:
        yield from _infer_column(item, behavior, (*pointer, "segment_behavior"))


def _infer_column(node: Item, behavior: Item, pointer: Pointer) -> Iterator[Problem]:
    declared = {**behavior.value.get("behaviors", Item({})).entries, **behavior.value.get("segments", Item({})).entries}
    segments = set(declared) - {"comment", "$schema"}
    columns = _columns(node)
    found = [name for name, values in columns.items() if segments and segments <= values]
    if len(found) == 1:
        behavior.value["segment_column"] = Item(found[0], behavior.at, behavior.key_at)
        return
    behavior.value["segment_column"] = Item("", behavior.at, behavior.key_at)  # the mistake is reported here, once
    named = ", ".join(f'"{segment}"' for segment in sorted(segments)[:5])
    which = f"several columns hold {named}: {', '.join(found)}" if found else f"no string column holds all of {named}"
    accepted = tuple(found or columns)
    yield Problem(pointer, which, hint='name the segments\' column as "segment_column"', accepted=accepted)


def _columns(node: Item) -> dict[str, set[str]]:
    """The string columns of a node and the values that their lists give them."""
    found: dict[str, set[str]] = {}
    for column in node.entries.get("columns", Item([])).elements:
        name = column.entries.get("name", Item(None)).value
        generator = column.entries.get("generator", Item({}))
        lists = [("choice", "choices"), ("enum_list", "values")]
        for items in (generator.follow(way)[0].elements for way in lists):
            values = {item.value for item in items if isinstance(item.value, str)}
            if isinstance(name, str) and values:
                found[name] = values
    return found


_SHAPES: dict[type[msgspec.Struct], Callable[[Item, Pointer], Iterator[Problem]]] = {
    model.Targets: _targets,
    model.Node: _node,
}
