"""How many rows a table has that follows from no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datagen_core.generators.enum_list import EnumListParams

if TYPE_CHECKING:
    from datagen_core.schema.model import Node

DEFAULT_ROWS = 1000


def own_rows(node: Node) -> int:
    """The rows of a table without a parent: the length of a vocab's lists, or what the document says."""
    if node.kind == "vocab":
        uses = (column.generator.params for column in node.columns)
        lists = [len(params.values) for params in uses if isinstance(params, EnumListParams)]
        return max(lists, default=0)
    return DEFAULT_ROWS if node.rows is None else node.rows
