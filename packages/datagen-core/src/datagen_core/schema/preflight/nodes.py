"""Tables: what each kind may say, keys, parents, fanouts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from datagen_core.errors import Problem
from datagen_core.instants import FREQ_WORDS, check_window, parse_freq
from datagen_core.schema.preflight.scope import column_names, no_table, nodes_of
from datagen_core.schema.salvage import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.errors import Pointer
    from datagen_core.schema.model import Document, Fanout, Node

_SHAPES = ("fanout", "stage_config", "state_transition_model")  # each says by itself how many rows a parent has
_OF_FACTS = (*_SHAPES, "attribution_chain")


def check(document: Document) -> Iterator[Problem]:
    """The window of the document, and each table by its kind."""
    timeframe = document.timeframe
    yield from check_window(timeframe.start, timeframe.end, ("timeframe",))
    if parse_freq(timeframe.freq) is None:
        yield Problem(
            ("timeframe", "freq"), f'unknown freq "{timeframe.freq}"', received=timeframe.freq, accepted=FREQ_WORDS
        )
    for node, pointer in nodes_of(document):
        yield from _kind(node, pointer)
        yield from _key(node, pointer)
        yield from _parents(document, node, pointer)
        if node.fanout is not None:
            yield from _fanout(node.fanout, (*pointer, "fanout"))


def _kind(node: Node, pointer: Pointer) -> Iterator[Problem]:
    if node.rows is not None and node.rows < 0:
        yield Problem((*pointer, "rows"), f"{node.rows} rows; a table has 0 or more")
    if node.kind == "fact":
        yield from _fact(node, pointer)
        return
    for key in _OF_FACTS:
        if getattr(node, key) is not None:
            yield Problem((*pointer, key), f"{_a(node.kind)} takes no {key}; a fact does", on_key=True)
    for key in ("parents", "modifiers"):
        if getattr(node, key):
            yield Problem((*pointer, key), f"{_a(node.kind)} takes no {key}; a fact does", on_key=True)
    if node.kind == "vocab":
        yield from _vocab(node, pointer)


def _vocab(node: Node, pointer: Pointer) -> Iterator[Problem]:
    if node.rows is not None:
        message = "a vocab takes no rows; it has as many as its enum_list has values"
        yield Problem((*pointer, "rows"), message, on_key=True)
    if node.columns and not any(column.generator.name in {"enum_list", UNKNOWN} for column in node.columns):
        yield Problem(
            (*pointer, "columns"), "a vocab needs a column with enum_list, which says how many rows there are"
        )


def _fact(node: Node, pointer: Pointer) -> Iterator[Problem]:
    shapes = [key for key in _SHAPES if getattr(node, key) is not None]
    for key in shapes[1:]:
        yield Problem((*pointer, key), f"{shapes[0]} and {key} exclude each other", hint="keep one", on_key=True)
    if node.parents and node.rows is not None:
        message = f"the rows of {node.id} follow from those of {node.parents[0]}"
        yield Problem((*pointer, "rows"), message, hint='say how many with "fanout"', on_key=True)
    if not node.parents:
        for key in shapes:
            yield Problem((*pointer, key), f"{key} needs a parent", hint='add "parents"', on_key=True)


def _key(node: Node, pointer: Pointer) -> Iterator[Problem]:
    if not node.keys:
        yield Problem((*pointer, "pk"), "the primary key has no column")
    for index, name in enumerate(node.keys):
        place = (*pointer, "pk") if isinstance(node.pk, str) else (*pointer, "pk", index)
        column = node.column(name)
        if column is None and node.columns:
            message = f'{node.id} has no column "{name}" for its primary key'
            yield Problem(place, message, received=name, accepted=column_names(node))
        elif column is not None and column.nullable:
            at = (*pointer, "columns", node.columns.index(column), "nullable")
            yield Problem(at, "a primary key is never null", hint="write false")
        if name in node.keys[:index]:
            yield Problem(place, f'"{name}" stands twice in the primary key')


def _parents(document: Document, node: Node, pointer: Pointer) -> Iterator[Problem]:
    for index, name in enumerate(node.parents):
        place = (*pointer, "parents", index)
        yield from no_table(document, name, place)
        if name == node.id:
            yield Problem(place, f"{node.id} can't be its own parent", hint="use lookup for a reference to itself")
        elif name in node.parents[:index]:
            yield Problem(place, f'"{name}" stands twice among the parents')


def _fanout(fanout: Fanout, pointer: Pointer) -> Iterator[Problem]:
    if fanout.rate is not None and not (math.isfinite(fanout.rate) and fanout.rate >= 0):
        yield Problem((*pointer, "lambda"), f"lambda is {fanout.rate:g}; it has to be 0 or more")
    for key in ("min", "max"):
        value = getattr(fanout, key)
        if value is not None and value < 0:
            yield Problem((*pointer, key), f"{key} is {value}; a parent has 0 children or more")
    if fanout.min is not None and fanout.max is not None and fanout.min > fanout.max:
        yield Problem((*pointer, "max"), f"max {fanout.max} lies below min {fanout.min}")
    if fanout.clamp is not None and (fanout.min is not None or fanout.max is not None):
        yield Problem((*pointer, "clamp"), "clamp says the same as min and max", hint="keep one", on_key=True)
    if fanout.clamp is not None and not 0 <= fanout.clamp[0] <= fanout.clamp[1]:
        yield Problem(
            (*pointer, "clamp"), f"clamp is [{fanout.clamp[0]}, {fanout.clamp[1]}]; it takes 0 ≤ lowest ≤ highest"
        )
    yield from _needed(fanout, pointer)


def _needed(fanout: Fanout, pointer: Pointer) -> Iterator[Problem]:
    if fanout.distribution != "uniform":
        if fanout.rate is None:
            yield Problem(pointer, f'a fanout of distribution {fanout.distribution} needs "lambda"')
    elif fanout.clamp is None:
        for key in ("min", "max"):
            if getattr(fanout, key) is None:
                yield Problem(pointer, f'a fanout of distribution uniform needs "{key}"')


def _a(kind: str) -> str:
    return f"an {kind}" if kind[0] in "aeiou" else f"a {kind}"
