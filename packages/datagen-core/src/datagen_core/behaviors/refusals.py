"""What the language allows and no construction keeps yet: refused before any work, with the place and the reason."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datagen_core.behaviors import bounds
from datagen_core.behaviors.creation import own_time, time_column
from datagen_core.behaviors.effects import EffectArgs
from datagen_core.behaviors.references import FREE, generator_of
from datagen_core.errors import Problem
from datagen_core.patterns import Pattern, UnsupportedPattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.errors import Pointer
    from datagen_core.schema.model import Column, Document, Node


def problems(document: Document) -> Iterator[Problem]:
    """Everything in a document of right form and meaning that the engine cannot do."""
    yield from bounds.problems(document)
    for index, node in enumerate(document.nodes):
        yield from _effects(document, node, ("nodes", index))
        for position, column in enumerate(node.columns):
            yield from _patterns(document, node, column, ("nodes", index, "columns", position))
            yield from _unique_times(document, node, column, ("nodes", index, "columns", position))
    yield from _pattern_constraints(document)


def _effects(document: Document, node: Node, pointer: Pointer) -> Iterator[Problem]:
    """Effects on a table for which there is no instant, or which add to what is not a rate of the parent."""
    parent = document.node(node.parents[0]) if node.parents else None
    of_parent = parent is not None and own_time(parent) is not None
    for index, use in enumerate(node.modifiers):
        effect = use.params
        place = (*pointer, "modifiers", index, "args")
        if not isinstance(effect, EffectArgs):
            continue
        if node.process is not None:
            message = f"an effect on a table acts on its fanout, and the steps of {node.id} follow from their rates"
            yield Problem(place, message, hint="let it act on a column")
        elif parent is None:
            yield Problem(place, f"an effect on a table acts on its fanout, and {node.id} has no parent")
        elif effect.window is not None and not of_parent and time_column(node) is None:
            message = f"neither {parent.id} nor {node.id} has a datetime column that could lie in the window"
            yield Problem((*place, "window"), message)
        if effect.map.op == "add" and not of_parent:
            message = "not yet supported: an effect that adds to a fanout where the parent has no time of its own"
            yield Problem((*place, "map", "op"), message, hint="multiply")


def _patterns(document: Document, node: Node, column: Column, pointer: Pointer) -> Iterator[Problem]:
    if column.constraints is not None and column.constraints.pattern is not None:
        place = (*pointer, "constraints", "pattern")
        yield from _pattern(document, node, column, column.constraints.pattern, place)


def _pattern_constraints(document: Document) -> Iterator[Problem]:
    for index, entry in enumerate(document.constraints.pattern):
        table, _, name = entry.attr.rpartition(".")
        node = document.node(table)
        column = node.column(name) if node is not None else None
        if node is not None and column is not None:
            yield from _pattern(document, node, column, entry.regex, ("constraints", "pattern", index, "regex"))


def _pattern(document: Document, node: Node, column: Column, regex: str, pointer: Pointer) -> Iterator[Problem]:
    if column.type != "string" or generator_of(document, node, column).name not in FREE:
        return
    try:
        Pattern(regex)
    except UnsupportedPattern as error:
        yield Problem(pointer, str(error))


def _unique_times(document: Document, node: Node, column: Column, pointer: Pointer) -> Iterator[Problem]:
    """A unique time takes the grid's points in random order, so that it cannot also follow another column."""
    declared = column.unique or (column.constraints is not None and column.constraints.unique)
    listed = f"{node.id}.{column.name}" in document.constraints.unique or node.keys == (column.name,)
    if column.type in bounds.TIMES and (declared or listed) and bounds.bounds_of(document, node, column):
        message = f"not yet supported: {node.id}.{column.name} has to be unique and to follow another column"
        yield Problem(pointer, message, hint='give up one of them ("after_parent": false frees it from its parents)')
