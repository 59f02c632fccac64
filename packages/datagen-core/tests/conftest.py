"""What several rooms' tests share."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from datagen_core.engine.world import SLICE_ROWS, World
from datagen_core.loading import loaded
from datagen_core.values import ARROW_TYPES, to_arrow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def changed() -> Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]:
    """A function that changes a copy of a document."""
    return _changed


def _changed(document: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """The document with values put at JSON pointers; null takes away, the index after the last appends."""
    result = copy.deepcopy(document)
    for pointer, value in change.items():
        *way, last = pointer.split("/")[1:]
        at: Any = result
        for step in way:
            at = at[int(step)] if isinstance(at, list) else at.setdefault(step, {})
        _put(at, int(last) if isinstance(at, list) else last, value)
    return result


def _put(at: Any, last: Any, value: Any) -> None:
    if value is None:
        at.pop(last, None) if isinstance(at, dict) else at.pop(last)
    elif isinstance(at, list) and last == len(at):
        at.append(value)
    else:
        at[last] = value


TIMEFRAME = {"start": "2024-01-01T00:00:00Z", "end": "2024-12-31T23:59:59Z", "freq": "H"}
KEY = {"name": "id", "type": "int", "generator": {"sequence": {}}}


@pytest.fixture
def document_of() -> Callable[..., dict[str, Any]]:
    """A function that makes a document from its tables and constraints."""
    return _document_of


def _document_of(*nodes: dict[str, Any], timeframe: dict[str, str] | None = None, **constraints: Any) -> dict[str, Any]:
    """Tables without a kind are facts where they have parents, else entities; those without a key get ``id``."""
    return {
        "version": "1.0",
        "metadata": {"name": "Case"},
        "timeframe": timeframe or TIMEFRAME,
        "nodes": [_node(node) for node in nodes],
        "constraints": constraints,
    }


def _node(node: dict[str, Any]) -> dict[str, Any]:
    node = {"kind": "fact" if "parents" in node else "entity", **node}
    return node if "pk" in node else {**node, "pk": "id", "columns": [KEY, *node.get("columns", [])]}


@pytest.fixture
def made() -> Callable[..., dict[str, pa.Table]]:
    """A function that makes the tables of a document in memory, without files."""
    return _made


def _made(document: Any, seed: int = 42, slice_rows: int = SLICE_ROWS) -> dict[str, pa.Table]:
    world = World(loaded(document), seed, slice_rows)
    return {node.id: _table(world, node.id) for node in world.document.nodes}


def _table(world: World, name: str) -> pa.Table:
    table = world.table(name)
    names = [column.name for column in table.node.columns]
    schema = pa.schema([(column.name, ARROW_TYPES[column.type]) for column in table.node.columns])
    batches = [list(_arrays(rows, schema)) for block in range(table.blocks) for rows in table.slices(block, names)]
    return pa.concat_tables(
        [schema.empty_table(), *(pa.Table.from_arrays(arrays, schema=schema) for arrays in batches)]
    )


def _arrays(rows: Any, schema: pa.Schema) -> Iterator[pa.Array]:
    for field in schema:
        column = rows.table.node.column(field.name)
        yield to_arrow(rows.values(field.name), column.type).cast(field.type)


@pytest.fixture
def column_of(document_of: Any) -> Callable[..., pa.ChunkedArray]:
    """A function that makes one column: its generator, type, modifiers and what else the column says."""

    def make(
        generator: Any, kind: str = "float", *, rows: int = 20_000, seed: int = 42, **more: Any
    ) -> pa.ChunkedArray:
        column = {"name": "value", "type": kind, "generator": generator, **more}
        others = column.pop("others", [])
        document = document_of({"id": "thing", "rows": rows, "columns": [*others, column]})
        return _made(document, seed)["thing"]["value"]

    return make
