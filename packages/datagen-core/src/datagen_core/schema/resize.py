"""The same document with more or fewer rows, for a run that asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from datagen_core.errors import InputError, nearest
from datagen_core.sizes import own_rows

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datagen_core.schema.model import Document, Node


def resized(document: Document, rows: Mapping[str, int] | None = None, scale: float = 1.0) -> Document:
    """The document with other row counts.

    Parameters
    ----------
    rows
        Table → rows, for entities and facts without parents; these are not scaled.
    scale
        Factor on the rows of all other such tables; facts follow their parents, vocabs stay as they are.

    Raises
    ------
    InputError
        When a table does not exist or its rows can't be set.
    """
    wanted = rows or {}
    for name, count in wanted.items():
        _check(document, name, count)
    if not 0 < scale < float("inf"):
        raise InputError(f"--scale {scale:g}: has to be a number above 0")
    nodes = tuple(_resized(node, wanted, scale) for node in document.nodes)
    return msgspec.structs.replace(document, nodes=nodes)


def _check(document: Document, name: str, count: int) -> None:
    node = document.node(name)
    if node is None:
        raise InputError(f"--rows {name}={count}: {unknown_table(document, name)}")
    if node.kind == "vocab":
        raise InputError(f"--rows {name}={count}: {name} is a vocab; its list says how many rows it has")
    if node.parents:
        hint = f"set the rows of {node.parents[0]}, or {_rate(node)} in the schema"
        raise InputError(f"--rows {name}={count}: the rows of {name} follow from those of {node.parents[0]}; {hint}")
    if count < 0:
        raise InputError(f"--rows {name}={count}: a table has 0 rows or more")


def _rate(node: Node) -> str:
    """What says in the document how many rows of a table each row of its parent has."""
    if node.touches is not None:
        return "min_touches and max_touches of its attribution_chain"
    if node.process is not None:
        return f"the {'stage_config' if node.stage_config is not None else 'state_transition_model'} of {node.id}"
    return f"the fanout of {node.id}"


def unknown_table(document: Document, name: str) -> str:
    """The sentence about a table that a call names and the document does not have."""
    names = [node.id for node in document.nodes]
    guess = nearest(name, names)
    meant = f'; did you mean "{guess}"?' if guess else ""
    return f'unknown table "{name}"{meant} ({", ".join(names)})'


def _resized(node: Node, rows: Mapping[str, int], scale: float) -> Node:
    if node.kind == "vocab" or node.parents:
        return node
    count = rows.get(node.id)
    if count is None:
        before = own_rows(node)
        count = max(round(before * scale), 1) if before else 0
    return msgspec.structs.replace(node, rows=count)
